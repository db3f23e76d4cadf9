using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>A host whose distribution was upgraded under its stack: Ubuntu 22.04 to 24.04 to 26.04, as recorded facts.</summary>
public sealed class UpgradeTests
{
    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Receipts = [] };

    private static readonly MachineSpec Spec = GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson($$"""
            connection: { host: h, user: root, hostKey: insecure-accept-any }
            devices: [{ name: card, address: "{{Card.Address}}", id: "{{Card.Id}}" }]
            guests: [{ name: win10, memory: 4GiB, cpus: { cores: 2 }, disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 60GiB } }]
            """)),
        "a/b/c");

    private static PciFacts Card => Bare.Pci.First(p => p.Class.StartsWith("0c03", StringComparison.Ordinal) || p.Class.StartsWith("0x0c03", StringComparison.Ordinal));

    [Fact]
    public void An_upgrade_is_told_as_the_hosts_own_change_with_what_holds_and_what_is_to_be_done()
    {
        var before = On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools");
        var applied = AppliedHost.Of(Spec, before);
        Assert.DoesNotContain(HostPlan.Make(Spec, applied).Findings, f => f.Problem.Contains("changed by itself", StringComparison.Ordinal));

        var noble = Upgraded(applied, On("24.04", "6.8.0-50-generic", VfioPresence.Builtin, "initramfs-tools"));
        var plan = HostPlan.Make(Spec, noble);
        var told = Assert.Single(plan.Findings, f => f.Problem.Contains("changed by itself", StringComparison.Ordinal));
        Assert.Contains("Ubuntu 22.04 -> Ubuntu 24.04", told.Problem, StringComparison.Ordinal);
        Assert.Contains("GRUB 2.06 -> 2.12", told.Problem, StringComparison.Ordinal);
        Assert.Contains("as applied still: ", told.Remedy, StringComparison.Ordinal);
        Assert.Contains(plan.Differences, d => d is { Cause: Cause.Host, Text: "release of the host: Ubuntu 22.04 -> Ubuntu 24.04" });
        Assert.DoesNotContain(plan.Differences, d => d is { Concern: "boot" or "boot-check" or "restart" or "verify", Cause: Cause.Drift or Cause.Change });

        // One update, and then the next upgrade.
        var again = AppliedHost.Of(Spec, noble with { Receipts = [] });
        Assert.DoesNotContain(HostPlan.Make(Spec, again).Findings, f => f.Problem.Contains("changed by itself", StringComparison.Ordinal));
        var resolute = Upgraded(again, On("26.04", "7.0.0-15-generic", VfioPresence.Module, "dracut"));
        plan = HostPlan.Make(Spec, resolute);
        told = Assert.Single(plan.Findings, f => f.Problem.Contains("changed by itself", StringComparison.Ordinal));
        Assert.Contains("Ubuntu 24.04 -> Ubuntu 26.04", told.Problem, StringComparison.Ordinal);
        Assert.Contains("initramfs initramfs-tools -> dracut", told.Problem, StringComparison.Ordinal);
        Assert.Contains("boot", told.Remedy[told.Remedy.IndexOf("to be done", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_newer_libvirt_writes_otherwise_of_what_was_not_asked_for_is_the_hosts_own_and_what_was_asked_for_is_drift()
    {
        var applied = Defined(Spec, AppliedHost.Of(Spec, On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools")));
        var noble = Upgraded(applied, On("24.04", "6.8.0-50-generic", VfioPresence.Builtin, "initramfs-tools"));
        Assert.Empty(HostPlan.Make(Spec, noble)["guest-win10"].Differences);

        Assert.Equal([(Cause.Drift, "devices/watchdog")], Differences(applied, Anew));
        Assert.Equal([(Cause.Host, "devices/watchdog")], Differences(noble, Anew));
        Assert.Equal("", HostPlan.Make(Spec, With(noble, Anew))["guest-win10"].Remark);
        Assert.Equal([(Cause.Drift, "vcpu"), (Cause.Host, "devices/watchdog")], Differences(noble, d => Anew(d).Replace(">2</vcpu>", ">1</vcpu>", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_running_guest_is_held_against_its_definition_as_the_newer_libvirt_writes_it()
    {
        var spec = Spec with { Guests = [Spec.Guests[0] with { Restart = GuestRestart.Force }] };
        var applied = Defined(spec, AppliedHost.Of(spec, On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools")));
        var noble = With(Upgraded(applied, On("24.04", "6.8.0-50-generic", VfioPresence.Builtin, "initramfs-tools")), Anew);
        var older = noble.Guest!.Of("win10").AsDefined!.Replace("<devices>", "<devices><vsock model='virtio'/>", StringComparison.Ordinal);
        noble = noble with
        {
            Guest = noble.Guest.With("win10", g => g with { Running = g.Definition, AsDefined = older }) with { Domains = [.. noble.Guest.Domains.Select(d => d with { State = "running" })] },
        };
        var state = HostPlan.Make(spec, noble)["guest-win10"];
        Assert.All(state.Differences, d => Assert.Equal(Cause.Host, d.Cause));
        Assert.DoesNotContain(state.Differences, d => d.Text.Contains("running instance", StringComparison.Ordinal));
        Assert.DoesNotContain(state.Plan.Findings, f => f.Problem.Contains("restarts it", StringComparison.Ordinal));
    }

    /// <summary>An update after the upgrade wrote the new release into the first receipts and then failed: the guest itself says which libvirt defined it.</summary>
    [Fact]
    public void An_update_that_stopped_before_the_guest_leaves_the_next_one_to_know_that_an_older_libvirt_defined_it()
    {
        var spec = Spec with { Guests = [Spec.Guests[0] with { Restart = GuestRestart.Force }] };
        var noble = On("24.04", "6.8.0-50-generic", VfioPresence.Builtin, "initramfs-tools");
        var applied = With(Defined(spec, AppliedHost.Of(spec, noble)), Anew);
        var older = applied.Guest!.Of("win10").AsDefined!.Replace("<devices>", "<devices><vsock model='virtio'/>", StringComparison.Ordinal);
        var state = Planned("8.0.0");
        Assert.All(state.Differences, d => Assert.Equal(Cause.Host, d.Cause));
        Assert.DoesNotContain(state.Differences, d => d.Text.Contains("running instance", StringComparison.Ordinal));

        // One that is in sync is noted anew all the same, by one update that restarts nothing.
        Assert.Contains(state.Differences, d => d.Text == "win10 was defined by libvirt 8.0.0 -> by libvirt 10.0.0");

        // The same of the libvirt that is there is what somebody did.
        Assert.Contains(Planned("10.0.0").Differences, d => d.Cause == Cause.Drift);

        ConcernState Planned(string definedBy) => HostPlan.Make(spec, applied with
        {
            Guest = applied.Guest!.With("win10", g => g with { Running = g.Definition, AsDefined = older, AsDefinedBy = definedBy }) with
            {
                Libvirt = applied.Guest!.Libvirt with { Version = "10.0.0" },
                Domains = [.. applied.Guest!.Domains.Select(d => d with { State = "running" })],
            },
        })["guest-win10"];
    }

    private static string Anew(string definition) => definition.Replace("</devices>", "<watchdog model='itco' action='reset'/></devices>", StringComparison.Ordinal);

    private static HostFacts With(HostFacts facts, Func<string, string> change) => facts with { Guest = facts.Guest!.With("win10", g => g with { Definition = change(g.Definition!) }) };

    private static IEnumerable<(Cause Cause, string Path)> Differences(HostFacts facts, Func<string, string> change) =>
        HostPlan.Make(Spec, With(facts, change))["guest-win10"].Differences.Select(d => (d.Cause, d.Subject["win10 ".Length..].Split('[')[0]));

    [Fact]
    public void Before_it_doctor_says_what_changes_and_what_to_do_first()
    {
        var host = On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools") with { Isolation = new() { RunningGuests = ["win10"] } };
        var checks = UpgradeChecks.Of(host);
        Assert.Contains(checks, c => c is { Id: "upgrade-release", Found: "Ubuntu 22.04 -> Ubuntu 24.04" });
        Assert.Contains(checks, c => c is { Id: "upgrade-guests", Verdict: Verdict.Caution });
        Assert.Contains(checks, c => c is { Id: "upgrade-libvirt", Found: "libvirt 8.0 -> 10.0" });
        Assert.All(checks, c => Assert.False(c.Forbids));
        var last = UpgradeChecks.Of(On("26.04", "7.0.0-15-generic", VfioPresence.Module, "dracut"));
        Assert.Contains(last, c => c is { Id: "upgrade-release", Verdict: Verdict.Unknown });
    }

    [Fact]
    public void A_guest_that_is_held_back_is_told_with_since_when_and_why()
    {
        var applied = AppliedHost.Of(Spec, On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools"));
        var held = applied with { BootCheck = new() { Held = [new("win10", 1764537000, ["it was with xhci_hcd"])], Notes = ["the running kernel lacks iommu=pt"] } };
        var plan = HostPlan.Make(Spec, held);
        var told = Assert.Single(plan.Findings, f => f.Problem.Contains("held back", StringComparison.Ordinal));
        Assert.Contains("since 2025-11-30 21:10 UTC", told.Problem, StringComparison.Ordinal);
        Assert.Contains("it was with xhci_hcd; the running kernel lacks iommu=pt", told.Problem, StringComparison.Ordinal);

        // Its devices are as wanted again: the update that says so ends it.
        Assert.False(plan["boot-check"].InSync);
        var bound = Spec.Devices[0].Address;
        var unbound = held with { Pci = [.. held.Pci.Select(p => p.Address == bound ? p with { Driver = "xhci_hcd" } : p)] };
        Assert.True(HostPlan.Make(Spec, unbound)["boot-check"].InSync);
        Assert.True(HostPlan.Make(Spec, applied)["boot-check"].InSync);

        // Nor does an update end what a neighbour in the group, or a group that is missing, is the reason of.
        var neighbour = held.Device(bound)! with { Address = PciAddress.Parse("0000:7f:00.0"), Id = PciId.Parse("1af4:1000"), Driver = "xhci_hcd" };
        var beside = held with { Pci = [.. held.Pci, neighbour] };
        Assert.True(HostPlan.Make(Spec, beside)["boot-check"].InSync);
        var ungrouped = held with { Pci = [.. held.Pci.Select(p => p.Address == bound ? p with { Group = null } : p)] };
        Assert.True(HostPlan.Make(Spec, ungrouped)["boot-check"].InSync);
    }

    [Fact]
    public void The_update_that_ends_a_hold_starts_a_guest_that_was_to_start_with_the_host()
    {
        var spec = Spec with { Guests = [Spec.Guests[0] with { Autostart = true }] };
        var applied = Defined(spec, AppliedHost.Of(spec, On("22.04", "5.15.0-100-generic", VfioPresence.Builtin, "initramfs-tools")));
        Assert.Empty(HostPlan.Make(spec, applied)["guest-win10"].Differences);

        // The reason is gone already; the guest is off still.
        var refused = applied with { BootCheck = new() { Refused = ["win10"] } };
        var state = HostPlan.Make(spec, refused)["guest-win10"];
        var told = Assert.Single(state.Differences);
        Assert.Equal((Cause.Host, "start of win10: held back since the host's boot -> running, as it is to start with the host"), (told.Cause, told.Text));

        // That it was made up for is no difference afterwards, held back again or not.
        var after = applied with { Receipts = [.. applied.Receipts.Where(r => r.Concern != "guest-win10"), AppliedHost.Receipt(state.Plan, applied)] };
        Assert.Empty(HostPlan.Make(spec, after)["guest-win10"].Differences);
        Assert.Equal(HostScript.Input(state.Plan), HostScript.Input(HostPlan.Make(spec, after)["guest-win10"].Plan));
        Assert.Single(HostPlan.Make(spec, after with { BootCheck = refused.BootCheck })["guest-win10"].Differences);

        // One that nothing is to start is left as it is, and what is told says which.
        Assert.Empty(HostPlan.Make(Spec, Defined(Spec, AppliedHost.Of(Spec, Bare)) with { BootCheck = refused.BootCheck })["guest-win10"].Differences);
        var held = new BootCheckFacts() { Held = [new("win10", 1764537000, ["it was with xhci_hcd"])] };
        Assert.Contains("and starts win10; as it is", Told(spec), StringComparison.Ordinal);
        Assert.Contains("win10 can be started again", Told(Spec), StringComparison.Ordinal);
        string Told(MachineSpec of) => Assert.Single(HostPlan.Make(of, applied with { BootCheck = held }).Findings, f => f.Problem.Contains("held back", StringComparison.Ordinal)).Remedy;
    }

    [Fact]
    public void The_description_of_a_guest_that_is_held_back_is_no_drift_of_its_definition()
    {
        var wanted = LiveDefinition.Parse("<domain><name>a</name></domain>")!;
        Assert.Empty(DomainComparison.ToEarlier(LiveDefinition.Parse("<domain><name>a</name><description>[passthrough-host] held back since then</description></domain>")!, wanted));
        Assert.NotEmpty(DomainComparison.ToEarlier(LiveDefinition.Parse("<domain><name>a</name><description>mine</description></domain>")!, wanted));
    }

    [Fact]
    public void It_is_left_out_where_the_spec_says_so_or_no_guest_has_a_device()
    {
        Assert.DoesNotContain(HostPlan.Make(Spec with { Boot = Spec.Boot with { HoldGuests = false } }, Bare).Concerns, c => c.Plan.Concern == "boot-check");
        Assert.DoesNotContain(HostPlan.Make(Spec with { Devices = [] }, Bare).Concerns, c => c.Plan.Concern == "boot-check");
    }

    private static HostFacts On(string version, string kernel, VfioPresence vfio, string maker) => Bare with
    {
        System = Bare.System with { Distribution = "ubuntu", Version = version, PrettyName = $"Ubuntu {version}" },
        Boot = Bare.Boot with
        {
            Kernel = kernel,
            InitramfsMakers = [maker],
            Kernels = [new() { Release = kernel, VfioPci = vfio, InitramfsBytes = 70_000_000, InitramfsMadeAt = Bare.Boot.StartedAt + 1000 }],
        },
    };

    // The guest is in libvirt, as an update defined it.
    private static HostFacts Defined(MachineSpec spec, HostFacts facts)
    {
        var definition = HostPlan.Make(spec, facts).GuestDefinition("win10");
        return facts with
        {
            Guest = new()
            {
                Libvirt = new() { Answers = true, LoginAllowed = true },
                Guests = [new() { Name = "win10", Definition = definition, AsDefined = definition }],
                Domains = [new() { Name = "win10", Uuid = spec.Guests[0].Uuid.ToString()!, State = "shut off", Autostart = spec.Guests[0].Autostart }],
            },
        };
    }

    // What was applied stays; the system, its kernels and what makes an initramfs are others.
    private static HostFacts Upgraded(HostFacts applied, HostFacts to) => applied with
    {
        System = to.System,
        Boot = applied.Boot with { Kernel = to.Boot.Kernel, Kernels = [.. applied.Boot.Kernels, .. to.Boot.Kernels], InitramfsMakers = to.Boot.InitramfsMakers },
    };
}
