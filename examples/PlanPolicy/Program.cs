using System.Text.Json;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PlanPolicy;
using YamlDotNet.Serialization;

// Checks stack files against the company's rules, with no engine and no host: each is planned from its recorded probe.
//   dotnet run --project examples/PlanPolicy -- Pulumi.dev.yaml Pulumi.headless.yaml
// Exit codes: 0 all are fine; 2 a rule is broken; 1 a file cannot be used.
var broken = 0;
foreach (var file in args)
{
    try
    {
        // A guest's UUID and MACs follow from where it is declared; for a rule any owner does.
        var machine = GuestIdentity.Pin(SpecReader.Read(Machine(file)), file);
        var facts = machine.Facts is { } probe ? RecordedProbe.Load(probe, Path.GetDirectoryName(Path.GetFullPath(file))!) : null;
        var problems = Policies.Check(machine, HostPlan.Make(machine, facts)).ToList();
        broken += problems.Count;
        Console.WriteLine(problems.Count == 0 ? $"{file}: fine" : $"{file}:\n  {string.Join("\n  ", problems)}");
    }
    catch (Exception e) when (e is SpecException or IOException or YamlDotNet.Core.YamlException)
    {
        Console.Error.WriteLine($"{file}: {e.Message}");
        return 1;
    }
}

return broken == 0 ? 0 : 2;

// Pulumi hands a structured value to a program as JSON; outside of Pulumi the stack file is read as YAML.
static string Machine(string file)
{
    var stack = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<Dictionary<string, Dictionary<string, object>>>(File.ReadAllText(file));
    return JsonSerializer.Serialize(Plain(stack["config"]["passthrough-infra:machine"]));
}

static object? Plain(object? value) => value switch
{
    IDictionary<object, object> map => map.ToDictionary(p => p.Key.ToString()!, p => Plain(p.Value)),
    IList<object> list => list.Select(Plain).ToList(),
    _ => value,
};
