namespace PassthroughInfra.Component.Facts;

/// <summary>Reads the rows of probe-by-hand.sh.</summary>
internal static class HandMadeRows
{
    /// <summary>What they say; null in the output of an older probe.</summary>
    public static HandMadeFacts? Read(ProbeParser.Rows rows) => rows.All("byhand").Count == 0 ? null : new()
    {
        Lines = [.. rows.Text("byhand").Select(l => new FileLine(l.Name, l.Line.Trim()))],
        Files = [.. rows.All("handfile").Select(r => new HandMadeFile(r[1], r[2], ProbeParser.Long(r[3]), ProbeParser.Long(r[4]), ProbeParser.Words(r[5])))],
        Definitions = [.. rows.Text("handdomain").Select(l => new DefinitionLine(l.Name, l.Line))],
        Domains = [.. rows.All("handdefinition").Select(r => new HandMadeDomain(r[1], r[2] == "yes", ProbeParser.Decode(r[3])))],
        Images = [.. rows.All("handimage").Select(Image)],
    };

    private static GuestImage Image(ProbeParser.Row row) =>
        new(row[1], row[2], row[3] == "absent" ? null : ProbeParser.Long(row[3]), row[4], PciId.TryRead(row[5], out var id) ? id : null);
}
