using System.Xml.Linq;
using PassthroughInfra.Engine.Values;
using static PassthroughInfra.Engine.Providers.Libvirt.DomainDocument;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>The devices of a domain document, from a resource's inputs.</summary>
internal static class DomainDevices
{
    public static IEnumerable<XElement> Disks(PropertyMap inputs)
    {
        var (cdroms, scsis) = (0, 0);
        foreach (var (disk, i) in Maps(inputs, "disks").Select((d, i) => (d, i)))
        {
            var isScsi = disk.GetBool("scsi") == true;
            var file = disk.GetString("file");
            var isCdrom = file?.EndsWith(".iso", StringComparison.Ordinal) == true;
            // A CD-ROM is on IDE, which a q35 machine does not have; the official provider does it so.
            var (bus, device) = isCdrom ? ("ide", "hd" + Letter(cdroms++)) : isScsi ? ("scsi", "sd" + Letter(scsis++)) : ("virtio", "vd" + Letter(i));
            yield return new(
                "disk",
                new XAttribute("type", file is null ? "block" : "file"),
                new XAttribute("device", isCdrom ? "cdrom" : "disk"),
                new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", file?.EndsWith(".qcow2", StringComparison.Ordinal) == true ? "qcow2" : "raw")),
                new XElement("source", file is null ? new XAttribute("dev", disk.GetString("blockDevice") ?? "") : new XAttribute("file", file)),
                new XElement("target", new XAttribute("dev", device), new XAttribute("bus", bus)),
                Text("wwn", disk.GetString("wwn")));
        }
        if (scsis > 0)
            yield return XElement.Parse("<controller type='scsi' model='virtio-scsi'/>");
    }

    public static IEnumerable<XElement> Filesystems(PropertyMap inputs) => Maps(inputs, "filesystems").Select(f => new XElement(
        "filesystem",
        new XAttribute("type", "mount"),
        new XAttribute("accessmode", f.GetString("accessmode") ?? "mapped"),
        new XElement("source", new XAttribute("dir", f.GetString("source") ?? "")),
        new XElement("target", new XAttribute("dir", f.GetString("target") ?? "")),
        f.GetBool("readonly") == false ? null : new XElement("readonly")));

    public static IEnumerable<XElement> Interfaces(PropertyMap inputs) => Maps(inputs, "networkInterfaces").Select(n => new XElement(
        "interface",
        Source(n),
        n.GetString("mac") is { } mac ? new XElement("mac", new XAttribute("address", mac)) : null,
        new XElement("model", new XAttribute("type", "virtio"))));

    public static IEnumerable<XElement> Consoles(PropertyMap inputs) => Maps(inputs, "consoles").Select(c => new XElement(
        "console",
        new XAttribute("type", c.GetString("type") ?? "pty"),
        c.GetString("type") == "tcp"
            ? new XElement("source", new XAttribute("mode", "bind"), new XAttribute("host", c.GetString("sourceHost") ?? "127.0.0.1"), new XAttribute("service", c.GetString("sourceService") ?? "0"))
            : c.GetString("sourcePath") is { } path ? new XElement("source", new XAttribute("path", path)) : null,
        c.GetString("type") == "tcp" ? new XElement("protocol", new XAttribute("type", "telnet")) : null,
        new XElement("target", Attribute("type", c.GetString("targetType")), new XAttribute("port", c.GetString("targetPort") ?? "0"))));

    /// <summary>The TPM; the official provider leaves its model out, whatever it is set to.</summary>
    public static XElement? Tpm(PropertyMap? tpm)
    {
        if (tpm is null)
            return null;
        var type = tpm.GetString("backendType") ?? "emulator";
        return new("tpm", new XElement(
            "backend",
            new XAttribute("type", type),
            type == "emulator" ? Attribute("version", tpm.GetString("backendVersion")) : null,
            type == "emulator" ? Attribute("persistent_state", tpm.GetBool("backendPersistentState") is { } keep ? YesNo(keep) : null) : null,
            tpm.GetString("backendEncryptionSecret") is { } secret ? new XElement("encryption", new XAttribute("secret", secret)) : null,
            tpm.GetString("backendDevicePath") is { } path ? new XElement("device", new XAttribute("path", path)) : null));
    }

    /// <summary>The display: SPICE where nothing is said.</summary>
    public static XElement? Graphics(PropertyMap? graphics)
    {
        var type = graphics?.GetString("type") ?? "spice";
        if (type == "none")
            return null;
        var listen = graphics?.GetString("listenType");
        return new(
            "graphics",
            new XAttribute("type", type),
            new XAttribute("autoport", YesNo(graphics?.GetBool("autoport") ?? true)),
            graphics?.GetNumber("websocket") is { } websocket && type == "vnc" ? new XAttribute("websocket", Number(websocket)) : null,
            graphics is null ? null : new XElement(
                "listen",
                new XAttribute("type", listen ?? "none"),
                listen == "address" ? new XAttribute("address", graphics.GetString("listenAddress") ?? "127.0.0.1") : null));
    }

    public static IEnumerable<PropertyMap> Maps(PropertyMap inputs, string key) => (inputs.GetList(key)?.Items ?? []).Select(i => i.AsMap ?? PropertyMap.Empty);

    private static object[] Source(PropertyMap nic) => true switch
    {
        _ when nic.GetString("networkName") is { } network => [new XAttribute("type", "network"), new XElement("source", new XAttribute("network", network))],
        _ when nic.GetString("bridge") is { } bridge => [new XAttribute("type", "bridge"), new XElement("source", new XAttribute("bridge", bridge))],
        _ when nic.GetString("vepa") is { } vepa => Direct(vepa, "vepa"),
        _ when nic.GetString("macvtap") is { } macvtap => Direct(macvtap, "bridge"),
        _ when nic.GetString("passthrough") is { } device => Direct(device, "passthrough"),
        _ => [new XAttribute("type", "user")],
    };

    private static object[] Direct(string device, string mode) =>
        [new XAttribute("type", "direct"), new XElement("source", new XAttribute("dev", device), new XAttribute("mode", mode))];

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Letter(int index) => index < 26 ? ((char)('a' + index)).ToString() : Letter(index / 26 - 1) + (char)('a' + index % 26);
}
