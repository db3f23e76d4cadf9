using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Assessment;

/// <summary>What a card is used for.</summary>
public enum CandidateKind
{
    /// <summary>A graphics card, with its audio and USB functions.</summary>
    Graphics,

    /// <summary>A USB controller.</summary>
    Usb,

    /// <summary>A network card.</summary>
    Network,

    /// <summary>A drive or a drive controller.</summary>
    Storage,

    /// <summary>Sound, accelerators and others.</summary>
    Other,
}

/// <summary>A card that could be given to a guest: every function of one slot, or one function of the chipset.</summary>
/// <param name="Kind">What it is used for.</param>
/// <param name="Functions">Its functions, by address.</param>
/// <param name="Siblings">Functions of other cards in the same IOMMU groups, which would have to be given up too.</param>
/// <param name="Loss">What the host would lose with it, and by which function; empty where nothing it needs.</param>
/// <param name="Grouped">Whether its IOMMU groups are known.</param>
/// <param name="Onboard">Whether it is part of the chipset or the processor, and seldom to be spared.</param>
public sealed record Candidate(CandidateKind Kind, IReadOnlyList<PciFacts> Functions, IReadOnlyList<PciFacts> Siblings, string Loss, bool Grouped, bool Onboard)
{
    /// <summary>The function it is called after: the display, else the first.</summary>
    public PciFacts Lead => Functions.FirstOrDefault(f => f.IsDisplay) ?? Functions[0];

    /// <summary>Whether it can be given away as it is: nothing is lost, and no other card comes along.</summary>
    public bool IsFree => Loss.Length == 0 && Siblings.Count == 0;

    /// <summary>Whether the firmware shows its screen on it: it can be given away, and the host's console goes with it.</summary>
    public bool ShowsConsole => Functions.Any(f => f.BootVga);

    /// <summary>Why it is not free, in brief; empty where it is.</summary>
    public string Hindrance =>
        IsFree ? ""
        : Siblings.Count == 0 ? $"is the host's: {Loss}"
        : $"shares its group with {string.Join(", ", Siblings.Take(4).Select(s => s.Address.Brief))}{(Siblings.Count > 4 ? $" and {Siblings.Count - 4} more" : "")}{(Loss.Length > 0 ? ", some of which the host needs" : "")}";

    /// <summary>For messages: the lead function, and how many more there are.</summary>
    public override string ToString() =>
        Lead + (Functions.Count > 1 ? $" with {string.Join(", ", Functions.Where(f => f != Lead).Select(f => f.Address.Brief))}" : "");

    /// <summary>
    /// Every card of a machine that a guest could use, the better ones of each kind first. Functions of one slot are one card; on the root
    /// bus they are unlike parts of the chipset, and each is taken by itself.
    /// </summary>
    public static IReadOnlyList<Candidate> Of(HostFacts facts)
    {
        var losses = Gates.Losses(facts);
        return
        [
            .. facts.Pci.Where(p => !p.IsBridge && p.PhysicalFunction is null)
                .GroupBy(p => p.Parent is null ? p.Address.ToString() : p.Address.Slot)
                .Select(slot => Make([.. slot.OrderBy(p => p.Address)], facts, losses))
                .OfType<Candidate>()
                .OrderBy(c => c.Kind)
                .ThenByDescending(c => c.IsFree)
                .ThenBy(c => c.Onboard)
                .ThenBy(c => c.ShowsConsole)
                .ThenBy(c => c.Functions.Any(f => facts.Pci.Any(p => p.Id == f.Id && !c.Functions.Contains(p))))
                .ThenBy(c => c.Functions[0].Address),
        ];
    }

    private static Candidate? Make(IReadOnlyList<PciFacts> functions, HostFacts facts, IReadOnlyDictionary<PciAddress, string> losses)
    {
        // AMD's own USB controllers hang behind ports of the chipset and the processor; none is sold as a card.
        var onboard = functions[0].Parent is null || functions.All(f => f is { IsUsb: true, Id.Vendor: "1022" });
        if (KindOf(functions, onboard) is not { } kind)
        {
            return null;
        }

        var groups = functions.Select(f => f.Group).OfType<int>().ToHashSet();
        var siblings = facts.Pci.Where(p => p.Group is { } g && groups.Contains(g) && !p.IsBridge && !functions.Contains(p)).ToList();
        var lost = functions.Concat(siblings).Where(f => losses.ContainsKey(f.Address)).Select(f => $"{f.Address.Brief} {losses[f.Address]}").ToList();
        return new(kind, functions, siblings, string.Join("; ", lost), functions.All(f => f.Group is not null), onboard);
    }

    // Chipset parts that no guest can use (SMBus, ISA, management engine) are no candidates.
    private static CandidateKind? KindOf(IReadOnlyList<PciFacts> functions, bool onboard)
    {
        bool Any(params string[] classes) => functions.Any(f => classes.Any(c => f.Class.StartsWith(c, StringComparison.Ordinal)));
        return Any("03") ? CandidateKind.Graphics
            : Any("0c03") ? CandidateKind.Usb
            : Any("02", "0d") ? CandidateKind.Network
            : Any("01") ? CandidateKind.Storage
            : !onboard && Any("04", "0b", "10", "12") ? CandidateKind.Other
            : null;
    }
}
