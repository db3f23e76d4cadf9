using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// What an adopted guest keeps of the definition with which it was found, whatever the spec says: the place of each device, firmware and NVRAM, the boot order,
/// and what libvirt writes into a definition by itself. An installed system would take each device in another place for a new one.
/// </summary>
internal static class AdoptedDefinition
{
    private const string Devices = "devices";

    /// <summary>
    /// The definition of the guest as it was when it was taken over, which the host keeps; before that the one that it has. Null where neither was read.
    /// </summary>
    public static XElement? Of(GuestSpec guest, HostFacts? facts)
    {
        var found = facts?.Guest?.Of(guest.Name.ToString());
        var definition = guest.Adopt ? LiveDefinition.Parse(found?.Adopted ?? found?.Definition) : null;
        return definition?.Element("uuid")?.Value.Trim() == guest.Uuid?.ToString() ? definition : null;
    }

    /// <summary>Carries over what is kept.</summary>
    /// <param name="domain">The document that follows from the spec, which is changed.</param>
    /// <param name="found">The definition with which the guest was found.</param>
    /// <param name="guest">The guest.</param>
    public static void Carry(XElement domain, XElement found, GuestSpec guest)
    {
        Whole(domain, found, "metadata");
        Firmware(domain.Element("os")!, found.Element("os"), guest.Machine);
        Targets(domain.Element(Devices)!, found.Element(Devices)!);
        Places(domain.Element(Devices)!, found.Element(Devices)!);
        var names = guest.DeviceOptions.Values.Select(o => o.BootOrder).Concat(guest.AllDisks().Select(d => d.Disk.BootOrder));
        if (names.All(o => o is null))
        {
            Boot(domain, found);
        }

        Additions("", domain, found);
    }

    // The first is that of the document, the second takes its place.
    private static void Whole(XElement domain, XElement found, string name)
    {
        if (found.Element(name) is { } had)
        {
            domain.Element(name)!.ReplaceWith(new XElement(had));
        }
        else
        {
            domain.Element(name)?.Remove();
        }
    }

    private static void Firmware(XElement os, XElement? found, string machine)
    {
        if (found is null)
        {
            return;
        }

        var boot = os.Elements("boot").ToList();
        os.ReplaceNodes(found.Elements().Where(e => e.Name != "boot").Select(e => new XElement(e)), boot);
        os.ReplaceAttributes(found.Attributes());
        // The version of the machine type that it has is kept by guest.sh; one that the spec names counts.
        os.Element("type")?.SetAttributeValue("machine", machine);
    }

    // A disk is known by its target in the guest, which the spec does not name: here by what it is on the host.
    private static void Targets(XElement devices, XElement found)
    {
        var names = found.Elements("disk").Select(d => (Key: Source(d), Name: (string?)d.Element("target")?.Attribute("dev"))).Where(d => d.Key is not null && d.Name is not null)
            .GroupBy(d => d.Key!).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.First().Name!, StringComparer.Ordinal);
        var disks = devices.Elements("disk").ToList();
        var kept = disks.Where(d => Source(d) is { } source && names.ContainsKey(source)).ToList();
        var taken = found.Elements("disk").Select(d => (string?)d.Element("target")?.Attribute("dev")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var disk in disks)
        {
            var target = disk.Element("target")!;
            var name = (string)target.Attribute("dev")!;
            target.SetAttributeValue("dev", kept.Contains(disk) ? names[Source(disk)!] : Free(name[..2], taken));
        }
    }

    private static string Free(string prefix, HashSet<string> taken)
    {
        var name = Enumerable.Range(0, 26).Select(i => $"{prefix}{(char)('a' + i)}").FirstOrDefault(n => !taken.Contains(n)) ?? $"{prefix}z";
        taken.Add(name);
        return name;
    }

    private static string? Source(XElement disk) =>
        disk.Element("source") is { } source && ((string?)source.Attribute("file") ?? (string?)source.Attribute("dev")) is { } path ? string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)) : null;

    // A device that the definition did not have gets a place from libvirt.
    private static void Places(XElement devices, XElement found)
    {
        devices.Elements("controller").Remove();
        devices.Element("emulator")!.AddAfterSelf(found.Elements("controller").Select(c => new XElement(c)));
        var had = DomainNode.Keyed(found);
        foreach (var (key, device) in DomainNode.Keyed(devices).Where(d => d.Value.Name != "controller").ToList())
        {
            device.Elements("address").Remove();
            if (had.TryGetValue(key, out var before))
            {
                device.Add(before.Elements("address").Concat(before.Elements("alias").Where(_ => device.Element("alias") is null)).Select(e => new XElement(e)));
            }
        }

        if (found.Element("emulator") is { } emulator)
        {
            devices.Element("emulator")!.Value = emulator.Value;
        }
    }

    // libvirt refuses a document with both kinds of an order.
    private static void Boot(XElement domain, XElement found)
    {
        var os = domain.Element("os")!;
        os.Elements("boot").Remove();
        os.Add(found.Element("os")?.Elements("boot").Select(b => new XElement(b)));
        var had = DomainNode.Keyed(found.Element(Devices)!);
        foreach (var (key, device) in DomainNode.Keyed(domain.Element(Devices)!))
        {
            device.Elements("boot").Remove();
            device.Add(had.GetValueOrDefault(key)?.Elements("boot").Select(b => new XElement(b)));
        }
    }

    // What a definition had and the document does not ask for, where it may be libvirt's own.
    private static void Additions(string path, XElement domain, XElement found)
    {
        foreach (var attribute in found.Attributes().Where(a => !a.IsNamespaceDeclaration && domain.Attribute(a.Name) is null && LibvirtAdditions.HasAttribute($"{Prefix(path)}@{a.Name.LocalName}")))
        {
            domain.SetAttributeValue(attribute.Name, attribute.Value);
        }

        var own = DomainNode.Keyed(domain);
        foreach (var (key, element) in DomainNode.Keyed(found))
        {
            if (own.TryGetValue(key, out var same))
            {
                Additions(Prefix(path) + key, same, element);
            }
            else if (element.Name != "boot" && LibvirtAdditions.HasElement(Prefix(path) + key, DomainNode.Of(element)))
            {
                domain.Add(new XElement(element));
            }
        }
    }

    private static string Prefix(string path) => path.Length == 0 ? "" : path + "/";
}
