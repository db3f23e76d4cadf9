using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Who made a difference: the spec, somebody on the host, the host by itself, or nobody knows.</summary>
public sealed class CauseTests
{
    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Receipts = [] };

    private static readonly KernelFacts Installed = new()
    {
        Release = "6.8.0-50-generic",
        VfioPci = VfioPresence.Module,
        InitramfsBytes = 70_000_000,
        InitramfsMadeAt = Bare.Boot.StartedAt + 1000,
    };

    private static readonly MachineSpec Spec = Read();

    private static readonly HostFacts Applied = Modules(Bare) is var facts ? AppliedHost.Of(Spec, facts) : throw new InvalidOperationException();

    [Fact]
    public void A_host_as_it_was_applied_has_nothing_to_tell() => Assert.Empty(Differences(Spec, Applied));

    [Fact]
    public void A_kernel_that_was_installed_is_told_as_that_and_as_nobodys_change()
    {
        // Its initramfs was made by its package, with our hook.
        var hooked = WithKernels(Applied, [.. Applied.Boot.Kernels, AppliedHost.Current(Installed, HostPlan.Make(Spec, Applied))]);
        Assert.Equal([(Cause.Host, "kernel 6.8.0-50-generic was installed")], Differences(Spec, hooked));

        // Without it.
        var bare = WithKernels(Applied, [.. Applied.Boot.Kernels, Installed]);
        Assert.Equal(
            [(Cause.Host, "kernel 6.8.0-50-generic was installed"), (Cause.Host, "initramfs of 6.8.0-50-generic: made without the present binding -> current")],
            Differences(Spec, bare));
    }

    [Fact]
    public void An_operators_script_where_that_of_a_twin_would_be_is_in_the_initramfs_and_no_difference()
    {
        var script = new FileFacts { Path = "/etc/initramfs-tools/scripts/init-top/passthrough-host", Kind = FileKind.Regular, Mode = "755", Owner = "root:root", Content = "#!/bin/sh\n" };
        var binding = Applied.Files.Single(f => f.Path == "/etc/modprobe.d/passthrough-host.conf").Content + script.Content;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(binding)));
        var with = Applied with { Files = [.. Applied.Files, script] };
        Assert.Empty(Differences(Spec, WithKernels(with, [.. Applied.Boot.Kernels.Select(k => k with { InitramfsConfiguration = digest })])));
        Assert.Contains(Differences(Spec, with), d => d.Text.StartsWith("initramfs of ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_that_was_removed_is_told_as_that()
    {
        var gone = Applied.Boot.Kernels[0].Release;
        Assert.Equal(
            [(Cause.Host, $"kernel {gone} was removed"), (Cause.Host, $"initramfs of {gone}: no longer wanted")],
            Differences(Spec, WithKernels(Applied, [.. Applied.Boot.Kernels.Skip(1)])));
    }

    [Fact]
    public void A_module_that_could_take_a_device_is_the_hosts_and_what_somebody_did_beside_it_is_told_apart()
    {
        var another = Applied with { Pci = [.. Applied.Pci.Select(p => p.Address.Brief == "04:00.0" ? p with { Modules = ["xhci_pci_renesas", .. p.Modules] } : p)] };
        var told = HostPlan.Make(Spec, another)["boot"].Differences;
        Assert.Equal("module xhci_pci_renesas could take a device now, and has to wait for vfio-pci", told[0].Text);
        Assert.Contains("/etc/modprobe.d/passthrough-host.conf", told.Select(d => d.Subject));
        Assert.All(told, d => Assert.Equal(Cause.Host, d.Cause));

        var grub = another.Files.Single(f => f.Path.StartsWith("/etc/default/grub.d/", StringComparison.Ordinal));
        var tampered = another with { Files = [.. another.Files.Except([grub]), grub with { Content = grub.Content + "#\n" }] };
        Assert.Equal([grub.Path], HostPlan.Make(Spec, tampered)["boot"].Differences.Where(d => d.Cause == Cause.Drift).Select(d => d.Subject));
    }

    [Fact]
    public void An_argument_that_the_boot_display_needs_now_is_the_hosts_in_every_concern_that_looks_for_it()
    {
        var spec = Read(devices: """[{ name: gpu, address: "01:00.0", id: "10de:1f82" }, { name: gpu-audio, address: "01:00.1", id: "10de:10fa" }]""");
        var facts = AppliedHost.Of(spec, BootVga(Modules(Bare), false));
        Assert.Empty(Differences(spec, facts));
        var told = Differences(spec, BootVga(facts, true));
        Assert.Contains((Cause.Host, "kernel argument initcall_blacklist=sysfb_init is wanted on this host now"), told);
        Assert.All(told, d => Assert.Equal(Cause.Host, d.Cause));
    }

    [Fact]
    public void Pins_that_the_planner_chooses_otherwise_on_another_processor_are_the_hosts_and_changed_pins_are_the_specs()
    {
        var spec = Read(more: "guests: [{ name: g, memory: 1GiB, cpus: { cores: 2, pin: auto } }]");
        var facts = Defined(spec, AppliedHost.Of(spec, Modules(Bare) with { Guest = new() { Libvirt = new() { Answers = true, LoginAllowed = true } } }));
        Assert.Empty(HostPlan.Make(spec, facts)["guest-g"].Differences);
        var smaller = facts with { Cpu = facts.Cpu with { Cpus = [.. facts.Cpu.Cpus.Select(c => c with { Online = c.Number is 0 or 2 or 3 or 4 })] } };
        var guest = HostPlan.Make(spec, smaller)["guest-g"];
        Assert.StartsWith("placement ", guest.Differences[0].Text, StringComparison.Ordinal);
        Assert.All(guest.Differences, d => Assert.Equal(Cause.Host, d.Cause));
        Assert.All(HostPlan.Make(Read(more: "guests: [{ name: g, memory: 1GiB, cpus: { cores: 2, pin: [1, 2] } }]"), smaller)["guest-g"].Differences, d => Assert.Equal(Cause.Change, d.Cause));
    }

    [Fact]
    public void A_device_that_is_dropped_and_kernel_arguments_that_are_changed_in_the_spec_are_nobodys_drift()
    {
        foreach (var spec in new[] { Read(devices: """[{ name: usb, address: "04:00.0", id: "1912:0014" }]"""), Read(arguments: "[quiet, zswap.enabled=1, audit=0]"), Read(arguments: "[]") })
        {
            Assert.NotEmpty(Differences(spec, Applied));
            Assert.DoesNotContain(Cause.Drift, Differences(spec, Applied).Select(d => d.Cause));
        }
    }

    [Fact]
    public void An_initramfs_that_somebody_made_without_the_binding_is_drift_whatever_the_spec_says_by_now()
    {
        var stale = WithKernels(Applied, [.. Applied.Boot.Kernels.Select(k => k with { InitramfsConfiguration = "" })]);
        foreach (var spec in new[] { Spec, Read(devices: """[{ name: usb, address: "04:00.0", id: "1912:0014" }]""") })
        {
            Assert.Contains((Cause.Drift, $"initramfs of {Applied.Boot.Kernels[0].Release}: made without the present binding -> current"), Differences(spec, stale));
        }
    }

    [Fact]
    public void Without_receipts_it_is_not_known_who_and_a_host_that_was_never_set_up_is_new()
    {
        var lost = Applied with { Receipts = [] };
        Assert.All(Differences(Spec, lost), d => Assert.Equal(Cause.Unknown, d.Cause));
        Assert.Contains((Cause.Unknown, "boot: its receipt is missing, the host agrees"), Differences(Spec, lost));
        Assert.All(Differences(Spec, Bare), d => Assert.Equal(Cause.New, d.Cause));

        // The first apply of a concern was ended in the middle: its files are there, and nothing is lost.
        var ended = lost with { Interrupted = "boot", Receipts = [.. Applied.Receipts.Where(r => r.Concern != "boot")] };
        Assert.All(HostPlan.Make(Spec, ended)["boot"].Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.All(HostPlan.Make(Spec, ended with { Receipts = [] })["boot"].Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.All(HostPlan.Make(Spec, ended with { Interrupted = "network" })["boot"].Differences, d => Assert.Equal(Cause.Unknown, d.Cause));

        // A concern that was put into the spec since is new, whatever others have.
        Assert.Equal([Cause.New], HostPlan.Make(Read(more: "desktop: false"), Applied)["services"].Differences.Select(d => d.Cause).Distinct());
    }

    [Fact]
    public void A_guest_that_is_to_run_and_is_off_after_a_reboot_is_not_in_sync_and_one_that_was_shut_down_since_is()
    {
        var spec = Read(more: "guests: [{ name: g, memory: 1GiB, cpus: { cores: 2 }, start: running }]");
        var facts = Defined(spec, AppliedHost.Of(spec, Modules(Bare) with { Guest = new() { Libvirt = new() { Answers = true, LoginAllowed = true } } }));
        Assert.Empty(HostPlan.Make(spec, facts)["guest-g"].Differences);
        var rebooted = facts with { Boot = facts.Boot with { BootId = "another" } };
        var told = Assert.Single(HostPlan.Make(spec, rebooted)["guest-g"].Differences);
        Assert.Equal((Cause.Host, "start of g: off since the host's reboot -> running"), (told.Cause, told.Text));

        // Its last end was before the reboot, or since: it ran, and somebody shut it down.
        Assert.NotEmpty(HostPlan.Make(spec, Ended(rebooted, rebooted.Boot.StartedAt - 10))["guest-g"].Differences);
        Assert.Empty(HostPlan.Make(spec, Ended(rebooted, rebooted.Boot.StartedAt + 600))["guest-g"].Differences);
    }

    private static HostFacts Ended(HostFacts facts, long at) => facts with { Guest = facts.Guest!.With("g", g => g with { EndedAt = at }) };

    [Fact]
    public void An_edit_that_changes_nothing_a_concern_wants_changes_nothing_it_is_given()
    {
        var facts = AppliedHost.Of(Spec, Modules(Bare));
        var before = HostPlan.Make(Spec, facts);
        var said = HostPlan.Make(Spec with { Iommu = IommuKind.Intel }, facts);
        Assert.Empty(said.Differences);
        Assert.All(before.Concerns, c => Assert.Equal(HostScript.Input(c.Plan), HostScript.Input(said[c.Plan.Concern].Plan)));

        // What an earlier release noted less of is not noted more of.
        var earlier = facts with { Receipts = [.. facts.Receipts.Select(r => r with { Basis = "", Choices = new Dictionary<string, ChoiceFacts>() })] };
        Assert.All(HostPlan.Make(Spec, earlier).Concerns, c => Assert.DoesNotContain("BASIS=", HostScript.Input(c.Plan).Split('\n').Select(l => l[..Math.Min(6, l.Length)])));
    }

    [Fact]
    public void The_text_that_is_in_the_state_of_every_host_is_as_it_was_released()
    {
        // It is in each command's stdin: another text is an update of everything on every host, which no difference explains.
        var text = EmbeddedScript.Text("no-scripts.sh");
        Assert.Equal("1e713128b3c7c77d4a1ee97e7106b50d63b044798c78fbd494f1e8cee38e9c62", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void A_running_guests_port_that_a_bridge_has_lost_is_told_whoever_made_the_guest()
    {
        var spec = Read(more: "network: { link: enp7s0, vlan: 3000, bridge: br3000 }\nguests: [{ name: g, memory: 1GiB, cpus: { cores: 2 } }]");
        foreach (var (guest, master, told) in new[]
        {
            ("other", "", "port vnet3 of the running guest other: in no bridge -> in br3000"),
            ("g", "", "port vnet3 of the running guest g: in no bridge -> in br3000"),
            ("g", "br9", "port vnet3 of the running guest g: in br9 -> in br3000"),
            // Somebody else's may be there on purpose.
            ("other", "br9", null),
            ("other", "br3000", null),
        })
        {
            var facts = Bare with
            {
                Network = Bare.Network with
                {
                    Links = [.. Bare.Network.Links, new() { Name = "vnet3", Kind = "tun", Master = master }, new() { Name = "vnet4", Kind = "tun" }],
                    GuestPorts = [new("br3000", "vnet3", guest), new("br3000", "vnet-gone", "other"), new("virbr0", "vnet4", "other")],
                },
            };
            Assert.Equal(told, HostPlan.Make(spec, facts)["network"].Differences.SingleOrDefault(d => d.Subject.StartsWith("port ", StringComparison.Ordinal))?.Text);
        }
    }

    private static HostFacts Defined(MachineSpec spec, HostFacts facts)
    {
        var definition = HostPlan.Make(spec, facts).GuestDefinition("g");
        return facts with
        {
            Guest = facts.Guest! with { Guests = [new() { Name = "g", Definition = definition, AsDefined = definition }], Domains = [new() { Name = "g", Uuid = spec.Guests[0].Uuid.ToString()!, State = "shut off" }] },
        };
    }

    private static HostFacts BootVga(HostFacts facts, bool value) => facts with { Pci = [.. facts.Pci.Select(p => p.Address.Brief == "01:00.0" ? p with { BootVga = value } : p)] };

    private static HostFacts WithKernels(HostFacts facts, IReadOnlyList<KernelFacts> kernels) => facts with { Boot = facts.Boot with { Kernels = kernels } };

    // vfio-pci as a module, in an initramfs that the update makes.
    private static HostFacts Modules(HostFacts facts) =>
        WithKernels(facts, [.. facts.Boot.Kernels.Append(facts.Boot.Kernels[0] with { Release = "5.15.0-60-generic" }).Select(k => k with { VfioPci = VfioPresence.Module, InitramfsBytes = 60_000_000, InitramfsMadeAt = facts.Boot.StartedAt - 100 })]);

    private static List<(Cause Cause, string Text)> Differences(MachineSpec spec, HostFacts facts) => [.. HostPlan.Make(spec, facts).Differences.Select(d => (d.Cause, d.Text))];

    private static MachineSpec Read(
        string devices = """[{ name: usb, address: "04:00.0", id: "1912:0014" }, { name: gpu-audio, address: "01:00.1", id: "10de:10fa" }, { name: gpu, address: "01:00.0", id: "10de:1f82" }]""",
        string arguments = "[zswap.enabled=1, audit=0]",
        string more = "") => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $"""
            connection: {"{"} host: gpu-host.internal, hostKey: insecure-accept-any {"}"}
            packages: {"{"} manage: false {"}"}
            boot: {"{"} kernelArguments: {arguments} {"}"}
            devices: {devices}
            {more}
            """)),
        "project/stack/host");
}
