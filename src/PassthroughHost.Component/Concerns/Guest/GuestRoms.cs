using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// Whether QEMU may read the ROM files of a guest's devices. virt-aa-helper makes AppArmor's rules for a guest from its definition, and none for a ROM file
/// (libvirt <c>src/security/virt-aa-helper.c</c>, <c>get_files</c>); what is left is what every guest may read (<c>src/security/apparmor/libvirt-qemu</c>), and
/// what the operator adds to that. Debian 12 includes one file for additions, which is the operator's own: no rule is written there.
/// </summary>
internal static partial class GuestRoms
{
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";

    private const string Additions = "/etc/apparmor.d/local/abstractions/libvirt-qemu";

    private const string Shared = "/etc/apparmor.d/abstractions/libvirt-qemu";

    private static readonly string[] Readable = ["/usr/share/vgabios/", "/usr/share/kvm/", "/usr/share/qemu/", "/usr/share/seabios/"];

    /// <summary>What has to be read of a host to tell: whether AppArmor is on, and its rules for all guests.</summary>
    public static IReadOnlyList<string> Paths(GuestSpec guest) => Elsewhere(guest).Any() ? [Enabled, Shared, Additions, GuestChecks.HypervisorSettings] : [];

    /// <summary>A caution for each that it may not read.</summary>
    public static IEnumerable<Finding> Check(DeclaredGuest guest, HostFacts facts)
    {
        var isAsked = facts.Files.Any(f => f.Path == Enabled);
        if (isAsked && (!facts.File(Enabled).Content.StartsWith('Y') || Unconfined().IsMatch(facts.File(GuestChecks.HypervisorSettings).Content)))
        {
            yield break;
        }

        var rules = string.Join('\n', facts.File(Shared).Content, facts.File(Additions).Content);
        foreach (var (name, file) in Elsewhere(guest.Spec).Where(r => !Allows(rules, r.File)))
        {
            yield return new(
                Severity.Warning,
                $"{guest.Subject}.deviceOptions.{name}.romFile",
                isAsked
                    ? $"AppArmor confines this host's guests, and QEMU may not read {file}: libvirt adds no rule for a ROM file, and the guest would not start"
                    : $"where AppArmor confines guests (Debian and Ubuntu do by default), QEMU may not read {file}: libvirt adds no rule for a ROM file",
                $"put it below {Readable[0]}, or allow it in {Additions} with the line \"{file} r,\"");
        }
    }

    /// <summary>Whether rules of AppArmor let a program read a file of root's. Source: apparmor.d(5), "Globbing", "Access Modes", "owner".</summary>
    /// <param name="rules">Lines of a profile.</param>
    /// <param name="file">The file's path.</param>
    internal static bool Allows(string rules, string file) =>
        rules.Split('\n').Select(l => Rule().Match(l)).Where(m => m.Success && m.Groups["mode"].Value.Contains('r', StringComparison.Ordinal)).Any(m => Regex.IsMatch(file, Pattern(m.Groups["path"].Value)));

    private static IEnumerable<(string Name, string File)> Elsewhere(GuestSpec guest) =>
        guest.DeviceOptions.Where(o => o.Value.RomFile is not null).Select(o => (o.Key, $"{o.Value.RomFile}")).Where(r => !Readable.Any(p => r.Item2.StartsWith(p, StringComparison.Ordinal)));

    private static string Pattern(string path) => $"^{Globbed(path)}$";

    // Of a variable, @{HOME}, the value is not known, and so it matches nothing.
    private static string Globbed(string path) => Glob().Replace(path, m => m.Value switch
    {
        "**" => ".*",
        "*" => "[^/]*",
        "?" => "[^/]",
        ['@', '{', ..] => "(?!)",
        ['{', .. var either, '}'] => $"(?:{string.Join('|', either.Split(',').Select(Globbed))})",
        _ => Regex.Escape(m.Value),
    });

    [GeneratedRegex("^\\s*(?:allow\\s+|file\\s+)*\"?(?<path>/[^\"#]*?)\"?\\s+(?<mode>[rwaklmixupcPUC]+)\\s*,")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\*\*|@?\{[^{}]*\}|.")]
    private static partial Regex Glob();

    [GeneratedRegex("^\\s*security_driver\\s*=.*none", RegexOptions.Multiline)]
    private static partial Regex Unconfined();
}
