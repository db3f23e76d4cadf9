namespace Pulumi;

/// <summary>A package that is made from another plugin by a parameter.</summary>
public sealed class RegisterPackageRequest(
    string name, string version, string? downloadUrl, Dictionary<string, byte[]>? checksums = null,
    RegisterPackageRequest.PackageParameterization? parameterization = null)
{
    /// <summary>The plugin's name.</summary>
    public string Name { get; } = name;

    /// <summary>The plugin's version.</summary>
    public string Version { get; } = version;

    /// <summary>Where the plugin can be had; empty for the usual place.</summary>
    public string DownloadUrl { get; } = downloadUrl ?? "";

    /// <summary>The checksums of the plugin, by platform.</summary>
    public Dictionary<string, byte[]> Checksums { get; } = checksums ?? [];

    /// <summary>What makes the package of the plugin.</summary>
    public PackageParameterization? Parameterization { get; } = parameterization;

    /// <summary>The arguments as they are, where no package is asked for.</summary>
    internal static ResourceArgs? Refused(RegisterPackageRequest? request, ResourceArgs? args) => request is null
        ? args
        : throw new NotSupportedException(
            $"The package '{request.Name}' is parameterized, which the embedded engine does not do; build with -p:PulumiSdk=official and run it with the pulumi CLI.");

    /// <summary>The parameter that makes a package of a plugin.</summary>
    public sealed class PackageParameterization(string name, string version, byte[] value)
    {
        /// <summary>The package's name.</summary>
        public string Name { get; } = name;

        /// <summary>The package's version.</summary>
        public string Version { get; } = version;

        /// <summary>The parameter.</summary>
        public byte[] Value { get; } = value;
    }
}
