using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers;

/// <summary>
/// Makes one configured provider of a package. The registry holds one factory for each package; the engine configures one instance for
/// the package's defaults and one for each explicit provider resource.
/// </summary>
public interface IProviderFactory
{
    /// <summary>The package, as the first part of its type tokens: <c>command</c>, <c>libvirt</c>.</summary>
    string Package { get; }

    /// <summary>The version of the official provider whose behaviour this one has; recorded in the state.</summary>
    string Version { get; }

    /// <summary>
    /// Makes an instance from a provider resource's inputs (or the defaults), secrets unwrapped. In a preview an input can be
    /// <see cref="PropertyUnknown"/>. Nothing should be contacted before it is needed.
    /// </summary>
    /// <exception cref="ProviderException">The inputs are no valid configuration.</exception>
    Task<IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation);
}

/// <summary>
/// A configured provider. Inputs and states come with secrets unwrapped, and with <see cref="PropertyUnknown"/> where a preview does not
/// know a value yet; the engine marks outputs secret again. Calls come in parallel. Errors for the user are
/// <see cref="ProviderException"/>s.
/// </summary>
public interface IProvider : IAsyncDisposable
{
    /// <summary>Validates new inputs and fills in defaults; runs in previews and updates.</summary>
    Task<CheckResult> CheckAsync(CheckRequest request, CancellationToken cancellation);

    /// <summary>Compares the state with checked new inputs; nothing is contacted.</summary>
    Task<DiffResult> DiffAsync(DiffRequest request, CancellationToken cancellation);

    /// <summary>Creates; in a preview only predicts the outputs, with <see cref="PropertyUnknown"/> where they are not known.</summary>
    /// <exception cref="PartialCreationException">It is there, but not as it should be.</exception>
    Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation);

    /// <summary>Updates in place and gives the new outputs; in a preview only predicts them.</summary>
    Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation);

    /// <summary>Deletes; never called in a preview.</summary>
    Task DeleteAsync(DeleteRequest request, CancellationToken cancellation);

    /// <summary>Reads the live state, for a refresh or a read; null where the resource is gone.</summary>
    Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation);

    /// <summary>Calls a function such as <c>command:local:run</c>; runs in previews too. Arguments are always known.</summary>
    Task<InvokeResult> InvokeAsync(InvokeRequest request, CancellationToken cancellation);
}

/// <summary>What every call about one resource carries.</summary>
/// <param name="Urn">The resource.</param>
/// <param name="Type">Its type token.</param>
/// <param name="Name">Its logical name, the last part of the URN.</param>
/// <param name="IsPreview">Whether only a prediction is wanted.</param>
/// <param name="Timeout">The resource's custom timeout for this operation; null where it has none.</param>
/// <param name="Log">Takes lines for the person who watches; they show under this resource.</param>
/// <param name="Stopping">
/// Set when the user has asked to stop (Ctrl-C once): finish what runs on a host, but start nothing and wait for nothing. The call's own
/// cancellation token is set when it must end at once.
/// </param>
public sealed record ResourceContext(string Urn, string Type, string Name, bool IsPreview, TimeSpan? Timeout, IResourceLog Log, CancellationToken Stopping);

/// <summary>Takes the messages of a provider about one resource or call.</summary>
public interface IResourceLog
{
    /// <summary>A line of a running command's output; shown at once, prefixed by the resource. Keep secrets out.</summary>
    void Output(string line);

    /// <summary>What is going on at the moment, such as "dialling gpu-host (attempt 3)"; replaces what was said before.</summary>
    void Status(string text);

    /// <summary>A diagnostic that is listed under the resource at the end.</summary>
    void Diagnostic(DiagnosticSeverity severity, string message);
}

