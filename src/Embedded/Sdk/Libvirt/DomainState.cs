using System.Collections.Immutable;
using Pulumi.Libvirt.Inputs;

namespace Pulumi.Libvirt;

/// <summary>What may be said of an existing <see cref="Domain"/> to look it up.</summary>
public sealed class DomainState : ResourceArgs
{
    [Input("bootDevices")]
    private InputList<DomainBootDeviceGetArgs>? _bootDevices;

    [Input("cmdlines")]
    private InputList<ImmutableDictionary<string, string>>? _cmdlines;

    [Input("consoles")]
    private InputList<DomainConsoleGetArgs>? _consoles;

    [Input("disks")]
    private InputList<DomainDiskGetArgs>? _disks;

    [Input("filesystems")]
    private InputList<DomainFilesystemGetArgs>? _filesystems;

    [Input("networkInterfaces")]
    private InputList<DomainNetworkInterfaceGetArgs>? _networkInterfaces;

    public DomainState()
    {
    }

    public static new DomainState Empty => new();

    /// <summary>By default the host's.</summary>
    [Input("arch")]
    public Input<string>? Arch { get; set; }

    /// <summary>Whether it starts with the host; by default not.</summary>
    [Input("autostart")]
    public Input<bool>? Autostart { get; set; }

    public InputList<DomainBootDeviceGetArgs> BootDevices
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

    public InputList<DomainConsoleGetArgs> Consoles
    {
        get => _consoles ??= [];
        set => _consoles = value;
    }

    [Input("coreosIgnition")]
    public Input<string>? CoreosIgnition { get; set; }

    [Input("cpu")]
    public Input<DomainCpuGetArgs>? Cpu { get; set; }

    [Input("description")]
    public Input<string>? Description { get; set; }

    public InputList<DomainDiskGetArgs> Disks
    {
        get => _disks ??= [];
        set => _disks = value;
    }

    [Input("emulator")]
    public Input<string>? Emulator { get; set; }

    public InputList<DomainFilesystemGetArgs> Filesystems
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
    public Input<DomainGraphicsGetArgs>? Graphics { get; set; }

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

    public InputList<DomainNetworkInterfaceGetArgs> NetworkInterfaces
    {
        get => _networkInterfaces ??= [];
        set => _networkInterfaces = value;
    }

    [Input("nvram")]
    public Input<DomainNvramGetArgs>? Nvram { get; set; }

    [Input("qemuAgent")]
    public Input<bool>? QemuAgent { get; set; }

    /// <summary>By default true; any update starts a domain that is stopped.</summary>
    [Input("running")]
    public Input<bool>? Running { get; set; }

    [Input("tpm")]
    public Input<DomainTpmGetArgs>? Tpm { get; set; }

    /// <summary>By default <c>kvm</c>.</summary>
    [Input("type")]
    public Input<string>? Type { get; set; }

    /// <summary>By default 1.</summary>
    [Input("vcpu")]
    public Input<int>? Vcpu { get; set; }

    [Input("video")]
    public Input<DomainVideoGetArgs>? Video { get; set; }

    [Input("xml")]
    public Input<DomainXmlGetArgs>? Xml { get; set; }
}
