using PassthroughInfra.Component.Spec;

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
        Images = [.. rows.All("handimage").Select(r => new GuestImage(r[1], r[2], r[3] == "absent" ? null : ProbeParser.Long(r[3]), r[4], PciId.TryRead(r[5], out var id) ? id : null))],
    };
}
