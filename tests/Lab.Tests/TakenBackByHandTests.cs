using System.Text.RegularExpressions;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>What docs/host.md says about taking everything back without the stack: exactly those commands, after an update with everything a stack can ask of the lab.</summary>
[Trait("Category", "Lab")]
public sealed class TakenBackByHandTests : IDisposable
{
    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Trait("Length", "long")]
    [Fact]
    public async Task The_host_is_as_it_was_before_and_boots()
    {
        var host = await LabHost.PristineAsync("by-hand");
        var before = await host.MustAsync(HostFingerprint.Command);
        _reader.Write("Pulumi.gpu-host.yaml", await StackAsync(host));
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview");
        await host.MustAsync("grep -q 'intel_iommu=on' /proc/cmdline && ls /etc/netplan/60-passthrough-host.yaml /etc/libvirt/hooks/qemu.d/50-passthrough-host && virsh domstate win10 | grep running && id -nG ops | grep libvirt");

        await TypedAsync(host, CommandBlock.Named("remove-guest"));
        await TypedAsync(host, CommandBlock.Named("remove-host"));
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));

        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot}", TimeSpan.FromMinutes(8));
        Assert.DoesNotContain("iommu", await host.MustAsync("cat /proc/cmdline"), StringComparison.Ordinal);
        await host.MustAsync("! ls /sys/bus/pci/drivers/vfio-pci/0000:* 2>/dev/null");
        await host.LabAsync("down");
    }

    // apt asks before it removes.
    private static async Task TypedAsync(LabHost host, CommandBlock block)
    {
        var (code, output) = await host.SshAsync(block.Text, "y\n");
        Assert.True(code == 0, output);
    }

    // Stack lab, of this lab and with the concerns that it leaves out; its guest has the page's name.
    private static async Task<string> StackAsync(LabHost host)
    {
        var (port, hostKey, keyFile) = await host.AccessAsync();
        var stack = await File.ReadAllTextAsync(Path.Combine(LabHost.Root, "Pulumi.lab.yaml"));
        stack = Regex.Replace(stack, "port: .*", $"port: {port}");
        stack = Regex.Replace(stack, "hostKeyFile: .*", $"hostKey: {hostKey}");
        stack = Regex.Replace(stack, "privateKeyFile: .*", $"privateKeyFile: {keyFile}");
        stack = Regex.Replace(stack, "name: lab$", "name: win10", RegexOptions.Multiline);
        stack = Regex.Replace(stack, "encryptionsalt: .*\n", "");
        return stack.Replace("    hugePages:", "    isolation: { cpus: auto, threadIrqs: true }\n    desktop: false\n    hugePages:", StringComparison.Ordinal);
    }
}
