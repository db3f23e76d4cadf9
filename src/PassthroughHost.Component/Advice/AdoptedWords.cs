using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// Kernel arguments of GRUB's files as keys of a stack. Source: Linux <c>Documentation/admin-guide/kernel-parameters.txt</c>; what is never taken over needs a patched
/// kernel, or takes away what keeps a guest from the host.
/// </summary>
internal sealed partial class AdoptedWords
{
    private static readonly (string Begin, string Why)[] Never =
    [
        ("pcie_acs_override=", "never taken over: it makes IOMMU groups that the hardware does not have"),
        ("vfio_iommu_type1.allow_unsafe_interrupts=", "never taken over: a guest may then send interrupts that the host takes for its own"),
        ("mitigations=off", "never taken over: guests can read the host's memory through the processor's known faults"),
        ("apparmor=0", "never taken over: no guest is confined by AppArmor"),
        ("security=none", "never taken over: no guest is confined by AppArmor"),
        ("rd.", "of no effect with initramfs-tools; a stack puts vfio-pci into the initramfs by itself"),
        ("iommu=1", "the kernel knows no such word"),
        ("iommu=on", "the kernel knows no such word"),
    ];

    private readonly List<string> _arguments = [];
    private readonly HandMadeSetup _setup;
    private readonly AdoptedDevices _devices;
    private readonly AdoptionNotes _notes;

    /// <summary>Reads them, and notes what becomes of each.</summary>
    public AdoptedWords(HandMadeSetup setup, AdoptedDevices devices, AdoptionNotes notes)
    {
        (_setup, _devices, _notes) = (setup, devices, notes);
        HugePages = PagesAtBoot();
        foreach (var (word, path) in setup.Grub.Where(w => HandMadeSetup.IsOfPassthrough(w.Word) || Never.Any(n => w.Word.StartsWith(n.Begin, StringComparison.Ordinal))))
        {
            Read(word, path);
        }
    }

    /// <summary>Arguments that have no key of their own.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>Whether <c>iommu=pt</c> was set.</summary>
    public bool IommuPassthrough { get; private set; }

    /// <summary>Huge pages that the kernel is asked for at boot.</summary>
    public HugePagesSpec? HugePages { get; }

    private void Read(string word, string path)
    {
        var hasDevices = _devices.Functions.Count > 0;
        if (Array.Find(Never, n => word.StartsWith(n.Begin, StringComparison.Ordinal)) is { Begin: not null } never)
        {
            _notes.Leave(path, word, never.Why);
        }
        else if (_devices.Lists.FirstOrDefault(l => l.Place == path && word.EndsWith("=" + l.Text, StringComparison.Ordinal) && word.Contains(".ids=", StringComparison.Ordinal)) is { } list)
        {
            if (AdoptedDevices.IsPlain(list) && hasDevices)
            {
                _notes.Word(path, word, word, "devices, one for each function with such an ID");
            }
            else
            {
                _notes.Add(AdoptionWord.InTheWay, path, word, "its devices are not told by IDs of this machine: name them in the stack, and take the list out");
            }
        }
        else if (word == "amd_iommu=on")
        {
            _notes.Word(path, word, word, "of no effect: the kernel knows no such word, and AMD's IOMMU is on by itself");
        }
        else if (word == "intel_iommu=on" && hasDevices)
        {
            _notes.Word(path, word, word, Iommu.IsAmd(IommuKind.Auto, _setup.Facts) ? "of no effect on this machine: its IOMMU is AMD's" : "iommu: intel_iommu=on comes with devices");
        }
        else if (word == "iommu=pt" && hasDevices)
        {
            IommuPassthrough = true;
            _notes.Word(path, word, word, "boot.iommuPassthrough");
        }
        else if (HugePages is { } pages && (word == $"hugepagesz={pages.Size.Word()}" || word == $"hugepages={pages.Count}"))
        {
            _notes.Word(path, word, word, "hugePages");
        }
        else if (BlocksVfio().IsMatch(word))
        {
            _notes.Add(AdoptionWord.InTheWay, path, word, "vfio-pci would not be loaded: take it out");
        }
        else if (Plain().IsMatch(word))
        {
            if (!_arguments.Contains(word))
            {
                _arguments.Add(word);
            }

            _notes.Word(path, word, word, "boot.kernelArguments");
        }
        else
        {
            _notes.Leave(path, word, "no argument that a stack can write");
        }
    }

    // Only one size and one count can be said; anything else stays what it is, among the arguments.
    private HugePagesSpec? PagesAtBoot()
    {
        var words = _setup.Grub.Select(w => w.Word).Distinct().ToList();
        var sizes = words.Where(w => w.StartsWith("hugepagesz=", StringComparison.Ordinal)).ToList();
        var counts = words.Where(w => w.StartsWith("hugepages=", StringComparison.Ordinal)).ToList();
        return sizes is ["hugepagesz=2M" or "hugepagesz=1G"] && counts is [var count]
            && int.TryParse(count["hugepages=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new() { Size = sizes[0].EndsWith("1G", StringComparison.Ordinal) ? HugePageSize.OneGibibyte : HugePageSize.TwoMebibytes, Count = number, Allocate = HugePageAllocation.Boot }
            : null;
    }

    [GeneratedRegex(@"^(modprobe\.blacklist|module_blacklist)=(.*,)?vfio[-_]pci(,|$)")]
    private static partial Regex BlocksVfio();

    [GeneratedRegex("^[A-Za-z0-9_.,:=/@%+-]+$")]
    private static partial Regex Plain();
}
