using System.Text.Json;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A fleet of one machine that is there and one that is not: the one that fails stops no other.</summary>
[Trait("Category", "Lab")]
public sealed class FleetTests : IDisposable
{
    private const string Name = "fleet";
    private const string Stack = "lab-fleet";

    private readonly Launcher _launcher = new();

    private static string Project => Path.Combine(LabHost.Root, "stacks", "Fleet");

    private static string StackFile => Path.Combine(Project, $"Pulumi.{Stack}.yaml");

    public void Dispose()
    {
        File.Delete(StackFile);
        _launcher.Dispose();
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_machine_that_cannot_be_reached_stops_no_other()
    {
        var host = await LabHost.PristineAsync(Name);
        using var environment = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(LabHost.Root, ".lab", Name, "env.json")));
        string Of(string key) => environment.RootElement.GetProperty(key).ToString();
        await File.WriteAllTextAsync(
            StackFile,
            $$"""
            config:
              passthrough-infra:fleet:
                defaults:
                  connection: { host: 127.0.0.1, user: ops, hostKey: "{{Of("hostKey")}}", privateKeyFile: "{{Of("privateKeyFile")}}" }
                  packages: { manage: false }
                  hugePages: { size: 2M, count: 32 }
                machines:
                  away: { connection: { port: 1 } }
                  here: { connection: { port: {{Of("port")}} } }

            """);

        var output = await SaysAsync(1, "up", "--yes", "--continue-on-error", "--skip-preview");
        Assert.Matches("away +refused: ops@127.0.0.1:1 could not be read", output);
        Assert.Matches("here +ready", output);
        Assert.Equal("32", (await host.MustAsync("cat /proc/sys/vm/nr_hugepages")).Trim());

        // Nothing of the machine that is there is planned again, and nothing of the other is lost.
        Assert.Matches("here +in sync", await SaysAsync(0, "preview"));
        await host.LabAsync("down");
    }

    private Task<string> SaysAsync(int expected, params string[] arguments) => _launcher.SaysAsync(expected, [.. arguments, "-C", Project, "--stack", Stack]);
}
