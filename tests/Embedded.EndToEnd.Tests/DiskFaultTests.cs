using PassthroughInfra.EndToEnd.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>The place of the state lets nothing more be written. What is mounted here is in a mount namespace of its own.</summary>
public sealed class DiskFaultTests : IDisposable
{
    private readonly CliStack stack = new();

    private string Store => Directory.CreateDirectory(Path.Combine(stack.Root, "store")).FullName;

    private string CopyOf(string name) => Path.Combine(stack.Root, name);

    public DiskFaultTests() => stack.Environment["PULUMI_BACKEND_URL"] = $"file://{Store}";

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_disk_that_fills_up_in_the_middle_loses_nothing_and_the_next_run_goes_on()
    {
        stack.Declare(
            new() { Name = "first", Local = true, Create = $"echo first >> {stack.HostDirectory}/log" },
            // Its own completion is the first thing that cannot be written.
            new() { Name = "filler", Local = true, Create = $"echo filler >> {stack.HostDirectory}/log; [ -e {Store}/again ] || dd if=/dev/zero of={Store}/full bs=4k 2>/dev/null; true", DependsOn = ["first"] },
            new() { Name = "last", Local = true, Create = $"echo last >> {stack.HostDirectory}/log", DependsOn = ["filler"] });
        var result = await stack.InMountNamespaceAsync($"""
            mount -t tmpfs -o size=256k tmpfs {Store}
            cli up --yes --skip-preview; echo "first run: $?"
            cp {Store}/.pulumi/stacks/e2e/dev.json {CopyOf("full.json")}
            rm {Store}/full; touch {Store}/again
            cli up --yes --skip-preview; echo "second run: $?"
            cp {Store}/.pulumi/stacks/e2e/dev.json {CopyOf("after.json")}
            """);
        Assert.Contains("first run: 1", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split("dev.json cannot be written: ").Length);
        Assert.Contains("No space left on device", result.Output, StringComparison.Ordinal);
        Assert.Contains("warning: This run is not in the stack's history", result.Output, StringComparison.Ordinal);
        Assert.Contains("make room", result.Output, StringComparison.Ordinal);
        var full = StateDocument.Read(CopyOf("full.json"));
        Assert.Equal(["first"], full.Names);
        Assert.Equal(["creating filler"], full.PendingNames);
        Assert.Contains("second run: 0", result.Output, StringComparison.Ordinal);
        Assert.Contains("cut off while creating 'filler'", result.Output, StringComparison.Ordinal);
        var after = StateDocument.Read(CopyOf("after.json"));
        Assert.Equal(["filler", "first", "last"], after.Names);
        Assert.Equal(["creating filler"], after.PendingNames);
        Assert.Equal(["first", "filler", "filler", "last"], File.ReadAllLines(Path.Combine(stack.HostDirectory, "log")));
    }

    [Fact]
    public async Task Where_the_state_cannot_be_written_nothing_is_begun()
    {
        stack.Declare(new DeclaredCommandOnce(stack.HostDirectory).Command);
        var result = await stack.InMountNamespaceAsync($"""
            mount --bind {Store} {Store}
            mount -o remount,ro,bind {Store}
            cli preview --expect-no-changes; echo "preview: $?"
            cli up --yes --skip-preview; echo "up: $?"
            """);
        Assert.Contains("up: 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result.All, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
        // A preview writes nothing, so it works; it has something to tell.
        Assert.Contains("+ 2 to create", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(stack.HostDirectory));
    }

    [Fact]
    public async Task Where_the_state_cannot_be_written_any_more_what_it_says_stays()
    {
        stack.Declare(new DeclaredCommandOnce(stack.HostDirectory).Command);
        (await stack.UpAsync()).Exited(0);
        var file = Path.Combine(Store, ".pulumi", "stacks", "e2e", "dev.json");
        var before = File.ReadAllText(file);
        var result = await stack.InMountNamespaceAsync($"""
            mount --bind {Store} {Store}
            mount -o remount,ro,bind {Store}
            cli destroy --yes --skip-preview; echo "destroy: $?"
            cli stack output; echo "output: $?"
            """);
        Assert.Contains("destroy: 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("output: 0", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(0);
    }
}
