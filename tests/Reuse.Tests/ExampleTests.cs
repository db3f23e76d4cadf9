namespace PassthroughInfra.Reuse.Tests;

/// <summary>The worked examples under examples/: they build with everything else, and here they are run.</summary>
public sealed class ExampleTests
{
    private static readonly string PlanPolicy = Path.Combine(AppContext.BaseDirectory, "PlanPolicy.dll");

    [Fact]
    public async Task Another_teams_stack_adds_its_own_resource_after_the_host_and_uses_its_outputs()
    {
        var (succeeded, shown) = await EngineRun.PreviewAsync("examples/TeamStack", "demo");
        Assert.True(succeeded, shown);
        Assert.Contains("passthrough-infra:index:PassthroughHost render-host create", shown, StringComparison.Ordinal);
        Assert.Contains("command:local:Command inventory create", shown, StringComparison.Ordinal);
        Assert.Contains("\"0000:01:00.0\"", shown, StringComparison.Ordinal);
        Assert.Contains("qemu+ssh://", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_passes_a_stack_that_keeps_its_rules()
    {
        var (code, output) = await Shell.RunAsync($"dotnet {PlanPolicy} Pulumi.headless.yaml");
        Assert.True(code == 0, output);
        Assert.Equal("Pulumi.headless.yaml: fine\n", output);
    }

    [Fact]
    public async Task A_policy_names_the_rule_a_stack_breaks()
    {
        var (code, output) = await Shell.RunAsync($"dotnet {PlanPolicy} Pulumi.dev.yaml");
        Assert.Equal(2, code);
        Assert.Contains("no file of the distribution is put aside: /etc/netplan/01-network-manager-all.yaml", output, StringComparison.Ordinal);
    }
}
