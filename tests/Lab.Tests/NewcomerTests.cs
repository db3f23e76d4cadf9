using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The first hour with a machine, as README has it typed: doctor, init, preview, up, drift, destroy, each in one command.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class NewcomerTests : IDisposable
{
    private const string DropIn = "/etc/default/grub.d/60-passthrough-host.cfg";

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task From_a_bare_machine_to_its_own_stack_on_to_its_drift_and_back()
    {
        var host = await LabHost.PristineAsync("newcomer");
        var (port, hostKey, keyFile) = await host.AccessAsync();
        // README's ops@gpu-host, with what nobody is there to be asked for.
        var machine = $"ops@127.0.0.1:{port} --host-key '{hostKey}' --identity-file '{keyFile}'";
        var before = await host.MustAsync(HostFingerprint.Command);
        var typed = CommandBlock.Named("own-machine").Commands.ToDictionary(c => c.Split(' ')[1], c => c.Replace("ops@gpu-host", machine, StringComparison.Ordinal));

        var seen = JsonNode.Parse(await _reader.SaysAsync(0, typed["doctor"] + " --json"))!;
        Assert.True((bool)seen["fit"]!);
        Assert.Contains("0000:04:00.0", seen["candidates"]!.AsArray().Where(c => (bool)c!["free"]!).SelectMany(c => c!["functions"]!.AsArray()).Select(f => (string)f!));
        Assert.Contains("can be given to a guest", await _reader.SaysAsync(0, typed["doctor"]), StringComparison.Ordinal);

        // Its display is its only one: it is given away because it is named.
        Assert.Contains("Pulumi.gpu-host.yaml is written", await _reader.SaysAsync(0, typed["init"] + " --gpu 01:00.0"), StringComparison.Ordinal);
        Assert.Contains("not applied", await _reader.SaysAsync(0, typed["drift"]), StringComparison.Ordinal);
        Assert.Contains($"+++ {DropIn}", await _reader.SaysAsync(0, typed["preview"]), StringComparison.Ordinal);
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));

        await _reader.SaysAsync(0, typed["up"]);
        Assert.Contains("in sync", await _reader.SaysAsync(0, typed["drift"]), StringComparison.Ordinal);
        Assert.Contains("01:00.0", await host.MustAsync("ls /sys/bus/pci/drivers/vfio-pci"), StringComparison.Ordinal);

        await host.MustAsync($"sed -i 's/iommu=pt/iommu=pt quiet/' {DropIn}");
        var drift = await _reader.SaysAsync(2, typed["drift"]);
        Assert.Contains("gpu-host: drift on the host (boot)", drift, StringComparison.Ordinal);
        Assert.Contains("iommu=pt quiet", drift, StringComparison.Ordinal);

        await _reader.SaysAsync(0, typed["destroy"]);
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));
        await host.LabAsync("down");
    }
}
