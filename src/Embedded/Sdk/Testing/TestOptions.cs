namespace Pulumi.Testing;

/// <summary>What a program under test is told about itself.</summary>
public class TestOptions
{
    /// <summary>By default <c>project</c>.</summary>
    public string? ProjectName { get; set; }

    /// <summary>By default <c>stack</c>.</summary>
    public string? StackName { get; set; }

    /// <summary>Whether the test is of a preview; by default true.</summary>
    public bool? IsPreview { get; set; }

    /// <summary>By default <c>organization</c>.</summary>
    public string? OrganizationName { get; set; }

    public string? RootDirectory { get; set; }
}
