using System.Globalization;
using static PassthroughInfra.Component.Facts.ProbeParser;

namespace PassthroughInfra.Component.Facts;

/// <summary>Reads what probe.sh prints about libvirt.</summary>
internal static class GuestRows
{
    /// <summary>The facts; null where libvirt was not asked.</summary>
    public static GuestFacts? Read(Rows rows)
    {
        if (rows.All("libvirt").Count == 0)
        {
            return null;
        }

        var libvirt = rows.One("libvirt");
        var incomplete = rows.All("libvirt-incomplete").Select(r => r[1]).FirstOrDefault();
        return new()
        {
            Libvirt = new()
            {
                Answers = libvirt[1] == "yes" && incomplete is null,
                Version = libvirt[2],
                Login = libvirt[3],
                LoginAllowed = libvirt[4] == "yes",
                Failure = incomplete ?? Decode(libvirt[5]).Trim(),
            },
            Domains = [.. rows.All("domain").Select(Domain).OrderBy(d => d.Name, StringComparer.Ordinal)],
            Guests = [.. rows.All("guest").Select(r => Guest(r[1], rows))],
            Media = Media(rows),
            Pools = [.. rows.All("pool").Select(Pool).OrderBy(p => p.Name, StringComparer.Ordinal)],
            Firmware = [.. rows.All("ovmf").Select(r => r[1])],
        };
    }

    private static DefinitionFacts Guest(string name, Rows rows) => new()
    {
        Name = name,
        Definition = rows.WholeText("definition", name),
        Running = rows.WholeText("active", name),
        AsDefined = Text(rows, "guest-defined", name) is { } defined ? Decode(defined) : null,
        AsDefinedBy = rows.All("guest-defined").FirstOrDefault(r => r[1] == name)?[3] ?? "",
        Adopted = Text(rows, "guest-adopted", name) is { } found ? Decode(found) : null,
        IsKnown = rows.All("guest-known").Any(r => r[1] == name),
        EndedAt = Text(rows, "guest-ended", name) is { } ended ? DateTimeOffset.Parse(ended, CultureInfo.InvariantCulture).ToUnixTimeSeconds() : 0,
        Nvram = Text(rows, "nvram", name),
        TpmState = Text(rows, "tpmstate", name),
    };

    private static DomainFacts Domain(Row row) => new()
    {
        Name = row[1],
        Uuid = row[2],
        State = row[3],
        Autostart = row[4] == "enable",
        Persistent = row[5] != "no",
        Devices = [.. Words(row[6]).Select(PciAddress.Parse)],
    };

    // A volume is told by the position of its path among the media that were asked about.
    private static IReadOnlyList<MediumFacts> Media(Rows rows)
    {
        var volumes = rows.All("volume").ToDictionary(r => r[1], r => r[2]);
        return [.. rows.All("medium").Select((row, i) => Medium(row) with { Pool = volumes.GetValueOrDefault($"{i + 1}", "") }).DistinctBy(m => m.Path)];
    }

    private static PoolFacts Pool(Row row) => new()
    {
        Name = row[1],
        Type = row[2],
        Active = row[3] == "running",
        Autostart = row[4] == "yes",
        Target = Unescaped(row.From(5)),
    };

    // As libvirt writes a text into XML.
    private static string Unescaped(string text) =>
        text.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal)
            .Replace("&apos;", "'", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal);

    private static MediumFacts Medium(Row row) => new()
    {
        Path = row[1],
        Kind = row[2] switch { "file" => MediumKind.File, "block" => MediumKind.Block, "other" => MediumKind.Other, _ => MediumKind.Absent },
        Bytes = Long(row[3]),
        VirtualBytes = Long(row[4]),
        Format = row[5],
        Reachable = row[6] switch { "yes" => true, "no" => false, _ => null },
        FreeKiB = Long(row[7]),
        Mount = row[8],
        Sha256 = row[9],
    };

    private static string? Text(Rows rows, string kind, string name) => rows.All(kind).FirstOrDefault(r => r[1] == name)?[2] is { Length: > 0 } text ? text : null;
}
