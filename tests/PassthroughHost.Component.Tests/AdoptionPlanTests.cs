using System.Xml.Linq;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What a preview says of a domain that was made by hand: with the word that takes it over, without it, and once it was.</summary>
public sealed class AdoptionPlanTests
{
    private const string Uuid = "11111111-2222-4333-8444-555555555555";
    private const string Name = "hand.made-1";

    private static readonly string Definition = File.ReadAllText(Path.Combine(Repository.Tests, "adopted", "emulated-linux.xml"));

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly MachineSpec Adopted = Spec("adopt: true");

    [Fact]
    public void A_domain_of_the_same_name_and_UUID_is_not_taken_over_without_the_word()
    {
        var error = Assert.Single(Plan(Spec(""), Found()).Plan.Findings, f => f.Severity == Severity.Error);
        Assert.Equal($"machine.guests[0] ({Name}).adopt", error.Subject);
        Assert.Contains("write adopt: true", error.Remedy, StringComparison.Ordinal);
        // Neither is a guest whose UUID follows from the stack: somebody deleted the notes on the host.
        var own = Spec("", "");
        var lost = Found() with { Guest = Found().Guest! with { Domains = [new() { Name = Name, Uuid = own.Guests[0].Uuid.ToString()! }] } };
        Assert.DoesNotContain(Plan(own, lost).Plan.Findings, f => f.Severity == Severity.Error);
        // What this project has begun to define is no stranger.
        Assert.DoesNotContain(Plan(Spec(""), Of(Found(), g => g with { IsKnown = true })).Plan.Findings, f => f.Severity == Severity.Error);
    }

    [Theory]
    [InlineData("shut off", "stays off")]
    [InlineData("running", "runs on")]
    public void What_is_taken_over_is_said_and_what_changes_in_it(string state, string said)
    {
        var plan = Plan(Adopted, Found(state));
        Assert.DoesNotContain(plan.Plan.Findings, f => f.Severity == Severity.Error);
        Assert.Contains(plan.Plan.Findings, f => f.Severity == Severity.Info && f.Problem.Contains(said, StringComparison.Ordinal));
        Assert.Contains(plan.Differences, d => d.Text.EndsWith("devices/rng[virtio]: missing", StringComparison.Ordinal));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.Equal("yes", plan.Plan.Variables["ADOPT"]);
        Assert.Equal("command", plan.Plan.Variables["MANAGER"]);
    }

    [Fact]
    public void A_whole_translation_changes_nothing()
    {
        var spec = Translated();
        Assert.Equal([$"guest-{Name}: not applied by this project yet"], Plan(spec, Found()).Differences.Select(d => d.Text));
    }

    [Fact]
    public void Once_it_was_taken_over_nothing_differs_and_the_text_is_the_same()
    {
        var spec = Translated();
        var before = Plan(spec, Found()).Plan;
        var after = Applied(spec);
        Assert.True(Plan(spec, after).InSync, string.Join('\n', Plan(spec, after).Differences));
        Assert.Equal(HostScript.Input(before), HostScript.Input(Plan(spec, after).Plan));
    }

