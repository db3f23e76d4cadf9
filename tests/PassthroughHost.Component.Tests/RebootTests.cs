using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>The reboot as an item of the plan: made, left to the operator, or put off until no guest runs; as previews tell it.</summary>
public sealed class RebootTests
{
    private const string Arguments = "intel_iommu=on iommu=pt vfio-pci.ids=1912:0014";

    private static readonly string[] Lacking =
    [
        "0000:04:00.0 is with xhci_hcd, not vfio-pci", "the running kernel lacks intel_iommu=on", "the running kernel lacks iommu=pt", "the running kernel lacks vfio-pci.ids=1912:0014",
    ];

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Receipts = [], Guest = new() { Libvirt = new() { Answers = true } } };

    private static readonly MachineSpec Spec = Read("never");

    [Fact]
    public void The_first_preview_names_the_pending_reboot_with_its_reasons()
    {
        var plan = HostPlan.Make(Spec, Bare);
        var told = Assert.Single(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Equal(Severity.Warning, told.Severity);
        Assert.Contains("the running kernel lacks vfio-pci.ids=1912:0014", told.Problem, StringComparison.Ordinal);
        Assert.Contains("0000:04:00.0 is with xhci_hcd, not vfio-pci", told.Problem, StringComparison.Ordinal);
        Assert.Contains("starts win10", told.Remedy, StringComparison.Ordinal);
        Assert.Equal(["reboot of the host: none -> put off"], plan["restart"].Differences.Select(d => d.Text));
        Assert.Equal(("yes", "no"), (plan["guest-win10"].Plan.Variables["WAITS"], plan["guest-win10"].Plan.Variables["AUTOSTART"]));
        Assert.DoesNotContain(plan["verify"].Differences, d => d.Text.Contains("->", StringComparison.Ordinal));
    }

    [Fact]
    public void Between_update_and_reboot_nothing_is_to_be_done_and_the_reboot_stays_told()
    {
        var plan = HostPlan.Make(Spec, Written());
        Assert.Empty(plan.Differences);
        Assert.Single(plan.Findings, f => f.Subject == "machine.boot.reboot");
    }

    [Fact]
    public void After_the_reboot_what_was_put_off_is_to_be_applied_and_is_nobodys_drift()
    {
        var plan = HostPlan.Make(Spec, Rebooted(Written()));
        Assert.DoesNotContain(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Equal(
            ["reboot of the host: put off -> made", $"verified kernel arguments: (none) -> {Arguments}", "autostart of win10: after the host's reboot -> yes", "start of win10: after the host's reboot -> running"],
            plan.Differences.Select(d => d.Text.Replace("autostart of win10: no ->", "autostart of win10: after the host's reboot ->", StringComparison.Ordinal)));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.Equal(("no", "yes"), (plan["guest-win10"].Plan.Variables["WAITS"], plan["guest-win10"].Plan.Variables["AUTOSTART"]));

        // Once that is done, there is nothing more; and a guest that is off by then is nobody's drift.
        var applied = Applied(Spec, Rebooted(Written()) with { Boot = Rebooted(Written()).Boot with { Verified = Arguments } }, autostart: true);
        Assert.Empty(HostPlan.Make(Spec, applied).Differences);
    }

    [Fact]
    public void A_boot_whose_verification_did_not_come_to_its_end_is_still_to_be_verified()
    {
        // The arguments were verified before, the device was with the host's driver, and the reboot has brought it to vfio-pci.
        var spec = Read("always");
        var rebooted = Rebooted(Menu(Bare));
        var verified = Applied(spec, rebooted with { Boot = rebooted.Boot with { Verified = Arguments } }, autostart: true);
        Assert.Empty(HostPlan.Make(spec, verified).Differences);
        var tried = verified with { Boot = verified.Boot with { Tried = new("before", ["0000:04:00.0 is with xhci_hcd, not vfio-pci"]) } };
        var told = Assert.Single(HostPlan.Make(spec, tried).Differences);
        Assert.Equal(("verify", Cause.New, "the boot after the reboot is not verified yet"), (told.Concern, told.Cause, told.Text));

        // In the boot in which it is noted, it is still to come.
        var same = verified with { Boot = verified.Boot with { Tried = new(verified.Boot.BootId, []) } };
        Assert.Empty(HostPlan.Make(spec, same).Differences);
    }

    [Theory]
    [InlineData(true, "the boot after the reboot is not verified yet")]
    [InlineData(false, "the reboot that was put off is not needed any more, and the host is not verified yet")]
    public void What_a_reboot_was_put_off_for_is_nobodys_change_however_it_came_about(bool byReboot, string text)
    {
        // Only the device was not as wanted.
        var held = Rebooted(Menu(Bare)) with { Pci = Bare.Pci };
        held = held with { Boot = held.Boot with { Verified = Arguments } };
        var written = Applied(Spec, held, autostart: false);
        Assert.Empty(HostPlan.Make(Spec, written).Differences);
        var boot = written.Boot with { Tried = new(written.Boot.BootId, ["0000:04:00.0 is with xhci_hcd, not vfio-pci"]) };
        var bound = written with { Boot = byReboot ? boot with { BootId = "a third" } : boot, Pci = Rebooted(Bare).Pci };
        var plan = HostPlan.Make(Spec, bound);
        Assert.Equal([text], plan["verify"].Differences.Select(d => d.Text));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
    }

    [Fact]
    public void A_boot_that_another_would_repeat_is_not_waited_for()
    {
        var rebooted = Rebooted(Written());
        rebooted = rebooted with { Boot = rebooted.Boot with { Tried = new(Bare.Boot.BootId, ["0000:04:00.0 is with xhci_hcd, not vfio-pci"]) } };
        var held = rebooted with { Pci = [.. rebooted.Pci.Select(p => p.Address.Brief == "04:00.0" ? p with { Driver = "xhci_hcd" } : p)] };
        var plan = HostPlan.Make(Spec, held);
        Assert.DoesNotContain(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Contains("driver of 04:00.0 (usb): xhci_hcd -> vfio-pci", plan["verify"].Differences.Select(d => d.Text));
    }

    [Theory]
    [InlineData("always")]
    [InlineData("whenIdle")]
    public void An_update_that_reboots_names_it_with_its_reasons_and_waits_for_nothing(string policy)
    {
        var plan = HostPlan.Make(Read(policy), Bare);
        var told = Assert.Single(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Equal(Severity.Info, told.Severity);
        Assert.Matches("^this update reboots the host: 0000:04:00.0 is with xhci_hcd, not vfio-pci; the running kernel lacks .*; no guest runs now$", told.Problem);
        Assert.Contains($"running kernel's arguments: (none) -> {Arguments}", plan["restart"].Differences.Select(d => d.Text));
        Assert.Equal("no", plan["guest-win10"].Plan.Variables["WAITS"]);
    }

    [Fact]
    public void While_a_guest_runs_whenIdle_plans_no_reboot_and_tells_it_at_each_preview_with_the_guests_name()
    {
        var spec = Read("whenIdle");
        foreach (var facts in new[] { While(Bare, "other"), While(Applied(spec, While(Bare, "other"), autostart: false), "other", "third") })
        {
            var told = Assert.Single(HostPlan.Make(spec, facts).Findings, f => f.Subject == "machine.boot.reboot");
            Assert.Equal(Severity.Warning, told.Severity);
            Assert.StartsWith("a reboot of the host is pending: ", told.Problem, StringComparison.Ordinal);
            Assert.Contains("other", told.Problem, StringComparison.Ordinal);
            Assert.Equal("yes", HostPlan.Make(spec, facts)["guest-win10"].Plan.Variables["WAITS"]);
        }

        // Written, verified as far as it goes: there is nothing to be done, whichever guest runs.
        Assert.Empty(HostPlan.Make(spec, While(Applied(spec, While(Menu(Bare), "other"), autostart: false), "third")).Differences);
    }

    [Fact]
    public void Once_no_guest_runs_the_reboot_that_was_put_off_is_due_and_is_nobodys_drift()
    {
        var spec = Read("whenIdle");
        var plan = HostPlan.Make(spec, Applied(spec, While(Menu(Bare), "other"), autostart: false) with { Isolation = new() });
        Assert.Contains(plan.Findings, f => f.Problem.StartsWith("this update reboots the host: ", StringComparison.Ordinal));
        Assert.Contains("reboot of the host: put off -> made", plan["restart"].Differences.Select(d => d.Text));
        Assert.Contains($"running kernel's arguments: (none) -> {Arguments}", plan["restart"].Differences.Select(d => d.Text));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
    }

    [Fact]
    public void Always_names_the_guests_that_it_shuts_down_first()
    {
        var plan = HostPlan.Make(Read("always"), While(Bare, "other"));
        var told = Assert.Single(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Equal(Severity.Warning, told.Severity);
        Assert.Contains("; the guest that runs now: other", told.Problem, StringComparison.Ordinal);
        Assert.Contains("shuts it down first", told.Remedy, StringComparison.Ordinal);
        Assert.Contains($"running kernel's arguments: (none) -> {Arguments}", plan["restart"].Differences.Select(d => d.Text));
    }

    [Fact]
    public void A_device_alone_may_be_given_back_without_a_reboot_and_arguments_on_trial_are_told_apart_from_a_boot_by_hand()
    {
        var spec = Read("whenIdle");
        var moved = Rebooted(Menu(Bare)) with { Pci = Bare.Pci };
        Assert.Contains("unless the device can be given back to vfio-pci at once", Told(spec, moved).Problem, StringComparison.Ordinal);
        Assert.Contains("a reboot by hand starts the kernel arguments of before", Told(spec, While(Bare, "other")).Remedy, StringComparison.Ordinal);

        // Booted by hand: the arguments that were prepared to be tried still are.
        var reasons = HostPlan.Make(spec, Bare)["restart"].Plan.Findings.Count;
        var prepared = Bare with { Boot = Bare.Boot with { Trial = new() { Arguments = Arguments, State = TrialState.Prepared }, Tried = new("before", Lacking) } };
        Assert.Equal(reasons, HostPlan.Make(spec, prepared)["restart"].Plan.Findings.Count);
        Assert.Empty(HostPlan.Make(spec, prepared with { Boot = prepared.Boot with { Trial = null } })["restart"].Plan.Findings);

        static Finding Told(MachineSpec spec, HostFacts facts) => Assert.Single(HostPlan.Make(spec, facts).Findings, f => f.Subject == "machine.boot.reboot");
    }

    // After an update: what is written is written, the receipts stand, and the kernel is still the one of before.
    private static HostFacts Written() => Applied(Spec, Menu(Bare), autostart: false);

    private static HostFacts Menu(HostFacts facts) => facts with
    {
        Boot = facts.Boot with
        {
            Entries = [.. facts.Boot.Entries.Select(e => e with { Arguments = $"{e.Arguments} {Arguments}" })],
            GrubConfigMadeAt = facts.Boot.StartedAt + 100,
        },
    };

    private static HostFacts While(HostFacts facts, params string[] guests) => facts with { Isolation = new() { RunningGuests = guests } };

    private static HostFacts Rebooted(HostFacts facts) => facts with
    {
        Boot = facts.Boot with { BootId = "another", StartedAt = facts.Boot.StartedAt + 200, CommandLine = $"{facts.Boot.CommandLine} {Arguments}" },
        Pci = [.. facts.Pci.Select(p => p.Address.Brief == "04:00.0" ? p with { Driver = "vfio-pci" } : p)],
    };

    private static HostFacts Applied(MachineSpec spec, HostFacts facts, bool autostart)
    {
        var plan = HostPlan.Make(spec, facts);
        var definition = plan["guest-win10"].Plan.Variables["DEFINITION"];
        return facts with
        {
            Files = [.. plan.Concerns.SelectMany(c => c.Plan.Files).Select(f => new FileFacts { Path = f.Path, Kind = FileKind.Regular, Mode = f.Mode, Owner = "root:root", Content = f.Content! })],
            Guest = facts.Guest! with
            {
                Libvirt = facts.Guest.Libvirt with { LoginAllowed = true },
                Guests = [new() { Name = "win10", Definition = definition, AsDefined = definition }],
                Domains = [new() { Name = "win10", Uuid = spec.Guests[0].Uuid.ToString()!, State = "shut off", Autostart = autostart }],
            },
            Receipts =
            [
                .. plan.Concerns.Select(c => new Receipt
                {
                    Concern = c.Plan.Concern,
                    Token = "t0",
                    Digest = DriftDetector.Digest(c.Plan),
                    Files = c.Plan.Files.ToDictionary(f => f.Path, DriftDetector.FileDigest),
                    Settings = c.Plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
                }),
            ],
        };
    }

    private static MachineSpec Read(string reboot) => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $$"""
            connection: { host: gpu-host.internal, hostKey: insecure-accept-any }
            packages: { manage: false }
            boot: { reboot: {{reboot}} }
            devices:
              - { name: usb, address: "04:00.0", id: "1912:0014" }
            guests:
              - name: win10
                memory: 2GiB
                cpus: { cores: 2 }
                start: running
                autostart: true
            """)),
        "project/stack/host");
}
