using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// Definitions of guests that are at odds with the host: firmware that is gone, variables of another size, addresses that are another device now, ROM files,
/// pins.
/// Source: libvirt, "Domain XML format"; edk2 OvmfPkg, whose 2 MiB and 4 MiB builds have variables of 131072 and 540672 bytes; PCI Firmware Specification,
/// "Expansion ROM Header".
/// </summary>
internal static partial class HandMadeGuests
{
    private const long VariablesOf2M = 131072;
    private const long VariablesOf4M = 540672;

    /// <summary>All of them.</summary>
    public static IEnumerable<Check> Of(HandMadeSetup setup) =>
        setup.Guests.Select(g => (Name: g.Key, Lines: g.ToList()))
            .SelectMany(g => (Check[])
            [
                .. Firmware(setup, g.Name, g.Lines),
                .. Devices(setup, g.Name, g.Lines),
                .. Pins(setup, g.Name, g.Lines),
                .. Pages(setup, g.Name, g.Lines),
            ])
            .Concat(Slices(setup));

    private static Check Caution(string id, string found, string remedy) => new(CheckArea.ByHand, id, Verdict.Caution, found, remedy);

    private static GuestImage? Image(HandMadeSetup setup, string kind, string path) => setup.Facts.HandMade!.Images.FirstOrDefault(i => i.Kind == kind
        && i.Path == path);

    private static IEnumerable<Check> Firmware(HandMadeSetup setup, string guest, IReadOnlyList<string> lines)
    {
        var loader = lines.Select(l => Element("loader").Match(l)).FirstOrDefault(m => m.Success)?.Groups["text"].Value;
        var nvram = lines.Select(l => Element("nvram").Match(l)).FirstOrDefault(m => m.Success)?.Groups["text"].Value;
        if (loader is not null && Image(setup, "loader", loader) is { Bytes: null })
        {
            yield return Caution(
                "firmware-gone",
                $"guest {guest} boots with {loader}, which is not there: it does not start",
                "Debian 13 and Ubuntu 24.04 have 4 MiB builds only; the guest's variables must be converted with it, so keep the old file, or "
                    + "make new variables (boot entries are then lost)");
        }

        if (loader is not null && nvram is not null && Image(setup, "nvram", nvram) is { Bytes: { } bytes })
        {
            var wanted = loader.Contains("_4M", StringComparison.Ordinal) ? VariablesOf4M : loader.Contains("OVMF_CODE", StringComparison.Ordinal)
                ? VariablesOf2M : bytes;
            if (bytes != wanted && bytes is VariablesOf2M or VariablesOf4M)
            {
                yield return Caution(
                    "firmware-pair-mixed",
                    $"guest {guest}: {nvram} has {bytes} bytes, and {loader} goes with variables of {wanted}",
                    "take the firmware of the same size as the variables: they hold the guest's boot entries and keys");
            }
        }
    }

