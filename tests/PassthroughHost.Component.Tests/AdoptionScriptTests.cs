using System.Xml.Linq;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>guest.sh takes over a domain that somebody made by hand, on a real libvirtd of this test's own, and gives it back.</summary>
public sealed class AdoptionScriptTests : IDisposable
{
    private static readonly (string, string) Adopt = ("ADOPT", "yes");

    private readonly PrivateLibvirt libvirt = new();

    private readonly GuestScript script;

    public AdoptionScriptTests() => script = new(libvirt);

    private string Found => Path.Combine(script.Kept, "found");

    private string Nvram => Path.Combine(libvirt.Root, "by-hand.fd");

    private string Tpm => Path.Combine(libvirt.Root, "swtpm", GuestScript.Uuid, "tpm2", "tpm2-00.permall");

    public void Dispose() => libvirt.Dispose();

    [Fact]
    public async Task A_running_domain_is_taken_over_and_given_back_without_being_stopped()
    {
        var before = MakeByHand(64);
        libvirt.Virsh("autostart", "g");
        libvirt.Virsh("start", "g");
        var process = await script.ProcessAsync();

        var said = await script.SucceedsAsync("apply", Wanted(80), Adopt, ("RESTART", "force"));
        Assert.Contains("the definition with which g was found", said, StringComparison.Ordinal);
        Assert.Contains("the change is pending", said, StringComparison.Ordinal);
        Assert.Equal(("running", process, "81920", "65536"), (script.State(), await script.ProcessAsync(), script.Live("memory"), script.Live("memory", "dumpxml")));
        Assert.Matches("Autostart: +disable", libvirt.Virsh("dominfo", "g"));

        // What is kept is what was found, whatever comes later.
        await script.SucceedsAsync("apply", Wanted(96), Adopt);
        await script.SucceedsAsync("apply", Wanted(96), Adopt);
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(Found, "shown.xml")));
        Assert.Equal(process, await script.ProcessAsync());

        said = await script.SucceedsAsync("revert", Wanted(96), Adopt, ("PROTECT", "yes"));
        Assert.Contains("has the definition with which it was found, and is running", said, StringComparison.Ordinal);
        Assert.Equal((before, process), (libvirt.Virsh("dumpxml", "--inactive", "g"), await script.ProcessAsync()));
        Assert.Matches("Autostart: +enable", libvirt.Virsh("dominfo", "g"));
        Assert.Equal(("variables", "state"), (await File.ReadAllTextAsync(Nvram), await File.ReadAllTextAsync(Tpm)));
        Assert.False(Directory.Exists(Found) || File.Exists(Path.Combine(script.Kept, "defined.xml")));

        // Given back, it is nobody's: a second revert does nothing to it.
        libvirt.Virsh("setmaxmem", "g", "128M", "--config");
        await script.SucceedsAsync("revert", Wanted(96), Adopt);
        Assert.Equal("131072", script.Live("memory"));
    }

    [Fact]
    public async Task A_domain_that_is_off_stays_off()
    {
        var before = MakeByHand(64);
        await script.SucceedsAsync("apply", Wanted(64), Adopt);
        Assert.Equal("shut off", script.State());
        await script.SucceedsAsync("revert", Wanted(64), Adopt);
        Assert.Equal((before, "shut off"), (libvirt.Virsh("dumpxml", "--inactive", "g"), script.State()));
    }

    [Fact]
    public async Task What_changes_nothing_in_a_running_domain_leaves_nothing_pending()
    {
        MakeByHand(64);
        libvirt.Virsh("start", "g");
        Assert.DoesNotContain("pending", await script.SucceedsAsync("apply", libvirt.Virsh("dumpxml", "--inactive", "g"), Adopt), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(script.Kept, "pending")));
    }

    [Fact]
    public async Task A_domain_that_libvirt_would_not_define_is_as_it_was_and_kept_as_it_is_at_the_next_run()
    {
        MakeByHand(64);
        await script.FailsAsync("apply", Wanted(80).Replace("<memballoon model=\"none\"/>", "<nothing/>", StringComparison.Ordinal), Adopt);
        Assert.Equal("65536", script.Live("memory"));
        Assert.False(File.Exists(Path.Combine(Found, "taken")));

        libvirt.Virsh("setmaxmem", "g", "100M", "--config");
        var edited = libvirt.Virsh("dumpxml", "--inactive", "g");
        await script.SucceedsAsync("apply", Wanted(80), Adopt);
        await script.SucceedsAsync("revert", Wanted(80), Adopt);
        Assert.Equal(edited, libvirt.Virsh("dumpxml", "--inactive", "g"));
    }

    [Fact]
    public async Task A_password_of_a_display_stays_and_is_shown_to_nobody()
    {
        const string display = "<graphics type='vnc' port='-1' autoport='yes' passwd='it&apos;s me' passwdValidTo='2031-01-01T00:00:00'/>";
        var before = MakeByHand(64, display);
        var said = await script.SucceedsAsync("apply", before.Replace("65536", "81920", StringComparison.Ordinal).Replace('\'', '"'), Adopt);
        Assert.DoesNotContain("s me", said, StringComparison.Ordinal);
        Assert.Contains("passwd='it&apos;s me' passwdValidTo='2031-01-01T00:00:00'", libvirt.Virsh("dumpxml", "--inactive", "--security-info", "g"), StringComparison.Ordinal);
        Assert.DoesNotContain("s me", await File.ReadAllTextAsync(Path.Combine(Found, "shown.xml")), StringComparison.Ordinal);

        await script.SucceedsAsync("revert", Wanted(80), Adopt);
        Assert.Equal(before, libvirt.Virsh("dumpxml", "--inactive", "g"));
        Assert.Contains("passwd='it&apos;s me'", libvirt.Virsh("dumpxml", "--inactive", "--security-info", "g"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_taken_over_is_refused_before_anything_is_written()
    {
        Assert.Contains("libvirt has none of that name", await script.FailsAsync("apply", Wanted(64), Adopt), StringComparison.Ordinal);
        await script.SucceedsAsync("apply", Wanted(64));
        Assert.Contains("it is a guest of this project already", await script.FailsAsync("apply", Wanted(80), Adopt), StringComparison.Ordinal);
        // A revert of what was never taken over touches nothing.
        await script.SucceedsAsync("revert", Wanted(64), Adopt);
        Assert.Equal("65536", script.Live("memory"));
        await script.SucceedsAsync("revert", Wanted(64));
    }

    [Fact]
    public async Task A_domain_that_was_given_back_or_never_taken_over_is_nobodys_without_the_word()
    {
        MakeByHand(64);
        Assert.Contains("it is not of this project", await script.FailsAsync("apply", Wanted(80)), StringComparison.Ordinal);

        // A first try that libvirt refuses takes nothing over.
        await script.FailsAsync("apply", Wanted(80).Replace("<memballoon model=\"none\"/>", "<nothing/>", StringComparison.Ordinal), Adopt);
        Assert.Contains("it is not of this project", await script.FailsAsync("apply", Wanted(80)), StringComparison.Ordinal);

        await script.SucceedsAsync("apply", Wanted(80), Adopt);
        await script.SucceedsAsync("revert", Wanted(80), Adopt);
        Assert.Contains("it is not of this project", await script.FailsAsync("apply", Wanted(80)), StringComparison.Ordinal);
        Assert.Equal("65536", script.Live("memory"));

        // Nor is one that somebody makes after a guest of that name is gone; and a guest that is made again is this project's.
        libvirt.Virsh("undefine", "--keep-nvram", "g");
        await script.SucceedsAsync("apply", Wanted(80));
        await script.SucceedsAsync("apply", Wanted(96));
        await script.SucceedsAsync("revert", Wanted(96));
        MakeByHand(64);
        Assert.Contains("it is not of this project", await script.FailsAsync("apply", Wanted(80)), StringComparison.Ordinal);
        Assert.Equal("65536", script.Live("memory"));
    }

    [Fact]
    public async Task A_guest_that_was_taken_over_is_no_other_guest_without_the_word()
    {
        MakeByHand(64);
        await script.SucceedsAsync("apply", Wanted(80), Adopt);
        Assert.Contains("write adopt: true for the guest again", await script.FailsAsync("apply", Wanted(96)), StringComparison.Ordinal);
        Assert.Equal("81920", script.Live("memory"));
    }

    [Fact]
    public async Task What_libvirt_writes_of_a_domain_is_said_in_a_stack_file_and_comes_back_from_it_with_the_same_meaning()
    {
        var disk = Path.Combine(libvirt.Root, "disk.img");
        await File.WriteAllTextAsync(disk, "marker");
        // libvirt runs QEMU as another user than this.
        await System.Diagnostics.Process.Start("chmod", ["666", disk])!.WaitForExitAsync();
        var file = Path.Combine(libvirt.Root, "whole.xml");
        await File.WriteAllTextAsync(
            file,
            $"""
            <domain type='qemu'>
              <name>g</name>
              <uuid>{GuestScript.Uuid}</uuid>
              <memory unit='MiB'>128</memory>
              <vcpu>2</vcpu>
              <os><type arch='x86_64' machine='q35'>hvm</type><bootmenu enable='yes'/></os>
              <features><acpi/><apic/></features>
              <devices>
                <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/><target dev='sdb' bus='sata'/></disk>
                <disk type='file' device='cdrom'><target dev='sdc' bus='sata'/></disk>
                <controller type='scsi' model='virtio-scsi'/>
                <interface type='user'><mac address='52:54:00:12:34:56'/><model type='e1000e'/></interface>
                <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
                <console type='pty'/>
                <input type='tablet' bus='usb'/>
                <tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>
                <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
                <watchdog model='i6300esb' action='reset'/>
              </devices>
            </domain>
            """);
        libvirt.Virsh("define", "--file", file);
        libvirt.Virsh("start", "--paused", "g");
        Assert.Equal("paused", script.State());
        var (before, process) = (libvirt.Virsh("dumpxml", "--inactive", "g"), await script.ProcessAsync());

        var facts = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);
        var adopted = AdoptedGuest.From(before, false, [], facts);
        var machine = new StackMap([new("connection", new StackMap([new("host", "h"), new("hostKey", "insecure-accept-any")])), new("guests", new[] { adopted.Whole })]);
        var spec = GuestIdentity.Pin(SpecReader.Read(machine.ToJson().ToJsonString()), "test");
        var wanted = DomainXml.Text(new(spec), facts with { Guest = new() { Guests = [new() { Name = "g", Definition = before }] } });
        await script.SucceedsAsync("apply", wanted, Adopt);

        Assert.Equal([], DomainComparison.ToEarlier(XElement.Parse(libvirt.Virsh("dumpxml", "--inactive", "g")), XElement.Parse(before)).Select(d => d.ToString()));
        await script.SucceedsAsync("revert", wanted, Adopt);
        Assert.Equal((before, "paused", process, "marker"), (libvirt.Virsh("dumpxml", "--inactive", "g"), script.State(), await script.ProcessAsync(), await File.ReadAllTextAsync(disk)));
    }

    private string MakeByHand(int mebibytes, string devices = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Tpm)!);
        File.WriteAllText(Nvram, "variables");
        File.WriteAllText(Tpm, "state");
        var file = Path.Combine(libvirt.Root, "by-hand.xml");
        File.WriteAllText(
            file,
            $"""
            <domain type='qemu'>
              <name>g</name>
              <uuid>{GuestScript.Uuid}</uuid>
              <title>by hand</title>
              <memory unit='MiB'>{mebibytes}</memory>
              <vcpu>1</vcpu>
              <os><type arch='x86_64' machine='pc-i440fx-6.2'>hvm</type></os>
              <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{devices}<memballoon model='none'/></devices>
            </domain>
            """);
        libvirt.Virsh("define", "--file", file);
        return libvirt.Virsh("dumpxml", "--inactive", "g");
    }

    private static string Wanted(int mebibytes) => GuestScript.Document(mebibytes);
}
