using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>
/// The devices of one machine, each judged once: what it is, what the host would lose with it, and which of them make up a card. Doctor, init
/// and the preconditions all ask here.
/// </summary>
public sealed class HostDevices
{
    private readonly HostFacts _facts;
    private readonly PciTopology _topology;
    private readonly Dictionary<PciAddress, JudgedDevice> _judged;

    private HostDevices(HostFacts facts)
    {
        _facts = facts;
        _topology = new(facts);
        var judge = new DeviceJudge(facts, _topology);
        _judged = facts.Pci.GroupBy(p => p.Address).ToDictionary(g => g.Key, g => judge.Judge(g.First()));
        Displays = new(facts);
        Keyboards = new(facts);
        Losses = DeviceLosses.Of(facts, _topology, Displays, Keyboards);
        Candidates = [.. Cards().Select(Make).OfType<Candidate>().Order(Comparer<Candidate>.Create(Better))];
    }

    /// <summary>The displays, and which of them show a picture.</summary>
    public HostDisplays Displays { get; }

    /// <summary>The USB controllers with keyboards.</summary>
    public HostKeyboards Keyboards { get; }

    /// <summary>What the host would lose with a function, by its address: <c>carries / (sda2)</c>.</summary>
    public IReadOnlyDictionary<PciAddress, DeviceLoss> Losses { get; }

    /// <summary>Whether the machine is carried about, and so has no slot for a card; null where its case is not known. Source: SMBIOS 3.7, System Enclosure or Chassis Types.</summary>
    public bool? IsPortable => _facts.System.Chassis switch { 0 or 1 or 2 => null, 8 or 9 or 10 or 11 or 14 or 30 or 31 or 32 => true, _ => false };

    /// <summary>What a guest could be given, the better ones of each kind first.</summary>
    public IReadOnlyList<Candidate> Candidates { get; }

    /// <summary>Judges a machine's devices.</summary>
    public static HostDevices Of(HostFacts facts) => new(facts);

    /// <summary>What a function is to its machine.</summary>
    public JudgedDevice this[PciFacts function] => _judged[function.Address];

    /// <summary>The functions of one IOMMU group with a function, bridges aside.</summary>
    public IEnumerable<PciFacts> Siblings(PciFacts function) =>
        function.Group is null ? [] : _facts.Pci.Where(p => p.Group == function.Group && p.Address != function.Address && !p.IsBridge);

    private DeviceRole Role(PciFacts function) => _judged[function.Address].Role;

    // What goes together: the functions of a slot; on a card with a switch of its own, everything behind that. A part of the processor or the
    // chipset goes by itself, whatever it shares a slot with.
    private IEnumerable<IReadOnlyList<PciFacts>> Cards()
    {
        var taken = new HashSet<PciAddress>();
        foreach (var function in _facts.Pci.Where(p => Role(p) is DeviceRole.Card or DeviceRole.External or DeviceRole.Emulated or DeviceRole.Platform).OrderByDescending(p => p.IsDisplay).ThenBy(p => p.Address))
        {
            if (taken.Contains(function.Address) || DeviceClass.IsPart(function) || DeviceClass.IsUsb4(function))
            {
                continue;
            }

            List<PciFacts> card = Role(function) == DeviceRole.Platform
                ? [function]
                : [.. Together(function).Where(f => Role(f) == Role(function) && !DeviceClass.IsPart(f) && !taken.Contains(f.Address)).OrderBy(f => f.Address)];
            taken.UnionWith(card.Select(f => f.Address));
            yield return card;
        }
    }

    // Some cards (Intel Arc) have their sound behind another port of their own switch: its only display, and parts of a display's vendor.
    private IEnumerable<PciFacts> Together(PciFacts function)
    {
        var slot = function.Parent is null ? [function] : _topology.InSlot(function);
        if (!function.IsDisplay)
        {
            return slot;
        }

        var own = _topology.Above(function).TakeWhile(a => a.Id.Vendor == function.Id.Vendor && a.Parent is not null)
            .Select(a => _topology.Below(a).ToList())
            .TakeWhile(below => below.All(b => b.Id.Vendor == function.Id.Vendor && DeviceClass.Starts(b, "03", "04", "0c03", "0c80")) && below.Count(b => b.IsDisplay) == 1)
            .LastOrDefault();
        return own is null ? slot : slot.Union(own);
    }

    private Candidate? Make(IReadOnlyList<PciFacts> functions)
    {
        var role = Role(functions[0]);
        if (KindOf(functions, role != DeviceRole.Card) is not { } kind)
        {
            return null;
        }

        var siblings = functions.SelectMany(Siblings).Where(s => !functions.Contains(s)).DistinctBy(s => s.Address).OrderBy(s => s.Address).ToList();
        var lost = functions.Concat(siblings).Where(f => Losses.ContainsKey(f.Address)).Select(f => $"{f.Address.Brief} {Losses[f.Address]}").ToList();
        var lead = functions.FirstOrDefault(f => f.IsDisplay) ?? functions[0];
        return new(kind, role, _judged[lead.Address].Reason, functions, siblings, string.Join("; ", lost), functions.All(f => f.Group is not null), DeviceReset.Of(functions, _facts))
        {
            ShowsConsole = functions.Any(f => HostDisplays.IsFirmwareScreen(f, _facts)),
        };
    }

    private int Better(Candidate a, Candidate b)
    {
        (int, bool, int, bool, bool, PciAddress) Rank(Candidate c) => (
            (int)c.Kind,
            !c.IsFree,
            c.Role switch { DeviceRole.Card => 0, DeviceRole.Emulated => 1, DeviceRole.External => 2, _ => 3 },
            c.ShowsConsole,
            _facts.Pci.Any(p => p.Id == c.Lead.Id && !c.Functions.Contains(p)),
            c.Functions[0].Address);
        return Rank(a).CompareTo(Rank(b));
    }

    // Chipset parts that no guest can use (SMBus, ISA, management engine) are no candidates.
    private static CandidateKind? KindOf(IReadOnlyList<PciFacts> functions, bool onboard)
    {
        bool Any(params string[] classes) => functions.Any(f => DeviceClass.Starts(f, classes));
        return Any("03") ? CandidateKind.Graphics
            : Any("0c03") ? CandidateKind.Usb
            : Any("02", "0d") ? CandidateKind.Network
            : Any("01") ? CandidateKind.Storage
            : !onboard && Any("04", "0b", "12") ? CandidateKind.Other
            : null;
    }
}
