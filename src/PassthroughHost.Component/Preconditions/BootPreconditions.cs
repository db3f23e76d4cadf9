using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>What boots the host, and what makes its initramfs: an update writes for GRUB 2 and initramfs-tools, and for no other.</summary>
internal static class BootPreconditions
{
    private static readonly string[] GrubTools = ["grub-mkconfig", "grub-script-check"];

    /// <summary>All of them. A container has no boot of its own.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts, MachineSpec? spec, BootDemands? boot) => SystemPreconditions.IsContainer(facts) ? [] :
    [
        new("firmware", PreconditionVerdict.Good, facts.System.Uefi ? "booted through UEFI" : "booted through a BIOS"),
        Unless(
            spec,
            UnknownBoot.BootLoader,
            Loader(facts),
            "GRUB's menu is written; if something else boots this host, the kernel arguments have no effect, no device is bound, and the verification after the reboot fails"),
        .. spec is { Devices.Count: 0 } ? [] : Kernels(facts),
        .. boot is { BindsEarly: false } ? Array.Empty<Precondition>() :
        [
            Unless(
                spec,
                UnknownBoot.Initramfs,
                Initramfs(facts, spec),
                "initramfs-tools makes /boot/initrd.img-* again, in place of what the other program made: if the root needs what only the other's has, no entry "
                    + "of the menu boots; if the other's is the one that boots, no device is bound, and the verification after the reboot fails"),
        ],
        .. facts.System.Tools.Contains("update-initramfs") ? [Room(facts, boot)] : Array.Empty<Precondition>(),
    ];

    // GRUB begins the command line with BOOT_IMAGE= and the file it loaded (grub-core/loader/i386/linux.c); systemd-boot and the firmware itself do not. What a loader
    // says of itself is in LoaderInfo, and the stub of a unified kernel image in StubInfo (systemd.io/BOOT_LOADER_INTERFACE).
    private static Precondition Loader(HostFacts facts)
    {
        var boot = facts.Boot;
        var missing = GrubTools.Where(t => !facts.System.Tools.Contains(t)).ToList();
        const string remedy = "only machines that boot through GRUB 2 are supported: install grub2, or see how this one boots";
        var how = boot.Stub.Length > 0 ? $"a unified kernel image booted this host ({boot.Stub}), whose kernel arguments are within it"
            : boot.Loader.StartsWith("systemd-boot", StringComparison.Ordinal) ? $"{boot.Loader} booted this host, and not GRUB"
            : null;
        var left = boot.GrubConfigMadeAt > 0 ? "; the /boot/grub/grub.cfg that is there is not used" : "";
        return how is not null ? Forbidden(how + left, "only machines that boot through GRUB 2 are supported: make GRUB the firmware's first boot entry (efibootmgr), or see how this one boots")
            : missing.Count > 0 ? Forbidden($"there is no {string.Join(" and no ", missing)}", remedy)
            : boot.GrubConfigMadeAt == 0 ? Forbidden("there is no /boot/grub/grub.cfg", remedy)
            : !boot.Arguments().Any(a => a.StartsWith("BOOT_IMAGE=", StringComparison.Ordinal))
                ? new("boot-loader", PreconditionVerdict.Unknown, $"GRUB 2 is installed, and what booted this host is not known: BOOT_IMAGE= is not on the kernel's command line{(boot.Loader.Length > 0 ? $" ({boot.Loader})" : "")}", "reboot the host once through GRUB's menu (not by kexec, and not straight from the firmware)") { ProtectsHost = true }
            : new("boot-loader", PreconditionVerdict.Good, $"GRUB 2, {boot.Entries.Count} kernel lines in its menu");
    }

    // What cannot be told is accepted by name only, and what comes of it is said.
    private static Precondition Unless(MachineSpec? spec, UnknownBoot name, Precondition found, string consequence) =>
        found.Verdict != PreconditionVerdict.Unknown ? found
        : spec?.Boot.AcceptUnknown.Contains(name) == true ? found with { Verdict = PreconditionVerdict.Caution, Seen = $"{found.Seen}; accepted by name", Remedy = consequence }
        : found with { Remedy = $"{found.Remedy}; or accept it by name with boot.acceptUnknown: [{TextValue.Word(name)}]: {consequence}" };

