using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>Distribution, architecture, what the machine is, and the login.</summary>
internal static class SystemPreconditions
{
    private static readonly Dictionary<string, Version> Supported = new(StringComparer.Ordinal) { ["debian"] = new(12, 0), ["ubuntu"] = new(22, 4) };

    /// <summary>What <c>systemd-detect-virt</c> calls containers.</summary>
    public static bool IsContainer(HostFacts facts) =>
        facts.System.Virtualization is "lxc" or "lxc-libvirt" or "docker" or "podman" or "systemd-nspawn" or "openvz" or "rkt" or "wsl" or "container-other";

    /// <summary>Whether it is x86-64, as far as is known.</summary>
    public static bool IsX86(SystemFacts system) => system.Architecture is "amd64" or "x86_64" or "";

    /// <summary>All of them.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts) =>
    [
        .. Precondition.Of("distribution", Distribution(facts), facts.System.PrettyName),
        Architecture(facts.System),
        .. Precondition.Of("machine", Container(facts), Machine(facts.System)),
        .. Precondition.Of("login", Login(facts), "it has root rights"),
        .. Xen(facts).Select(f => Precondition.Of("xen", f)),
    ];

    // Debian testing and unstable have no release number. Proxmox VE says in os-release that it is Debian; its packages conflict with the distribution's QEMU and
    // libvirt (proxmox-ve depends on pve-qemu-kvm, which conflicts with qemu-system-x86), and its guests are not libvirt's.
    private static IEnumerable<Finding> Distribution(HostFacts facts)
    {
        var system = facts.System;
        if (system.Product.Length > 0)
        {
            yield return new(
                Severity.Error,
                Precondition.Host,
                $"it runs {system.Product}, which has guests, a QEMU and a way to boot of its own",
                $"give devices to its guests with its own means (qm set … -hostpci0), or use a machine with plain Debian or Ubuntu");
        }
        else if (!Supported.TryGetValue(system.Distribution, out var oldest)
            || (Version.TryParse(system.Version.Contains('.') ? system.Version : system.Version + ".0", out var release) && release < oldest))
        {
            yield return new(
                Severity.Error,
                Precondition.Host,
                $"it runs {(system.PrettyName.Length > 0 ? system.PrettyName : "an unknown distribution")}",
                "Debian 12 or later and Ubuntu 22.04 or later are supported");
        }
    }

    private static Precondition Architecture(SystemFacts system) => system.Architecture switch
    {
        "amd64" or "x86_64" => new("architecture", PreconditionVerdict.Good, "x86-64"),
        "" => new("architecture", PreconditionVerdict.Unknown, "dpkg does not say what this machine's architecture is", "see dpkg --print-architecture on it"),
        var other => new("architecture", PreconditionVerdict.Blocks, $"it is {other}", "only x86-64 (amd64) with VT-d or AMD-Vi is supported"),
    };

    private static string Machine(SystemFacts system) =>
        (system.Machine.Length > 0 ? system.Machine : "its firmware does not name it")
        + (system.Virtualization is "" or "none" ? "" : $", itself a virtual machine ({system.Virtualization})");

    // A container has no kernel of its own.
    private static IEnumerable<Finding> Container(HostFacts facts)
    {
        if (IsContainer(facts))
        {
            yield return new(Severity.Error, Precondition.Host, $"it is a container ({facts.System.Virtualization})", "name the machine itself in machine.connection.host: a container has no kernel, GRUB or IOMMU of its own");
        }
    }

    private static IEnumerable<Finding> Login(HostFacts facts)
    {
        if (facts.System.UserId != 0)
        {
            yield return new(Severity.Error, "machine.connection.user", "the login has no root rights", "log in as root, or allow the user sudo without a password");
        }
    }

    // Xen has the IOMMU to itself: KVM and vfio-pci have neither. Source: Linux Documentation/ABI/stable/sysfs-hypervisor-xen.
    private static IEnumerable<Finding> Xen(HostFacts facts)
    {
        if (facts.Boot.Hypervisor == "xen")
        {
            yield return new(
                Severity.Error,
                Precondition.Host,
                "it was booted under Xen (/sys/hypervisor/type), whose guests are not KVM's",
                "boot its plain Linux entry and make that GRUB's default (GRUB_DEFAULT in /etc/default/grub), or remove xen-hypervisor; a virtual machine of Xen's has no devices to give");
        }
    }
}
