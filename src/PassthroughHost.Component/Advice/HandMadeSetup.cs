using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>A list of vendor and device IDs for vfio-pci or pci-stub.</summary>
/// <param name="Place">The file it stands in.</param>
/// <param name="Driver">Whose it is: <c>vfio-pci</c> or <c>pci-stub</c>.</param>
/// <param name="Text">The list as it is written.</param>
internal sealed record IdList(string Place, string Driver, string Text)
{
    /// <summary>Its parts, as they are written; the kernel takes quotes away.</summary>
    public IReadOnlyList<string> Parts { get; } = Text.Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Those that are IDs; the kernel takes subsystem and class after them.</summary>
    public IReadOnlyList<PciId> Ids => [.. Parts.Select(p => PciId.TryRead(string.Join(':', p.Split(':').Take(2)).ToLowerInvariant(), out var id) ? id
        : (PciId?)null).OfType<PciId>()];

    /// <summary>Whether it takes devices by their class or vendor (<c>10de:ffffffff:…</c>), so that IDs do not say which.</summary>
    public bool HasWildcard => Parts.Any(p => p.Contains(":ffffffff", StringComparison.OrdinalIgnoreCase));
}

/// <summary>What was set up by hand, with the questions that are asked of it.</summary>
internal sealed partial class HandMadeSetup
{
    private const string Hooks = "/etc/libvirt/hooks/";

    /// <summary>Asks about one host.</summary>
    public HandMadeSetup(HostFacts facts)
    {
        Facts = facts;
        Grub = GrubArguments.OfOthers(facts.Boot.GrubSettings, Platform.Grub.DropIn);
        IdLists =
        [
            .. Grub.Where(w => IdArgument().IsMatch(w.Word)).Select(w => new IdList(w.Path, DriverOf(w.Word), w.Word[(w.Word.IndexOf('=', StringComparison.Ordinal) + 1)..])),
            .. Modprobe.Select(l => (l.Path, Match: IdOption().Match(l.Text))).Where(m => m.Match.Success)
                .Select(m => new IdList(m.Path, DriverOf(m.Match.Value), m.Match.Groups["ids"].Value)),
        ];
    }

    /// <summary>What was read.</summary>
    public HostFacts Facts { get; }

    /// <summary>The kernel arguments of GRUB's files, without the stack's own.</summary>
    public IReadOnlyList<(string Word, string Path)> Grub { get; }

    /// <summary>Every list of IDs for vfio-pci.</summary>
    public IReadOnlyList<IdList> IdLists { get; }

    /// <summary>The lines.</summary>
    public IReadOnlyList<FileLine> Lines => Facts.HandMade!.Lines;

    /// <summary>The files.</summary>
    public IReadOnlyList<HandMadeFile> Files => Facts.HandMade!.Files;

    /// <summary>Lines that modprobe reads.</summary>
    public IEnumerable<FileLine> Modprobe => Lines.Where(l => IsIn(l.Path, "/etc/modprobe.d/") && l.Path.EndsWith(".conf", StringComparison.Ordinal));

    /// <summary>Lines of the lists of modules that are loaded at boot: by systemd, and in the initramfs.</summary>
    public IEnumerable<FileLine> ModuleLists => Lines.Where(l => l.Path is "/etc/modules" or InitramfsModules || IsIn(l.Path, "/etc/modules-load.d/"));

    /// <summary>The list of modules of the initramfs.</summary>
    public const string InitramfsModules = "/etc/initramfs-tools/modules";

    /// <summary>Functions with an ID of a list.</summary>
    public IEnumerable<PciFacts> Listed => Facts.Pci.Where(p => IdLists.Any(l => l.Ids.Contains(p.Id)));

    /// <summary>Whether vfio-pci is built into each kernel that is installed; null if there is none, or they differ.</summary>
    public bool? IsBuiltIn => Facts.Boot.Kernels.Select(k => k.VfioPci == VfioPresence.Builtin).Distinct().ToList() is [var one] ? one : null;

    /// <summary>The definition's lines of each guest.</summary>
    public IEnumerable<IGrouping<string, string>> Guests => Facts.HandMade!.Definitions.GroupBy(d => d.Guest, d => d.Text, StringComparer.Ordinal);

    private static string DriverOf(string text) => text.Contains("stub", StringComparison.Ordinal) ? "pci-stub" : "vfio-pci";

    /// <summary>Whether a path is a directory's or the file itself.</summary>
    public static bool IsIn(string path, string place) => path.StartsWith(place, StringComparison.Ordinal);

    /// <summary>Whether a file is a hook that libvirt, or a dispatcher of a well-known guide, runs.</summary>
    public static bool IsHook(string path) => IsIn(path, Hooks) && !path.EndsWith(".conf", StringComparison.Ordinal);

    /// <summary>Whether a line is about vfio, and not only about a driver.</summary>
    public static bool IsForVfio(string line) => VfioWord().IsMatch(line);

    /// <summary>Whether a kernel argument is one that guides to passthrough name.</summary>
    public static bool IsOfPassthrough(string argument) => PassthroughArgument().IsMatch(argument);

    /// <summary>A PCI address of which an expression found the parts.</summary>
    public static string AddressOf(Match match) =>
        $"{match.Groups["domain"].Value}:{match.Groups["bus"].Value}:{match.Groups["slot"].Value}.{match.Groups["function"].Value}";

    [GeneratedRegex(@"^(vfio[-_]pci\.ids|pci[-_]stub\.ids)=")]
    private static partial Regex IdArgument();

    [GeneratedRegex(@"^options\s+(vfio[-_]pci|pci[-_]stub)\s(.*\s)?ids=(?<ids>\S+)")]
    private static partial Regex IdOption();

    [GeneratedRegex(@"vfio|pci[-_]stub|nr_hugepages")]
    private static partial Regex VfioWord();

    [GeneratedRegex(
        @"^(intel_iommu|amd_iommu|iommu|vfio|pci[-_]stub|pcie_acs_override|isolcpus|nohz_full|rcu_nocbs|hugepages|hugepagesz|default_hugepagesz|video|kvm"
        + @"|initcall_blacklist|modprobe\.blacklist|module_blacklist|rd\.driver\.pre|rd\.modules-load|mitigations|nofb|nomodeset)\b")]
    private static partial Regex PassthroughArgument();
}
