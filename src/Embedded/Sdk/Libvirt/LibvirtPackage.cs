namespace Pulumi.Libvirt;

/// <summary>The libvirt package, as its resources and functions are sent.</summary>
internal static class LibvirtPackage
{
    public const string Version = "0.5.4";

    public static PackageDefaults Defaults { get; } = new(Version);
}
