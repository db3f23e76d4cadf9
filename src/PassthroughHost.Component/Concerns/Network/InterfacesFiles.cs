using System.IO.Enumeration;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>
/// What ifupdown's files set up: /etc/network/interfaces and those in /etc/network/interfaces.d. Source: interfaces(5), bridge-utils-interfaces(5).
/// </summary>
internal sealed record InterfacesFiles
{
    /// <summary>Its file.</summary>
    public const string Path = "/etc/network/interfaces";

    /// <summary>Those that Debian's file sources.</summary>
    public const string Others = "/etc/network/interfaces.d/*";

    private static readonly string[] Keywords = ["auto", "iface", "mapping", "source", "source-directory", "no-auto-down", "no-scripts", "rename", "template"];

    // ifupdown's own, and those of the packages bridge-utils and ifupdown2.
    private static readonly string[] PortOptions = ["bridge_ports", "bridge-ports"];

    /// <summary>Whether the host has ifupdown.</summary>
    public required bool HasIfupdown { get; init; }

    /// <summary>Every iface line, in the order of the files.</summary>
    public required IReadOnlyList<InterfaceStanza> Stanzas { get; init; }

    /// <summary>What is set up at a boot, or when its device comes: names and patterns (<c>/eth*</c>) behind <c>auto</c> and <c>allow-hotplug</c>.</summary>
    public required IReadOnlyList<string> Started { get; init; }

    /// <summary>What is sourced from elsewhere, which was not read: the place and the line.</summary>
    public required IReadOnlyList<(string Place, string Line)> NotRead { get; init; }

    /// <summary>All of them; nothing if the host has no ifupdown.</summary>
    public static InterfacesFiles Of(HostFacts facts)
    {
        var stanzas = new List<InterfaceStanza>();
        var started = new List<string>();
        var notRead = new List<(string, string)>();
        var isThere = facts.System.Tools.Contains("ifup");
        if (isThere && facts.File(Path) is { Kind: FileKind.Regular or FileKind.Link } main)
        {
            if (main.Kind == FileKind.Link)
            {
                notRead.Add((Path, $"a link to {main.Content.Trim()}"));
            }
            else if (Read(main, stanzas, started, notRead))
            {
                foreach (var file in facts.Files.Where(IsSourced))
                {
                    if (file.Kind == FileKind.Regular)
                    {
                        Read(file, stanzas, started, notRead);
                    }
                    else
                    {
                        notRead.Add((file.Path, "no regular file"));
                    }
                }
            }
        }

        return new() { HasIfupdown = isThere, Stanzas = stanzas, Started = started, NotRead = notRead };
    }

    /// <summary>What sets a link up: it has a method, and that is not <c>manual</c>, which leaves the link to others.</summary>
    public InterfaceStanza? SetsUp(string link) => Of(link).FirstOrDefault(s => s.Method != "manual");

    /// <summary>What names a link at all: ifupdown makes it, or sets it up.</summary>
    public InterfaceStanza? Defines(string link) => Of(link).FirstOrDefault();

    /// <summary>Whether a link is set up at a boot, if anything sets it up.</summary>
    public bool StartsAtBoot(string link) => Started.Any(s => Matches(s.TrimStart('/').Split('=', '/')[0], link));

    /// <summary>The bridge that has a link for its port.</summary>
    public InterfaceStanza? BridgeOver(string link) => Stanzas.FirstOrDefault(s => s.Name != link && s.Ports.Any(p => Matches(p, link)));

    private IEnumerable<InterfaceStanza> Of(string link) => Stanzas.Where(s => Matches(s.Name, link));

    private static bool IsSourced(FileFacts file) => file.Path.StartsWith(Others[..^1], StringComparison.Ordinal);

    private static bool Matches(string name, string link) => FileSystemName.MatchesSimpleExpression(name, link, ignoreCase: false);

    // Whether it sources the files of the directory beside it.
    private static bool Read(FileFacts file, List<InterfaceStanza> stanzas, List<string> started, List<(string Place, string Line)> notRead)
    {
        var sources = false;
        InterfaceStanza? open = null;
        foreach (var (number, line) in Lines(file.Content))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words[0] is "source" or "source-directory")
            {
                foreach (var path in words.Skip(1))
                {
                    var whole = path.StartsWith('/') ? path : $"/etc/network/{path}";
                    // Some of them only, or one: all are read, which forbids more rather than less.
                    if (whole.TrimEnd('/') == Others[..^2] || (whole.StartsWith(Others[..^1], StringComparison.Ordinal) && !whole[Others[..^1].Length..].Contains('/')))
                    {
                        sources = true;
                    }
                    else
                    {
                        notRead.Add(($"{file.Path}, line {number}", line));
                    }
                }
            }
            else if (words[0] == "iface" && words.Length > 1)
            {
                open = new(file.Path, number, words[1], words.Length > 3 ? words[3] : "", line) { Family = words.Length > 2 ? words[2] : "" };
                stanzas.Add(open);
                continue;
            }
            else if (open is not null && PortOptions.Contains(words[0]))
            {
                // Which ports an expression means is not worked out: it may mean any.
                var ports = words.Skip(1).Where(w => w != "none").Select(w => w is "regex" or "all" ? "*" : w);
                stanzas[^1] = open = open with { Ports = [.. open.Ports, .. ports] };
            }

            if (words[0] is "auto" or "allow-auto" or "allow-hotplug")
            {
                started.AddRange(words.Skip(1));
            }

            if (Keywords.Contains(words[0]) || words[0].StartsWith("allow-", StringComparison.Ordinal))
            {
                open = null;
            }
        }

        return sources;
    }

    // A line that ends with a backslash goes on in the next one; comments take whole lines.
    private static IEnumerable<(int Number, string Line)> Lines(string content)
    {
        var (began, text) = (0, "");
        foreach (var (line, index) in content.Split('\n').Select((l, i) => (l.TrimEnd('\r'), i)))
        {
            if (text.Length == 0)
            {
                began = index + 1;
                if (line.TrimStart().StartsWith('#'))
                {
                    continue;
                }
            }

            if (line.EndsWith('\\'))
            {
                text += line[..^1] + " ";
                continue;
            }

            text = (text + line).Trim();
            if (text.Length > 0)
            {
                yield return (began, text);
            }

            text = "";
        }
    }
}

/// <summary>One iface line of ifupdown's and what belongs to it.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Number">The number of its line.</param>
/// <param name="Name">The link, or a pattern with <c>*</c>.</param>
/// <param name="Method"><c>static</c>, <c>dhcp</c>, <c>manual</c>…; of a line that inherits, whose; empty if the line names none.</param>
/// <param name="Line">The line itself.</param>
internal sealed record InterfaceStanza(string File, int Number, string Name, string Method, string Line)
{
    /// <summary><c>inet</c>, <c>inet6</c>…; of a line that inherits, its word for that.</summary>
    public string Family { get; init; } = "";

    /// <summary>The ports of a bridge.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Where it stands and what it says, for messages.</summary>
    public string Place => $"{File}, line {Number}: {Line}";
}
