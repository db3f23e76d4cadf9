using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What becomes of something that was set up by hand.</summary>
public enum AdoptionWord
{
    /// <summary>It goes, and the stack has the same effect.</summary>
    TakenOver,

    /// <summary>It stays as it is.</summary>
    LeftAlone,

    /// <summary>It stays, and is at odds with the stack until somebody mends it.</summary>
    InTheWay,
}

/// <summary>Something that was set up by hand.</summary>
/// <param name="Word">What becomes of it.</param>
/// <param name="Place">The file it stands in.</param>
/// <param name="Text">It itself, word for word.</param>
/// <param name="Why">What takes its place, or why it stays.</param>
public sealed record AdoptionFinding(AdoptionWord Word, string Place, string Text, string Why)
{
    /// <summary>In words: <c>taken over: /etc/default/grub: iommu=pt: boot.iommuPassthrough</c>.</summary>
    public override string ToString() =>
        $"{(Word switch { AdoptionWord.TakenOver => "taken over", AdoptionWord.InTheWay => "in the way", _ => "left alone" })}: {Place}: {Text}: {Why}";
}

/// <summary>
/// A host that was set up by hand as a stack file says it: what the stack takes over, and what stays, each with its place. Pure. What never is taken over, and why,
/// is said in words (<see cref="AdoptedWords"/>).
/// </summary>
public sealed record Adoption
{
    /// <summary>The functions that are given to vfio-pci by hand, in the order of the list that counts.</summary>
    public required IReadOnlyList<PciFacts> Devices { get; init; }

    /// <summary>Functions of their IOMMU groups that no driver of the host's has.</summary>
    public required IReadOnlyList<PciAddress> Siblings { get; init; }

    /// <summary>Devices that the host would miss, and has given away already.</summary>
    public required IReadOnlyList<PciAddress> Losses { get; init; }

    /// <summary>Whether <c>iommu=pt</c> was set.</summary>
    public required bool IommuPassthrough { get; init; }

    /// <summary>Further kernel arguments.</summary>
    public required IReadOnlyList<string> KernelArguments { get; init; }

    /// <summary>Huge pages; null where they are none that the stack can say.</summary>
    public required HugePagesSpec? HugePages { get; init; }

    /// <summary>What is cut out of which file.</summary>
    public required IReadOnlyList<TakeOverSpec> TakeOver { get; init; }

    /// <summary>The domains that somebody made, as guests; those that cannot be taken over are among the findings alone.</summary>
    public IReadOnlyList<AdoptedGuest> Guests { get; init; } = [];

    /// <summary>Everything that was found, in the order of its places.</summary>
    public required IReadOnlyList<AdoptionFinding> Findings { get; init; }

    /// <summary>Reads what was set up by hand.</summary>
    /// <exception cref="ChoiceException">The facts do not say what was.</exception>
    public static Adoption Of(HostFacts facts)
    {
        if (facts.HandMade is null)
        {
            throw new ChoiceException("--adopt: these facts are from an older version, which did not read what was set up by hand; read the machine again.");
        }

        var setup = new HandMadeSetup(facts);
        var devices = new AdoptedDevices(setup);
        var notes = new AdoptionNotes();
        var words = new AdoptedWords(setup, devices, notes);
        var pages = new AdoptedLines(setup, devices, notes, words.HugePages).Read();
        var all = HostDevices.Of(facts);
        var given = devices.Functions.Select(f => f.Address).ToHashSet();
        var siblings = devices.Functions.SelectMany(all.Siblings).Where(s => !s.IsBridge && !given.Contains(s.Address)).DistinctBy(s => s.Address).ToList();
        foreach (var held in siblings.Where(s => !IsFree(s)))
        {
            notes.Add(AdoptionWord.InTheWay, "IOMMU group " + held.Group, $"{held.Address.Brief} {held.Label}", $"{held.Driver} has it, and a guest is given a group whole");
        }

        var host = new Adoption
        {
            Devices = devices.Functions,
            Siblings = [.. siblings.Where(IsFree).Select(s => s.Address)],
            Losses =
            [
                .. given.Where(a => all.Losses.GetValueOrDefault(a) is { IsSpared: true } || all.Displays.LastOnes(given).Any(d => d.Address == a)
                    || all.Keyboards.LastOnes(given).Any(k => k.Controller == a)).Order(),
            ],
            IommuPassthrough = words.IommuPassthrough,
            KernelArguments = words.Arguments,
            HugePages = pages,
            TakeOver = notes.TakeOver,
            Findings = notes.Findings,
        };
        var guests = facts.HandMade.Domains.Select(d => AdoptedGuest.From(d.Definition, d.Autostart, [.. host.Entries()], facts)).ToList();
        return host with { Guests = [.. guests.Where(g => g.Refusal.Length == 0)], Findings = [.. host.Findings, .. guests.SelectMany(Of)] };
    }

