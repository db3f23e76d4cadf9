using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// Whether QEMU may read the ROM files of a guest's devices. virt-aa-helper makes AppArmor's rules for a guest from its definition, and none for a ROM file
/// (libvirt <c>src/security/virt-aa-helper.c</c>, <c>get_files</c>); what is left is what every guest may read (<c>src/security/apparmor/libvirt-qemu</c>), and
/// what the operator adds to that: in one file (Debian's), or in a directory of them (libvirt's own), whichever that abstraction includes. They are the
/// operator's own: no rule is written there.
/// </summary>
internal static partial class GuestRoms
{
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";

    private const string Rules = "/etc/apparmor.d/";

    private const string Shared = $"{Rules}abstractions/libvirt-qemu";

    private const string Additions = $"{Rules}local/abstractions/libvirt-qemu";

    private const string DropIns = $"{Shared}.d";

    private static readonly string[] Readable = ["/usr/share/vgabios/", "/usr/share/kvm/", "/usr/share/qemu/", "/usr/share/seabios/"];

    /// <summary>What has to be read of a host to tell: whether AppArmor is on, and its rules for all guests.</summary>
    public static IReadOnlyList<string> Paths(GuestSpec guest) => Elsewhere(guest).Any() ? [Enabled, Shared, Additions, $"{DropIns}/*", GuestChecks.HypervisorSettings] : [];

