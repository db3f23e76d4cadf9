using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>Words that every display uses.</summary>
internal static class Titles
{
    /// <summary>What an operation is called.</summary>
    public static string Of(OperationStarted started) => (started.Kind, started.IsPreview) switch
    {
        (OperationKind.Update, true) => "Previewing update",
        (OperationKind.Update, false) => "Updating",
        (OperationKind.Destroy, true) => "Previewing destroy",
        (OperationKind.Destroy, false) => "Destroying",
        (_, true) => "Previewing refresh",
        _ => "Refreshing",
    };

    /// <summary>The top-level properties that differ: <c>~create,update</c>.</summary>
    public static string ChangedKeys(StepDetail step) => string.Join(",", step.Changes
        .GroupBy(c => c.Path.TopKey, StringComparer.Ordinal)
        .Select(g => g.All(c => c.Path.Steps.Length == 1) ? g.First().Kind.Op.Mark + g.Key : "~" + g.Key));
}
