using System.Text.Json;
using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>
/// What <c>doctor --json</c> writes. The shape is kept: names are not changed or taken away without a new <see cref="Version"/>, new ones
/// may come. PCI addresses are as in sysfs (<c>0000:01:00.0</c>), sizes in KiB, CPU sets in the kernel's list format.
/// </summary>
/// <param name="Version">1.</param>
/// <param name="Fit">Whether nothing was found that forbids it; exit code 0 or 2.</param>
/// <param name="Verdict">The same in a sentence: what it is fit for, or why not.</param>
/// <param name="Host">The machine.</param>
/// <param name="Checks">Everything that was looked at.</param>
/// <param name="Groups">IOMMU groups; a last one with the number null holds functions that are in none.</param>
/// <param name="Candidates">Cards that could be given to a guest, the better ones of each kind first.</param>
/// <param name="Cpu">Processors, and what a guest would be given.</param>
/// <param name="Memory">Memory and huge pages.</param>
internal sealed record DoctorJson(
    int Version,
    bool Fit,
    string Verdict,
    DoctorJson.HostPart Host,
    IReadOnlyList<DoctorJson.CheckPart> Checks,
    IReadOnlyList<DoctorJson.GroupPart> Groups,
    IReadOnlyList<DoctorJson.CandidatePart> Candidates,
    DoctorJson.CpuPart Cpu,
    DoctorJson.MemoryPart Memory)
{
    /// <summary>The machine: name, model, distribution, kernel, <c>uefi</c> or <c>bios</c>, and what it is virtualized by (<c>none</c>).</summary>
    public sealed record HostPart(string Name, string Machine, string Distribution, string Kernel, string Firmware, string Virtualization, string Source);

    /// <summary>One check. Verdict: <c>good</c>, <c>note</c>, <c>caution</c>, <c>bad</c>, <c>unknown</c> (cannot be measured).</summary>
    public sealed record CheckPart(CheckArea Area, string Id, Verdict Verdict, string Found, string Remedy);

    /// <summary>One group, and its domain type (<c>DMA</c>, <c>DMA-FQ</c>, <c>identity</c>).</summary>
    public sealed record GroupPart(int? Number, string Type, IReadOnlyList<DevicePart> Devices);

    /// <summary>
    /// One function. Use: <c>bridge</c>, <c>host</c>, <c>guest</c>, <c>free</c>, <c>shared</c>, <c>board</c>; role: what it is to its machine;
    /// node -1: not known; reset methods and boot display: null where not known.
    /// </summary>
    public sealed record DevicePart(
        PciAddress Address, PciId Id, string Name, string Class, string ClassName, string Driver, int Node, IReadOnlyList<string>? ResetMethods, bool Rom, bool? BootVga, DeviceUse Use, string Note, DeviceRole Role);

    /// <summary>
    /// A card, or a part of the machine (onboard). Kind: <c>graphics</c>, <c>usb</c>, <c>network</c>, <c>storage</c>, <c>other</c>. Free: no loss and no siblings. Reset: how it is
    /// reset as a whole.
    /// </summary>
    public sealed record CandidatePart(CandidateKind Kind, IReadOnlyList<PciAddress> Functions, bool Free, bool Onboard, bool GroupKnown, IReadOnlyList<PciAddress> Siblings, string Loss, DeviceRole Role, string Reset);

    /// <summary>Processors: each core with its threads, and the CPUs of a guest by vCPU.</summary>
    public sealed record CpuPart(string Model, IReadOnlyList<CorePart> Cores, IReadOnlyList<int> Pinning, string PinningReason);

    /// <summary>One core. Kind: <c>performance</c>, <c>efficient</c>, <c>lowPower</c>, <c>unknown</c> where all are alike.</summary>
    public sealed record CorePart(int Package, int Die, int Core, int Node, CpuSet Threads, string SharedCache, CoreKind Kind);

    /// <summary>Memory.</summary>
    public sealed record MemoryPart(long TotalKiB, long AvailableKiB, IReadOnlyList<NodePart> Nodes);

    /// <summary>One NUMA node, and how many huge pages of each size (in KiB) it has.</summary>
    public sealed record NodePart(int Number, long TotalKiB, long FreeKiB, string Cpus, IReadOnlyDictionary<string, long> HugePages);

    /// <summary>The document.</summary>
    public static string Write(HostView view) => JsonSerializer.Serialize(Of(view), SpecReader.Json);

    private static DoctorJson Of(HostView view)
    {
        var (facts, assessment) = (view.Facts, view.Assessment);
        return new(
            1,
            assessment.IsFit,
            assessment.Sentence,
            new(facts.System.HostName, facts.System.Machine, facts.System.PrettyName, facts.Boot.Kernel, facts.System.Uefi ? "uefi" : "bios", facts.System.Virtualization, view.Source),
            [.. assessment.Checks.Select(c => new CheckPart(c.Area, c.Id, c.Verdict, c.Found, c.Remedy))],
            [.. view.Groups.Select(g => new GroupPart(g.Number, g.Type, [.. g.Devices.Select(Device)]))],
            [.. assessment.Candidates.Select(c => new CandidatePart(c.Kind, [.. c.Functions.Select(f => f.Address)], c.IsFree, c.Onboard, c.Grouped, [.. c.Siblings.Select(s => s.Address)], c.Loss, c.Role, c.Reset.Words))],
            new(
                facts.Cpu.Model,
                [
                    .. CpuCores.Of(facts.Cpu).Select(c => new CorePart(c.Threads[0].Package, c.Threads[0].Die, c.Threads[0].Core, c.Node, new(c.Threads.Select(t => t.Number)), c.Threads[0].SharedCache, c.Kind)),
                ],
                assessment.Pinning.Order,
                assessment.Pinning.Explanation),
            new(
                facts.Memory.TotalKiB,
                facts.Memory.AvailableKiB,
                [.. facts.Memory.Nodes.Select(n => new NodePart(n.Number, n.TotalKiB, n.FreeKiB, n.Cpus, n.HugePages.ToDictionary(p => $"{p.SizeKiB}", p => p.Count)))]));
    }

    private static DevicePart Device(DeviceView device)
    {
        var function = device.Function;
        return new(
            function.Address, function.Id, function.Label, function.Class, PciClass.Word(function), function.Driver, function.Node, function.ResetMethods, function.Rom, function.BootVga, device.Use, device.Note, device.Role);
    }
}
