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

    [Output("arch")]
    public Output<string> Arch { get; private set; } = null!;

    [Output("autostart")]
    public Output<bool> Autostart { get; private set; } = null!;

    [Output("description")]
    public Output<string?> Description { get; private set; } = null!;

    [Output("emulator")]
    public Output<string> Emulator { get; private set; } = null!;

    [Output("firmware")]
    public Output<string?> Firmware { get; private set; } = null!;

    [Output("machine")]
    public Output<string> Machine { get; private set; } = null!;

    [Output("memory")]
    public Output<int?> Memory { get; private set; } = null!;

    [Output("name")]
    public Output<string> Name { get; private set; } = null!;

    [Output("running")]
    public Output<bool?> Running { get; private set; } = null!;

    [Output("type")]
    public Output<string?> Type { get; private set; } = null!;

    [Output("vcpu")]
    public Output<int?> Vcpu { get; private set; } = null!;

    [Output("xml")]
    public Output<DomainXml?> Xml { get; private set; } = null!;
}
