using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// Mistakes in how devices are given to vfio-pci: lists of IDs that are broken, at odds, dead, or take in what the host needs.
/// Source: Linux <c>drivers/vfio/pci/vfio_pci.c</c> (ids); <c>Documentation/driver-api/vfio.rst</c>, "Groups, Devices, and IOMMUs".
/// </summary>
internal static class HandMadeBinding
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Check> Of(HandMadeSetup setup) =>
    [
        .. Broken(setup),
        .. AtOdds(setup),
        .. Dead(setup),
        .. TakenFromHost(setup),
        .. LeftBehind(setup),
    ];

    private static Check Caution(string id, string found, string remedy) => new(CheckArea.ByHand, id, Verdict.Caution, found, remedy);

    private static IEnumerable<Check> Broken(HandMadeSetup setup)
    {
        foreach (var list in setup.IdLists)
        {
            var wrong = list.Parts.Where(p => !PciId.TryRead(string.Join(':', p.Split(':').Take(2)).ToLowerInvariant(), out _)
                && !p.Contains(":ffffffff", StringComparison.OrdinalIgnoreCase)).ToList();
            if (wrong.Count > 0)
            {
                yield return Caution(
                    "ids-not-understood",
                    $"{list.Place}: {string.Join(", ", wrong)} in ids={list.Text} is no ID; one is four hexadecimal digits, a colon and four more",
                    "delete the list; name the devices in a stack");
            }
            else if (list.Text.EndsWith(','))
            {
                yield return Caution(
                    "ids-cut-short",
                    $"{list.Place}: the list ids={list.Text} ends at a blank: what comes after it does not count",
                    "write the list without blanks, or name the devices in a stack");
            }

            var absent = list.Ids.Where(i => setup.Facts.Pci.All(p => p.Id != i)).Distinct().ToList();
            if (absent.Count > 0)
            {
                yield return Caution(
                    "ids-of-no-device",
                    $"{list.Place} names {string.Join(", ", absent)}, and this machine has no such device",
                    "delete what is of an earlier card");
            }
        }
    }

    private static IEnumerable<Check> AtOdds(HandMadeSetup setup)
    {
        foreach (var lists in setup.IdLists.GroupBy(l => l.Driver, StringComparer.Ordinal))
        {
            if (lists.Select(l => string.Join(',', l.Ids.Select(i => i.ToString()).Distinct().Order(StringComparer.Ordinal))).Distinct().Count() < 2)
            {
                continue;
            }

            var last = lists.LastOrDefault(l => setup.Grub.Any(w => w.Path == l.Place)) ?? lists.Last();
            yield return Caution(
                "ids-at-odds",
                $"different lists of IDs in {string.Join(" and ", lists.Select(l => $"{l.Place} ({l.Text})"))}: the last one on the "
                    + "kernel's command line counts, and then modprobe.d's",
                $"keep one place; as it is, that in {last.Place} counts");
        }
    }

    // A list that has done its work is not dead, whatever loads the module.
    private static IEnumerable<Check> Dead(HandMadeSetup setup)
    {
        if (setup.IdLists.Count == 0 || setup.IdLists.Any(l => l.HasWildcard) || setup.IsBuiltIn is null || (setup.Listed.Any() && setup.Listed.All(p => p.Driver == "vfio-pci")))
        {
            yield break;
        }

        var inMenu = setup.IdLists.Where(l => setup.Grub.Any(w => w.Path == l.Place)).ToList();
        if (setup.IsBuiltIn == true && inMenu.Count == 0)
        {
            yield return Caution(
                "ids-not-read",
                $"{setup.IdLists[0].Place} has a list of IDs, but vfio-pci is built into this kernel: modprobe never loads it, and nobody reads "
                    + "the list",
                "name the devices in a stack: it puts vfio-pci.ids on the kernel's command line");
        }
        else if (setup.IsBuiltIn == false && !setup.ModuleLists.Any(l => IsVfioPci(l.Text))
            && !setup.Modprobe.Any(l => l.Text.StartsWith("softdep", StringComparison.Ordinal) && IsVfioPci(l.Text))
            && !setup.Lines.Any(l => HandMadeSetup.IsIn(l.Path, "/etc/dracut") && l.Text.Contains("force_drivers", StringComparison.Ordinal) && IsVfioPci(l.Text))
            && !setup.Grub.Any(w => w.Word.StartsWith("rd.", StringComparison.Ordinal) && IsVfioPci(w.Word)))
        {
            yield return Caution(
                "vfio-pci-not-loaded",
                $"{setup.IdLists[0].Place} has a list of IDs, but vfio-pci is a module, and nothing loads it before the devices' own drivers",
                "name the devices in a stack: it puts vfio-pci into the initramfs");
        }
    }

    private static IEnumerable<Check> TakenFromHost(HandMadeSetup setup)
    {
        foreach (var id in setup.IdLists.SelectMany(l => l.Ids).Distinct())
        {
            var functions = setup.Facts.Pci.Where(p => p.Id == id).ToList();
            if (functions.Find(f => f.Class.StartsWith("06", StringComparison.Ordinal)) is { } bridge)
            {
                yield return Caution(
                    "ids-of-a-bridge",
                    $"{id} is {PciClass.Word(bridge)} {bridge.Address.Brief}, which no guest can be given",
                    "delete its ID: only the devices of a group go to vfio-pci, its bridges do not");
            }
            else if (functions.Count > 1 && functions.Find(f => f.Driver.Length > 0 && f.Driver != "vfio-pci") is { } kept)
            {
                yield return Caution(
                    "ids-of-a-twin",
                    $"{id} is the ID of {string.Join(" and ", functions.Select(f => f.Address.Brief))}, and the host uses {kept.Address.Brief} "
                        + $"({kept.Driver}): a list of IDs takes both",
                    "name the one by its address in a stack: it is then bound by that");
            }
        }
    }

    // vfio gives out a group whole: one function with a driver of the host's in it is enough for the guest not to start.
    private static IEnumerable<Check> LeftBehind(HandMadeSetup setup)
    {
        var given = setup.IdLists.Any(l => l.HasWildcard) ? [] : setup.Listed.ToList();
        foreach (var group in given.Where(p => p.Group is not null).GroupBy(p => p.Group))
        {
            var left = setup.Facts.Pci.Where(p => p.Group == group.Key && !given.Contains(p) && p.Driver.Length > 0
                && p.Driver is not ("vfio-pci" or "pci-stub" or "pcieport") && !p.Class.StartsWith("06", StringComparison.Ordinal)).ToList();
            if (left.Count > 0)
            {
                var names = string.Join(", ", left.Select(p => $"{p.Address.Brief} ({PciClass.Word(p)}, {p.Driver})"));
                var rest = string.Join(", ", group.Select(p => p.Address.Brief));
                yield return Caution(
                    "function-left-behind",
                    $"{names} {(left.Count > 1 ? "share" : "shares")} IOMMU group {group.Key} with {rest} and is not in the list: "
                        + $"a guest with {(group.Count() > 1 ? "these" : "this")} does not start",
                    "name every function of the card in a stack; doctor's groups show what else is in the way");
            }
        }
    }

    private static bool IsVfioPci(string text) => text.Contains("vfio-pci", StringComparison.Ordinal) || text.Contains("vfio_pci", StringComparison.Ordinal);
}
