using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>Many machines from one file: how they are read, and that one that is refused stops no other.</summary>
public sealed class FleetTests
{
    private const string HostKey = "hostKey: insecure-accept-any";

    [Fact]
    public void A_machine_is_the_defaults_and_what_it_says_itself()
    {
        var machines = Read($$"""
            defaults: { connection: { user: ops, {{HostKey}} }, packages: { extra: [tmux] }, desktop: false }
            machines:
              b: { connection: { host: b.internal, user: root }, packages: { extra: [htop] }, desktop: null }
              a: { connection: { host: a.internal } }
            """);
        Assert.Equal(["b", "a"], machines.Select(m => m.Key));
        var (b, a) = (machines[0].Value, machines[1].Value);
        Assert.Equal(("b.internal", "root", "htop", (bool?)null), (b.Connection.Host, b.Connection.User, Assert.Single(b.Packages.Extra), b.Desktop));
        Assert.Equal(("a.internal", "ops", "tmux", (bool?)false), (a.Connection.Host, a.Connection.User, Assert.Single(a.Packages.Extra), a.Desktop));
    }

    [Theory]
    [InlineData("machines: { a: { connection: { host: a, hostKey: insecure-accept-any }, devicess: [] } }", "fleet.machines.a.devicess")]
    [InlineData("machines: { a: { connection: { host: a } } }", "fleet.machines.a.connection.hostKey")]
    [InlineData("machines: { A1: { connection: { host: a, hostKey: insecure-accept-any } } }", "fleet.machines.A1")]
    [InlineData("defaults: [1]\nmachines: { a: { connection: { host: a, hostKey: insecure-accept-any } } }", "fleet.defaults")]
    [InlineData("machine: {}\nmachines: { a: { connection: { host: a, hostKey: insecure-accept-any } } }", "fleet.machine")]
    [InlineData("defaults: {}", "fleet.machines")]
    [InlineData("machines: { a: 7 }", "fleet.machines.a")]
    public void A_mistake_is_named_with_its_machine(string yaml, string path) =>
        Assert.Contains(Assert.Throws<SpecException>(() => Read(yaml)).Errors, e => e.Path == path);

    [Fact]
    public void The_mistakes_of_all_machines_are_told_at_once()
    {
        var e = Assert.Throws<SpecException>(() => Read("machines: { a: { connection: { host: a } }, b: { connection: { host: b } } }"));
        Assert.Equal(["fleet.machines.a.connection.hostKey", "fleet.machines.b.connection.hostKey"], e.Errors.Select(x => x.Path));
    }

    [Fact]
    public async Task A_fleet_is_previewed_with_a_table_and_one_that_is_refused_stops_no_other()
    {
        var (succeeded, shown) = await EngineRun.PreviewAsync("stacks/Fleet", "demo");
        Assert.True(succeeded, shown);
        Assert.Matches(@"\n +desk1  \d+ differences\n +desk2  \d+ differences\n +rack1  \d+ differences\n +spare  refused: machine\.devices\[0\] \(gpu\): at 01:00\.0 there is", shown);
        foreach (var machine in new[] { "desk1", "desk2", "rack1" })
        {
            Assert.Contains($"command:remote:Command {machine}-boot create", shown, StringComparison.Ordinal);
        }
    }

    private static IReadOnlyList<KeyValuePair<string, MachineSpec>> Read(string yaml)
    {
        using var json = System.Text.Json.JsonDocument.Parse(Yaml.ToJson(yaml));
        return FleetReader.Read(json.RootElement);
    }
}
