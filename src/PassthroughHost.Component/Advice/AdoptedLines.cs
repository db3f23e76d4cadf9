using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// What was set up in files beside GRUB's as keys of a stack. Source: modprobe.d(5); modules-load.d(5); initramfs-tools(7); driverctl(8); sysctl.d(5).
/// </summary>
internal sealed partial class AdoptedLines(HandMadeSetup setup, AdoptedDevices devices, AdoptionNotes notes, HugePagesSpec? pagesAtBoot)
{
    private static readonly string[] Networks = ["/etc/network/", "/etc/netplan/", "/etc/NetworkManager/", "/etc/systemd/network/"];

    private static readonly string[] Modules = ["vfio", "vfio_iommu_type1", "vfio_pci", "vfio_virqfd"];

    /// <summary>Reads them, and notes what becomes of each.</summary>
    /// <returns>Huge pages, where something asks for them that a stack can say.</returns>
    public HugePagesSpec? Read()
    {
        var pages = pagesAtBoot;
        foreach (var line in setup.Lines)
        {
            if (HandMadeSetup.IsIn(line.Path, "/etc/modprobe.d/") && line.Path.EndsWith(".conf", StringComparison.Ordinal))
            {
                Modprobe(line.Path, line.Text);
            }
            else if (line.Path is "/etc/modules" or HandMadeSetup.InitramfsModules || HandMadeSetup.IsIn(line.Path, "/etc/modules-load.d/"))
            {
                Module(line.Path, line.Text);
            }
            else if (HandMadeSetup.IsIn(line.Path, "/etc/driverctl.d/"))
            {
                Driverctl(line);
            }
            else if (PagesLine().Match(line.Text) is { Success: true } match && HandMadeSetup.IsIn(line.Path, "/etc/sysctl."))
            {
                pages = Pages(line, int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture), pages);
            }
            else
            {
                notes.Leave(line.Path, line.Text, Stays(line.Path));
            }
        }

        foreach (var file in setup.Files)
        {
            Script(file);
        }

