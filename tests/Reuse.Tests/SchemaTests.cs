using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Spec.Schema;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>The published schemas: current, true to the reader, and followed by every stack file.</summary>
public sealed class SchemaTests
{
    private static readonly Lazy<Task<JsonSchema>> Machine = new(() => JsonSchema.FromJsonAsync(SpecSchema.MachineStack().ToJsonString()));

    private static readonly Lazy<Task<JsonSchema>> Fleet = new(() => JsonSchema.FromJsonAsync(SpecSchema.FleetStack().ToJsonString()));

    public static TheoryData<string> MachineFiles() => [.. StackFiles.Machines];

    public static TheoryData<string> FleetFiles() => [.. StackFiles.Fleets];

    public static TheoryData<string> Cases() =>
        [.. Directory.GetDirectories(Path.Combine(Repository.Root, "tests/PassthroughHost.Component.Tests/cases")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_machine_schema_is_current() => Golden.Check("schema/machine.schema.json", Text(SpecSchema.MachineStack()), nameof(SchemaTests));

    [Fact]
    public void The_fleet_schema_is_current() => Golden.Check("schema/fleet.schema.json", Text(SpecSchema.FleetStack()), nameof(SchemaTests));

    [Theory]
    [MemberData(nameof(MachineFiles))]
    public async Task A_stack_file_follows_the_schema_it_names(string file)
    {
        Assert.StartsWith("# yaml-language-server: $schema=schema/machine.schema.json\n", await File.ReadAllTextAsync(Path.Combine(Repository.Root, file)), StringComparison.Ordinal);
        Assert.Empty(await ErrorsAsync(Machine, StackFiles.Read(file)));
        SpecReader.Read(StackFiles.MachineOf(file).ToJsonString());
    }

    [Theory]
    [MemberData(nameof(FleetFiles))]
    public async Task A_fleet_file_follows_the_schema_it_names(string file)
    {
        Assert.StartsWith("# yaml-language-server: $schema=../../schema/fleet.schema.json\n", await File.ReadAllTextAsync(Path.Combine(Repository.Root, file)), StringComparison.Ordinal);
        Assert.Empty(await ErrorsAsync(Fleet, StackFiles.Read(file)));
        FleetReader.Read(JsonSerializer.SerializeToElement(StackFiles.Value(file, SpecSchema.FleetKey)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_the_reader_takes_the_schema_takes_too(string name)
    {
        var machine = JsonNode.Parse(Yaml.ToJson(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests/PassthroughHost.Component.Tests/cases", name, "spec.yaml"))))!;
        try
        {
            SpecReader.Read(machine.ToJsonString());
        }
        catch (SpecException)
        {
            return;
        }

        Assert.Empty(await ErrorsAsync(Machine, Stack(machine)));
    }

    [Theory]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "device": [] }""", "an unknown key")]
    [InlineData("""{ "connection": { "hostKey": "insecure-accept-any" } }""", "no host")]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "devices": [{ "name": "gpu", "address": "1:0", "id": "10de:1f82" }] }""", "an address that is none")]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "iommu": "arm" }""", "an unknown word")]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any", "port": "22" } }""", "a text for a number")]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any", "user": { "secure": "v1:x" } } }""", "a secret where none belongs")]
    public async Task What_the_reader_refuses_by_its_form_the_schema_refuses(string machine, string why)
    {
        Assert.ThrowsAny<SpecException>(() => SpecReader.Read(machine));
        Assert.True((await ErrorsAsync(Machine, Stack(JsonNode.Parse(machine)!))).Length > 0, why);
    }

    [Fact]
    public async Task A_secret_may_stand_encrypted()
    {
        var machine = JsonNode.Parse("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any", "privateKey": { "secure": "v1:x" } } }""")!;
        Assert.Empty(await ErrorsAsync(Machine, Stack(machine)));
    }

    private static JsonObject Stack(JsonNode machine) => new() { ["config"] = new JsonObject { [SpecSchema.MachineKey] = machine } };

    private static async Task<string[]> ErrorsAsync(Lazy<Task<JsonSchema>> schema, JsonNode document) =>
        [.. (await schema.Value).Validate(document.ToJsonString()).Select(e => e.ToString())];

    private static string Text(JsonObject schema) => schema.ToJsonString(SpecReader.Json) + "\n";
}