    private static IEnumerable<Check> Devices(HandMadeSetup setup, string guest, IReadOnlyList<string> lines)
    {
        if (setup.Facts.Pci.Count == 0)
        {
            yield break;
        }

        PciFacts? device = null;
        var inside = false;
        string? rom = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("<hostdev", StringComparison.Ordinal))
            {
                (inside, device, rom) = (line.Contains("type='pci'", StringComparison.Ordinal), null, null);
            }
            else if (inside && line.StartsWith("<address domain=", StringComparison.Ordinal) && Address().Match(line) is { Success: true } match
                && PciAddress.TryRead(HandMadeSetup.AddressOf(match), out var address))
            {
                device = setup.Facts.Device(address);
                if (device is null)
                {
                    yield return Caution(
                        "device-gone",
                        $"guest {guest} has the device at {address.Brief}, and nothing is there: it does not start",
                        "a card that was moved or added changes addresses: give the guest the present one");
                }
                else if (device.Class.StartsWith("06", StringComparison.Ordinal))
                {
                    yield return Caution(
                        "device-is-another",
                        $"guest {guest} has the device at {address.Brief}, which is a {PciClass.Word(device)}: it does not start",
                        "a card that was moved or added changes addresses: give the guest the present one");
                }
            }
            else if (inside && RomFile().Match(line) is { Success: true } file)
            {
                rom = file.Groups["path"].Value;
            }
            else if (line.StartsWith("</hostdev", StringComparison.Ordinal) && inside)
            {
                inside = false;
                foreach (var check in Rom(setup, guest, device, rom))
                {
                    yield return check;
                }
            }
        }
    }

    private static IEnumerable<Check> Rom(HandMadeSetup setup, string guest, PciFacts? device, string? path)
    {
        if (path is null || Image(setup, "rom", path) is not { } rom)
        {
            yield break;
        }

        if (rom.Bytes is null)
        {
            yield return Caution(
                "rom-gone",
                $"guest {guest} has the ROM {path}, which is not there: it does not start",
                "a card that is not the boot display needs none; else dump this card's own");
        }
        else if (rom.Head != "55aa")
        {
            yield return Caution(
                "rom-not-one",
                $"guest {guest}: {path} does not begin with 55 AA, so that no firmware takes it for a ROM",
                "a dump of NVIDIA's tools has a header before the ROM that must be cut off; better: dump this card's own from sysfs");
        }
        else if (rom.Device is { } id && device is not null && id != device.Id)
        {
            yield return Caution(
                "rom-of-another-card",
                $"guest {guest}: {path} is of {id}, and the card at {device.Address.Brief} is {device.Id}",
                "dump this card's own; a ROM of another one may leave it dark until the power is cut");
        }
    }

    private static IEnumerable<Check> Pins(HandMadeSetup setup, string guest, IReadOnlyList<string> lines)
    {
        var pinned = lines.Select(l => Pin().Match(l)).Where(m => m.Success).SelectMany(m => CpuSet.TryRead(m.Groups["cpus"].Value, out var set) ? set.Cpus
            : []).ToHashSet();
        if (pinned.Count == 0)
        {
            yield break;
        }

        if (pinned.Contains(0))
        {
            yield return Caution(
                "pinned-to-cpu-0",
                $"guest {guest} is pinned to CPU 0, which the kernel keeps busy with work that cannot be moved",
                "leave CPU 0 and its sibling to the host; pin: auto does");
        }

        var split = CpuCores.Of(setup.Facts.Cpu).Where(c => c.Threads.Count > 1 && c.Threads.Any(t => pinned.Contains(t.Number))
            && !c.Threads.All(t => pinned.Contains(t.Number))).ToList();
        if (split.Count > 0)
        {
            yield return Caution(
                "siblings-split",
                $"guest {guest} has one thread of the core{(split.Count > 1 ? "s" : "")} "
                    + $"{string.Join(", ", split.Select(c => string.Join('/', c.Threads.Select(t => t.Number))))}, and the host the other: they slow "
                    + "each other down",
                "give the guest both threads of a core; pin: auto does");
        }

        if (CpuSet.TryRead(setup.Facts.Isolation.Isolated ?? "", out var isolated) && isolated.Cpus.Count > 0 && !pinned.IsSubsetOf(isolated.Cpus))
        {
            yield return Caution(
                "isolated-unlike-pinned",
                $"the kernel keeps CPUs {setup.Facts.Isolation.Isolated} free, and guest {guest} is pinned to {string.Join(',', pinned.Order())}",
                "keep all of the guest's CPUs free; isolation.cpus: auto does");
        }
    }

    private static IEnumerable<Check> Pages(HandMadeSetup setup, string guest, IReadOnlyList<string> lines)
    {
        if (!lines.Any(l => l.StartsWith("<hugepages", StringComparison.Ordinal)) || lines.Select(l => Memory().Match(l))
            .FirstOrDefault(m => m.Success) is not { } memory)
        {
            yield break;
        }

        var needed = long.Parse(memory.Groups["kib"].Value, CultureInfo.InvariantCulture);
        var pages = setup.Facts.Memory.Nodes.SelectMany(n => n.HugePages).Sum(p => p.Count * p.SizeKiB);
        if (pages < needed)
        {
            yield return Caution(
                "huge-pages-too-few",
                $"guest {guest} has {needed / 1024} MiB of memory in huge pages, and the host has {pages / 1024} MiB of them: it does not start",
                "hugePages in a stack says how many; a hook that makes them at the guest's start may find no room");
        }
    }

    // virsh and systemctl without --runtime write it for ever: the host keeps to a few CPUs when the guest is off, and after a reboot.
    private static IEnumerable<Check> Slices(HandMadeSetup setup) =>
        setup.Lines.Where(l => HandMadeSetup.IsIn(l.Path, "/etc/systemd/system.control/"))
            .Select(l => Caution(
                "slice-kept-small",
                $"{l.Path}: \"{l.Text}\": systemctl set-property was run without --runtime, and the host keeps to these CPUs for good",
                "delete the file, and systemctl daemon-reload; isolation {method: cgroup} in a stack holds only while the guest runs"));

    private static Regex Element(string name) => name == "loader" ? Loader() : Nvram();

    [GeneratedRegex("<loader[^>]*>(?<text>[^<]+)</")]
    private static partial Regex Loader();

    [GeneratedRegex("<nvram[^>]*>(?<text>[^<]+)</")]
    private static partial Regex Nvram();

    [GeneratedRegex("domain='0x(?<domain>[0-9a-f]+)' bus='0x(?<bus>[0-9a-f]+)' slot='0x(?<slot>[0-9a-f]+)' function='0x(?<function>[0-7])'")]
    private static partial Regex Address();

    [GeneratedRegex("<rom [^>]*file='(?<path>[^']+)'")]
    private static partial Regex RomFile();

    [GeneratedRegex("<vcpupin [^>]*cpuset='(?<cpus>[^']+)'")]
    private static partial Regex Pin();

    [GeneratedRegex("<memory[^>]*unit='KiB'[^>]*>(?<kib>[0-9]+)<")]
    private static partial Regex Memory();
}
