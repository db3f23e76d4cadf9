namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// Which IOMMU a lab host has. Tests that take long run on Intel's, and on AMD's where PASSTHROUGH_LAB_IOMMU asks for it
/// (<c>intel</c>, <c>amd</c> or <c>both</c>); those that are cheap, or show most, run on both always.
/// </summary>
public static class LabIommus
{
    /// <summary>For tests that are cheap in time, or matter most on both.</summary>
    public static TheoryData<string> Both => Environment.GetEnvironmentVariable("PASSTHROUGH_LAB_IOMMU") switch
    {
        "intel" => ["intel"],
        "amd" => ["amd"],
        _ => ["intel", "amd"],
    };

    /// <summary>For tests that take many minutes.</summary>
    public static TheoryData<string> Costly => Environment.GetEnvironmentVariable("PASSTHROUGH_LAB_IOMMU") switch
    {
        "amd" => ["amd"],
        "both" => ["intel", "amd"],
        _ => ["intel"],
    };
}
