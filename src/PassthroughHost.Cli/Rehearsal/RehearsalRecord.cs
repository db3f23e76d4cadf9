using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>
/// The table of docs/rehearsals.md: on which kind of virtual host a rehearsal was run, with which versions of what a host is made of, and how it ended. Each run
/// writes its own row; those of other kinds stay.
/// </summary>
internal static partial class RehearsalRecord
{
    /// <summary>The command that tells what the host is made of: a line for each package, with its version, and <c>os</c> and <c>kernel</c>.</summary>
    public const string Command =
        "echo \"os $(. /etc/os-release; echo $PRETTY_NAME)\"; echo \"kernel $(uname -r)\"; echo \"firmware $([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)\";"
        + " echo \"sudo-program $(readlink -f \"$(command -v sudo)\")\";"
        // Which of its packages are there depends on the firmware and on the release; each has this program.
        + " echo \"grub $(grub-mkconfig --version | sed 's/.* //')\";"
        + " dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\\n' initramfs-tools dracut systemd netplan.io libvirt-daemon-system qemu-system-x86 sudo sudo-rs coreutils rust-coreutils 2>/dev/null | sed -n 's/^ii *//p'";

    private const string Start = """
        # Rehearsals

        What `./passthrough rehearse --record` has written here: a row for each kind of [virtual host](virtual-host.md), by its last run. The versions are those of the
        host's packages.

        | kind | host | kernel | GRUB | initramfs by | systemd | netplan | libvirt | QEMU | sudo | GNU programs | outcome | run on |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|

        """;

    private static string PathIn(string root) => Path.Combine(root, "docs", "rehearsals.md");

    /// <summary>Writes the row of a kind of host.</summary>
    /// <param name="root">The project's directory.</param>
    /// <param name="variant">The kind's name; null for the usual one.</param>
    /// <param name="seen">What <see cref="Command"/> said.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="day">When.</param>
    public static void Write(string root, string? variant, string seen, string outcome, DateOnly day)
    {
        var path = PathIn(root);
        var name = variant is null ? "(none)" : $"`{variant}`";
        var rows = (File.Exists(path) ? File.ReadAllLines(path) : []).Where(l => Row().IsMatch(l) && !l.StartsWith($"| {name} |", StringComparison.Ordinal));
        var row = $"| {name} | {Cells(seen)} | {outcome.Replace("|", "\\|", StringComparison.Ordinal)} | {day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} |";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Start.ReplaceLineEndings("\n") + string.Concat(rows.Append(row).Order(StringComparer.Ordinal).Select(r => r + "\n")));
    }

    private static string Cells(string seen)
    {
        var said = seen.Split('\n').Select(l => l.Trim().Split(' ', 2)).Where(w => w.Length == 2).GroupBy(w => w[0]).ToDictionary(g => g.Key, g => g.First()[1]);
        string Version(string package) => said.TryGetValue(package, out var version) ? Upstream().Match(version).Groups[1].Value : "";
        string Named(string package) => $"{package} {Version(package)}";
        var isRust = said.GetValueOrDefault("sudo-program", "").Contains("/cargo/", StringComparison.Ordinal);
        return string.Join(
            " | ",
            $"{said.GetValueOrDefault("os")}, {said.GetValueOrDefault("firmware")}",
            said.GetValueOrDefault("kernel"),
            Version("grub"),
            Named(said.ContainsKey("dracut") ? "dracut" : "initramfs-tools"),
            Version("systemd"),
            Version("netplan.io"),
            Version("libvirt-daemon-system"),
            Version("qemu-system-x86"),
            isRust ? Named("sudo-rs") : Version("sudo"),
            said.ContainsKey("rust-coreutils") ? $"uutils {Version("rust-coreutils")}" : Version("coreutils"));
    }

    [GeneratedRegex(@"^\| (?:`|\()")]
    private static partial Regex Row();

    // Of [epoch:]upstream[-revision], without what Debian appends to the upstream version. Source: Debian Policy, "5.6.12 Version".
    [GeneratedRegex(@"^(?:\d+:)?(\d[\w.]*)")]
    private static partial Regex Upstream();
}
