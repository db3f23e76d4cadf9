using System.Collections.Immutable;
using Pulumi.Libvirt.Inputs;

namespace Pulumi.Libvirt;

/// <summary>Arguments of a <see cref="Domain"/>.</summary>
public sealed class DomainArgs : ResourceArgs
{
    [Input("bootDevices")]
    private InputList<DomainBootDeviceArgs>? _bootDevices;

    [Input("cmdlines")]
    private InputList<ImmutableDictionary<string, string>>? _cmdlines;

    [Input("consoles")]
    private InputList<DomainConsoleArgs>? _consoles;

    [Input("disks")]
    private InputList<DomainDiskArgs>? _disks;

    [Input("filesystems")]
    private InputList<DomainFilesystemArgs>? _filesystems;

    [Input("networkInterfaces")]
    private InputList<DomainNetworkInterfaceArgs>? _networkInterfaces;

    public DomainArgs()
    {
    }

    public static new DomainArgs Empty => new();

    /// <summary>By default the host's.</summary>
    [Input("arch")]
    public Input<string>? Arch { get; set; }

    /// <summary>Whether it starts with the host; by default not.</summary>
    [Input("autostart")]
    public Input<bool>? Autostart { get; set; }

    public InputList<DomainBootDeviceArgs> BootDevices
    {
        get => _bootDevices ??= [];
        set => _bootDevices = value;
    }

    /// <summary>The id of a cloud-init disk.</summary>
    [Input("cloudinit")]
    public Input<string>? Cloudinit { get; set; }

    /// <summary>Arguments of <see cref="Kernel"/>.</summary>
    public InputList<ImmutableDictionary<string, string>> Cmdlines
    {
        get => _cmdlines ??= [];
        set => _cmdlines = value;
    }

    public InputList<DomainConsoleArgs> Consoles
    {
        get => _consoles ??= [];
        set => _consoles = value;
    }

    [Input("coreosIgnition")]
    public Input<string>? CoreosIgnition { get; set; }

    [Input("cpu")]
    public Input<DomainCpuArgs>? Cpu { get; set; }

    [Input("description")]
    public Input<string>? Description { get; set; }

    public InputList<DomainDiskArgs> Disks
    {
        get => _disks ??= [];
        set => _disks = value;
    }

    [Input("emulator")]
    public Input<string>? Emulator { get; set; }

    public InputList<DomainFilesystemArgs> Filesystems
    {
        get => _filesystems ??= [];
        set => _filesystems = value;
    }

    /// <summary>The file of the UEFI firmware.</summary>
    [Input("firmware")]
    public Input<string>? Firmware { get; set; }

    [Input("fwCfgName")]
    public Input<string>? FwCfgName { get; set; }

    [Input("graphics")]
    public Input<DomainGraphicsArgs>? Graphics { get; set; }

    [Input("initrd")]
    public Input<string>? Initrd { get; set; }

    /// <summary>The file of a kernel that is booted directly.</summary>
    [Input("kernel")]
    public Input<string>? Kernel { get; set; }

    /// <summary>By default <c>pc</c>.</summary>
    [Input("machine")]
    public Input<string>? Machine { get; set; }

    /// <summary>MiB; by default 512.</summary>
    [Input("memory")]
    public Input<int>? Memory { get; set; }

    [Input("metadata")]
    public Input<string>? Metadata { get; set; }

    /// <summary>By default one that is made up.</summary>
    [Input("name")]
    public Input<string>? Name { get; set; }

    public InputList<DomainNetworkInterfaceArgs> NetworkInterfaces
    {
        get => _networkInterfaces ??= [];
        set => _networkInterfaces = value;
    }

    [Input("nvram")]
    public Input<DomainNvramArgs>? Nvram { get; set; }

    [Input("qemuAgent")]
    public Input<bool>? QemuAgent { get; set; }

    /// <summary>By default true; any update starts a domain that is stopped.</summary>
    [Input("running")]
    public Input<bool>? Running { get; set; }

    [Input("tpm")]
    public Input<DomainTpmArgs>? Tpm { get; set; }

    /// <summary>By default <c>kvm</c>.</summary>
    [Input("type")]
    public Input<string>? Type { get; set; }

    /// <summary>By default 1.</summary>
    [Input("vcpu")]
    public Input<int>? Vcpu { get; set; }

    [Input("video")]
    public Input<DomainVideoArgs>? Video { get; set; }

    [Input("xml")]
    public Input<DomainXmlArgs>? Xml { get; set; }
}
