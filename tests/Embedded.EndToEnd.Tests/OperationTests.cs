using System.Text.Json.Nodes;
using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.EndToEnd.Tests.Fixture;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>The verbs that preview and change a stack, with their options, as a person uses them.</summary>
public sealed class OperationTests : IDisposable
{
    private readonly CliStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task On_a_terminal_up_shows_what_it_would_do_and_does_it_only_after_a_yes()
    {
        stack.Declare(Log("a"), Log("b"));
        var no = await stack.OnTerminalAsync("n\n", "up");
        Assert.Equal(1, no.ExitCode);
        Assert.Contains("Do this on stack 'dev'?", no.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", no.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(stack.StateFile));

        var yes = await stack.OnTerminalAsync("d\ny\n", "up");
        Assert.Equal(0, yes.ExitCode);
        // The details come between the preview and the second question.
        Assert.Matches($"\\+ create *: \"echo a >> {stack.HostDirectory}/log", yes.Output);
        Assert.Contains("└─ command:local:Command", yes.Output, StringComparison.Ordinal);
        Assert.Contains("\e[32m", yes.Output, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], stack.State.Names);

        stack.Environment["NO_COLOR"] = "1";
        var plain = await stack.OnTerminalAsync("", "preview");
        Assert.DoesNotContain("\e[32m", plain.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[1m", plain.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_at_a_question_it_ends_at_once_and_leaves_no_lock()
    {
        stack.Declare(Log("a"));
        Assert.Contains("Stopped", (await stack.InterruptedAtAsync("Do this on", "up")).Exited(1).Output, StringComparison.Ordinal);
        stack.WithoutPassphrase = true;
        (await stack.InterruptedAtAsync("needs the stack.s passphrase", "up", "--yes", "--skip-preview")).Exited(1);
        Assert.Empty(Lines);
        stack.WithoutPassphrase = false;
        Assert.DoesNotContain("ended without finishing", (await stack.UpAsync()).Exited(0).All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_up_needs_a_yes_beforehand()
    {
        stack.Declare(Log("a"));
        var result = (await stack.RunAsync("up")).Exited(1);
        Assert.Contains("--yes", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Lines);
        Assert.DoesNotContain("\e[", (await stack.RunAsync("up", "--yes")).Exited(0).All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_tell_success_error_and_changes_that_were_not_expected()
    {
        stack.Declare(Log("a"));
        (await stack.RunAsync("preview")).Exited(0);
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(7);
        (await stack.UpAsync()).Exited(0);
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(0);
        stack.Declare(Log("a"), new DeclaredCommand { Name = "b", Local = true, Create = "echo trouble >&2; exit 5" });
        var failed = (await stack.UpAsync()).Exited(1);
        Assert.Contains("trouble", failed.Output, StringComparison.Ordinal);
        Assert.Contains("The update failed. What was done until then is in the state", failed.Output, StringComparison.Ordinal);
        (await stack.RunAsync("preview", "--stack", "nowhere")).Exited(6);
        (await stack.RunAsync("drift", "--stack", "nowhere")).Exited(1);
        (await stack.RunAsync("preview", "--no-such-option")).Exited(2);
        (await stack.RunAsync("drift", "--no-such-option")).Exited(1);
        (await stack.RunAsync("--help")).Exited(0);
    }

    [Fact]
    public async Task Interrupted_once_it_finishes_the_running_step_saves_and_begins_nothing()
    {
        var go = Path.Combine(stack.HostDirectory, "go");
        stack.Declare(
            Log("first") with { Create = $"echo begun >> {stack.HostDirectory}/log; while [ ! -e {go} ]; do sleep 0.05; done; echo first >> {stack.HostDirectory}/log" },
            Log("second") with { DependsOn = ["first"] });
        var run = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => Lines.Length > 0, "the first command runs");
        run.Interrupt();
        await Eventually.HoldsAsync(() => run.Errors.Contains("Stopping", StringComparison.Ordinal), "it says that it stops");
        File.WriteAllText(go, "");
        var result = (await run.WaitAsync()).Exited(1);
        Assert.Contains("The update was stopped", result.Output, StringComparison.Ordinal);
        Assert.Equal(["begun", "first"], Lines);
        Assert.Equal(["first"], stack.State.Names);
        Assert.Empty(stack.State.Pending);
        (await stack.UpAsync()).Exited(0);
        Assert.Equal(["begun", "first", "second"], Lines);
    }

    [Theory]
    [InlineData("--yes")]
    [InlineData("--plain")]
    public async Task Where_the_terminal_goes_away_the_running_step_is_finished_and_saved(string option)
    {
        stack.Declare(
            Log("first") with { Create = $"echo begun >> {stack.HostDirectory}/log; for i in 1 2 3 4 5; do echo $i; sleep 0.3; done; echo first >> {stack.HostDirectory}/log" },
            Log("second") with { DependsOn = ["first"] });
        var run = stack.StartOnTerminal("", "up", "--yes", "--skip-preview", option);
        await Eventually.HoldsAsync(() => Lines.Length > 0, "the first command runs");
        run.KillHard();
        await Eventually.HoldsAsync(() => Directory.GetFiles(Path.Combine(stack.Root, ".pulumi", "locks"), "*", SearchOption.AllDirectories).Length == 0, "the stack is let go");
        Assert.Equal(["begun", "first"], Lines);
        Assert.Equal(["first"], stack.State.Names);
        Assert.Empty(stack.State.Pending);
    }

    [Fact]
    public async Task Interrupted_twice_it_ends_at_once_and_the_next_run_tells_of_what_was_cut_off()
    {
        stack.Declare(Log("slow") with { Create = $"echo begun >> {stack.HostDirectory}/log; sleep 60" });
        var run = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => Lines.Length > 0, "the command runs");
        run.Interrupt();
        await Eventually.HoldsAsync(() => run.Errors.Contains("Stopping", StringComparison.Ordinal), "it says that it stops");
        run.Interrupt();
        (await run.WaitAsync()).Exited(1);
        Assert.Equal(["creating slow"], stack.State.PendingNames);
        stack.Declare(Log("slow"));
        Assert.Contains("cut off while creating 'slow'", (await stack.UpAsync()).Exited(0).Output, StringComparison.Ordinal);
        // What became of it only a person can tell.
        (await stack.RunAsync("refresh", "--yes", "--skip-preview")).Exited(0);
        Assert.Equal(["creating slow"], stack.State.PendingNames);
        (await stack.RunAsync("refresh", "--yes", "--skip-preview", "--clear-pending-creates")).Exited(0);
        Assert.Empty(stack.State.Pending);
    }

    [Fact]
    public async Task One_resource_can_be_meant_alone_by_its_URN_or_a_pattern()
    {
        stack.Declare(Log("a"), Log("b"), Log("c") with { DependsOn = ["a"] });
        (await stack.UpAsync("--target", "urn:pulumi:dev::e2e::command:local:Command::a")).Exited(0);
        Assert.Equal(["a"], Lines);
        (await stack.UpAsync("--target", "**::b")).Exited(0);
        Assert.Equal(["a", "b"], Lines);
        (await stack.UpAsync()).Exited(0);
        Assert.Contains("::c' uses", (await stack.RunAsync("destroy", "--yes", "--target", "**::a")).Exited(1).Output, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c"], stack.State.Names);
        (await stack.RunAsync("destroy", "--yes", "--target", "**::a", "--target-dependents")).Exited(0);
        Assert.Equal(["b"], stack.State.Names);
    }

    [Fact]
    public async Task At_most_as_many_commands_run_at_once_as_parallel_allows()
    {
        string[] names = ["a", "b", "c", "d"];
        stack.Declare([.. names.Select(n => Log(n) with { Create = $"echo begin >> {stack.HostDirectory}/log; sleep 0.2; echo end >> {stack.HostDirectory}/log" })]);
        Assert.Contains("from 1 on", (await stack.UpAsync("--parallel", "0")).Exited(1).Errors, StringComparison.Ordinal);
        (await stack.UpAsync("--parallel", "1")).Exited(0);
        Assert.Equal(names.SelectMany(_ => (string[])["begin", "end"]), Lines);
    }

    [Fact]
    public async Task A_failure_ends_only_what_depends_on_it_where_the_run_is_to_continue()
    {
        stack.Declare(
            Log("bad") with { Create = "exit 1" },
            Log("needs-bad") with { DependsOn = ["bad"] },
            Log("late") with { Create = $"sleep 0.5; echo late >> {stack.HostDirectory}/log" },
            Log("later") with { DependsOn = ["late"] });
        var result = (await stack.UpAsync("--continue-on-error")).Exited(1);
        Assert.Equal(["late", "later"], Lines);
        Assert.Equal(["late", "later"], stack.State.Names);
        Assert.Contains("left as it is, because command:local:Command 'bad'", result.Output, StringComparison.Ordinal);
        stack.Declare(Log("bad"), Log("needs-bad") with { DependsOn = ["bad"] }, Log("late"), Log("later") with { DependsOn = ["late"] });
        (await stack.UpAsync()).Exited(0);
        Assert.Equal(["bad", "late", "later", "needs-bad"], stack.State.Names);
    }

    [Fact]
    public async Task A_refresh_settles_what_is_pending_and_can_come_before_an_update()
    {
        stack.Declare(Log("a"));
        (await stack.UpAsync("--refresh")).Exited(0);
        (await stack.RunAsync("refresh", "--yes")).Exited(0);
        (await stack.RunAsync("preview", "--refresh", "--expect-no-changes")).Exited(0);
        Assert.Equal(["a"], Lines);
    }

    [Fact]
    public async Task A_diff_is_shown_of_what_is_done_too_where_no_preview_has_shown_it()
    {
        stack.Declare(Log("a"));
        Assert.Matches(@"\+ create *: ""echo a", (await stack.UpAsync("--diff")).Exited(0).Output);
        stack.Declare(Log("a") with { Update = "true" });
        Assert.Matches(@"\+ update *: ""true""", (await stack.UpAsync("--diff")).Exited(0).Output);
    }

    [Fact]
    public async Task A_message_is_kept_in_the_history_with_what_was_done()
    {
        stack.Declare(Log("a"));
        (await stack.UpAsync("--message", "why it was done")).Exited(0);
        (await stack.RunAsync("destroy", "--yes")).Exited(0);
        var entries = Directory.GetFiles(Path.Combine(stack.Root, ".pulumi", "history", "e2e", "dev"), "*.history.json").Order(StringComparer.Ordinal)
            .Select(f => JsonNode.Parse(File.ReadAllText(f))!).ToArray();
        Assert.Equal(["update", "destroy"], entries.Select(e => e["kind"]!.GetValue<string>()));
        Assert.Equal("why it was done", entries[0]["message"]!.GetValue<string>());
        Assert.Equal("succeeded", entries[0]["result"]!.GetValue<string>());
        Assert.Equal(2, entries[0]["resourceChanges"]!["create"]!.GetValue<int>());
    }

    private string[] Lines => File.Exists(Path.Combine(stack.HostDirectory, "log")) ? File.ReadAllLines(Path.Combine(stack.HostDirectory, "log")) : [];

    private DeclaredCommand Log(string name) => new() { Name = name, Local = true, Create = $"echo {name} >> {stack.HostDirectory}/log" };
}
