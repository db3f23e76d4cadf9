namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// Which IOMMU a lab host has: Intel's, or what PASSTHROUGH_LAB_IOMMU asks for (<c>intel</c>, <c>amd</c> or <c>both</c>; <c>./test --all</c> asks for
/// both). A lab with AMD's takes minutes more, because QEMU cannot take a snapshot of it.
/// </summary>
public static class LabIommus
{
    /// <summary>Those that are asked for.</summary>
    public static TheoryData<string> Wanted => Environment.GetEnvironmentVariable("PASSTHROUGH_LAB_IOMMU") switch
    {
        "amd" => ["amd"],
        "both" => ["intel", "amd"],
        _ => ["intel"],
    };
}
