using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Advice;

/// <summary>Which functions are given to vfio-pci by hand: by lists of IDs, by driverctl, or by scripts.</summary>
internal sealed partial class AdoptedDevices
{
    /// <summary>Reads them.</summary>
    public AdoptedDevices(HandMadeSetup setup)
    {
        var pci = setup.Facts.Pci.Where(p => !p.IsBridge).ToList();
        Lists = [.. setup.IdLists, .. setup.ModuleLists.Select(l => (l.Path, Match: ListOption().Match(l.Text))).Where(l => l.Match.Success).Select(l => new IdList(l.Path, "vfio-pci", l.Match.Groups["ids"].Value))];

        // On the kernel's command line the last list counts, and beats modprobe.d's, whose options are joined.
        var onCommandLine = Lists.Where(l => setup.Grub.Any(w => w.Path == l.Place)).GroupBy(l => l.Driver, StringComparer.Ordinal).Select(g => g.Last()).ToList();
        var counting = Lists.Where(l => onCommandLine.Contains(l) || (!onCommandLine.Any(o => o.Driver == l.Driver) && !setup.Grub.Any(w => w.Path == l.Place))).ToList();
        var listed = counting.SelectMany(l => l.Ids).SelectMany(i => pci.Where(p => p.Id == i).OrderBy(p => p.Address));
        var overridden = setup.Lines.Select(Override).SelectMany(a => pci.Where(p => $"{p.Address}" == a));
        HasScript = setup.Files.Any(IsBindingScript) || setup.Modprobe.Any(l => InstallOfVfio().IsMatch(l.Text));
        List<PciFacts> bound = HasScript ? [.. pci.Where(p => p.Driver == "vfio-pci").OrderBy(p => p.Address)] : [];
        Functions = [.. listed.Concat(overridden).Concat(bound).DistinctBy(p => p.Address)];
    }

    /// <summary>Every list of IDs.</summary>
    public IReadOnlyList<IdList> Lists { get; }

    /// <summary>The functions, those of the list that counts first and in its order.</summary>
    public IReadOnlyList<PciFacts> Functions { get; }

    /// <summary>Whether a script binds, so that only what is bound now tells which functions.</summary>
    public bool HasScript { get; }

    /// <summary>Whether a list at a place names devices by IDs alone, as a stack does.</summary>
    public static bool IsPlain(IdList list) => !list.HasWildcard && list.Ids.Count > 0;

    /// <summary>Whether a module is one that could claim a device.</summary>
    public bool Claims(string module) => Functions.SelectMany(f => f.Modules).Any(m => Normal(m) == Normal(module));

    /// <summary>Whether a file is a script, outside libvirt's hooks, that binds devices.</summary>
    public static bool IsBindingScript(HandMadeFile file) => !HandMadeSetup.IsHook(file.Path) && file.Words.Any(w => w is "driver_override" or "new_id");

    /// <summary>The address that driverctl gives to vfio-pci; null for any other line.</summary>
    public static string? Override(FileLine line) =>
        line.Text.Trim() == "vfio-pci" && DriverctlFile().Match(line.Path) is { Success: true } match ? match.Groups["address"].Value : null;

    /// <summary>A module's name as the kernel has it.</summary>
    public static string Normal(string module) => module.Replace('-', '_');

    [GeneratedRegex(@"^/etc/driverctl\.d/pci-(?<address>[0-9a-f:.]+)$")]
    private static partial Regex DriverctlFile();

    [GeneratedRegex(@"^install\s+vfio[-_]pci\s")]
    public static partial Regex InstallOfVfio();

    [GeneratedRegex(@"^vfio[-_]pci\s+(.*\s)?ids=(?<ids>\S+)")]
    private static partial Regex ListOption();
}
