using System.Text.Json.Nodes;
using System.Xml.Linq;
using PassthroughInfra.Cli.Doctor;
using PassthroughInfra.Cli.Tests.Support;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Cli.Tests;

/// <summary>What is said of machines. Each text under golden/doctor/ is what an operator would read.</summary>
public sealed class DoctorTests
{
    [Theory]
    [InlineData("walkthrough", true)]
    [InlineData("amd-with-twin-gpus", true)]
    [InlineData("machine-amd-desktop-with-two-ccds", true)]
    [InlineData("machine-two-socket-server-with-four-gpus", true)]
    [InlineData("machine-debian-13-storage-server", true)]
    [InlineData("machine-laptop-with-the-card-alone", true)]
    [InlineData("lab", true)]
    [InlineData("no-atsr-without-groups", true)]
    [InlineData("board-with-one-big-group", false)]
    [InlineData("only-graphics-card", true)]
    [InlineData("container", false)]
    [InlineData("firmware-without-iommu", false)]
    [InlineData("iommu-off-in-the-menu", false)]
    [InlineData("kernel-without-vfio", false)]
    [InlineData("no-root-rights", false)]
    [InlineData("unsupported-distribution", false)]
    public void A_machine_is_described(string name, bool fit)
    {
        var view = HostView.Of(Machines.Facts(name), null, name);
        Machines.Expect($"doctor/{name}.txt", DoctorText.Plain(view, unicode: true));
        Assert.Equal(fit, view.Assessment.IsFit);
    }

    [Fact]
    public void A_stack_adds_what_it_asks_for()
    {
        var view = HostView.Of(Machines.Facts("walkthrough"), Machines.Spec("walkthrough"), "walkthrough");
        Machines.Expect("doctor/walkthrough-with-stack.txt", DoctorText.Plain(view, unicode: true));
    }

    [Fact]
    public void Without_UTF8_everything_is_ASCII()
    {
        var text = DoctorText.Plain(HostView.Of(Machines.Facts("board-with-one-big-group"), null, "x"), unicode: false);
        Assert.DoesNotContain(text, c => c > 127);
        Assert.Contains("x bad", text, StringComparison.Ordinal);
        Assert.Contains("|-- ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_keeps_its_shape() => Machines.Expect("doctor/walkthrough.json", DoctorJson.Write(HostView.Of(Machines.Facts("walkthrough"), null, "walkthrough")) + "\n");

    [Fact]
    public void The_JSON_says_by_each_function_whose_it_is()
    {
        var json = JsonNode.Parse(DoctorJson.Write(HostView.Of(Machines.Facts("walkthrough"), Machines.Spec("walkthrough"), "x")))!;
        var uses = json["groups"]!.AsArray().SelectMany(g => g!["devices"]!.AsArray()).ToDictionary(d => (string)d!["address"]!, d => (string)d!["use"]!);
        Assert.Equal(("guest", "host", "bridge"), (uses["0000:01:00.0"], uses["0000:03:00.0"], uses["0000:00:01.0"]));
    }

    [Theory]
    [InlineData("walkthrough", true)]
    [InlineData("machine-two-socket-server-with-four-gpus", false)]
    public void The_picture_is_as_it_was_looked_at(string name, bool stack) =>
        Machines.Expect($"doctor/{name}.svg", DoctorPicture.Draw(HostView.Of(Machines.Facts(name), stack ? Machines.Spec(name) : null, name)));

    [Fact]
    public void A_name_from_the_machine_stays_text_in_the_picture()
    {
        var facts = Machines.Facts("walkthrough");
        facts = facts with { System = facts.System with { HostName = "<script>&\"'</script>" } };
        var picture = XDocument.Parse(DoctorPicture.Draw(HostView.Of(facts, null, "x")));
        Assert.DoesNotContain(picture.Descendants(), e => e.Name.LocalName == "script");
        Assert.Contains(picture.Descendants(), e => e.Value == "<script>&\"'</script>");
    }

    [Fact]
    public void A_name_from_the_machine_is_no_markup_in_the_text()
    {
        var facts = Machines.Facts("walkthrough");
        facts = facts with { System = facts.System with { HostName = "[red]x[/] [[" } };
        Assert.StartsWith("[red]x[/] [[: ", DoctorText.Plain(HostView.Of(facts, null, "x"), unicode: true), StringComparison.Ordinal);
    }

    [Fact]
    public void An_IOMMU_that_the_kernel_does_not_use_cannot_be_measured()
    {
        var facts = Machines.Facts("walkthrough");
        facts = facts with { Pci = [.. facts.Pci.Select(p => p with { Group = null })], GroupTypes = new Dictionary<int, string>() };
        var assessment = HostAssessment.Of(facts);
        Assert.True(assessment.IsFit);
        Assert.Equal(Verdict.Unknown, Single(assessment, "iommu-groups").Verdict);
        Assert.Contains("intel_iommu=on", Single(assessment, "iommu-groups").Remedy, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, Single(assessment, "graphics").Verdict);
    }

    [Fact]
    public void Interrupts_that_are_not_remapped_forbid_it()
    {
        var facts = Machines.Facts("walkthrough") with { KernelMessages = ["DMAR-IR: IRQ remapping was enabled on dmar0 but we are not in kdump mode", "DMAR: Interrupt remapping is disabled"] };
        Assert.Equal(Verdict.Bad, Single(HostAssessment.Of(facts), "interrupt-remapping").Verdict);
        Assert.Equal(Verdict.Good, Single(HostAssessment.Of(facts with { KernelMessages = ["DMAR-IR: Enabled IRQ remapping in x2apic mode"] }), "interrupt-remapping").Verdict);
    }

    [Theory]
    [InlineData("debian", "11", false)]
    [InlineData("debian", "12", true)]
    [InlineData("debian", "", true)]
    [InlineData("ubuntu", "20.04", false)]
    [InlineData("ubuntu", "24.04", true)]
    [InlineData("fedora", "43", false)]
    public void A_release_is_supported_or_not(string distribution, string version, bool supported)
    {
        var facts = Machines.Facts("walkthrough");
        facts = facts with { System = facts.System with { Distribution = distribution, Version = version } };
        Assert.Equal(supported ? Verdict.Good : Verdict.Bad, Single(HostAssessment.Of(facts), "distribution").Verdict);
    }

    [Fact]
    public void A_recorded_probe_comes_back_as_it_was()
    {
        var facts = Machines.Facts("lab");
        Assert.Equal(RecordedProbe.Write(facts), RecordedProbe.Write(RecordedProbe.Read(RecordedProbe.Write(facts))));
    }

    private static Check Single(HostAssessment assessment, string id) => Assert.Single(assessment.Checks, c => c.Id == id);
}
