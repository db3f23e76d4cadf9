using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>What one operation of a recorded case came to.</summary>
/// <param name="Title">The operation and the program's step: <c>up 2</c>.</param>
/// <param name="Exit">0, or 1 for any failure.</param>
/// <param name="Ran">The commands that ran, in their order.</param>
/// <param name="Resources">What of each resource was recorded, providers left out, a line each and sorted.</param>
internal sealed partial record RecordedOperation(string Title, int Exit, string[] Ran, string[] Resources)
{
    /// <summary>Reads one of <c>expected.json</c>.</summary>
    public static RecordedOperation Read(JsonNode source) => new(
        $"{source["op"]} {source["step"]}",
        source["exit"]!.GetValue<int>(),
        [.. source["ran"]!.AsArray().Select(l => l!.GetValue<string>())],
        [.. source["resources"]!.AsArray().Select(r => Line(r!.AsObject())).Order(StringComparer.Ordinal)]);

    /// <summary>As text to compare; what ran is sorted where <paramref name="sorted"/> says so.</summary>
    public string Text(bool sorted) =>
        $"{Title}: exit {Exit}, ran [{string.Join(", ", sorted ? Ran.Order(StringComparer.Ordinal) : Ran)}]\n{string.Concat(Resources.Select(r => $"  {r}\n"))}";

    // The command provider's: a name and eight random digits.
    [GeneratedRegex(@"\b([a-z])[0-9a-f]{8}\b")]
    private static partial Regex Id();

    public static string Line(JsonObject resource)
    {
        var sorted = new JsonObject(resource.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        return Id().Replace(sorted.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }), "$1-ID");
    }
}

/// <summary>Runs one recorded case: its operations one after another, on a stack and a log of its own.</summary>
internal sealed class RecordedCase(string name, IStackProgram program, DeploymentOptions options) : IDisposable
{
    private readonly TestStack stack = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("recorded-");

    public async Task<RecordedOperation> RunAsync(string operation, int step)
    {
        var log = Path.Combine(directory.FullName, "log");
        stack.OtherProviders.Clear();
        stack.OtherProviders.Add(new CommandProviderFactory(directory.FullName));
        stack.With(("case", name), ("step", $"{step}"), ("log", log));
        var run = operation switch
        {
            "up" => await stack.UpAsync(program, options),
            "preview" => await stack.PreviewAsync(program, options),
            "refresh" => await stack.RefreshAsync(options),
            _ => await stack.DestroyAsync(options),
        };
        var ran = File.Exists(log) ? await File.ReadAllLinesAsync(log) : [];
        File.Delete(log);
        var resources = stack.Snapshot.Resources.Where(r => !r.IsProvider).Select(r => RecordedOperation.Line(Recorded(r))).Order(StringComparer.Ordinal);
        return new($"{operation} {step}", run.Result == OperationResult.Succeeded ? 0 : 1, ran, [.. resources]);
    }

    public void Dispose()
    {
        stack.Dispose();
        directory.Delete(recursive: true);
    }

    /// <summary>What the recording has of a resource.</summary>
    private JsonObject Recorded(ResourceState state)
    {
        var json = new JsonObject { ["name"] = NameOf(state.Urn) };
        void Add(string key, bool isThere, Func<JsonNode?> value)
        {
            if (isThere)
                json[key] = value();
        }
        Add("component", !state.Custom, () => true);
        Add("delete", state.Delete, () => true);
        Add("protect", state.Protect, () => true);
        Add("retainOnDelete", state.RetainOnDelete, () => true);
        Add("parent", state.Parent.Length > 0, () => NameOf(state.Parent));
        Add("dependencies", state.Dependencies.Length > 0, () => List(state.Dependencies.Select(NameOf)));
        Add("deletedWith", state.DeletedWith.Length > 0, () => NameOf(state.DeletedWith));
        Add("replaceWith", state.ReplaceWith.Length > 0, () => List(state.ReplaceWith.Select(NameOf)));
        Add("ignoreChanges", state.IgnoreChanges.Length > 0, () => List(state.IgnoreChanges));
        Add("replaceOnChanges", state.ReplaceOnChanges.Length > 0, () => List(state.ReplaceOnChanges));
        Add("additionalSecretOutputs", state.AdditionalSecretOutputs.Length > 0, () => List(state.AdditionalSecretOutputs));
        Add("customTimeouts", state.CustomTimeouts is not null, () => Timeouts(state.CustomTimeouts!));
        Add("inputs", state.Custom, () => List(state.Inputs.Keys.Order(StringComparer.Ordinal)));
        Add("environment", state.Custom, () => state.Inputs.Get("environment") switch
        {
            null => null,
            { IsSecret: true } or { ContainsSecrets: true } => "…",
            var environment => JsonNode.Parse(StateText.ValueJson(environment, showSecrets: false)),
        });
        return json;
    }

    // The recorded stacks have the name of their case.
    private string NameOf(string urn) => Urn.Name(urn) is "demo-dev" ? $"demo-{name.ToLowerInvariant()}" : Urn.Name(urn);

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject Timeouts(CustomTimeouts timeouts)
    {
        var json = new JsonObject();
        foreach (var (key, value) in new[] { ("create", timeouts.Create), ("update", timeouts.Update), ("delete", timeouts.Delete) })
        {
            if (value is > 0)
                json[key] = (int)value;
        }
        return json;
    }
}
