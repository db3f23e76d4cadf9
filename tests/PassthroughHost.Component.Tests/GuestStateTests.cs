using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What a preview says of a guest that is already there: whose change it was, what waits for a restart, and who is in the way.</summary>
public sealed class GuestStateTests
{
    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly MachineSpec Spec = Read("");

    [Fact]
    public void A_guest_that_libvirt_does_not_have_is_shown_whole()
    {
        var difference = Assert.Single(Plan(Spec, Bare with { Guest = new() { Libvirt = new() { Answers = true } } }).Differences);
        Assert.Equal(Cause.New, difference.Cause);
        Assert.StartsWith("--- /dev/null\n+++ domain win10\n", difference.Text, StringComparison.Ordinal);
        Assert.Contains("+  <name>win10</name>", difference.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_as_it_was_defined_is_in_sync() => Assert.True(Plan(Spec, Applied(Spec)).InSync);

    [Fact]
    public void What_somebody_changed_in_the_definition_is_drift()
    {
        var facts = Tampered(d => d.Descendants("vcpupin").First().SetAttributeValue("cpuset", "3"));
        var difference = Assert.Single(Plan(Spec, facts).Differences);
        Assert.Equal((Cause.Drift, "cputune/vcpupin[0]: 3 -> 2"), (difference.Cause, difference.Text));
        Assert.Contains("drift: win10 cputune/vcpupin[0]", Plan(Spec, facts).Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void What_libvirt_added_to_the_definition_is_missed_when_somebody_takes_it_out()
    {
        var applied = Applied(Spec);
        var with = XElement.Parse(applied.Guest!.Of("win10").AsDefined!);
        with.Element("devices")!.Add(XElement.Parse("<vsock model='virtio'/>"));
        var difference = Assert.Single(Plan(Spec, applied with { Guest = applied.Guest.With("win10", g => g with { AsDefined = with.ToString() }) }).Differences);
        Assert.Equal("devices/vsock: missing", difference.Text);
    }

    [Fact]
    public void A_change_of_the_spec_is_told_from_drift_in_the_same_definition()
    {
        var facts = Tampered(d => d.Descendants("vcpupin").First().SetAttributeValue("cpuset", "3"));
        var differences = Plan(Read("rng: false"), facts).Differences.Select(d => (d.Cause, d.Text)).ToList();
        Assert.Contains((Cause.Drift, "cputune/vcpupin[0]: 3 -> 2"), differences);
        Assert.Contains((Cause.Change, "devices/rng[virtio]: not wanted"), differences);
    }

    [Fact]
    public void A_guest_that_somebody_undefined_is_drift()
    {
        var applied = Applied(Spec);
        Assert.Equal(Cause.Drift, Assert.Single(Plan(Spec, applied with { Guest = applied.Guest!.With("win10", g => g with { Definition = null }) with { Domains = [] } }).Differences).Cause);
    }

    [Theory]
    [InlineData("shut off", false)]
    [InlineData("running", false)]
    [InlineData("shut off", true)]
    public void The_empty_machine_that_the_provider_makes_is_neither_the_guest_nor_somebodys_change(string state, bool applied)
    {
        var spec = Read("restart: force\n    autostart: true");
        var facts = applied ? Applied(spec) : Bare with { Guest = new() { Libvirt = new() { Answers = true } } };
        var made = EmptyMachine.Document(spec.Guests[0]).ToString();
        facts = facts with
        {
            Guest = facts.Guest!.With("win10", g => g with { Definition = made, Running = state == "running" ? made : null }) with { Domains = [new() { Name = "win10", Uuid = spec.Guests[0].Uuid.ToString()!, State = state }] },
        };
        var plan = Plan(spec, facts);
        Assert.Equal(["autostart of win10: no -> yes", "--- /dev/null"], plan.Differences.Select(d => d.Text.Split('\n')[0]));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.Equal("", plan.Remark);
        Assert.DoesNotContain(plan.Plan.Findings, f => f.Subject == "machine.guests[0] (win10).restart");
    }

    [Fact]
    public void A_guest_in_whose_place_the_provider_made_an_empty_machine_keeps_its_firmware()
    {
        var before = Applied(Spec);
        var other = before.Guest!.Of("win10").AsDefined!.Replace("OVMF_CODE_4M.fd", "OVMF_CODE.fd", StringComparison.Ordinal).Replace("OVMF_VARS_4M.fd", "OVMF_VARS.fd", StringComparison.Ordinal);
        var facts = before with
        {
            Guest = before.Guest.With("win10", g => g with { AsDefined = other, Definition = EmptyMachine.Document(Spec.Guests[0]).ToString() }) with { Firmware = ["/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd", "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"] },
        };
        Assert.Contains("/usr/share/OVMF/OVMF_CODE.fd", Plan(Spec, facts).Plan.Variables["DEFINITION"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_running_guest_with_an_older_definition_is_pending_and_not_a_difference()
    {
        var facts = Running(Applied(Spec), memory: "1048576");
        var plan = Plan(Spec, facts);
        Assert.True(plan.InSync);
        Assert.Contains(plan.Plan.Findings, f => f.Severity == Severity.Warning && f.Problem.Contains("pending until it is shut down and started again: memory: 1048576 KiB -> 2097152 KiB", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_the_spec_restarts_guests_a_pending_change_is_a_difference()
    {
        var spec = Read("restart: graceful");
        var plan = Plan(spec, Running(Applied(spec), memory: "1048576"));
        Assert.Contains("running instance of win10 differs from its definition", Assert.Single(plan.Differences).Text, StringComparison.Ordinal);
        Assert.Contains(plan.Plan.Findings, f => f.Problem.Contains("this update restarts it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_running_guest_is_not_restarted_to_put_back_the_definition_it_runs_with()
    {
        var spec = Read("restart: force");
        var applied = Running(Applied(spec), memory: "2097152");
        var tampered = XElement.Parse(applied.Guest!.Of("win10").Definition!);
        tampered.Descendants("vcpupin").First().SetAttributeValue("cpuset", "3");
        var plan = Plan(spec, applied with { Guest = applied.Guest.With("win10", g => g with { Definition = tampered.ToString() }) });
        Assert.Equal("cputune/vcpupin[0]: 3 -> 2", Assert.Single(plan.Differences).Text);
        Assert.DoesNotContain(plan.Plan.Findings, f => f.Problem.Contains("restarts it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_foreign_domain_of_that_name_or_UUID_forbids_the_plan()
    {
        var uuid = Spec.Guests[0].Uuid.ToString()!;
        var facts = Bare with { Guest = new() { Domains = [new() { Name = "win10", Uuid = "0d2f9a4e-7f0c-4a77-9f56-0123456789ab" }, new() { Name = "other", Uuid = uuid }] } };
        Assert.Equal(["machine.guests[0] (win10).name", "machine.guests[0] (win10).uuid"], Plan(Spec, facts).Plan.Findings.Where(f => f.Severity == Severity.Error && f.Problem.StartsWith("libvirt", StringComparison.Ordinal)).Select(f => f.Subject));
    }

    [Fact]
    public void A_guest_is_not_renamed_in_place()
    {
        var spec = Read("", name: "win11");
        Assert.Contains(Plan(spec, Applied(Spec)).Plan.Findings, f => f.Severity == Severity.Error && f.Problem.Contains("\"win10\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("absent", 0, "qcow2", true, 0, Severity.Warning, "may grow by 100 GiB")]
    [InlineData("file", 200, "qcow2", true, 0, Severity.Warning, "more than the 100GiB of the spec")]
    [InlineData("file", 50, "qcow2", true, 0, Severity.Warning, "less than the 100GiB of the spec")]
    [InlineData("file", 100, "raw", true, 0, Severity.Error, "is raw, not qcow2")]
    [InlineData("file", 100, "qcow2", false, 0, Severity.Error, "cannot enter the directories")]
    [InlineData("other", 0, "", true, 0, Severity.Error, "neither a file nor a block device")]
    [InlineData("block", 100, "raw", true, 0, Severity.Error, "is a block device")]
    public void A_disk_that_is_not_as_declared_is_told(string kind, long gib, string format, bool reachable, long free, Severity severity, string said)
    {
        var medium = new MediumFacts
        {
            Path = "/var/lib/libvirt/images/win10.qcow2",
            Kind = Enum.Parse<MediumKind>(kind, ignoreCase: true),
            VirtualBytes = gib << 30,
            Format = format,
            Reachable = reachable,
            FreeKiB = (free + 20) << 20,
            Mount = "/",
        };
        var findings = HostPlan.Make(Spec, Bare with { Guest = new() { Media = [medium] } })["media-win10"].Plan.Findings;
        Assert.Contains(findings, f => f.Severity == severity && f.Problem.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void An_image_is_grown_only_where_the_spec_says_so()
    {
        var media = new MediumFacts { Path = "/var/lib/libvirt/images/win10.qcow2", Kind = MediumKind.File, VirtualBytes = 50L << 30, Format = "qcow2" };
        var facts = Bare with { Guest = new() { Media = [media] } };
        Assert.DoesNotContain(HostPlan.Make(Spec, facts)["media-win10"].Differences, d => d.Text.Contains("->", StringComparison.Ordinal));
        var grown = HostPlan.Make(Read("", disk: "grow: true"), facts)["media-win10"];
        Assert.Equal("disk /var/lib/libvirt/images/win10.qcow2: qcow2 50GiB -> qcow2 100GiB", Assert.Single(grown.Differences).Text);
    }

    private static ConcernState Plan(MachineSpec spec, HostFacts facts) => HostPlan.Make(spec, facts)[$"guest-{spec.Guests[0].Name}"];

    private static MachineSpec Read(string more, string name = "win10", string disk = "grow: false") => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $$"""
            connection: { host: gpu-host.internal, hostKey: insecure-accept-any }
            packages: { manage: false }
            guests:
              - name: {{name}}
                uuid: 6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10
                memory: 2GiB
                cpus: { cores: 2, pin: [2, 3] }
                disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 100GiB, {{disk}} }
                {{more}}
            """)),
        "project/stack/host");

    // The host after the guest was applied: what libvirt gives back is what it was given, with an address of its own making.
    private static HostFacts Applied(MachineSpec spec)
    {
        var plan = Plan(spec, Bare).Plan;
        var definition = XElement.Parse(plan.Variables["DEFINITION"]);
        definition.Element("devices")!.Element("rng")?.Add(XElement.Parse("<alias name='rng0'/>"));
        var text = definition.ToString();
        return Bare with
        {
            Guest = new()
            {
                Libvirt = new() { Answers = true },
                Guests = [new() { Name = $"{spec.Guests[0].Name}", Definition = text, AsDefined = text }],
                Domains = [new() { Name = $"{spec.Guests[0].Name}", Uuid = spec.Guests[0].Uuid.ToString()!, State = "shut off" }],
            },
            Receipts =
            [
                new()
                {
                    Concern = $"guest-{spec.Guests[0].Name}",
                    Token = "t0",
                    Digest = DriftDetector.Digest(plan),
                    Settings = plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
                },
            ],
        };
    }

    private static HostFacts Tampered(Action<XElement> change)
    {
        var facts = Applied(Spec);
        var live = XElement.Parse(facts.Guest!.Of("win10").Definition!);
        change(live);
        return facts with { Guest = facts.Guest.With("win10", g => g with { Definition = live.ToString() }) };
    }

    private static HostFacts Running(HostFacts facts, string memory)
    {
        var running = XElement.Parse(facts.Guest!.Of("win10").Definition!);
        running.Element("memory")!.Value = memory;
        return facts with { Guest = facts.Guest.With("win10", g => g with { Running = running.ToString() }) with { Domains = [.. facts.Guest.Domains.Select(d => d with { State = "running" })] } };
    }
}
