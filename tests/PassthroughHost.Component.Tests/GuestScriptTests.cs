using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>guest.sh as it is, on a real libvirtd of this test's own; only the places on the host are others.</summary>
public sealed class GuestScriptTests : IDisposable
{
    private const string Uuid = GuestScript.Uuid;

    private readonly PrivateLibvirt libvirt = new();

    private readonly GuestScript script;

    public GuestScriptTests() => script = new(libvirt);

    private string Backup => Path.Combine(libvirt.Root, "state/guest/g/backup");

    public void Dispose() => libvirt.Dispose();

    [Fact]
    public async Task A_change_is_made_in_place_with_definition_NVRAM_and_TPM_state_backed_up_before()
    {
        var nvram = Path.Combine(libvirt.Root, "g_VARS.fd");
        var tpm = Path.Combine(libvirt.Root, "swtpm", Uuid, "tpm2", "tpm2-00.permall");
        Directory.CreateDirectory(Path.GetDirectoryName(tpm)!);
        await File.WriteAllTextAsync(nvram, "variables");
        await File.WriteAllTextAsync(tpm, "state");
        var firmware = $"<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>{nvram}</nvram>";

        Assert.Contains($"g is defined, UUID {Uuid}, shut off", await script.SucceedsAsync("apply", Document(64, firmware)), StringComparison.Ordinal);
        Assert.Contains("backed up", await script.SucceedsAsync("apply", Document(80, firmware)), StringComparison.Ordinal);
        Assert.Equal(("81920", Uuid), (script.Live("memory"), script.Live("uuid")));

        var saved = Assert.Single(Directory.GetDirectories(Backup));
        Assert.Equal("65536", XElement.Load(Path.Combine(saved, "domain.xml")).Element("memory")!.Value);
        Assert.Equal("variables", await File.ReadAllTextAsync(Path.Combine(saved, "nvram")));
        Assert.Equal("state", await File.ReadAllTextAsync(Path.Combine(saved, "tpm", "tpm2", "tpm2-00.permall")));
        Assert.Equal(("variables", "state"), (await File.ReadAllTextAsync(nvram), await File.ReadAllTextAsync(tpm)));

        // What is there is kept once, however often the same is applied.
        await script.SucceedsAsync("apply", Document(80, firmware));
        await script.SucceedsAsync("apply", Document(80, firmware));
        Assert.Equal(2, Directory.GetDirectories(Backup).Length);

        // It goes with its state left where it was, and in the backup.
        await script.SucceedsAsync("revert", Document(80, firmware));
        Assert.Equal("", libvirt.Virsh("list", "--all", "--name").Trim());
        Assert.True(File.Exists(nvram) && File.Exists(tpm) && Directory.Exists(Backup));
        Assert.False(File.Exists(Path.Combine(libvirt.Root, "state/guest/g/defined.xml")));
    }

    [Fact]
    public async Task A_running_guest_is_restarted_only_where_the_spec_says_so_and_waits_else()
    {
        await script.SucceedsAsync("apply", Document(64), ("START", "running"));
        Assert.Equal("running", script.State());

        Assert.Contains("the change is pending", await script.SucceedsAsync("apply", Document(80)), StringComparison.Ordinal);
        Assert.Equal(("running", "81920", "65536"), (script.State(), script.Live("memory"), script.Live("memory", "dumpxml")));

        // It has no system that could answer.
        Assert.Contains("did not shut down within 2 s", await script.SucceedsAsync("apply", Document(80), ("RESTART", "graceful")), StringComparison.Ordinal);
        Assert.Equal(("running", "65536"), (script.State(), script.Live("memory", "dumpxml")));

        Assert.Contains("switching it off", await script.SucceedsAsync("apply", Document(80), ("RESTART", "force")), StringComparison.Ordinal);
        Assert.Equal(("running", "81920"), (script.State(), script.Live("memory", "dumpxml")));

        // Nothing is due any more: it runs on.
        var process = await script.ProcessAsync();
        Assert.DoesNotContain("asked g to shut down", await script.SucceedsAsync("apply", Document(80), ("RESTART", "force")), StringComparison.Ordinal);
        Assert.Equal(process, await script.ProcessAsync());

        Assert.Contains("write protect: false", await script.FailsAsync("revert", Document(80), ("PROTECT", "yes")), StringComparison.Ordinal);
        Assert.Contains("restart: never stops no guest", await script.FailsAsync("revert", Document(80)), StringComparison.Ordinal);
        Assert.Equal("running", script.State());
        await script.SucceedsAsync("revert", Document(80), ("RESTART", "force"));
        Assert.Equal("", libvirt.Virsh("list", "--all", "--name").Trim());
    }

    [Fact]
    public async Task The_machine_version_that_was_chosen_once_stays()
    {
        await script.SucceedsAsync("apply", Document(64).Replace("machine=\"q35\"", "machine=\"pc-q35-6.2\"", StringComparison.Ordinal));
        await script.SucceedsAsync("apply", Document(80));
        Assert.Equal("pc-q35-6.2", XElement.Parse(libvirt.Virsh("dumpxml", "--inactive", "g")).Element("os")!.Element("type")!.Attribute("machine")!.Value);
    }