    private static IEnumerable<AdoptionFinding> Of(AdoptedGuest guest) => guest.Refusal.Length > 0
        ? [new(AdoptionWord.LeftAlone, "libvirt", $"domain {guest.Name}", guest.Refusal)]
        :
        [
            new(AdoptionWord.TakenOver, "libvirt", $"domain {guest.Name}", "guests, with its UUID and adopt: true; a running one runs on"),
            .. guest.Rest.Select(r => new AdoptionFinding(
                AdoptionWord.LeftAlone,
                $"domain {guest.Name}, {r.Place}",
                r.Text.Length > 0 ? r.Text : "nothing there",
                "no key says it, and it stands under overrides")),
        ];

    /// <summary>Why the first update reboots the host; empty if it does not.</summary>
    /// <param name="spec">The stack's machine.</param>
    /// <param name="facts">What was read.</param>
    public static IReadOnlyList<string> Reboots(MachineSpec spec, HostFacts facts) => PlannedReboot.Of(spec, facts).Reasons;

    /// <summary>The entries of a stack file, with what stays as comments.</summary>
    internal IEnumerable<StackEntry> Entries()
    {
        yield return new("devices", DeviceMaps(), Devices.Count > 0 ? "What is given to vfio-pci by hand, in the same order." : "No device is given to vfio-pci by hand.");
        if (Siblings.Count > 0)
        {
            yield return new("acceptSiblings", Siblings.Select(s => s.Brief).ToList(), "They share an IOMMU group with a device above, and no driver of the host's has them.");
        }

        if (Losses.Count > 0)
        {
            yield return new("acceptLoss", Losses.Select(a => a.Brief).ToList(), "The host goes on without them already.");
        }

        List<StackEntry> boot =
        [
            .. Devices.Count > 0 && !IommuPassthrough ? [new StackEntry("iommuPassthrough", false, "iommu=pt was not set.")] : Array.Empty<StackEntry>(),
            .. KernelArguments.Count > 0 ? [new StackEntry("kernelArguments", KernelArguments)] : Array.Empty<StackEntry>(),
        ];
        if (boot.Count > 0)
        {
            yield return new("boot", new StackMap(boot));
        }

        if (HugePages is { } pages)
        {
            yield return new("hugePages", new StackMap(
                [new("size", pages.Size.Word()), new("count", pages.Count!.Value), new("allocate", pages.AtBoot ? "boot" : "runtime")], Flow: true));
        }

        var left = string.Join('\n', Findings.Where(f => f.Word != AdoptionWord.TakenOver && !f.Place.StartsWith("domain ", StringComparison.Ordinal)));
        if (TakeOver.Count > 0)
        {
            yield return new("takeOver", TakeOver.Select(Map).ToList(), "Cut out of the files, and back byte for byte with destroy." + (left.Length > 0 ? "\n" + left : ""));
        }
    }

    /// <summary>The entry of the guests, the last of the stack file; none without a guest.</summary>
    internal IEnumerable<StackEntry> GuestEntries() =>
        Guests.Count == 0 ? [] : [new("guests", Guests.Select(g => g.Whole).ToList(), "The domains that are there: they keep their UUID, disks, NVRAM and TPM state.")];

    private static bool IsFree(PciFacts function) => function.Driver is "" or "vfio-pci" or "pci-stub";

    private static StackMap Map(TakeOverSpec item) => new(
    [
        new("path", item.Path),
        .. item.Words.Count > 0 ? [new StackEntry("words", item.Words)] : Array.Empty<StackEntry>(),
        .. item.Lines.Count > 0 ? [new StackEntry("lines", item.Lines)] : Array.Empty<StackEntry>(),
        .. item.SetAside ? [new StackEntry("setAside", true)] : Array.Empty<StackEntry>(),
    ]);

    private List<StackMap> DeviceMaps()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var leads = Devices.GroupBy(d => (d.Address.Domain, d.Address.Bus, d.Address.Slot))
            .ToDictionary(g => g.Key, g => g.FirstOrDefault(f => f.IsDisplay) ?? g.OrderBy(f => f.Address).First());
        return
        [
            .. Devices.Select(d => (Device: d, Lead: leads[(d.Address.Domain, d.Address.Bus, d.Address.Slot)])).Select(d => new StackMap(
                [new("name", DeviceNames.InStack(Word(d.Lead), d.Device, d.Device == d.Lead, names)), new("address", d.Device.Address.Brief), new("id", d.Device.Id)],
                Flow: true)),
        ];
    }

    private static string Word(PciFacts lead) =>
        lead.IsDisplay ? "gpu"
        : lead.IsUsb ? "usb"
        : lead.Class.StartsWith("02", StringComparison.Ordinal) ? "nic"
        : lead.Class.StartsWith("01", StringComparison.Ordinal) ? "disk"
        : "card";
}
