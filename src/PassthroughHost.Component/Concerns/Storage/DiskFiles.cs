using System.Text.RegularExpressions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Storage;

/// <summary>
/// Every file that a guest's domain has as a disk: those under <c>disk</c> and <c>disks</c>, and those that <c>extraXml</c> brings in. CD-ROMs are not looked up as
/// volumes, and block and network disks neither.
/// </summary>
internal static partial class DiskFiles
{
    /// <summary>Their paths, as libvirt has them: without doubled slashes.</summary>
    public static IEnumerable<string> Of(GuestSpec guest) =>
        guest.AllDisks().Where(d => d.Disk.FormatInEffect != DiskFormat.Block).Select(d => d.Disk.Path.ToString())
            .Concat(Extra(guest))
            .Select(p => Slashes().Replace(p, "/"))
            .Distinct(StringComparer.Ordinal);

    /// <summary>The directory of a file.</summary>
    public static string Directory(string file) => file.LastIndexOf('/') is > 0 and var at ? file[..at] : "/";

    private static IEnumerable<string> Extra(GuestSpec guest) =>
        guest.ExtraXml.Where(e => e.Under == ExtraXmlParent.Devices)
            .SelectMany(e => ExtraXml.Parse(e.Xml))
            .Where(e => e.Name == "disk" && (string?)e.Attribute("device") != "cdrom")
            .Select(e => (string?)e.Element("source")?.Attribute("file"))
            .OfType<string>()
            .Where(p => p.StartsWith('/'));

    [GeneratedRegex("/{2,}")]
    private static partial Regex Slashes();
}