    [Fact]
    public async Task A_document_that_libvirt_refuses_leaves_the_definition_of_before()
    {
        await script.SucceedsAsync("apply", Document(64));
        var refused = await script.FailsAsync("apply", Document(80).Replace("<memballoon model=\"none\"/>", "<memballoon model=\"none\" nonsense=\"1\"/><nothing/>", StringComparison.Ordinal));
        Assert.Contains("libvirt refuses the document", refused, StringComparison.Ordinal);
        Assert.Equal("65536", script.Live("memory"));
    }

    [Fact]
    public async Task A_foreign_domain_of_that_name_or_UUID_is_left_alone()
    {
        const string other = "0d2f9a4e-7f0c-4a77-9f56-0123456789ab";
        await script.SucceedsAsync("apply", Document(64));
        Assert.Contains("another domain of that name", await script.FailsAsync("apply", Document(80).Replace(Uuid, other, StringComparison.Ordinal), ("UUID", other)), StringComparison.Ordinal);
        Assert.Contains("libvirt's domain g has it", await script.FailsAsync("apply", Document(80).Replace("<name>g<", "<name>h<", StringComparison.Ordinal), ("GUEST", "h")), StringComparison.Ordinal);
        Assert.Equal("65536", script.Live("memory"));
        // A revert that is about another UUID does nothing to it.
        await script.SucceedsAsync("revert", Document(64), ("UUID", other));
        Assert.Equal("g", libvirt.Virsh("list", "--all", "--name").Trim());
    }

    [Fact]
    public async Task A_guest_that_a_silent_libvirt_still_has_is_not_left_behind_unsaid()
    {
        await script.SucceedsAsync("apply", Document(64));
        script.IsSilent = true;
        var said = await script.FailsAsync("revert", Document(64));
        Assert.Contains("/config/libvirt/qemu/g.xml is there", said, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(script.Kept, "defined.xml")));
        script.IsSilent = false;
        await script.SucceedsAsync("revert", Document(64));
        Assert.Equal("", libvirt.Virsh("list", "--all", "--name").Trim());

