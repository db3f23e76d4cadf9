using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Platform;

/// <summary>What starts a host's kernel, and where it is told the kernel's arguments.</summary>
internal interface IBootLoader
{
    /// <summary>The file of ours by which it is told the arguments.</summary>
    ManagedFile Arguments(IReadOnlyList<string> arguments);

    /// <summary>What its scripts are called: they make its menu.</summary>
    IReadOnlyList<string> Scripts { get; }

    /// <summary>Why it cannot start an entry once only, and the default after that; null where it can.</summary>
    string? TrialObstacle(HostFacts facts);
}

/// <summary>The boot loaders that are known.</summary>
internal static class BootLoaders
{
    /// <summary>The one a plan is made for where none is known to fit: the preconditions tell.</summary>
    public static IBootLoader Default { get; } = new Grub();

    /// <summary>The one a plan is made for.</summary>
    public static IBootLoader Of(HostFacts? facts) => (facts is null ? null : Find(facts).Adapter) ?? Default;

    /// <summary>Which one boots a host. Source: the Boot Loader Interface of systemd (systemd.io/BOOT_LOADER_INTERFACE), LoaderInfo and StubInfo.</summary>
    public static PlatformMatch<IBootLoader> Find(HostFacts facts)
    {
        var boot = facts.Boot;
        var how = boot.Stub.Length > 0 ? $"a unified kernel image booted this host ({boot.Stub}), whose kernel arguments are within it"
            : boot.Loader.StartsWith("systemd-boot", StringComparison.Ordinal) ? $"{boot.Loader} booted this host, and not GRUB"
            : null;
        var left = boot.GrubConfigMadeAt > 0 ? "; the /boot/grub/grub.cfg that is there is not used" : "";
        return how is null ? Grub.Match(facts)
            : new(null, how + left, "only machines that boot through GRUB 2 are supported: make GRUB the firmware's first boot entry (efibootmgr), or see how this one boots");
    }
}
