using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>CPUs kept for guests on the real kernel, systemd and libvirt. The lab has two: 0 is the host's, 1 a guest's.</summary>
[Trait("Category", "Lab")]
public sealed class IsolationTests
{
    private const string Hook = "/etc/libvirt/hooks/qemu.d/50-passthrough-host";
    private const string Slices = "for unit in system.slice user.slice init.scope; do cat /sys/fs/cgroup/$unit/cpuset.cpus.effective 2>/dev/null || cat /sys/devices/system/cpu/online; done | sort -u | tr '\\n' ' '";
    private const string OnGuestCpu = "for f in /proc/irq/[0-9]*/smp_affinity_list; do case $(cat $f) in *1*) echo $f;; esac; done | wc -l";
    private const string Irqs = "grep -H . /proc/irq/[0-9]*/smp_affinity_list | sha256sum";
    // What libvirt itself keeps of a domain that was there for a while is none of this concern's.
    private const string Everything = "{ find /etc -type f ! -path '/etc/apparmor.d/libvirt/*' ! -path '/etc/libvirt/qemu/*' -print0 | sort -z | xargs -0 sha256sum; find /etc/libvirt/hooks* /etc/systemd /etc/passthrough-host -printf '%p %l %m %u\\n' 2>/dev/null | sort; find /var/lib/passthrough-host /run/passthrough-host* /run/systemd/system.control -type f 2>/dev/null; systemctl show -p AllowedCPUs system.slice user.slice init.scope; }";

    // A guest without disk or network, stopped before its first instruction: libvirt's part of it is all that is wanted.
    private const string Domain = "<domain type='qemu'><name>NAME</name><memory unit='MiB'>16</memory><vcpu cpuset='1'>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task The_host_keeps_off_a_guests_CPUs_while_it_runs_and_has_them_back_afterwards(string iommu)
    {
        var host = await LabHost.PristineAsync("isolation-cgroup", iommu);
        var before = await host.MustAsync(Everything);
        var irqs = await host.MustAsync(Irqs);
        var spec = Spec("{ \"cpus\": \"auto\", \"guests\": [\"win10\"] }");
        await SucceedsAsync(host, spec);
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        // As libvirt would call it, for another guest, and for ours twice.
        await host.MustAsync($"{Hook} other started begin - </dev/null");
        Assert.Equal("0-1", await host.MustAsync(Slices));
        Assert.NotEqual("0", await host.MustAsync(OnGuestCpu));
        await host.MustAsync($"for i in 1 2; do {Hook} win10 prepare begin - </dev/null; {Hook} win10 started begin - </dev/null; done");
        Assert.Equal("0", await host.MustAsync(Slices));
        var left = int.Parse(await host.MustAsync(OnGuestCpu), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(left <= 6, $"{left} interrupts may still come to CPU 1: {await host.MustAsync("grep -H . /proc/irq/[0-9]*/smp_affinity_list; cat /proc/interrupts")}");
        await host.MustAsync($"{Hook} other release end - </dev/null");
        Assert.Equal("0", await host.MustAsync(Slices));
        await host.MustAsync($"{Hook} win10 stopped end - </dev/null; {Hook} win10 release end - </dev/null");
        Assert.Equal("0-1", await host.MustAsync(Slices));
        Assert.Equal(irqs, await host.MustAsync(Irqs));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        // As libvirt does call it.
        await host.MustAsync($"cat >/tmp/g.xml && sed s/NAME/win10/ /tmp/g.xml >/tmp/win10.xml && virsh define /tmp/win10.xml && virsh start --paused win10", Domain);
        Assert.Equal("0", await host.MustAsync(Slices));
        Assert.Equal(["win10"], (await host.ReadAsync(spec)).Isolation.RunningGuests);
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        await host.MustAsync("systemctl set-property --runtime system.slice AllowedCPUs=0-1");
        var drift = Assert.Single((await host.PlanAsync(spec)).Differences);
        Assert.Equal((Cause.Drift, "CPUs of the host's services while a guest runs: 0-1 -> 0"), (drift.Cause, drift.Text));
        await SucceedsAsync(host, spec);
        Assert.Equal("0", await host.MustAsync(Slices));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        await host.MustAsync("virsh destroy win10");
        Assert.Equal("0-1", await host.MustAsync(Slices));
        await host.MustAsync("virsh start --paused win10");
        Assert.Equal("0", await host.MustAsync(Slices));

        await host.MustAsync($"echo >>{Hook}");
        Assert.Equal(Cause.Drift, Assert.Single((await host.PlanAsync(spec)).Differences).Cause);

        // Removing it under a running guest gives everything back at once.
        var (code, output) = await host.RevertAsync(spec, "isolation");
        Assert.True(code == 0, output);
        Assert.Equal("0-1", await host.MustAsync(Slices));
        Assert.Equal(irqs, await host.MustAsync(Irqs));
        await host.MustAsync("virsh destroy win10 && virsh undefine win10");
        Assert.Equal("0-1", await host.MustAsync(Slices));
        Assert.Equal(before.Split('\n'), (await host.MustAsync(Everything)).Split('\n'));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task The_kernel_isolates_CPUs_and_handles_interrupts_in_threads_after_a_reboot(string iommu)
    {
        var host = await LabHost.PristineAsync("isolation-kernel", iommu);
        var spec = Spec("{ \"cpus\": \"auto\", \"method\": \"kernel\", \"threadIrqs\": true }");
        foreach (var concern in new[] { "isolation", "boot", "restart" })
        {
            var (code, output) = await host.ApplyAsync(spec, concern);
            Assert.True(code == 0, $"{concern}: {output}");
        }

        await host.WaitAsync("grep -q isolcpus= /proc/cmdline", TimeSpan.FromMinutes(6));
        Assert.Equal("1", await host.MustAsync("cat /sys/devices/system/cpu/isolated"));
        Assert.Equal("1", await host.MustAsync("cat /sys/devices/system/cpu/nohz_full"));
        Assert.NotEqual("0", await host.MustAsync("ps -e -o comm= | grep -c '^irq/'"));
        Assert.Equal("1", await host.MustAsync("cat /proc/irq/default_smp_affinity | sed 's/^0*//'"));
        var (verified, said) = await host.ApplyAsync(spec, "verify");
        Assert.True(verified == 0, said);
        await host.ApplyAsync(spec, "restart");
        Assert.Empty((await host.PlanAsync(spec)).Differences);
        await host.LabAsync("down");
    }

    private static MachineSpec Spec(string isolation) => SpecReader.Read(
        $$"""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "isolation": {{isolation}} }""");

    private static async Task SucceedsAsync(LabHost host, MachineSpec spec)
    {
        var (code, output) = await host.ApplyAsync(spec, "isolation");
        Assert.True(code == 0, output);
    }
}