        // By its files libvirt has none.
        script.IsSilent = true;
        await script.SucceedsAsync("revert", Document(64));
    }

    [Fact]
    public async Task While_a_device_is_not_bound_autostart_is_withheld_and_nothing_is_started()
    {
        const string device = "0000:01:00.0";
        var link = Path.Combine(libvirt.Root, "sys", "devices", device, "driver");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, "../drivers/nouveau");
        Assert.Contains($"autostart of g is withheld: {device} is with nouveau", await script.SucceedsAsync("apply", Document(64), ("DEVICES", device), ("AUTOSTART", "yes")), StringComparison.Ordinal);
        Assert.Contains("disable", libvirt.Virsh("dominfo", "g"), StringComparison.Ordinal);
        Assert.Contains("nouveau, not vfio-pci", await script.FailsAsync("apply", Document(64), ("DEVICES", device), ("START", "running")), StringComparison.Ordinal);
        Assert.Equal("shut off", script.State());

        File.Delete(link);
        File.CreateSymbolicLink(link, "../drivers/vfio-pci");
        await script.SucceedsAsync("apply", Document(64), ("DEVICES", device), ("AUTOSTART", "yes"), ("START", "paused"));
        Assert.Matches("Autostart: +enable", libvirt.Virsh("dominfo", "g"));
        Assert.Equal("paused", script.State());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_empty_machine_of_the_providers_becomes_the_guest_whether_it_runs_or_not(bool runs)
    {
        MakeEmpty();
        if (runs)
        {
            libvirt.Virsh("start", "g");
        }

        await script.SucceedsAsync("apply", Document(64));
        Assert.Equal(("shut off", "65536"), (script.State(), script.Live("memory")));
        Assert.False(Directory.Exists(Backup) && Directory.EnumerateDirectories(Backup).Any());

        // Started, it is the guest that runs.
        MakeEmpty();
        libvirt.Virsh("start", "g");
        await script.SucceedsAsync("apply", Document(64), ("START", "running"));
        Assert.Equal(("running", "65536"), (script.State(), script.Live("memory", "dumpxml")));
        Assert.DoesNotContain(EmptyMachine.Mark, libvirt.Virsh("dumpxml", "g"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_the_provider_makes_again_keeps_board_NVRAM_and_TPM_and_its_backup_is_the_guests()
    {
        var nvram = Path.Combine(libvirt.Root, "g_VARS.fd");
        var tpm = Path.Combine(libvirt.Root, "swtpm", Uuid, "tpm2", "tpm2-00.permall");
        Directory.CreateDirectory(Path.GetDirectoryName(tpm)!);
        await File.WriteAllTextAsync(nvram, "variables");
        await File.WriteAllTextAsync(tpm, "state");
        var firmware = $"<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>{nvram}</nvram>";
        var old = Document(64, firmware).Replace("machine=\"q35\"", "machine=\"pc-q35-6.2\"", StringComparison.Ordinal);
        await script.SucceedsAsync("apply", old);

        MakeEmpty();
        libvirt.Virsh("start", "g");
        libvirt.Virsh("destroy", "g");
        await script.SucceedsAsync("apply", Document(80, firmware));
        Assert.Equal(("81920", "pc-q35-6.2"), (script.Live("memory"), Board()));
        Assert.Equal(("variables", "state"), (await File.ReadAllTextAsync(nvram), await File.ReadAllTextAsync(tpm)));
        var saved = Assert.Single(Directory.GetDirectories(Backup));
        Assert.Equal("65536", XElement.Load(Path.Combine(saved, "domain.xml")).Element("memory")!.Value);
        Assert.Equal("variables", await File.ReadAllTextAsync(Path.Combine(saved, "nvram")));
        Assert.True(File.Exists(Path.Combine(saved, "tpm", "tpm2", "tpm2-00.permall")));

        // Removed with the stack and made again by the next: the board an installed system knows is in the backup.
        await script.SucceedsAsync("revert", Document(80, firmware));
        MakeEmpty();
        await script.SucceedsAsync("apply", Document(80, firmware));
        Assert.Equal("pc-q35-6.2", Board());
    }

    [Fact]
    public async Task A_guest_whose_host_waits_for_its_reboot_is_defined_and_neither_started_nor_restarted()
    {
        Assert.Contains("is not started: the host has not been rebooted yet", await script.SucceedsAsync("apply", Document(64), ("START", "running"), ("WAITS", "yes")), StringComparison.Ordinal);
        Assert.Equal(("shut off", "65536"), (script.State(), script.Live("memory")));
        await script.SucceedsAsync("apply", Document(64), ("START", "running"));
        Assert.Equal("running", script.State());
        Assert.Contains("the change is pending", await script.SucceedsAsync("apply", Document(80), ("RESTART", "force"), ("WAITS", "yes")), StringComparison.Ordinal);
        Assert.Equal(("running", "65536"), (script.State(), script.Live("memory", "dumpxml")));
    }

    [Fact]
    public async Task A_guest_that_was_held_back_when_it_was_to_start_with_the_host_is_started_once_its_devices_are_bound()
    {
        await script.SucceedsAsync("apply", Document(64), ("AUTOSTART", "yes"));
        Assert.Equal("shut off", script.State());
        Directory.CreateDirectory(Path.Combine(libvirt.Root, "boot-check/refused"));
        await File.WriteAllTextAsync(Path.Combine(libvirt.Root, "boot-check/refused/g"), "");

        // Somebody's own start that was refused is made up for by nobody else.
        await script.SucceedsAsync("apply", Document(64));
        Assert.Equal("shut off", script.State());
        Assert.Contains("is held back still: 0000:01:00.0", await script.SucceedsAsync("apply", Document(64), ("AUTOSTART", "yes"), ("DEVICES", "0000:01:00.0")), StringComparison.Ordinal);
        Assert.Equal("shut off", script.State());

        // The hook refuses it for more than its own devices' drivers; any other failure is one.
        var broken = Document(64).Replace("<devices>", "<devices><disk type=\"file\" device=\"disk\"><source file=\"/nonexistent/a.img\"/><target dev=\"vdz\" bus=\"virtio\"/></disk>", StringComparison.Ordinal);
        Assert.Contains("/nonexistent/a.img", await script.FailsAsync("apply", broken, ("AUTOSTART", "yes")), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(libvirt.Root, "boot-check/held"));
        await File.WriteAllTextAsync(Path.Combine(libvirt.Root, "boot-check/held/g"), "1\n0000:01:00.1 is with snd_hda_intel\n");
        Assert.Contains("is held back still: 0000:01:00.1 is with snd_hda_intel", await script.SucceedsAsync("apply", broken, ("AUTOSTART", "yes")), StringComparison.Ordinal);
        File.Delete(Path.Combine(libvirt.Root, "boot-check/held/g"));
        await script.SucceedsAsync("apply", Document(64), ("AUTOSTART", "yes"));
        Assert.Equal("running", script.State());
    }

    private void MakeEmpty()
    {
        var file = Path.Combine(libvirt.Root, "empty.xml");
        var guest = SpecReader.Read($$"""{ "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "guests": [{ "name": "g", "uuid": "{{Uuid}}", "type": "qemu", "memory": "512MiB", "cpus": { "cores": 1 } }] }""").Guests[0];
        File.WriteAllText(file, EmptyMachine.Document(guest).ToString());
        libvirt.Virsh("define", "--file", file);
        Assert.Contains(EmptyMachine.Mark, libvirt.Virsh("dumpxml", "--inactive", "g"), StringComparison.Ordinal);
    }

    private string Board() => XElement.Parse(libvirt.Virsh("dumpxml", "--inactive", "g")).Element("os")!.Element("type")!.Attribute("machine")!.Value;

    private static string Document(int mebibytes, string firmware = "") => GuestScript.Document(mebibytes, firmware);
}
