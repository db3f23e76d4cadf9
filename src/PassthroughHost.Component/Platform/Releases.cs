using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Platform;

/// <summary>What a release of a distribution had on its first day of what this project builds on; its updates bring later ones. A text is empty if it is not known here.</summary>
/// <param name="Distribution"><c>ID</c> of os-release(5).</param>
/// <param name="Version"><c>VERSION_ID</c> of os-release(5).</param>
/// <param name="Kernel">The kernel it was released with.</param>
/// <param name="Initramfs">What makes the initramfs.</param>
/// <param name="Grub">GRUB.</param>
/// <param name="Qemu">QEMU; a new machine type is of that version.</param>
/// <param name="Libvirt">libvirt.</param>
/// <param name="Netplan">netplan.</param>
/// <param name="VfioPci">How the kernel has vfio-pci.</param>
/// <param name="Systemd">systemd.</param>
/// <param name="Sudo">What <c>sudo</c> is.</param>
/// <param name="Programs">Whose <c>stat</c>, <c>sync</c> and the like are first on the PATH.</param>
public sealed record Release(
    string Distribution,
    string Version,
    string Kernel,
    string Initramfs,
    string Grub,
    string Qemu,
    string Libvirt,
    string Netplan,
    string VfioPci,
    string Systemd,
    string Sudo,
    string Programs)
{
    /// <summary>Its name for people: <c>Debian 13</c>.</summary>
    public string Name => Releases.Name(Distribution, Version);
}

/// <summary>One thing that an upgrade from a release to another changes.</summary>
/// <param name="Id">A name that does not change: <c>upgrade-grub</c>.</param>
/// <param name="What">What becomes of it: <c>GRUB 2.06 -> 2.12</c>.</param>
/// <param name="Meaning">What that means for a host of this project.</param>
public sealed record ReleaseChange(string Id, string What, string Meaning);

/// <summary>
/// The releases that can be upgraded into each other, and what such an upgrade changes. Source: the package lists of each release: for Debian those of
/// bookworm and trixie (linux-image-amd64, grub-pc, qemu-system-x86, libvirt-daemon-system, netplan.io, systemd, sudo), for Ubuntu the same packages on packages.ubuntu.com
/// (jammy, noble and resolute, not their -updates: noble-updates has netplan 1.1); what makes the initramfs of Ubuntu 26.04, and that
/// its sudo and its programs are written in Rust: its release notes. How a
/// kernel has vfio-pci is what its own modules.builtin says.
/// </summary>
public static class Releases
{
    private static readonly Release[] Known =
    [
        new("debian", "12", "6.1", "initramfs-tools", "2.06", "7.2", "9.0", "0.106", "a module", "252", "sudo 1.9.13", "GNU"),
        new("debian", "13", "6.12", "initramfs-tools", "2.12", "10.0", "11.3", "1.1", "a module", "257", "sudo 1.9.16", "GNU"),
        new("ubuntu", "22.04", "5.15", "initramfs-tools", "2.06", "6.2", "8.0", "0.104", "built in", "249", "sudo 1.9.9", "GNU"),
        new("ubuntu", "24.04", "6.8", "initramfs-tools", "2.12", "8.2", "10.0", "1.0", "", "255", "sudo 1.9.15", "GNU"),
        new("ubuntu", "26.04", "7.0", "dracut", "2.14", "10.2", "12.0", "1.2", "", "259", "sudo-rs", "uutils"),
    ];

    /// <summary>All of them; docs/releases.md has the same.</summary>
    internal static IReadOnlyList<Release> All => Known;

    /// <summary>A release's name for people, from the words of os-release(5).</summary>
    public static string Name(string distribution, string version) =>
        $"{distribution switch { "debian" => "Debian", "ubuntu" => "Ubuntu", var other => other }} {version}".Trim();

    /// <summary>The release that a host runs; null if it is not known here.</summary>
    public static Release? Of(SystemFacts system) => Known.FirstOrDefault(r => r.Distribution == system.Distribution && r.Version == system.Version);

    /// <summary>A release by its words in os-release(5); null if it is not known here.</summary>
    public static Release? Of(string distribution, string version) => Known.FirstOrDefault(r => r.Distribution == distribution && r.Version == version);

    /// <summary>The release that one is upgraded to; null if none is known here.</summary>
    public static Release? Next(Release release) => Known.SkipWhile(r => r != release).Skip(1).FirstOrDefault(r => r.Distribution == release.Distribution);

    /// <summary>What an upgrade changes of what this project builds on.</summary>
    public static IEnumerable<ReleaseChange> Changes(Release from, Release to)
    {
        yield return new(
            "upgrade-kernel",
            Step("Linux", from.Kernel, to.Kernel),
            "a kernel is installed, and the preview says so; it gets an initramfs with this stack's binding, and a boot of it with a device that is not with vfio-pci starts no guest with devices");
        if (from.VfioPci != to.VfioPci)
        {
            yield return new(
                "upgrade-vfio",
                Step("vfio-pci", from.VfioPci, to.VfioPci.Length > 0 ? to.VfioPci : "as the new kernel has it"),
                "the files of the early binding follow the kernels that are installed: the preview after the upgrade has them");
        }

        if (from.Initramfs != to.Initramfs)
        {
            yield return new(
                "upgrade-initramfs",
                Step("initramfs", from.Initramfs, to.Initramfs),
                $"where {to.Initramfs} takes the place of {from.Initramfs}, the hook of {from.Initramfs} goes and {to.Initramfs}'s module comes, by the update after the upgrade; until then a boot may lack the binding");
        }

        if (from.Grub != to.Grub)
        {
            yield return new(
                "upgrade-grub",
                Step("GRUB", from.Grub, to.Grub),
                "dpkg may ask about /etc/default/grub where that was changed by hand: keep yours; this stack's arguments are in a drop-in of its own, which no package replaces");
        }

        if (from.Qemu != to.Qemu)
        {
            yield return new(
                "upgrade-qemu",
                Step("QEMU", from.Qemu, to.Qemu),
                "a guest keeps the machine type it was defined with (pc-q35-…); one that runs goes on with the old QEMU until it is shut down and started again");
        }

        if (from.Libvirt != to.Libvirt)
        {
            yield return new(
                "upgrade-libvirt",
                Step("libvirt", from.Libvirt, to.Libvirt),
                "what a newer libvirt adds to a definition by itself is no drift where this project knows it; what it does not know is shown, and one update settles it");
        }

        if (from.Netplan != to.Netplan)
        {
            yield return new(
                "upgrade-netplan",
                Step("netplan", from.Netplan, to.Netplan),
                "the files in /etc/netplan stay; be logged in over another link, or at the console, while the upgrade restarts the network");
        }
    }

    private static string Step(string what, string from, string to) =>
        from == to ? $"{what} {from}" : $"{what} {(from.Length > 0 ? from : "as it is")} -> {(to.Length > 0 ? to : "a later one")}";
}
