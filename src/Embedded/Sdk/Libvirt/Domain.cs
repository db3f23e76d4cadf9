using System.Collections.Immutable;
using Pulumi.Libvirt.Outputs;

namespace Pulumi.Libvirt;

/// <summary>A virtual machine. Replacing or deleting it stops it hard and deletes its NVRAM.</summary>
[ResourceType(Token, LibvirtPackage.Version)]
public class Domain : CustomResource
{
    private const string Token = "libvirt:index/domain:Domain";

    public Domain(string name, DomainArgs? args = null, CustomResourceOptions? options = null)
        : base(Token, name, args ?? new DomainArgs(), LibvirtPackage.Defaults.For(options, ""))
    {
    }

    private Domain(string name, Input<string> id, DomainState? state, CustomResourceOptions? options)
        : base(Token, name, state, LibvirtPackage.Defaults.For(options, id))
    {
    }

    [Output("arch")]
    public Output<string> Arch { get; private set; } = null!;

    [Output("autostart")]
    public Output<bool> Autostart { get; private set; } = null!;

    [Output("bootDevices")]
    public Output<ImmutableArray<DomainBootDevice>> BootDevices { get; private set; } = null!;

    [Output("cloudinit")]
    public Output<string?> Cloudinit { get; private set; } = null!;

    [Output("cmdlines")]
    public Output<ImmutableArray<ImmutableDictionary<string, string>>> Cmdlines { get; private set; } = null!;

    [Output("consoles")]
    public Output<ImmutableArray<DomainConsole>> Consoles { get; private set; } = null!;

    [Output("coreosIgnition")]
    public Output<string?> CoreosIgnition { get; private set; } = null!;

    [Output("cpu")]
    public Output<DomainCpu> Cpu { get; private set; } = null!;

    [Output("description")]
    public Output<string?> Description { get; private set; } = null!;

    [Output("disks")]
    public Output<ImmutableArray<DomainDisk>> Disks { get; private set; } = null!;

    [Output("emulator")]
    public Output<string> Emulator { get; private set; } = null!;

    [Output("filesystems")]
    public Output<ImmutableArray<DomainFilesystem>> Filesystems { get; private set; } = null!;

    [Output("firmware")]
    public Output<string?> Firmware { get; private set; } = null!;

    [Output("fwCfgName")]
    public Output<string?> FwCfgName { get; private set; } = null!;

    [Output("graphics")]
    public Output<DomainGraphics?> Graphics { get; private set; } = null!;

    [Output("initrd")]
    public Output<string?> Initrd { get; private set; } = null!;

    [Output("kernel")]
    public Output<string?> Kernel { get; private set; } = null!;

    [Output("machine")]
    public Output<string> Machine { get; private set; } = null!;

    [Output("memory")]
    public Output<int?> Memory { get; private set; } = null!;

    [Output("metadata")]
    public Output<string?> Metadata { get; private set; } = null!;

    [Output("name")]
    public Output<string> Name { get; private set; } = null!;

    [Output("networkInterfaces")]
    public Output<ImmutableArray<DomainNetworkInterface>> NetworkInterfaces { get; private set; } = null!;

    [Output("nvram")]
    public Output<DomainNvram> Nvram { get; private set; } = null!;

    [Output("qemuAgent")]
    public Output<bool?> QemuAgent { get; private set; } = null!;

    [Output("running")]
    public Output<bool?> Running { get; private set; } = null!;

    [Output("tpm")]
    public Output<DomainTpm?> Tpm { get; private set; } = null!;

    [Output("type")]
    public Output<string?> Type { get; private set; } = null!;

    [Output("vcpu")]
    public Output<int?> Vcpu { get; private set; } = null!;

    [Output("video")]
    public Output<DomainVideo?> Video { get; private set; } = null!;

    [Output("xml")]
    public Output<DomainXml?> Xml { get; private set; } = null!;

    /// <summary>The existing resource of an id.</summary>
    public static Domain Get(string name, Input<string> id, DomainState? state = null, CustomResourceOptions? options = null) =>
        new(name, id, state, options);
}
