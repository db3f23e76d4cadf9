using System.Text.Json;
using System.Xml.Linq;
using PassthroughInfra.Cli.Doctor;
using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Cli.Init;
using PassthroughInfra.Cli.Tests.Support;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Tests;

/// <summary>What doctor and init say of machines nobody here has made, against what an expert would never advise (Support/ExpertRules.cs).</summary>
public sealed class RealMachineTests
{
    private const string Project = "passthrough-infra";

    // Those judged by hand, with the reasons in machines/README.md.
    private static readonly string[] Judged = ["01", "03", "07", "08", "09", "10", "11", "12", "13", "15", "16", "17", "20", "21", "22", "24", "25", "26", "27"];

    private static readonly ConnectionSpec Connection = new() { Host = "host.internal", User = "ops", HostKey = "insecure-accept-any", PrivateKeyFile = "~/.ssh/id_ed25519" };

    public static TheoryData<string> All() => [.. RealMachine.Names];

    public static TheoryData<string> Golden() => [.. Judged.Select(n => $"machine-{n}")];

    public static TheoryData<string> Changed() => [.. MachineChanges.All.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_is_advised_that_an_expert_would_not(string name)
    {
        var machine = RealMachine.Load(name);
        foreach (var withUsb in (bool[])[false, true])
        {
            Check(machine, withUsb, new AdviceChoices(), new AdviceChoices { Guest = "guest" });
            var view = HostView.Of(machine.Facts(withUsb), null, name);
            var text = DoctorText.Plain(view, unicode: true);
            Assert.Contains(view.Assessment.Sentence[..Math.Min(60, view.Assessment.Sentence.Length)], text, StringComparison.Ordinal);
            Assert.DoesNotContain("shows no way to reset", text, StringComparison.Ordinal);
            Assert.Contains(JsonSerializer.Serialize(view.Assessment.Sentence, SpecReader.Json), DoctorJson.Write(view), StringComparison.Ordinal);
            var heads = XElement.Parse(DoctorPicture.Draw(view)).Descendants().Where(e => (string?)e.Attribute("class") == "head").Select(e => e.Value).ToList();
            Assert.Contains(view.Assessment.Sentence, string.Join(' ', heads), StringComparison.Ordinal);
            Assert.All(heads, h => Assert.True(h.Length <= 140, h));
        }
    }

    [Theory]
    [MemberData(nameof(Changed))]
    public void Nor_is_it_where_such_machines_are_a_little_different(string change)
    {
        foreach (var name in RealMachine.Names)
        {
            var machine = MachineChanges.All[change](RealMachine.Load(name));
            Check(machine, withUsb: false, new AdviceChoices { Guest = "guest" });
            Check(machine, withUsb: true, new AdviceChoices { Guest = "guest" });
        }
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_proposal_is_what_was_judged_by_hand(string name)
    {
        var facts = RealMachine.Load(name).Facts(withUsb: true);
        Machines.Expect($"machines/{name}.yaml", Propose(facts, new() { Guest = "guest" }, HostAssessment.Of(facts).Sentence).Text);
    }

    [Theory]
    [InlineData("machine-08", "c1:00.0,c1:00.1")]
    [InlineData("machine-16", "21:00.0")]
    [InlineData("machine-24", "2d:00.0,2d:00.1")]
    [InlineData("machine-25", "03:00.0,03:00.1")]
    [InlineData("machine-01", "")]
    [InlineData("machine-12", "")]
    [InlineData("machine-26", "")]
    public void The_card_is_the_one_its_owner_would_take(string name, string cards) =>
        Assert.Equal(cards, string.Join(',', Advise(RealMachine.Load(name).Facts(withUsb: true), new()).Spec().Devices.Select(d => d.Address.Brief)));

    [Fact]
    public void A_disk_behind_a_volume_management_device_is_that_controllers()
    {
        var devices = Component.Devices.HostDevices.Of(RealMachine.Load("machine-26").Facts(withUsb: true));
        Assert.Contains("carries /", devices.Losses[PciAddress.Parse("00:0e.0")].Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "Put a graphics card in, if the machine has a slot for one.")]
    [InlineData(3, "Put a graphics card in.")]
    [InlineData(10, "A portable machine has no slot for a card")]
    public void A_machine_without_a_card_is_told_to_get_one_only_where_it_can_have_one(int chassis, string told)
    {
        var facts = RealMachine.Load("machine-09").Facts(withUsb: true);
        var assessment = HostAssessment.Of(facts with { System = facts.System with { Chassis = chassis } });
        Assert.Contains(assessment.Checks, c => c.Found.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_port_of_a_bond_that_carries_the_connection_is_the_hosts()
    {
        var facts = MachineChanges.All["its connection is over a bond"](RealMachine.Load("machine-12")).Facts(withUsb: true);
        var losses = Component.Devices.HostDevices.Of(facts).Losses;
        var ports = facts.Network.Links.Where(l => l.Master == "bond0").Select(l => l.Pci!.Value).ToList();
        Assert.Equal(6, ports.Count);
        Assert.All(ports, p => Assert.Contains("carries this SSH connection", losses[p].Words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("machine-25", "no monitor is on 18:00.0 now", true)]
    [InlineData("machine-24", "no monitor is on", false)]
    public void A_display_that_remains_is_of_use_with_a_monitor_on_it(string name, string told, bool expected)
    {
        var facts = MachineChanges.All["no output has a monitor"](RealMachine.Load(name)).Facts(withUsb: true);
        Assert.Equal(expected, Advise(facts, new()).Cards[0].Reason.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void The_only_display_goes_where_it_is_named_and_the_loss_is_written_down()
    {
        var facts = RealMachine.Load("machine-01").Facts(withUsb: true);
        var (spec, text) = Propose(facts, new() { Gpu = "07:00.0" });
        Assert.Equal(["07:00.0"], spec.AcceptLoss.Select(a => a.Brief));
        Assert.Contains("You named what the host would miss", text, StringComparison.Ordinal);
        Assert.Empty(HostPlan.Make(spec, facts).Errors);
    }

    /// <summary>machines/made-01.json has one card on each of its two nodes.</summary>
    [Theory]
    [InlineData(null, "03:00.0,03:00.1", "6-23", 0)]
    [InlineData("03:00.0", "03:00.0,03:00.1", "6-23", 0)]
    [InlineData("83:00.0", "83:00.0,83:00.1", "24-47", 1)]
    public void A_guest_has_the_cores_and_the_memory_of_its_cards_node(string? gpu, string cards, string cpus, int node)
    {
        var machine = RealMachine.Load("made-01");
        var facts = machine.Facts(withUsb: false);
        var (spec, text) = Propose(facts, new() { Guest = "guest", Gpu = gpu });
        Assert.Equal(cards, string.Join(',', spec.Devices.Select(d => d.Address.Brief)));
        Assert.Equal(cpus, new CpuSet(spec.Guests[0].Cpus.Pin!.Sets.SelectMany(s => s.Cpus)).ToString());
        Assert.Equal([node], spec.HugePages!.Nodes!.Keys);
        Assert.Contains($"on NUMA node {node}, the device's", text, StringComparison.Ordinal);
        Assert.Empty(ExpertRules.Broken(machine, spec));
        Assert.Empty(HostPlan.Make(spec, facts).Errors);
    }

    /// <summary>Cards on both nodes: the guest is where the graphics card is, whatever else it has.</summary>
    [Fact]
    public void The_graphics_card_decides_on_the_node()
    {
        var (spec, _) = Propose(RealMachine.Load("made-01").Facts(withUsb: false), new() { Guest = "guest", Gpu = "83:00.0", Devices = ["22:00.0"] });
        Assert.Equal([1], spec.HugePages!.Nodes!.Keys);
    }

    [Fact]
    public void What_was_saved_by_an_older_version_still_loads_and_what_is_saved_today_is_the_same_when_read_again()
    {
        var old = RealMachine.Load("machine-12").Facts(withUsb: false);
        Assert.Null(old.Usb);
        Assert.All(old.Pci, p => Assert.True(p is { SlotName: "", Removable: null, Connectors: null }));
        Assert.All(old.Cpu.Cpus, c => Assert.Equal((0, CoreKind.Unknown), (c.Capacity, c.Kind)));
        var today = RealMachine.Load("made-01").Facts(withUsb: false);
        var card = today.Device(PciAddress.Parse("83:00.0"))!;
        Assert.Equal(("SLOT5 PCI-E 4.0 X16", false, 2, 2), (card.SlotName, card.Removable, card.Connectors!.Count, card.Bars.Count));
        Assert.Equal(RecordedProbe.Write(today), RecordedProbe.Write(RecordedProbe.Read(RecordedProbe.Write(today))));
        Assert.Contains("is in slot SLOT5 PCI-E 4.0 X16", Component.Devices.HostDevices.Of(today)[card].Reason, StringComparison.Ordinal);
    }

    private static void Check(RealMachine machine, bool withUsb, params AdviceChoices[] all)
    {
        var facts = machine.Facts(withUsb);
        var assessment = HostAssessment.Of(facts);
        Assert.Equal(assessment.IsFit, assessment.Sentence.StartsWith("fit", StringComparison.Ordinal));
        foreach (var choices in all)
        {
            var (spec, _) = Propose(facts, choices);
            var errors = HostPlan.Make(spec, facts).Errors.ToList();
            Assert.True(!assessment.IsFit || errors.Count == 0, $"{machine}: fit, and init refuses its own proposal: {string.Join('\n', errors)}");
            if (choices.Guest is null)
                continue;
            var broken = ExpertRules.Broken(machine, spec).ToList();
            Assert.True(broken.Count == 0, $"{machine}, USB {(withUsb ? "known" : "not known")}: {string.Join('\n', broken)}");
        }
    }

    private static StackAdvice Advise(HostFacts facts, AdviceChoices choices) => StackAdvice.Make(facts, Connection, choices);

    // What the file says is what was planned.
    private static (MachineSpec Spec, string Text) Propose(HostFacts facts, AdviceChoices choices, string verdict = "")
    {
        var advice = Advise(facts, choices);
        var text = StackFileText.Write(advice, Project, verdict);
        var spec = ProposalCheck.Read(text, Project, "x");
        Assert.Equal(Canonical(StackMachine.Pin(advice.Spec(), Project, "x")), Canonical(spec));
        return (spec, text);
    }

    private static string Canonical(MachineSpec spec) => JsonSerializer.Serialize(spec, SpecReader.Json);
}
