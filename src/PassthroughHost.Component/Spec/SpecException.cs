namespace PassthroughInfra.Component.Spec;

/// <summary>One thing that is wrong in the spec: where, what was found, and what to do.</summary>
/// <param name="Path">The place, as <c>machine.devices[1].id</c>.</param>
/// <param name="Problem">What was found, with the value.</param>
/// <param name="Remedy">What to write instead, or what to do.</param>
public sealed record SpecError(string Path, string Problem, string Remedy)
{
    /// <summary>Where it stands in the stack file, <c>Pulumi.dev.yaml:14:13</c>; empty where that is not known.</summary>
    public string Place { get; init; } = "";

    /// <summary>As one sentence for the user.</summary>
    public override string ToString() => $"{Path}{(Place.Length > 0 ? $" ({Place})" : "")}: {Problem}\n    {Remedy}";
}

/// <summary>The spec cannot be used. Nothing has been read from or written to the host.</summary>
public sealed class SpecException : Exception
{
    /// <summary>One error.</summary>
    public SpecException(SpecError error)
        : this([error])
    {
    }

    /// <summary>All errors that were found, so that they can be mended in one go.</summary>
    public SpecException(IReadOnlyList<SpecError> errors)
        : base(Describe(errors)) => Errors = errors;

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<SpecError> Errors { get; }

    private static string Describe(IReadOnlyList<SpecError> errors) =>
        (errors.Count == 1 ? "The machine's spec has an error; nothing was touched." : $"The machine's spec has {errors.Count} errors; nothing was touched.")
        + string.Concat(errors.Select(e => "\n  " + e));
}
