using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class TargetTests : IDisposable
{
    private static readonly DeploymentOptions OnlyA = new() { Targets = ["**::a"] };

    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task Only_the_targets_are_worked_on()
    {
        (await stack.UpAsync(Two("1"))).Fine();
        var run = (await stack.UpAsync(Two("2"), new() { Targets = ["**::b"] })).Fine();
        Assert.Equal(["update b"], run.Steps);
        Assert.Equal("1", stack.State("a").Inputs.GetString("value"));

        static ScriptedProgram Two(string value) => new(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", value));
            await p.ResourceAsync("b", ("value", value));
        });
    }

    [Fact]
    public async Task A_target_that_needs_what_is_no_target_and_not_there_is_an_error()
    {
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a");
            await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn));
        }), new() { Targets = ["**::b"] });
        Assert.Contains("which was not specified in --target list", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(stack.Provider.World);
    }

    [Fact]
    public async Task A_targeted_destroy_that_would_take_users_along_names_them_and_deletes_nothing()
    {
        (await stack.UpAsync(Users)).Fine();
        var run = await stack.DestroyAsync(OnlyA);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["b", "c"], run.Errors.Select(e => Urn.Name(e.Split('\'')[1])).Order(StringComparer.Ordinal));
        Assert.Contains(run.Errors, e => e.Contains("--target-dependents", StringComparison.Ordinal));
        Assert.Equal(4, stack.Provider.World.Count);
    }

    [Fact]
    public async Task A_targeted_destroy_takes_users_along_where_that_is_asked_for()
    {
        (await stack.UpAsync(Users)).Fine();
        var run = (await stack.DestroyAsync(OnlyA with { TargetDependents = true })).Fine();
        Assert.Equal(["delete c", "delete b", "delete a"], run.Steps);
    }

    [Fact]
    public async Task A_targeted_destroy_leaves_the_stack_its_outputs()
    {
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            var root = await p.StackAsync();
            await p.ResourceAsync("a");
            await p.OutputsAsync(root, ("kept", "x"));
        }))).Fine();
        Assert.Equal("x", (await stack.DestroyAsync(OnlyA)).Fine().Output("kept")?.AsString);
        Assert.Null((await stack.DestroyAsync()).Fine().Output("kept"));
    }

    [Fact]
    public async Task What_the_program_dropped_stays_while_something_that_is_no_target_uses_it()
    {
        (await stack.UpAsync(Users)).Fine();
        var run = await stack.UpAsync(new ScriptedProgram(p => p.StackAsync()), OnlyA);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains(run.Errors, e => e.Contains("uses", StringComparison.Ordinal));
        Assert.Equal(4, stack.Provider.World.Count);
    }

    [Fact]
    public async Task Deleting_first_takes_no_users_along_that_are_no_targets()
    {
        (await stack.UpAsync(Chain("1"))).Fine();
        var run = await stack.UpAsync(Chain("2"), OnlyA);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("::b'", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal(["create a", "create b"], stack.Provider.Calls);
    }

    [Fact]
    public async Task What_is_no_target_names_what_it_uses_by_its_new_name()
    {
        (await stack.UpAsync(Pair("a", _ => { }))).Fine();
        (await stack.UpAsync(Pair("z", r => r.Aliases.Add(new Alias { Spec = new() { Name = "a" } })), new() { Targets = ["**::z"] })).Fine();
        Assert.Equal([stack.State("z").Urn], stack.State("user").Dependencies.ToArray());

        static ScriptedProgram Pair(string name, Action<RegisterResourceRequest> options) => new(async p =>
        {
            await p.StackAsync();
            var used = await p.ResourceAsync(name, options);
            await p.ResourceAsync("user", r => r.Dependencies.Add(used.Urn));
        });
    }

    [Fact]
    public async Task A_target_that_is_nowhere_is_an_error()
    {
        (await stack.UpAsync(Users)).Fine();
        DeploymentOptions options = new() { Targets = ["urn:pulumi:dev::demo::test:index:Res::mistyped"] };
        foreach (var run in new[] { await stack.UpAsync(Users, options), await stack.RefreshAsync(options), await stack.DestroyAsync(options), await stack.PreviewAsync(Users, options) })
        {
            Assert.Equal(OperationResult.Failed, run.Result);
            Assert.Contains("mistyped' could not be found", Assert.Single(run.Errors), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_target_can_be_something_new()
    {
        (await stack.UpAsync(Users)).Fine();
        var run = (await stack.UpAsync(Chain("1", other: "1"), new() { Targets = ["urn:pulumi:dev::demo::test:index:Res::x"] })).Fine();
        Assert.Equal(["create x"], run.Steps);
    }

    /// <summary>a, which b uses, which c uses; and d.</summary>
    private static ScriptedProgram Users { get; } = new(async p =>
    {
        await p.StackAsync();
        var a = await p.ResourceAsync("a");
        var b = await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn));
        await p.ResourceAsync("c", r => r.Dependencies.Add(b.Urn));
        await p.ResourceAsync("d");
    });

    /// <summary>a, which is deleted before it is replaced, and b, which has to be replaced with it.</summary>
    private static ScriptedProgram Chain(string value, string other = "") => new(async p =>
    {
        await p.StackAsync();
        if (other.Length > 0)
            await p.ResourceAsync("x", ("value", other));
        var a = await p.ResourceAsync("a", ("immutable", value), ("deleteFirst", true));
        await p.ResourceAsync(
            "b",
            r =>
            {
                r.Dependencies.Add(a.Urn);
                r.PropertyDependencies["immutable"] = new() { Urns = { a.Urn } };
            },
            ("immutable", a.Out),
            ("deleteFirst", true));
    });
}
