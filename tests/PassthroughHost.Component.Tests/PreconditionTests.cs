using System.Text.Json;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.Preflight;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Doctor, preview and preflight come from one list: what one says, the others say. On every case folder, and on the real machines.</summary>
public sealed class PreconditionTests
{
    private static readonly string Cases = Path.Combine(Repository.Tests, "cases");
    private static readonly string Machines = Path.Combine(Repository.Root, "tests/PassthroughHost.Cli.Tests/machines");

    public static TheoryData<string> Folders() => [.. Directory.GetDirectories(Cases).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> RealMachines() =>
        [.. Directory.GetFiles(Machines, "machine-*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => !n.EndsWith(".usb", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Doctor_preview_and_preflight_say_the_same_of_every_case(string name)
    {
        MachineSpec spec;
        try
        {
            spec = GuestIdentity.Pin(SpecReader.Read(Yaml.ToJson(File.ReadAllText(Path.Combine(Cases, name, "spec.yaml")))), "passthrough-infra/golden/host");
        }
        catch (SpecException)
        {
            return;
        }

        Agree(spec, MergePatch.Load(Path.Combine(Cases, name, "facts.json")).Deserialize<HostFacts>(SpecReader.Json)!);
    }

    [Theory]
    [MemberData(nameof(RealMachines))]
    public void And_of_every_real_machine(string name)
    {
        var facts = JsonSerializer.Deserialize<HostFacts>(File.ReadAllText(Path.Combine(Machines, name + ".json")), SpecReader.Json)!;
        Agree(GuestIdentity.Pin(HostAssessment.Of(facts).Advice.Spec(), "machine"), facts);
    }

    private static void Agree(MachineSpec spec, HostFacts facts)
    {
        var list = PreconditionList.Of(facts, spec, BootConcern.Demands(spec, facts));
        var plan = HostPlan.Make(spec, facts);
        var assessment = HostAssessment.Of(facts, spec);

        // The preview, and the update, which plans the same.
        Assert.Equal(list, plan.Preconditions.Take(list.Count));
        Assert.Equal(plan.Preconditions.Any(p => p.Forbids), plan.Errors.Any());
        Assert.All(plan.Preconditions.Where(p => p is { Verdict: PreconditionVerdict.Unknown, Forbids: true }), p => Assert.Matches(@"boot\.acceptUnknown: \[|acceptLoss: \[", p.Remedy));
        Assert.All(plan.Preconditions.Where(p => p is { ProtectsHost: true, Verdict: PreconditionVerdict.Unknown or PreconditionVerdict.Blocks }), p => Assert.True(p.Forbids));

        // Doctor: each with its verdict, what was seen and the remedy.
        foreach (var told in plan.Preconditions.Where(p => assessment.OwnsHardware && (p.Verdict != PreconditionVerdict.Good || p.IsTold || p.Path == Precondition.Host)))
        {
            Assert.Contains(assessment.Checks, c => (c.Id == told.Id || c.Id == told.Path) && c.Found == told.Seen && c.Remedy == told.Remedy && c.Verdict == Of(told) && c.Forbids == told.Forbids);
        }

        Assert.Equal(!assessment.IsFit, assessment.Checks.Any(c => c.Verdict == Verdict.Bad || c.Forbids));
        Assert.StartsWith(assessment.IsFit ? "fit" : "not fit", assessment.Sentence, StringComparison.Ordinal);
        Assert.True(!plan.Errors.Any() || !assessment.IsFit, "an update would refuse what doctor calls fit");

        // Preflight: whatever protects the host is asked again before the first write.
        var questions = PreflightConcern.Questions(spec, facts);
        var devices = HostDevices.Of(facts);
        Assert.Contains($"boot {facts.Boot.BootId}", questions);
        Assert.All(devices.Displays.Pictures, d => Assert.Contains($"display {d.Address}", questions));
        Assert.All(facts.Disks.Where(d => d.Mount is "/" or "/boot" or "/boot/efi" or "swap"), d => Assert.Contains($"disk {d.Mount} {d.Device} {d.Controller}", questions));
        Assert.All(facts.Network.SshPath.Links, l => Assert.Contains(questions, q => q.StartsWith($"link {l.Name} {l.Pci} ", StringComparison.Ordinal)));
        Assert.All(Binding.Plan(spec, facts).Functions.Where(f => facts.Device(f.Address) is not null), f => Assert.Contains(questions, q => q.StartsWith($"device {f.Address} ", StringComparison.Ordinal)));
    }

    private static Verdict Of(Precondition precondition) => precondition.Verdict switch
    {
        PreconditionVerdict.Blocks => Verdict.Bad,
        PreconditionVerdict.Caution => Verdict.Caution,
        PreconditionVerdict.Unknown => Verdict.Unknown,
        _ => precondition.IsTold ? Verdict.Note : Verdict.Good,
    };
}
