using System.Reflection;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Tests;

/// <summary>Which assembly knows which (docs/architecture.md, "Direction of knowledge"); what is within the component is held by the component's own tests.</summary>
public sealed class ArchitectureTests
{
    private const string Component = "PassthroughHost.Component";
    private const string CommandLine = "passthrough";
    private const string Engine = "PassthroughInfra.Embedded.Engine";
    private const string Sdk = "PassthroughInfra.Embedded.Sdk";

    [Fact]
    public void The_command_line_knows_the_component_and_the_engine() =>
        Assert.Equal([Component, Engine], Known(typeof(HostAddressTests).Assembly.GetReferencedAssemblies().Single(a => a.Name == CommandLine), Component, Engine));

    [Fact]
    public void The_component_knows_neither_the_command_line_nor_the_engine() => Assert.Empty(Known(typeof(SpecReader).Assembly.GetName(), CommandLine, Engine));

    [Fact]
    public void The_engine_knows_nothing_of_passthrough() => Assert.Empty(Known(typeof(Stack).Assembly.GetName(), CommandLine, Component, Sdk));

    /// <summary>Where the official SDK is in use there is no other to look at.</summary>
    [Fact]
    public void The_SDK_knows_nothing_of_passthrough_nor_of_the_engine() =>
        Assert.All(typeof(SpecReader).Assembly.GetReferencedAssemblies().Where(a => a.Name == Sdk), sdk => Assert.Empty(Known(sdk, CommandLine, Component, Engine)));

    private static List<string> Known(AssemblyName assembly, params string[] sought) =>
        [.. Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!).Intersect(sought).Order(StringComparer.Ordinal)];
}
