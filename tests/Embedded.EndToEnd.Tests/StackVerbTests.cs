using System.Text.Json.Nodes;
using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.EndToEnd.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>The verbs that look at stacks, their state and their configuration, and change them.</summary>
public sealed class StackVerbTests : IDisposable
{
    private readonly CliStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_stack_is_made_listed_selected_and_removed()
    {
        (await stack.RunAsync("stack", "init", "one")).Exited(0);
        (await stack.RunAsync("stack", "init", "two")).Exited(0);
        Assert.Contains("exists already", (await stack.RunAsync("stack", "init", "two")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.RunAsync("stack", "select", "one")).Exited(0);
        var list = (await stack.RunAsync("stack", "ls")).Exited(0).Output;
        Assert.Matches(@"(?m)^one\* +0 resources$", list);
        Assert.Matches(@"(?m)^two +0 resources$", list);
        // One that is not for this engine is no reason not to list the others.
        File.WriteAllText(Path.Combine(stack.Root, "Pulumi.other.yaml"), "secretsprovider: awskms://alias/key\n");
        list = (await stack.RunAsync("stack", "ls")).Exited(0).Output;
        Assert.Matches(@"(?m)^two +0 resources$", list);
        Assert.Matches(@"(?m)^other +no state yet$", list);
        File.Delete(Path.Combine(stack.Root, "Pulumi.other.yaml"));
        Assert.Contains("--yes", (await stack.RunAsync("stack", "rm", "one")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.RunAsync("stack", "rm", "one", "--yes")).Exited(0);
        Assert.DoesNotContain("one", (await stack.RunAsync("stack", "ls")).Exited(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_that_has_resources_is_not_removed_without_force()
    {
        stack.Declare(Command);
        (await stack.UpAsync()).Exited(0);
        Assert.Contains("still has", (await stack.RunAsync("stack", "rm", "--yes")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.RunAsync("stack", "rm", "--yes", "--force", "--preserve-config")).Exited(0);
        Assert.True(File.Exists(stack.StackFile));
        Assert.False(File.Exists(stack.StateFile));
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_and_is_then_the_state()
    {
        stack.Declare(Command);
        (await stack.UpAsync()).Exited(0);
        var exported = (await stack.RunAsync("stack", "export")).Exited(0).Output;
        Assert.Equal(3, JsonNode.Parse(exported)!["version"]!.GetValue<int>());
        var nowhere = (await stack.RunAsync("stack", "export", "--file", Path.Combine(stack.Root, "none", "x.json"))).Exited(1);
        Assert.Contains("none/x.json", nowhere.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", nowhere.All, StringComparison.Ordinal);
        (await stack.RunAsync("stack", "rm", "--yes", "--force", "--preserve-config")).Exited(0);
        (await stack.FeedAsync(exported, "stack", "import")).Exited(0);
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(0);
        Assert.Contains("is of another stack", (await stack.FeedAsync(exported.Replace("urn:pulumi:dev:", "urn:pulumi:prod:", StringComparison.Ordinal), "stack", "import")).Exited(1).Errors, StringComparison.Ordinal);
        Assert.Contains("no stack export", (await stack.FeedAsync("nonsense", "stack", "import")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(0);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_an_error_but_ends_no_update()
    {
        stack.Declare(Command);
        var result = await stack.InMountNamespaceAsync("cli up --yes --skip-preview > /dev/full; echo \"up: $?\"; cli stack export > /dev/full; echo \"export: $?\"");
        Assert.Equal(["a"], stack.State.Names);
        Assert.Contains("up: 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("export: 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("error: standard output could not be written: No space left on device", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outputs_are_written_one_by_one_for_scripts_and_all_as_JSON()
    {
        stack.Declare(Command);
        (await stack.UpAsync()).Exited(0);
        Assert.Equal("said\n", (await stack.RunAsync("stack", "output", "a")).Exited(0).Output);
        Assert.Equal("said", JsonNode.Parse((await stack.RunAsync("stack", "output", "--json")).Exited(0).Output)!["a"]!.GetValue<string>());
        Assert.Contains("it has a", (await stack.RunAsync("stack", "output", "b")).Exited(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_is_set_read_listed_and_removed_with_the_files_comments_kept()
    {
        File.WriteAllText(stack.StackFile, "# Why this machine.\nconfig:\n  e2e:kept: 1 # for a reason\n");
        (await stack.RunAsync("config", "set", "name", "a value")).Exited(0);
        (await stack.FeedAsync("s3cr3t\n", "config", "set", "--secret", "token")).Exited(0);
        (await stack.RunAsync("config", "set", "--path", "machine.connection.host", "gpu-host")).Exited(0);
        (await stack.FeedAsync("k3y\n", "config", "set", "--secret", "--path", "machine.connection.privateKey")).Exited(0);
        Assert.Equal("a value\n", (await stack.RunAsync("config", "get", "name")).Exited(0).Output);
        Assert.Equal("s3cr3t\n", (await stack.RunAsync("config", "get", "token")).Exited(0).Output);
        Assert.Equal("gpu-host\n", (await stack.RunAsync("config", "get", "--path", "machine.connection.host")).Exited(0).Output);
        Assert.Equal("k3y\n", (await stack.RunAsync("config", "get", "--path", "machine.connection.privateKey")).Exited(0).Output);
        var all = (await stack.RunAsync("config")).Exited(0).Output;
        Assert.Matches(@"(?m)^name +a value$", all);
        Assert.Matches(@"(?m)^token +\[secret\]$", all);
        Assert.Matches(@"(?m)^machine +\{""connection"":\{""host"":""gpu-host"",""privateKey"":""\[secret\]""\}\}$", all);
        var file = File.ReadAllText(stack.StackFile);
        Assert.StartsWith("# Why this machine.\nconfig:\n  e2e:kept: 1 # for a reason\n", file, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", file, StringComparison.Ordinal);
        Assert.DoesNotContain("k3y", file, StringComparison.Ordinal);
        (await stack.RunAsync("config", "rm", "--path", "machine.connection.host")).Exited(0);
        Assert.Contains("no configuration value", (await stack.RunAsync("config", "get", "--path", "machine.connection.host")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.RunAsync("config", "rm", "name")).Exited(0);
        Assert.Contains("no configuration value", (await stack.RunAsync("config", "rm", "name")).Exited(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_removes_a_lock_that_nobody_holds_any_more_and_nothing_else()
    {
        stack.Declare(Command);
        Assert.Contains("has no lock", (await stack.RunAsync("cancel", "--yes")).Exited(0).Output, StringComparison.Ordinal);
        var locks = Directory.CreateDirectory(Path.Combine(stack.Root, ".pulumi", "locks", "organization", "e2e", "dev")).FullName;
        File.WriteAllText(Path.Combine(locks, "x.json"), """{"pid":1,"username":"somebody","hostname":"elsewhere","timestamp":"2026-01-01T00:00:00Z"}""");
        Assert.Contains("somebody@elsewhere", (await stack.UpAsync()).Exited(1).Errors, StringComparison.Ordinal);
        Assert.Contains("say yes", (await stack.RunAsync("cancel")).Exited(1).Errors, StringComparison.Ordinal);
        Assert.Contains("somebody@elsewhere", (await stack.RunAsync("cancel", "--yes")).Exited(0).Output, StringComparison.Ordinal);
        (await stack.UpAsync()).Exited(0);
    }

    private static DeclaredCommand Command => new() { Name = "a", Local = true, Create = "echo said" };
}
