using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Display;

/// <summary>What the live tree shows at a moment, as text.</summary>
public sealed class TreeTests
{
    private const string StackUrn = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev";

    private readonly ResourceTree tree;
    private DateTimeOffset now = DateTimeOffset.UnixEpoch;

    public TreeTests()
    {
        tree = new(() => now);
        tree.Begin(preview: false);
    }

    [Fact]
    public void Children_stand_under_their_parents_with_what_each_is_at()
    {
        var stack = Done(StepOp.Create, State("pulumi:pulumi:Stack", "demo-dev", ""));
        var group = Done(StepOp.Create, State("test:index:Group", "group", stack.Urn));
        Begin(StepOp.Create, State("test:index:Res", "slow", group.Urn));
        Done(StepOp.Create, State("test:sub/mod:Other", "after", stack.Urn), seconds: 75);
        Done(StepOp.Create, State("test:index:Res", "quick", group.Urn));
        now += TimeSpan.FromSeconds(7);
        Assert.Equal("""
                Type                  Name      Status
             +  pulumi:pulumi:Stack   demo-dev  created
             +  ├─ test:index:Group   group     created
             +  │  ├─ test:index:Res  slow      creating (7s)
             +  │  └─ test:index:Res  quick     created
             +  └─ test:sub:Other     after     created (1m15s)
            """, Text());
    }

    [Fact]
    public void What_a_command_says_stands_beside_it_while_it_runs_and_is_counted_afterwards()
    {
        var step = Begin(StepOp.Create, State("test:index:Res", "a", ""));
        tree.Add(new ResourceOutput(step.Urn, "one"));
        tree.Add(new ResourceOutput(step.Urn, "t\e[1mwo\a\tthree"));
        Assert.EndsWith("creating (0s)  t[1mwothree", Text(), StringComparison.Ordinal);
        tree.Add(new StepEnded(step, TimeSpan.Zero));
        Assert.EndsWith("created  2 lines", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unchanged_resources_are_not_shown_unless_something_shown_is_below_them_or_they_have_something_to_tell()
    {
        var stack = Done(StepOp.Same, State("pulumi:pulumi:Stack", "demo-dev", ""));
        Done(StepOp.Same, State("test:index:Res", "quiet", stack.Urn));
        Assert.Empty(tree.Lines());
        var group = Done(StepOp.Same, State("test:index:Group", "group", stack.Urn));
        tree.Add(new Diagnostic(group.Urn, DiagnosticSeverity.Warning, "look"));
        Assert.Equal("""
                Type                 Name      Status  Info
                pulumi:pulumi:Stack  demo-dev
                └─ test:index:Group  group             1 warning
            """, Text());
    }

    [Fact]
    public void A_replacement_is_one_line_through_both_its_halves()
    {
        var (old, @new) = (State("test:index:Res", "a", ""), State("test:index:Res", "a", ""));
        var create = Begin(StepOp.CreateReplacement, @new, old);
        Assert.EndsWith("creating replacement (0s)", Text(), StringComparison.Ordinal);
        tree.Add(new StepEnded(create, TimeSpan.FromSeconds(2)));
        var replace = create with { Op = StepOp.Replace, Changes = [new(PropertyPath.Parse("triggers[0]"), PropertyDiffKind.Update)] };
        tree.Add(new StepStarted(replace));
        tree.Add(new StepEnded(replace, TimeSpan.Zero));
        Assert.EndsWith(" +- test:index:Res  a     replaced (2s)  [diff: ~triggers]", Text(), StringComparison.Ordinal);
        var delete = create with { Op = StepOp.DeleteReplaced, New = null };
        tree.Add(new StepStarted(delete));
        Assert.Contains("deleting original (0s)", Text(), StringComparison.Ordinal);
        tree.Add(new StepEnded(delete, TimeSpan.FromSeconds(3)));
        Assert.EndsWith(" +- test:index:Res  a     replaced (5s)  [diff: ~triggers]", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_failed_says_so()
    {
        var step = Begin(StepOp.Update, State("test:index:Res", "a", ""));
        tree.Add(new Diagnostic(step.Urn, DiagnosticSeverity.Error, "no"));
        tree.Add(new StepFailed(step, TimeSpan.FromSeconds(1)));
        var line = Assert.Single(tree.Lines());
        Assert.Equal(("updating failed", "1 error", ConsoleStyle.Bad), (line.Status, line.Info, line.ConsoleStyle));
    }

    [Fact]
    public void Where_there_is_no_room_for_all_what_is_done_gives_way_to_what_runs()
    {
        var stack = Done(StepOp.Create, State("pulumi:pulumi:Stack", "demo-dev", ""));
        for (var i = 0; i < 30; i++)
            Done(StepOp.Create, State("test:index:Res", $"done{i}", stack.Urn));
        Begin(StepOp.Create, State("test:index:Res", "running", stack.Urn));
        var lines = tree.Lines(most: 5);
        Assert.Equal(["demo-dev", "running", ""], lines.Select(l => l.Name));
        Assert.Equal("… 30 more", lines[^1].Resource);
        for (var i = 0; i < 30; i++)
            Begin(StepOp.Create, State("test:index:Res", $"also{i}", stack.Urn));
        Assert.Equal(5, tree.Lines(most: 5).Count);
        Assert.Equal("… 58 more", tree.Lines(most: 5)[^1].Resource);
    }

    [Theory]
    [InlineData(120, "    Type                                              Name  Status   Info")]
    [InlineData(60, "    Type                     Name  Status   Info")]
    [InlineData(20, "    Type           …")]
    public void A_narrow_terminal_shortens_the_types_first(int width, string heading)
    {
        TreeLine[] lines = [new("+", "a-package:and-a-module:AndATypeWithAVeryLongName", "a", "created", "something to say of it", ConsoleStyle.Good)];
        var laid = TreeText.Layout(lines, "Status", width);
        Assert.Equal(heading, laid[0].Text);
        Assert.All(laid, l => Assert.True(l.Text.Length <= width));
    }

    private string Text() => string.Join('\n', TreeText.Layout(tree.Lines(), "Status", 100).Select(l => l.Text));

    private StepDetail Begin(StepOp op, ResourceState @new, ResourceState? old = null)
    {
        var step = new StepDetail(op, @new.Urn, old ?? (op is StepOp.Create ? null : @new), @new, [], [], IsInternal: false);
        tree.Add(new StepStarted(step));
        return step;
    }

    private StepDetail Done(StepOp op, ResourceState state, double seconds = 0)
    {
        var step = Begin(op, state);
        tree.Add(new StepEnded(step, TimeSpan.FromSeconds(seconds)));
        return step;
    }

    private static ResourceState State(string type, string name, string parent) => new()
    {
        Urn = parent.Length == 0 && type == "pulumi:pulumi:Stack" ? StackUrn : $"urn:pulumi:dev::demo::{type}::{name}",
        Type = type,
        Parent = parent,
    };
}
