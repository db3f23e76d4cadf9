using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>A reboot that is left to the operator: two updates with a reboot by hand between them, as previews tell it.</summary>
public sealed class RebootNeverTests
{
    private const string Arguments = "intel_iommu=on iommu=pt vfio-pci.ids=1912:0014";

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Receipts = [], Guest = new() { Libvirt = new() { Answers = true } } };

    private static readonly MachineSpec Spec = Read("never");

    [Fact]
    public void The_first_preview_names_the_pending_reboot_with_its_reasons()
    {
        var plan = HostPlan.Make(Spec, Bare);
        var told = Assert.Single(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Equal(Severity.Warning, told.Severity);
        Assert.Contains("the running kernel lacks vfio-pci.ids=1912:0014", told.Problem, StringComparison.Ordinal);
        Assert.Contains("driver of 04:00.0 (usb): xhci_hcd -> vfio-pci", told.Problem, StringComparison.Ordinal);
        Assert.Contains("starts win10", told.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Concerns, c => c.Plan.Concern == "restart");
        Assert.Equal(("yes", "no"), (plan["guest"].Plan.Variables["WAITS"], plan["guest"].Plan.Variables["AUTOSTART"]));
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
            [$"verified kernel arguments: (none) -> {Arguments}", "autostart of win10: after the host's reboot -> yes", "start of win10: after the host's reboot -> running"],
            plan.Differences.Select(d => d.Text.Replace("autostart of win10: no ->", "autostart of win10: after the host's reboot ->", StringComparison.Ordinal)));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.Equal(("no", "yes"), (plan["guest"].Plan.Variables["WAITS"], plan["guest"].Plan.Variables["AUTOSTART"]));

        // Once that is done, there is nothing more; and a guest that is off by then is nobody's drift.
        var applied = Applied(Spec, Rebooted(Written()) with { Boot = Rebooted(Written()).Boot with { Verified = Arguments } }, autostart: true);
        Assert.Empty(HostPlan.Make(Spec, applied).Differences);
    }

    [Fact]
    public void A_boot_that_another_would_repeat_is_not_waited_for()
    {
        var rebooted = Rebooted(Written());
        var held = rebooted with { Pci = [.. rebooted.Pci.Select(p => p.Address.Brief == "04:00.0" ? p with { Driver = "xhci_hcd" } : p)] };
        var plan = HostPlan.Make(Spec, held);
        Assert.DoesNotContain(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Contains("driver of 04:00.0 (usb): xhci_hcd -> vfio-pci", plan["verify"].Differences.Select(d => d.Text));
    }

    [Fact]
    public void An_update_that_reboots_by_itself_waits_for_nothing()
    {
        var plan = HostPlan.Make(Read("always"), Bare);
        Assert.DoesNotContain(plan.Findings, f => f.Subject == "machine.boot.reboot");
        Assert.Contains($"running kernel's arguments: (none) -> {Arguments}", plan["restart"].Differences.Select(d => d.Text));
        Assert.Equal("no", plan["guest"].Plan.Variables["WAITS"]);
    }

    // After an update: what is written is written, the receipts stand, and the kernel is still the one of before.
    private static HostFacts Written() => Applied(
        Spec,
        Bare with
        {
            Boot = Bare.Boot with
            {
                Entries = [.. Bare.Boot.Entries.Select(e => e with { Arguments = $"{e.Arguments} {Arguments}" })],
                GrubConfigMadeAt = Bare.Boot.StartedAt + 100,
            },
        },
        autostart: false);

    private static HostFacts Rebooted(HostFacts facts) => facts with
    {
        Boot = facts.Boot with { BootId = "another", StartedAt = facts.Boot.StartedAt + 200, CommandLine = $"{facts.Boot.CommandLine} {Arguments}" },
        Pci = [.. facts.Pci.Select(p => p.Address.Brief == "04:00.0" ? p with { Driver = "vfio-pci" } : p)],
    };

    private static HostFacts Applied(MachineSpec spec, HostFacts facts, bool autostart)
    {
        var plan = HostPlan.Make(spec, facts);
        var definition = plan["guest"].Plan.Variables["DEFINITION"];
        return facts with
        {
            Files = [.. plan.Concerns.SelectMany(c => c.Plan.Files).Select(f => new FileFacts { Path = f.Path, Kind = FileKind.Regular, Mode = f.Mode, Owner = "root:root", Content = f.Content! })],
            Guest = facts.Guest! with
            {
                Libvirt = facts.Guest.Libvirt with { LoginAllowed = true },
                Definition = definition,
                AsDefined = definition,
                Domains = [new() { Name = "win10", Uuid = spec.Guest!.Uuid.ToString()!, State = "shut off", Autostart = autostart }],
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
            guest:
              name: win10
              memory: 2GiB
              cpus: { cores: 2 }
              start: running
              autostart: true
            """)),
        "project/stack/host");
}