        return pages;
    }

    private static string Stays(string path) =>
        path == "/etc/libvirt/qemu.conf" ? "never taken over: guests run as libvirt-qemu and confined; what speaks against it is in doctor"
        : path == "/etc/fstab" ? "the mount stays: it does no harm beside hugePages"
        : path is "/etc/kernel/cmdline" or "/etc/kernelstub/configuration" ? "of a boot loader other than GRUB"
        : HandMadeSetup.IsIn(path, "/etc/dracut") ? "a list of dracut's; a stack has its own"
        : HandMadeSetup.IsIn(path, "/etc/udev/") ? "libvirt gives each guest its devices, and needs none; it does no harm"
        : HandMadeSetup.IsIn(path, "/etc/libvirt/hooks/") ? "of the hooks, which stay and run beside the stack's own"
        : Networks.Any(n => HandMadeSetup.IsIn(path, n)) ? "bridges and VLANs that are there stay as they are, for taking one over would cycle it; guests name them in interfaces"
        : "a stack has no key for it";

    private void Modprobe(string path, string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var module = words.Length > 1 ? AdoptedDevices.Normal(words[1]) : "";
        if (text.EndsWith('\\'))
        {
            notes.Leave(path, text, "it goes on in the next line, and is not understood");
        }
        else if (words[0] == "options" && module is "vfio_pci" or "pci_stub" && words.Skip(2).FirstOrDefault(w => w.StartsWith("ids=", StringComparison.Ordinal)) is { } ids)
        {
            Ids(path, text, ids, words.Skip(2).Count());
        }
        else if (text.Contains("allow_unsafe_interrupts", StringComparison.Ordinal))
        {
            notes.Leave(path, text, "never taken over: a guest may then send interrupts that the host takes for its own");
        }
        else if (words[0] == "softdep" && words.Length > 3 && words[2] == "pre:" && words.Skip(3).All(w => AdoptedDevices.Normal(w) == "vfio_pci") && devices.Claims(module))
        {
            notes.Line(path, text, "the stack's own binding makes this driver wait");
        }
        else if (AdoptedDevices.InstallOfVfio().IsMatch(text))
        {
            if (devices.Functions.Count > 0)
            {
                notes.Line(path, text, "devices: those that are bound now");
            }
            else
            {
                notes.Add(AdoptionWord.InTheWay, path, text, "it is run in place of loading vfio-pci, and no device is bound now: name the devices, and take it out");
            }
        }
        else
        {
            var needs = words[0] == "blacklist" ? setup.Facts.Pci.FirstOrDefault(p => !devices.Functions.Contains(p) && p.Driver.Length == 0 && p.Modules.Any(m => AdoptedDevices.Normal(m) == module)) : null;
            notes.Leave(path, text, needs is null ? "it does no harm beside the stack's own binding" : $"{needs.Address.Brief} stays with the host and has no driver for it");
        }
    }

    private void Ids(string path, string text, string ids, int options)
    {
        var list = devices.Lists.FirstOrDefault(l => l.Place == path && $"ids={l.Text}" == ids);
        if (list is null || !AdoptedDevices.IsPlain(list) || devices.Functions.Count == 0)
        {
            notes.Add(AdoptionWord.InTheWay, path, text, "its devices are not told by IDs of this machine: name them in the stack, and take the list out");
        }
        else if (options == 1)
        {
            notes.Line(path, text, "devices, one for each function with such an ID");
        }
        else
        {
            notes.Word(path, ids, text, $"devices; of the line only {ids} goes, its other options stay");
        }
    }

    private void Module(string path, string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (Modules.Contains(AdoptedDevices.Normal(words[0])) && (words.Length == 1 || text.Contains("ids=", StringComparison.Ordinal)))
        {
            notes.Line(path, text, "the stack's own binding loads what is needed");
        }
        else
        {
            notes.Leave(path, text, "a stack has no key for it");
        }
    }

    private void Driverctl(FileLine line)
    {
        if (AdoptedDevices.Override(line) is { } address && devices.Functions.Any(f => $"{f.Address}" == address))
        {
            notes.SetAside(line.Path, line.Text, $"devices: {address}; what driverctl has set stays until the next boot");
        }
        else
        {
            notes.Leave(line.Path, line.Text, "it gives the device to another driver, or there is no such device");
        }
    }

    private HugePagesSpec? Pages(FileLine line, int count, HugePagesSpec? pages)
    {
        var size = setup.Grub.Any(w => w.Word == "default_hugepagesz=1G") ? HugePageSize.OneGibibyte : HugePageSize.TwoMebibytes;
        var live = setup.Facts.Memory.Nodes.SelectMany(n => n.HugePages).Where(h => h.SizeKiB == size.KiB()).Sum(h => h.Count);
        if (pages is not null || count == 0)
        {
            notes.Leave(line.Path, line.Text, "huge pages are asked for elsewhere too, and a stack says them once");
            return pages;
        }

        if (live != count)
        {
            notes.Leave(line.Path, line.Text, $"the host has {live} pages now: something else sets them, a hook perhaps");
            return pages;
        }

        notes.Line(line.Path, line.Text, "hugePages");
        return new() { Size = size, Count = count, Allocate = HugePageAllocation.Runtime };
    }

    private void Script(HandMadeFile file)
    {
        if (HandMadeSetup.IsHook(file.Path))
        {
            notes.Leave(file.Path, "a hook of libvirt", "it stays, and runs beside the stack's own");
        }
        else if (AdoptedDevices.IsBindingScript(file))
        {
            if (TakeOverRules.PlaceOf(file.Path) == TakeOverPlace.InitramfsScript && devices.Functions.Count > 0)
            {
                notes.SetAside(file.Path, "a script that binds devices", "devices: those that are bound now");
            }
            else
            {
                notes.Leave(file.Path, "a script that binds devices", "it does again what the stack has done at boot; disable it by hand");
            }
        }
    }

    [GeneratedRegex(@"^vm[./]nr_hugepages\s*=\s*(?<count>[0-9]{1,8})$")]
    private static partial Regex PagesLine();
}
