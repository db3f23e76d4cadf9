using Pulumi.Testing;

namespace Pulumi.Runtime;

/// <summary>What the engine tells a program about itself.</summary>
internal sealed record DeploymentSettings(
    string Organization, string Project, string Stack, string RootDirectory, bool IsDryRun, StackConfiguration Configuration)
{
    private const string DefaultOrganization = "organization";

    /// <summary>Whether the engine may answer with references to resources; a user can forbid it in the environment.</summary>
    public bool AcceptsReferences { get; } = Environment.GetEnvironmentVariable("PULUMI_DISABLE_RESOURCE_REFERENCES") is not { } setting
        || (setting != "1" && !setting.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the engine's environment, and where the engine is to be reached.</summary>
    /// <exception cref="InvalidOperationException">The program was not started by an engine.</exception>
    public static (DeploymentSettings Settings, string Monitor, string Engine) FromEnvironment()
    {
        var monitor = Environment.GetEnvironmentVariable("PULUMI_MONITOR");
        var engine = Environment.GetEnvironmentVariable("PULUMI_ENGINE");
        var project = Environment.GetEnvironmentVariable("PULUMI_PROJECT");
        var stack = Environment.GetEnvironmentVariable("PULUMI_STACK");
        if (string.IsNullOrEmpty(monitor)
            || string.IsNullOrEmpty(engine)
            || string.IsNullOrEmpty(project)
            || string.IsNullOrEmpty(stack)
            || !bool.TryParse(Environment.GetEnvironmentVariable("PULUMI_DRY_RUN"), out var isDryRun)
            || !bool.TryParse(Environment.GetEnvironmentVariable("PULUMI_QUERY_MODE"), out _)
            || !int.TryParse(Environment.GetEnvironmentVariable("PULUMI_PARALLEL"), out _))
        {
            throw new InvalidOperationException("Program run without the Pulumi engine available; re-run using the `pulumi` CLI");
        }

        var settings = new DeploymentSettings(
            Environment.GetEnvironmentVariable("PULUMI_ORGANIZATION") ?? DefaultOrganization,
            project,
            stack,
            Environment.GetEnvironmentVariable("PULUMI_ROOT_DIRECTORY") ?? "",
            isDryRun,
            StackConfiguration.FromEnvironment());
        return (settings, monitor, engine);
    }

    public static DeploymentSettings ForTest(TestOptions? options) => new(
        options?.OrganizationName ?? DefaultOrganization,
        options?.ProjectName ?? "project",
        options?.StackName ?? "stack",
        options?.RootDirectory ?? "",
        options?.IsPreview ?? true,
        StackConfiguration.FromEnvironment());
}
