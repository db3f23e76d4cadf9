using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A guest that somebody made with virsh, with NVRAM, TPM state and a marker on its disk: read by the probe, translated, taken over while it has a process,
/// changed, tampered with, and given back. It is stopped before its first instruction, so that it writes to none of them by itself.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class AdoptionTests
{
    private const string Disk = "/var/lib/libvirt/images/hand.img";
    private const string Nvram = "/var/lib/libvirt/qemu/nvram/made-by-hand.fd";
    private const string Uuid = "11111111-2222-4333-8444-555555555555";
    private const string Process = "cat /run/libvirt/qemu/hand.pid; cut -d ' ' -f 22 /proc/$(cat /run/libvirt/qemu/hand.pid)/stat";
    private const string State = $"sha256sum {Nvram}; find /var/lib/libvirt/swtpm/{Uuid} -type f -exec sha256sum {{}} +; head -c 6 {Disk}; stat -c %i {Nvram} {Disk}";

    private const string Domain =
        $"""
        <domain type='qemu'>
          <name>hand</name>
          <uuid>{Uuid}</uuid>
          <title>Made by hand</title>
          <memory unit='MiB'>256</memory>
          <vcpu>1</vcpu>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
            <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>{Nvram}</nvram>
            <boot dev='hd'/>
          </os>
          <features><acpi/></features>
          <devices>
            <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{Disk}'/><target dev='sdb' bus='sata'/></disk>
            <interface type='user'><mac address='52:54:00:12:34:56'/><model type='e1000e'/></interface>
            <tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>
            <graphics type='vnc' port='-1' autoport='yes' passwd='hidden-1'/>
          </devices>
        </domain>
        """;

    [Fact]
    public async Task A_domain_made_by_hand_is_taken_over_with_its_process_and_given_back_as_it_was()
    {
        var host = await LabHost.PristineAsync("adoption");
        await host.MustAsync($"truncate -s 8M {Disk} && printf marker | dd of={Disk} conv=notrunc status=none && cat >/tmp/hand.xml && virsh define /tmp/hand.xml && virsh autostart hand && virsh start --paused hand", Domain);
        var before = await host.MustAsync("virsh dumpxml --inactive hand");
        var (process, state) = (await host.MustAsync(Process), await host.MustAsync(State));

        // Read, and said in a stack file's words.
        var facts = await host.ReadAsync(Spec([]));
        var found = Assert.Single(facts.HandMade!.Domains);
        Assert.True(found.Autostart);
        Assert.DoesNotContain("hidden-1", found.Definition, StringComparison.Ordinal);
        var adopted = AdoptedGuest.From(found.Definition, found.Autostart, [], facts);
        Assert.Equal("", adopted.Refusal);
        var spec = Spec([adopted.Whole]);

        // It means the same: nothing changes but that it is this stack's.
        var plan = await host.PlanAsync(spec);
        Assert.Empty(plan.Errors);
        Assert.Equal(["guest-hand: not applied by this project yet"], plan["guest-hand"].Differences.Select(d => d.Text));
        foreach (var concern in new[] { "libvirt", "media-hand", "guest-hand" })
        {
            await SucceedsAsync(host, spec, concern);
        }

        await SameAsync();
        await InSyncAsync(spec);
        Assert.Contains("passwd='hidden-1'", await host.MustAsync("virsh dumpxml --inactive --security-info hand"), StringComparison.Ordinal);

        // A change waits for its next start; somebody's is drift, and put back.
        var larger = Spec([new([.. adopted.Whole.Entries.Where(e => e.Key != "memory"), new("memory", "320MiB")])]);
        Assert.Contains("the change is pending", await SucceedsAsync(host, larger, "guest-hand"), StringComparison.Ordinal);
        await InSyncAsync(larger);
        await host.MustAsync("virsh setmaxmem hand 400M --config");
        plan = await host.PlanAsync(larger);
        Assert.All(plan["guest-hand"].Differences, d => Assert.Equal(Cause.Drift, d.Cause));
        Assert.NotEmpty(plan["guest-hand"].Differences);
        await SucceedsAsync(host, larger, "guest-hand");
        await InSyncAsync(larger);
        await SameAsync();

        var (code, output) = await host.RevertAsync(larger, "guest-hand");
        Assert.True(code == 0, output);
        Assert.Equal(before, await host.MustAsync("virsh dumpxml --inactive hand"));
        Assert.Contains("passwd='hidden-1'", await host.MustAsync("virsh dumpxml --inactive --security-info hand"), StringComparison.Ordinal);
        Assert.Contains("enable", await host.MustAsync("virsh dominfo hand | grep Autostart"), StringComparison.Ordinal);
        await SameAsync();

        // It starts from what it was given back.
        await host.MustAsync("virsh destroy hand && virsh start --paused hand");
        Assert.Equal(state, await host.MustAsync(State));
        await host.LabAsync("down");

        async Task SameAsync() => Assert.Equal((process, state), (await host.MustAsync(Process), await host.MustAsync(State)));

        async Task InSyncAsync(MachineSpec wanted)
        {
            var now = await host.PlanAsync(wanted);
            Assert.Empty(now.Errors);
            Assert.Empty(now["guest-hand"].Differences);
        }
    }

    private static MachineSpec Spec(IReadOnlyList<StackMap> guests)
    {
        var machine = new StackMap(
            [
                new("connection", new StackMap([new("host", "127.0.0.1"), new("hostKey", "insecure-accept-any")])),
                new("packages", new StackMap([new("manage", false)])),
                new("guests", guests),
            ]);
        return GuestIdentity.Pin(SpecReader.Read(machine.ToJson().ToJsonString()), "project/stack/host");
    }

    private static async Task<string> SucceedsAsync(LabHost host, MachineSpec spec, string concern)
    {
        var (code, output) = await host.ApplyAsync(spec, concern);
        Assert.True(code == 0, output);
        return output;
    }
}
