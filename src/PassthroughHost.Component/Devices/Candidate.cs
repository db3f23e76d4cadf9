using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Devices;

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

/// <summary>What could be given to a guest: every function of one card, or one function of the processor or the chipset.</summary>
/// <param name="Kind">What it is used for.</param>
/// <param name="Role">What it is to its machine.</param>
/// <param name="Reason">By what that is told.</param>
/// <param name="Functions">Its functions, by address.</param>
/// <param name="Siblings">Other functions in the same IOMMU groups, which would have to be given up too.</param>
/// <param name="Loss">What the host would lose with it, and by which function; empty where nothing it needs.</param>
/// <param name="Grouped">Whether its IOMMU groups are known.</param>
/// <param name="Reset">How it is reset between two guests.</param>
public sealed record Candidate(
    CandidateKind Kind, DeviceRole Role, string Reason, IReadOnlyList<PciFacts> Functions, IReadOnlyList<PciFacts> Siblings, string Loss, bool Grouped, DeviceReset Reset)
{
    /// <summary>The function it is called after: the display, else the first.</summary>
    public PciFacts Lead => Functions.FirstOrDefault(f => f.IsDisplay) ?? Functions[0];

    /// <summary>Whether it is no card: a part of the machine, emulated, or not always there.</summary>
    public bool Onboard => Role != DeviceRole.Card;

    /// <summary>Whether it can be given away as it is: nothing is lost, and nothing else comes along.</summary>
    public bool IsFree => Loss.Length == 0 && Siblings.Count == 0;

    /// <summary>Whether it is the boot display: it can be given away, and the host's console goes with it.</summary>
    public bool ShowsConsole { get; internal init; }

    /// <summary>Why it is not free, in brief; empty where it is.</summary>
    public string Hindrance =>
        IsFree ? ""
        : Siblings.Count == 0 ? $"is the host's: {Loss}"
        : $"shares its group with {string.Join(", ", Siblings.Take(4).Select(s => s.Address.Brief))}{(Siblings.Count > 4 ? $" and {Siblings.Count - 4} more" : "")}{(Loss.Length > 0 ? ", some of which the host needs" : "")}";

    /// <summary>For messages: the lead function, and how many more there are.</summary>
    public override string ToString() =>
        Lead + (Functions.Count > 1 ? $" with {string.Join(", ", Functions.Where(f => f != Lead).Select(f => f.Address.Brief))}" : "");
}
