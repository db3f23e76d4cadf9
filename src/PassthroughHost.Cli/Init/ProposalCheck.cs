using System.Collections;
using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using YamlDotNet.Serialization;

namespace PassthroughInfra.Cli.Init;

/// <summary>Reads a written stack file again, and plans from it: what is proposed must be accepted.</summary>
internal static class ProposalCheck
{
    /// <summary>The machine a stack file's text describes.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="project">The project's name, the namespace of the key.</param>
    /// <param name="stack">The stack's name.</param>
    /// <exception cref="SpecException">It is not accepted.</exception>
    public static MachineSpec Read(string yaml, string project, string stack)
    {
        var root = (IDictionary<object, object>)new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(yaml)!;
        var machine = ((IDictionary<object, object>)root["config"])[$"{project}:{SpecReader.Root}"];
        return StackMachine.Pin(SpecReader.Read(Json(machine)!.ToJsonString()), project, stack);
    }

    /// <summary>What an update would refuse.</summary>
    public static IReadOnlyList<Finding> Errors(MachineSpec spec, Component.Facts.HostFacts facts) => [.. HostPlan.Make(spec, facts).Errors];

    private static JsonNode? Json(object? value) => value switch
    {
        null => null,
        IDictionary<object, object> map => new JsonObject(map.Select(e => KeyValuePair.Create($"{e.Key}", Json(e.Value)))),
        string text => JsonValue.Create(text),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Json)]),
        bool truth => JsonValue.Create(truth),
        _ => JsonNode.Parse($"{value}"),
    };
}
