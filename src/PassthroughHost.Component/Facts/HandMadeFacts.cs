namespace PassthroughInfra.Component.Facts;

/// <summary>
/// What people set up by hand for passthrough: in the host's files, in libvirt's hooks, and in the definitions of guests; not what this project wrote.
/// </summary>
public sealed record HandMadeFacts
{
    /// <summary>The lines that matter, word for word, with their files.</summary>
    public IReadOnlyList<FileLine> Lines { get; init; } = [];

    /// <summary>The files of these lines, scripts that may bind a device, and libvirt's hooks.</summary>
    public IReadOnlyList<HandMadeFile> Files { get; init; } = [];

    /// <summary>Of each guest's definition the lines that can be at odds with the host.</summary>
    public IReadOnlyList<DefinitionLine> Definitions { get; init; } = [];

    /// <summary>Each guest's definition whole.</summary>
    public IReadOnlyList<HandMadeDomain> Domains { get; init; } = [];

    /// <summary>What the definitions name that is no disk.</summary>
    public IReadOnlyList<GuestImage> Images { get; init; } = [];
}

/// <summary>A file with something set up by hand.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Mode">Its mode in octal: <c>755</c>.</param>
/// <param name="ModifiedAt">When its content changed, in seconds since 1970.</param>
/// <param name="PlacedAt">When it or its place changed, in seconds since 1970.</param>
/// <param name="Words">Which of the words that matter are in it: <c>virsh</c>, <c>driver_override</c>, <c>prereqs</c>.</param>
public sealed record HandMadeFile(string Path, string Mode, long ModifiedAt, long PlacedAt, IReadOnlyList<string> Words)
{
    /// <summary>Whether anybody may execute it.</summary>
    public bool IsExecutable => Mode.TakeLast(3).Any(d => ((d - '0') & 1) == 1);
}

/// <summary>A domain of libvirt that is no guest of this project.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Autostart">Whether it starts with the host.</param>
/// <param name="Definition">Its definition without passwords of displays, as libvirt keeps it.</param>
public sealed record HandMadeDomain(string Name, bool Autostart, string Definition);

/// <summary>One line of a guest's definition.</summary>
/// <param name="Guest">The guest's name.</param>
/// <param name="Text">The line, as libvirt wrote it.</param>
public sealed record DefinitionLine(string Guest, string Text);

/// <summary>A file that definitions name beside their disks.</summary>
/// <param name="Kind"><c>loader</c> (firmware), <c>nvram</c> (its variables) or <c>rom</c>.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size; null if it is not there.</param>
/// <param name="Head">Its first two bytes in hexadecimal, of a ROM: <c>55aa</c>.</param>
/// <param name="Device">The device that a ROM says it is for; null if it does not say.</param>
public sealed record GuestImage(string Kind, string Path, long? Bytes, string Head, PciId? Device);
