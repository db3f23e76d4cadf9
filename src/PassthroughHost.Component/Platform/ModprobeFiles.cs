namespace PassthroughInfra.Component.Platform;

/// <summary>The file by which modprobe is told what this project wants; an initramfs of either generator has it too.</summary>
internal static class ModprobeFiles
{
    /// <summary>modprobe's drop-in: vfio-pci before the devices' own drivers.</summary>
    public const string DropIn = "/etc/modprobe.d/passthrough-host.conf";
}
