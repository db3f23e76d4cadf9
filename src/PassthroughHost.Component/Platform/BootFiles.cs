namespace PassthroughInfra.Component.Platform;

/// <summary>The files by which GRUB 2, modprobe and initramfs-tools are told what this project wants of a boot.</summary>
internal static class BootFiles
{
    /// <summary>GRUB's drop-in: appends to GRUB_CMDLINE_LINUX.</summary>
    public const string GrubDropIn = "/etc/default/grub.d/60-passthrough-host.cfg";

    /// <summary>modprobe's drop-in: vfio-pci before the devices' own drivers.</summary>
    public const string ModprobeDropIn = "/etc/modprobe.d/passthrough-host.conf";

    /// <summary>The hook of initramfs-tools that puts them into an initramfs.</summary>
    public const string InitramfsHook = "/etc/initramfs-tools/hooks/passthrough-host";

    /// <summary>The script of initramfs-tools that binds devices by their addresses.</summary>
    public const string AddressScript = "/etc/initramfs-tools/scripts/init-top/passthrough-host";
}
