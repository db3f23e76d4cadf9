using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>Every stack with a recorded probe is previewed with no hardware; what is shown is kept under stacks/previews/.</summary>
public sealed class PreviewTests
{
    public static TheoryData<string> Stacks() =>
        [.. StackFiles.Machines.Where(f => StackFiles.MachineOf(f)["facts"] is not null).Select(f => f["Pulumi.".Length..^".yaml".Length])];

    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task A_stack_is_previewed_with_no_host(string stack)
    {
        var kept = $"stacks/previews/{stack}.txt";
        var path = Path.Combine(Repository.Root, kept);
        var (succeeded, shown) = await EngineRun.PreviewAsync("", stack, File.Exists(path) ? await File.ReadAllTextAsync(path) : "");
        Assert.True(succeeded, shown);
        Golden.Check(kept, shown, nameof(PreviewTests));
    }
}
