using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// Virtual functions on the real kernel. QEMU 7.2 has no igb; its NVMe controller can be split just so, and is put into the empty slot.
/// </summary>
[Trait("Category", "Lab")]
public sealed class SriovTests
{
    private const string Everything = "{ find /etc /usr/local -printf '%p %l %m %u\\n' | sort; find /etc -type f -print0 | sort -z | xargs -0 sha256sum; find /var/lib/passthrough-host 2>/dev/null; cat /sys/bus/pci/devices/0000:06:00.0/sriov_numvfs /sys/bus/pci/devices/0000:06:00.0/sriov_drivers_autoprobe; ls /sys/bus/pci/devices; }";

    [Fact]
    public async Task Virtual_functions_are_made_given_to_vfio_made_again_at_boot_and_go_without_a_trace()
    {
        var host = await LabHost.PristineAsync("sriov");
        await host.LabAsync("monitor", "--", "device_add", "nvme-subsys,id=split");
        await host.LabAsync("monitor", "--", "device_add", "nvme,id=split-pf,serial=split,subsys=split,bus=rp6,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=7");
        await host.WaitAsync("[ -e /sys/bus/pci/devices/0000:06:00.0/driver ]", TimeSpan.FromMinutes(2));
        var before = await host.MustAsync(Everything);
        var spec = Spec(2);

        // Before there are any, the preview knows where they will be.
        var plan = await host.PlanAsync(spec);
        Assert.Empty(plan.Errors);
        Assert.Contains(plan.Findings, f => f.Problem.Contains("06:00.0 will be split into 06:00.1, 06:00.2 [1b36:0010]", StringComparison.Ordinal));
        Assert.Contains((await host.PlanAsync(Spec(3))).Errors, e => e.Problem.Contains("at most 2", StringComparison.Ordinal));

        await SucceedsAsync(host, spec);
        Assert.Equal("vfio-pci\nvfio-pci", await Drivers(host));
        Assert.Empty((await host.PlanAsync(spec))["sriov"].Differences);

        await host.MustAsync("echo 0 >/sys/bus/pci/devices/0000:06:00.0/sriov_numvfs");
        var drift = (await host.PlanAsync(spec))["sriov"].Differences;
        Assert.All(drift, d => Assert.Equal(Cause.Drift, d.Cause));
        Assert.Equal("virtual functions of 06:00.0: 0 -> 2", drift[0].Text);
        await SucceedsAsync(host, spec);
        Assert.Equal("vfio-pci\nvfio-pci", await Drivers(host));

        // In use: nothing is taken from under a guest.
        await host.MustAsync("group=$(basename $(readlink /sys/bus/pci/devices/0000:06:00.1/iommu_group)); systemd-run --quiet --unit=holds-it sh -c \"exec 3<>/dev/vfio/$group; exec sleep 600\"; sleep 2");
        var (code, output) = await host.ApplyAsync(Spec(1), "sriov");
        Assert.Equal(1, code);
        Assert.Contains("stop that guest first", output, StringComparison.Ordinal);
        Assert.Equal("2", await host.MustAsync("cat /sys/bus/pci/devices/0000:06:00.0/sriov_numvfs"));
        await host.MustAsync("systemctl stop holds-it");

        await host.SshAsync("systemctl reboot");
        await host.WaitAsync("[ $(systemctl is-active passthrough-host-sriov) = active ] && [ $(cut -d. -f1 /proc/uptime) -lt 200 ]", TimeSpan.FromMinutes(8));
        Assert.Equal("vfio-pci\nvfio-pci", await Drivers(host));
        Assert.Empty((await host.PlanAsync(spec))["sriov"].Differences);

        (code, output) = await host.RevertAsync(spec, "sriov");
        Assert.True(code == 0, output);
        Assert.Equal(before.Split('\n'), (await host.MustAsync(Everything)).Split('\n'));
        await host.LabAsync("down");
    }

    private static Task<string> Drivers(LabHost host) => host.MustAsync("for f in 1 2; do basename $(readlink /sys/bus/pci/devices/0000:06:00.$f/driver); done");

    private static MachineSpec Spec(int number) => SpecReader.Read(
        $$"""
        { "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "sriov": [{ "address": "06:00.0", "id": "1b36:0010", "vfs": {{number}} }],
          "devices": [{ "name": "disk0", "address": "06:00.1", "id": "1b36:0010" }{{(number > 1 ? ", { \"name\": \"disk1\", \"address\": \"06:00.2\", \"id\": \"1b36:0010\" }" : "")}}] }
        """);

    private static async Task SucceedsAsync(LabHost host, MachineSpec spec)
    {
        var (code, output) = await host.ApplyAsync(spec, "sriov");
        Assert.True(code == 0, output);
    }
}
