using System.Text.Json;
using System.Text.Json.Nodes;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The first hour with a machine, as it is typed: doctor, init, preview, up, drift, each in one command.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class NewcomerTests : IDisposable
{
    private const string Name = "newcomer";
    private const string Stack = "lab-newcomer";
    private const string DropIn = "/etc/default/grub.d/60-passthrough-host.cfg";

    private readonly Launcher _launcher = new();

    private static string StackFile => Path.Combine(LabHost.Root, $"Pulumi.{Stack}.yaml");

    public void Dispose()
    {
        File.Delete(StackFile);
        _launcher.Dispose();
    }

    [Fact]
    public async Task From_a_bare_machine_to_its_own_stack_and_on_to_its_drift()
    {
        var host = await LabHost.PristineAsync(Name);
        using var environment = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(LabHost.Root, ".lab", Name, "env.json")));
        string[] machine =
        [
            "--host", $"ops@127.0.0.1:{environment.RootElement.GetProperty("port")}",
            "--host-key", environment.RootElement.GetProperty("hostKey").GetString()!,
            "--identity-file", environment.RootElement.GetProperty("privateKeyFile").GetString()!,
        ];
        var before = await host.MustAsync("find /etc /var/lib/passthrough-host -newer /proc/1/cmdline -type f 2>/dev/null | sort; ls -A /var/lib/passthrough-host 2>/dev/null | wc -l");

        var seen = JsonNode.Parse(await _launcher.SaysAsync(0, ["doctor", .. machine, "--json"]))!;
        Assert.True((bool)seen["fit"]!);
        Assert.Contains("0000:01:00.0", seen["candidates"]!.AsArray().Where(c => (bool)c!["free"]!).SelectMany(c => c!["functions"]!.AsArray()).Select(f => (string)f!));

        Assert.Contains($"Pulumi.{Stack}.yaml is written", await _launcher.SaysAsync(0, ["init", .. machine, "--stack", Stack, "--yes"]), StringComparison.Ordinal);
        Assert.Contains("not applied", await _launcher.SaysAsync(0, ["drift", "--stack", Stack]), StringComparison.Ordinal);
        Assert.Contains($"+++ {DropIn}", await _launcher.SaysAsync(0, ["preview", "--stack", Stack]), StringComparison.Ordinal);
        Assert.Equal(before, await host.MustAsync("find /etc /var/lib/passthrough-host -newer /proc/1/cmdline -type f 2>/dev/null | sort; ls -A /var/lib/passthrough-host 2>/dev/null | wc -l"));

        await _launcher.SaysAsync(0, ["up", "--stack", Stack, "--yes"]);
        Assert.Contains("in sync", await _launcher.SaysAsync(0, ["drift", "--stack", Stack]), StringComparison.Ordinal);
        Assert.Contains("01:00.0", await host.MustAsync("ls /sys/bus/pci/drivers/vfio-pci"), StringComparison.Ordinal);

        await host.MustAsync($"sed -i 's/iommu=pt/iommu=pt quiet/' {DropIn}");
        var drift = await _launcher.SaysAsync(2, ["drift", "--stack", Stack]);
        Assert.Contains($"{Stack}: drift on the host (boot)", drift, StringComparison.Ordinal);
        Assert.Contains("iommu=pt quiet", drift, StringComparison.Ordinal);
        await host.LabAsync("down");
    }
}