/// <summary>How grave a diagnostic is; the numbers are the protocol's LogSeverity.</summary>
public enum DiagnosticSeverity
{
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// <param name="OldInputs">The inputs in the state; null for a new resource.</param>
/// <param name="NewInputs">The inputs the program gives now.</param>
public sealed record CheckRequest(ResourceContext Context, PropertyMap? OldInputs, PropertyMap NewInputs);

/// <param name="Inputs">The inputs to use, with defaults filled in.</param>
/// <param name="Failures">What is wrong; empty where all is well.</param>
public sealed record CheckResult(PropertyMap Inputs, ImmutableArray<CheckProblem> Failures)
{
    /// <summary>The inputs as they came, nothing wrong.</summary>
    public static CheckResult Fine(PropertyMap inputs) => new(inputs, []);
}

/// <param name="Property">The property path, or empty for the whole.</param>
/// <param name="Reason">What was found and what to do.</param>
public sealed record CheckProblem(string Property, string Reason);

public sealed record DiffRequest(ResourceContext Context, string Id, PropertyMap OldInputs, PropertyMap OldOutputs, PropertyMap NewInputs);

/// <param name="Changes">Each changed property at its innermost place; empty means the resource is the same.</param>
/// <param name="ReplaceKeys">The changed places that call for a replacement; empty means in place.</param>
/// <param name="DeleteBeforeReplace">Whether a replacement has to delete first.</param>
/// <param name="IsUnknown">Whether it cannot be told yet what differs; that counts as an update in place.</param>
public sealed record DiffResult(ImmutableArray<PropertyDiff> Changes, ImmutableArray<PropertyPath> ReplaceKeys, bool DeleteBeforeReplace = false, bool IsUnknown = false)
{
    /// <summary>No difference.</summary>
    public static DiffResult Same { get; } = new([], []);

    /// <summary>It cannot be told.</summary>
    public static DiffResult NotKnown { get; } = new([], [], IsUnknown: true);

    /// <summary>Every difference of the inputs, replacing where a changed place lies under one of <paramref name="replaceOn"/>.</summary>
    public static DiffResult OfInputs(PropertyMap old, PropertyMap @new, IEnumerable<PropertyPath>? replaceOn = null, bool deleteBeforeReplace = false)
    {
        var changes = PropertyDiff.Between(old, @new);
        var paths = (replaceOn ?? []).ToArray();
        return new(changes, [.. changes.Select(c => c.Path).Where(c => paths.Any(p => p.Contains(c) || c.Contains(p)))], deleteBeforeReplace);
    }
}

public sealed record CreateRequest(ResourceContext Context, PropertyMap Inputs);

/// <param name="Id">The provider's name for the resource; empty in a preview means not known.</param>
public sealed record CreateResult(string Id, PropertyMap Outputs);

/// <param name="IgnoreChanges">Places that the program asked to leave alone; their new inputs already hold the old values.</param>
public sealed record UpdateRequest(
    ResourceContext Context, string Id, PropertyMap OldInputs, PropertyMap OldOutputs, PropertyMap NewInputs, ImmutableArray<PropertyPath> IgnoreChanges);

public sealed record DeleteRequest(ResourceContext Context, string Id, PropertyMap Inputs, PropertyMap Outputs);

/// <param name="Inputs">The inputs in the state; empty for a read of something the stack does not own.</param>
/// <param name="Outputs">The outputs in the state, or what the program gave to find it by.</param>
public sealed record ReadRequest(ResourceContext Context, string Id, PropertyMap Inputs, PropertyMap Outputs);

public sealed record ReadResult(string Id, PropertyMap Inputs, PropertyMap Outputs);

/// <param name="Token">The function, such as <c>command:local:run</c>.</param>
public sealed record InvokeRequest(string Token, PropertyMap Arguments, bool IsPreview, IResourceLog Log, CancellationToken Stopping);

/// <param name="Return">The result; null where there are failures.</param>
public sealed record InvokeResult(PropertyMap? Return, ImmutableArray<CheckProblem> Failures)
{
    public static InvokeResult Of(PropertyMap value) => new(value, []);
}
