namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>What a host is, as far as this project could change it: to be the same before everything and after it was taken back.</summary>
internal static class HostFingerprint
{
    /// <summary>
    /// The command that prints it: every file of /etc, GRUB's menu and environment, links with their addresses, huge pages, domains and storage pools, the packages, and what this
    /// project keeps, but for the backups of a guest's NVRAM and TPM state, which outlive it. apt's and ld.so's caches are nobody's.
    /// </summary>
    public const string Command =
        "{ find /etc -type f -exec sha256sum {} + ; find /etc -printf '%p %y %m %u:%g %l\\n'; sha256sum /boot/grub/grub.cfg /boot/grub/grubenv; for l in /sys/class/net/*; do echo link ${l##*/}; done; ip -4 -o addr | awk '{ print \"address\", $2, $4 }'; grep HugePages_Total /proc/meminfo; find /var/lib/passthrough-host -mindepth 1 ! -path /var/lib/passthrough-host/guest ! -path '/var/lib/passthrough-host/guest/*' ! -name lock 2>/dev/null; virsh list --all --name; virsh pool-list --all; dpkg-query -W; }"
        + " | grep -vE ' /etc/(ld\\.so\\.cache|apt/)' | sort";

    /// <summary>What is gone (-) and what is new (+) between two of them; empty where they are the same.</summary>
    public static IReadOnlyList<string> Differences(string before, string after)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        return [.. old.Except(now).Select(l => "- " + l), .. now.Except(old).Select(l => "+ " + l)];
    }
}
