using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>What boots the host, and what makes its initramfs: what an update can write for is in <c>Platform/</c>.</summary>
internal static class BootPreconditions
{
    /// <summary>All of them. A container has no boot of its own.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts, MachineSpec? spec, BootDemands? boot) => SystemPreconditions.IsContainer(facts) ? [] :
    [
        new("firmware", PreconditionVerdict.Good, facts.System.Uefi ? "booted through UEFI" : "booted through a BIOS"),
        Unless(
            spec,
            UnknownBoot.BootLoader,
            Of("boot-loader", BootLoaders.Find(facts)),
            "GRUB's menu is written; if something else boots this host, the kernel arguments have no effect, no device is bound, and the verification after the reboot fails"),
        .. spec is { Devices.Count: 0 } ? [] : Kernels(facts),
        .. boot is { BindsEarly: false } ? Array.Empty<Precondition>() :
        [
            Unless(
                spec,
                UnknownBoot.Initramfs,
                Initramfs(facts, spec),
                $"{InitramfsGenerators.Of(facts).Name} makes /boot/initrd.img-* again, in place of what the other program made: if the root needs what only the other's has, no entry "
                    + "of the menu boots; if the other's is the one that boots, no device is bound, and the verification after the reboot fails"),
        ],
        .. InitramfsGenerators.Find(facts).Adapter is not null ? [Room(facts, boot)] : Array.Empty<Precondition>(),
    ];

    // What none of the adapters fits is not written for.
    private static Precondition Of<T>(string id, PlatformMatch<T> match)
        where T : class => new(id, match.IsUncertain ? PreconditionVerdict.Unknown : match.Adapter is null ? PreconditionVerdict.Blocks : PreconditionVerdict.Good, match.Seen, match.Remedy)
        {
            ProtectsHost = match.IsUncertain || match.Adapter is null,
        };

    // What cannot be told is accepted by name only, and what comes of it is said.
    private static Precondition Unless(MachineSpec? spec, UnknownBoot name, Precondition found, string consequence) =>
        found.Verdict != PreconditionVerdict.Unknown ? found
        : spec?.Boot.AcceptUnknown.Contains(name) == true ? found with { Verdict = PreconditionVerdict.Caution, Seen = $"{found.Seen}; accepted by name", Remedy = consequence }
        : found with { Remedy = $"{found.Remedy}; or accept it by name with boot.acceptUnknown: [{TextValue.Word(name)}]: {consequence}" };

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
        $"make one ({InitramfsGenerators.Of(facts).Command(k.Release)}), or remove that kernel (apt-get purge linux-image-{k.Release})"));

    private static Precondition Initramfs(HostFacts facts, MachineSpec? spec)
    {
        var found = Of("initramfs", InitramfsGenerators.Find(facts));
        var module = spec is not null || facts.Boot.Kernels.Any(k => k.VfioPci == VfioPresence.Module);
        return found with { Verdict = found.Verdict == PreconditionVerdict.Blocks && !module ? PreconditionVerdict.Caution : found.Verdict, ProtectsHost = module };
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
