using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Cli.Display;

/// <summary>
/// Collects an operation and writes it as one JSON document in the shape of <c>pulumi preview --json</c>: config, steps, diagnostics,
/// duration (nanoseconds), changeSummary. Progress goes to standard error.
/// </summary>
internal sealed class JsonDisplay(ConsoleWriter target, ConsoleWriter progress) : IDisplay
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock gate = new();
    private readonly Dictionary<(string Urn, StepOp Op), JsonObject> steps = [];
    private readonly JsonArray stepList = [];
    private readonly JsonArray diagnostics = [];
    private JsonObject config = [];
    private bool isPreview;

    public void On(EngineEvent happened)
    {
        lock (gate)
            Collect(happened);
    }

    public void Notice(string text) => progress.Line(text);

    public void Dispose()
    {
    }

    private void Collect(EngineEvent happened)
    {
        switch (happened)
        {
            case OperationStarted started:
                isPreview = started.IsPreview;
                config = [];
                foreach (var (key, value) in started.Config)
                    config[key] = Sorted(value);
                break;
            case Progress text:
                progress.Line(text.Text);
                break;
            case StepStarted { Step: var step } when !step.IsInternal && (step.Op is not (StepOp.Same or StepOp.Read) || step.IsStack):
                stepList.Add(steps[(step.Urn, step.Op)] = StepOf(isPreview ? step with { New = WithoutResults(step.New) } : step));
                break;
            // What a preview can foresee of the outputs is no state: as with the CLI, it shows the inputs alone.
            case StepEnded or OutputsRegistered when isPreview:
                break;
            case StepEnded { Step: { New: { } @new } step } when steps.TryGetValue((step.Urn, step.Op), out var known):
                known["newState"] = StateOf(@new);
                break;
            case OutputsRegistered outputs:
                foreach (var (_, known) in steps.Where(s => s.Key.Urn == outputs.State.Urn))
                    known["newState"] = StateOf(outputs.State);
                break;
            case Diagnostic { Ephemeral: false, Severity: not DiagnosticSeverity.Debug } diagnostic:
                diagnostics.Add(DiagnosticOf(diagnostic));
                break;
            case OperationEnded ended:
                Write(ended);
                break;
        }
    }

    private void Write(OperationEnded ended)
    {
        var summary = new JsonObject();
        foreach (var (op, count) in ended.Changes)
            summary[op.Name] = count;
        var document = new JsonObject
        {
            ["config"] = config,
            ["steps"] = stepList.DeepClone(),
            ["diagnostics"] = diagnostics.DeepClone(),
            ["duration"] = ended.Duration.Ticks * 100,
            ["changeSummary"] = summary,
        };
        target.Line(document.ToJsonString(Options));
    }

    private static JsonObject DiagnosticOf(Diagnostic diagnostic)
    {
        var json = new JsonObject();
        if (diagnostic.Urn.Length > 0)
            json["urn"] = diagnostic.Urn;
        json["message"] = $"{diagnostic.Severity.Prefix}{diagnostic.Message}\n";
        json["severity"] = diagnostic.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "info",
        };
        return json;
    }

    private static JsonObject StepOf(StepDetail step)
    {
        var json = new JsonObject { ["op"] = step.Op.Name, ["urn"] = step.Urn };
        if (step.State.Provider.Length > 0)
            json["provider"] = step.State.Provider;
        if (step.Old is { } old)
            json["oldState"] = StateOf(old);
        if (step.New is { } @new)
            json["newState"] = StateOf(@new);
        if (!step.Changes.IsEmpty)
            json["diffReasons"] = new JsonArray([.. step.Changes.Select(c => c.Path.TopKey).Distinct(StringComparer.Ordinal).Select(k => JsonValue.Create(k))]);
        if (!step.ReplaceKeys.IsEmpty)
            json["replaceReasons"] = new JsonArray([.. step.ReplaceKeys.Select(k => JsonValue.Create(k.TopKey))]);
        var detailed = new JsonObject();
        foreach (var change in step.Changes)
            detailed[change.Path.ToString()] = new JsonObject { ["kind"] = KindOf(change, step), ["inputDiff"] = true };
        json["detailedDiff"] = detailed.Count > 0 ? detailed : null;
        return json;
    }

    private static ResourceState? WithoutResults(ResourceState? state) =>
        state is null ? null : state with { Outputs = PropertyMap.Empty, Created = null, Modified = null };

    /// <summary>A structured value with its keys in order, as the CLI writes it.</summary>
    private static string Sorted(string value)
    {
        if (!value.StartsWith('{') && !value.StartsWith('['))
            return value;
        try
        {
            return Sorted(JsonNode.Parse(value))!.ToJsonString(new() { Encoder = Options.Encoder });
        }
        catch (JsonException)
        {
            return value;
        }
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static string KindOf(PropertyDiff change, StepDetail step)
    {
        var kind = change.Kind switch
        {
            PropertyDiffKind.Add => "add",
            PropertyDiffKind.Delete => "delete",
            _ => "update",
        };
        return step.ReplaceKeys.Any(k => k.Contains(change.Path)) ? kind + "-replace" : kind;
    }

    private static JsonNode? StateOf(ResourceState state) => JsonNode.Parse(StateText.ShownJson(state));
}