    private static Precondition Forbidden(string seen, string remedy) => new("boot-loader", PreconditionVerdict.Blocks, seen, remedy) { ProtectsHost = true };

    private static IEnumerable<Precondition> Kernels(HostFacts facts) => facts.Boot.Kernels.Count == 0
        ? [new("kernels", PreconditionVerdict.Blocks, "no kernel is in /boot", "see how this machine boots: kernels are looked for as /boot/vmlinuz-*") { ProtectsHost = true }]
        : Precondition.Of("kernels", [.. WithoutVfio(facts), .. WithoutInitramfs(facts)], string.Join(", ", facts.Boot.Kernels.Select(Kernel)));

    private static string Kernel(KernelFacts kernel) => $"{kernel.Release} with vfio-pci {(kernel.VfioPci == VfioPresence.Builtin ? "built in" : "as a module")}";

    private static IEnumerable<Finding> WithoutVfio(HostFacts facts) => facts.Boot.Kernels.Where(k => k.VfioPci == VfioPresence.Missing).Select(k => new Finding(
        Severity.Error,
        Precondition.Host,
        $"the installed kernel {k.Release} has no vfio-pci: after a reboot into it no device would be bound",
        $"remove it (apt-get purge linux-image-{k.Release}), or install the distribution's full kernel instead of a cloud or minimal one"));

    private static IEnumerable<Finding> WithoutInitramfs(HostFacts facts) => facts.Boot.Kernels.Where(k => k is { VfioPci: VfioPresence.Module, InitramfsBytes: 0 }).Select(k => new Finding(
        Severity.Error,
        Precondition.Host,
        $"the installed kernel {k.Release} has vfio-pci as a module and no initramfs to load it from: the devices' own drivers would be first",
        $"make one (update-initramfs -c -k {k.Release}), or remove that kernel (apt-get purge linux-image-{k.Release})"));

    // A hook of a program that is there runs whenever a kernel comes, and makes the initramfs its own way: the last one's stays.
    private static Precondition Initramfs(HostFacts facts, MachineSpec? spec)
    {
        var others = (facts.Boot.InitramfsMakers ?? (facts.System.Tools.Contains("dracut") ? ["dracut"] : [])).Where(m => m != "initramfs-tools").ToList();
        var module = spec is not null || facts.Boot.Kernels.Any(k => k.VfioPci == VfioPresence.Module);
        var ours = facts.System.Tools.Contains("update-initramfs") && facts.Boot.InitramfsMakers?.Contains("initramfs-tools") != false;
        var (verdict, seen, remedy) = (ours, others.Count) switch
        {
            (true, 0) => (PreconditionVerdict.Good, "initramfs-tools makes the initramfs", ""),
            (true, _) => (PreconditionVerdict.Unknown, $"initramfs-tools and {string.Join(" and ", others)} both make an initramfs when a kernel is installed, and whose counts is not known", $"remove one of the two: apt-get purge {others[0]}, or see /etc/kernel/postinst.d"),
            (_, 0) => (PreconditionVerdict.Blocks, facts.System.Tools.Contains("update-initramfs") ? "update-initramfs is there, and nothing of initramfs-tools runs when a kernel is installed" : "there is no update-initramfs", "install initramfs-tools (dracut is not supported yet)"),
            _ => (PreconditionVerdict.Blocks, $"{others[0]} makes the initramfs, and not initramfs-tools", $"install initramfs-tools in its place ({others[0]} is not supported yet)"),
        };
        return new("initramfs", verdict == PreconditionVerdict.Blocks && !module ? PreconditionVerdict.Caution : verdict, seen, remedy) { ProtectsHost = module };
    }

    private static Precondition Room(HostFacts facts, BootDemands? boot)
    {
        if (facts.Boot is { FreeKiB: 0, Kernels.Count: 0 })
        {
            return new("boot-room", PreconditionVerdict.Unknown, "the room in /boot is not known", "see df /boot");
        }

        var needed = BootSpace.NeededKiB(facts);
        return BootSpace.Findings(facts, boot).Select(f => Precondition.Of("boot-room", f)).FirstOrDefault()
            ?? new("boot-room", PreconditionVerdict.Good, $"{Amounts.OfKiB(facts.Boot.FreeKiB)} are free for a new initramfs of {Amounts.OfKiB(needed)}");
    }
}