    /// <summary>A caution for each that it may not read.</summary>
    public static IEnumerable<Finding> Check(DeclaredGuest guest, HostFacts facts)
    {
        var isAsked = facts.Files.Any(f => f.Path == Enabled);
        if (isAsked && (!facts.File(Enabled).Content.StartsWith('Y') || Unconfined().IsMatch(facts.File(GuestChecks.HypervisorSettings).Content)))
        {
            yield break;
        }

        var shared = facts.File(Shared).Content;
        var included = Includes(shared).ToList();
        var rules = string.Join('\n', included.SelectMany(p => Included(p, facts)).Select(f => f.Content).Prepend(shared));
        // Of a host without libvirt it is not known yet.
        var addition = shared.Length == 0 || included.Contains(Additions) ? Additions : included.Contains(DropIns) ? $"{DropIns}/roms" : Shared;
        foreach (var (name, file) in Elsewhere(guest.Spec))
        {
            var verdict = Judge(rules, file);
            if (verdict == RuleVerdict.Allowed)
            {
                continue;
            }

            var why = verdict == RuleVerdict.Denied ? "a rule denies it, and that counts before any other" : "libvirt adds no rule for a ROM file";
            yield return new(
                Severity.Warning,
                $"{guest.Subject}.deviceOptions.{name}.romFile",
                isAsked
                    ? $"AppArmor confines this host's guests, and QEMU may not read {file}: {why}, and the guest would not start"
                    : $"where AppArmor confines guests (Debian and Ubuntu do by default), QEMU may not read {file}: {why}",
                $"put it below {Readable[0]}, or {(verdict == RuleVerdict.Denied ? $"take that rule out ({Shared} and what it includes)" : $"allow it in {addition} with the line \"{file} r,\"")}");
        }
    }

    /// <summary>What rules of AppArmor say of reading a file of root's. Source: apparmor.d(5), "Globbing", "Access Modes", "Rule Qualifiers".</summary>
    /// <param name="rules">Lines of a profile.</param>
    /// <param name="file">The file's path.</param>
    internal static RuleVerdict Judge(string rules, string file)
    {
        var reading = rules.Split('\n').Select(l => Rule().Match(l))
            // What counts only for files of QEMU's own user says nothing of root's.
            .Where(m => m.Success && !m.Groups["owner"].Success && (m.Groups["all"].Success || m.Groups["mode"].Value.Contains('r', StringComparison.Ordinal))).ToList();
        bool Any(bool denies) => reading.Any(m => m.Groups["deny"].Success == denies && (m.Groups["all"].Success || Regex.IsMatch(file, Pattern(m.Groups["path"].Value, denies))));
        return Any(denies: true) ? RuleVerdict.Denied : Any(denies: false) ? RuleVerdict.Allowed : RuleVerdict.NotMentioned;
    }

    // Source: apparmor.d(5), "#include mechanism": a name in angle brackets is below /etc/apparmor.d.
    private static IEnumerable<string> Includes(string rules) =>
        Include().Matches(rules).Select(m => m.Groups["below"].Success ? Rules + m.Groups["below"].Value : m.Groups["path"].Value).Select(p => p.TrimEnd('/'));

    // A directory's files are all included, but for what editors and packages leave (libapparmor, private.c, _aa_is_blacklisted).
    private static IEnumerable<FileFacts> Included(string path, HostFacts facts) => path == Shared ? [] :
        facts.Files.Where(f => f.Path == path || (f.Path.StartsWith($"{path}/", StringComparison.Ordinal) && !Left().IsMatch(f.Path)));

    private static IEnumerable<(string Name, string File)> Elsewhere(GuestSpec guest) =>
        guest.DeviceOptions.Where(o => o.Value.RomFile is not null).Select(o => (o.Key, $"{o.Value.RomFile}")).Where(r => !Readable.Any(p => r.Item2.StartsWith(p, StringComparison.Ordinal)));

    private static string Pattern(string path, bool denies) => $"^{Globbed(path, denies)}$";

    // Of a variable, @{HOME}, the value is not known: where it is about allowing it matches nothing, and about denying anything.
    private static string Globbed(string path, bool denies) => Glob().Replace(path, m => m.Value switch
    {
        "**" => ".*",
        "*" => "[^/]*",
        "?" => "[^/]",
        ['@', '{', ..] => denies ? ".*" : "(?!)",
        ['{', .. var either, '}'] => $"(?:{string.Join('|', either.Split(',').Select(e => Globbed(e, denies)))})",
        ['[', '^', .. var none, ']'] => $"[^/{Regex.Escape(none)}]",
        ['[', .. var any, ']'] => $"[{Regex.Escape(any)}]",
        ['\\', var plain] => Regex.Escape($"{plain}"),
        _ => Regex.Escape(m.Value),
    });

    [GeneratedRegex("""
        ^\s*(?:(?:(?<deny>deny)|(?<owner>owner)|allow|audit|quiet|file|priority\s*=\s*-?\d+)\s+)*
        (?:"?(?<path>/[^"#]*?|@\{[^"#]*?)"?\s+(?<mode>[rwaklmixupcPUC]+)|(?<mode>[rwaklmixupcPUC]+)\s+"?(?<path>/[^"#]*?|@\{[^"#]*?)"?|(?<all>file))\s*,
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Rule();

    [GeneratedRegex(@"\*\*|@?\{[^{}]*\}|\[[^\]]+\]|\\.|.")]
    private static partial Regex Glob();

    [GeneratedRegex("^\\s*#?include\\s+(?:if\\s+exists\\s+)?(?:<(?<below>[^>]+)>|\"(?<path>[^\"]+)\")", RegexOptions.Multiline)]
    private static partial Regex Include();

    [GeneratedRegex(@"/(?:\.|README$)|(?:~|\.(?:dpkg-(?:new|old|dist|bak|remove)|pac(?:save|new)|rpm(?:new|save)|orig|rej))$")]
    private static partial Regex Left();

    [GeneratedRegex("^\\s*security_driver\\s*=.*none", RegexOptions.Multiline)]
    private static partial Regex Unconfined();
}

/// <summary>What AppArmor's rules say of a file.</summary>
internal enum RuleVerdict
{
    /// <summary>Nothing, so that it may not be read.</summary>
    NotMentioned,

    /// <summary>It may be read.</summary>
    Allowed,

    /// <summary>It may not, whatever else allows it.</summary>
    Denied,
}