    [Fact]
    public void Without_the_word_it_is_no_guest_any_more_and_out_of_the_list_it_goes_back()
    {
        var after = Applied(Adopted);
        Assert.Contains(Plan(Spec("managedBy: command"), after).Plan.Findings, f => f.Severity == Severity.Error && f.Problem.Contains("was taken over", StringComparison.Ordinal));
        var plan = HostPlan.Make(Adopted with { Guests = [] }, after);
        Assert.Contains(plan.Findings, f => f.Problem.Contains("it has the definition again with which it was found", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_there_or_is_the_stacks_own_is_not_taken_over()
    {
        Assert.Contains(Plan(Adopted, Bare with { Guest = new() { Libvirt = new() { Answers = true } } }).Plan.Findings, f => f.Severity == Severity.Error && f.Problem.Contains("no domain", StringComparison.Ordinal));
        var own = Applied(Spec("managedBy: command"), adopted: false);
        Assert.Contains(Plan(Adopted, own).Plan.Findings, f => f.Severity == Severity.Error && f.Remedy == "leave adopt out");
    }

    [Fact]
    public void An_override_of_what_is_not_there_is_told()
    {
        var spec = Spec("adopt: true\n    overrides: [{ at: 'devices/disk[vdz]/driver/@cache', value: none }]");
        Assert.Contains(Plan(spec, Found()).Plan.Findings, f => f.Severity == Severity.Warning && f.Problem.Contains("devices/disk[vdz]/driver/@cache", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("adopt: true", "", "uuid: is missing")]
    [InlineData("overrides: [{ at: clock, absent: true }]", Uuid, "stands beside managedBy: provider")]
    [InlineData("managedBy: command\n    overrides: [{ at: uuid, absent: true }]", Uuid, "is what the guest is known by")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock, absent: true, xml: <clock/> }]", Uuid, "says not just one of")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock, value: x }]", Uuid, "stands beside the place of an element")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock/@offset, xml: <clock/> }]", Uuid, "stands beside the place of an attribute")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock, xml: <cpu/> }]", Uuid, "is <cpu>, and stands at clock")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock, xml: <clock> }]", Uuid, "is not well-formed XML")]
    [InlineData("managedBy: command\n    overrides: [{ at: 'clock//x', absent: true }]", Uuid, "is no place in a domain document")]
    [InlineData("managedBy: command\n    overrides: [{ at: clock, absent: true }, { at: clock, absent: true }]", Uuid, "is also that of overrides[0]")]
    [InlineData("machine: pc-i440fx-5.2", Uuid, "is not a Q35 machine type")]
    public void What_contradicts_itself_is_refused(string more, string uuid, string said) =>
        Assert.Contains(said, Assert.Throws<SpecException>(() => Spec(more, uuid)).Message, StringComparison.Ordinal);

    private static ConcernState Plan(MachineSpec spec, HostFacts facts) => HostPlan.Make(spec, facts)[$"guest-{Name}"];

    private static MachineSpec Translated()
    {
        var machine = new StackMap([new("connection", new StackMap([new("host", "h"), new("hostKey", "insecure-accept-any")])), new("guests", new[] { AdoptedGuest.From(Definition, false, [], Bare).Whole })]);
        return GuestIdentity.Pin(SpecReader.Read(machine.ToJson().ToJsonString()), "project/stack/host");
    }

    private static MachineSpec Spec(string more, string uuid = Uuid) => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $$"""
            connection: { host: gpu-host.internal, hostKey: insecure-accept-any }
            packages: { manage: false }
            guests:
              - name: {{Name}}
                {{(uuid.Length > 0 ? $"uuid: {uuid}" : "rng: true")}}
                type: qemu
                os: linux
                memory: 512MiB
                cpus: { cores: 1 }
                disk: { path: /var/lib/libvirt/images/hand.qcow2 }
                {{more}}
            """)),
        "project/stack/host");

    private static HostFacts Found(string state = "shut off") => Bare with
    {
        Guest = new()
        {
            Libvirt = new() { Answers = true },
            Domains = [new() { Name = Name, Uuid = Uuid, State = state }],
            Guests = [new() { Name = Name, Definition = Definition, Running = state == "running" ? Definition : null }],
            Media = [new() { Path = "/var/lib/libvirt/images/hand.qcow2", Kind = MediumKind.File, Format = "qcow2", VirtualBytes = 1L << 30 }],
            Firmware = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"],
        },
    };

    private static HostFacts Of(HostFacts facts, Func<DefinitionFacts, DefinitionFacts> change) => facts with { Guest = facts.Guest!.With(Name, change) };

    private static HostFacts Applied(MachineSpec spec, bool adopted = true)
    {
        var plan = Plan(spec, Found()).Plan;
        var defined = XElement.Parse(plan.Variables["DEFINITION"]).ToString();
        return Of(Found(), g => g with { Definition = defined, AsDefined = defined, IsKnown = true, Adopted = adopted ? Definition : null }) with { Receipts = [AppliedHost.Receipt(plan, Bare)] };
    }
}
