using System.Globalization;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

public sealed class RemoteCommandTests : IDisposable
{
    private readonly LoopbackSshd sshd = new LoopbackSshd().Start();
    private readonly string scratch = Directory.CreateTempSubdirectory("remote-").FullName;

    public void Dispose()
    {
        sshd.Dispose();
        Directory.Delete(scratch, recursive: true);
    }

    private PropertyMap Connection => PropertyMap.Of(
        ("host", "127.0.0.1"), ("port", sshd.Port), ("user", Environment.UserName), ("privateKey", sshd.UserKey), ("hostKey", sshd.HostKeyLine));

    private PropertyMap Inputs(params ReadOnlySpan<(string, PropertyValue)> more) => PropertyMap.Of(("connection", Connection)).Merge(PropertyMap.Of(more));

    [Fact]
    public async Task Create_runs_the_script_and_gives_both_outputs_without_one_line_feed_at_the_end()
    {
        await using var run = ProviderRun.Command();
        var outputs = await run.CreateAsync(Inputs(("create", "printf 'one\\n\\n'; printf 'two\\n' >&2")));
        Assert.Equal("one\n", outputs.GetString("stdout"));
        Assert.Equal("two", outputs.GetString("stderr"));
        Assert.Equal("127.0.0.1", outputs.GetMap("connection")!.GetString("host"));
    }

    [Fact]
    public async Task Stdin_reaches_the_script_whole()
    {
        await using var run = ProviderRun.Command();
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
        var outputs = await run.CreateAsync(Inputs(("create", "cat"), ("stdin", text), ("logging", "none")));
        Assert.Equal(text[..^1], outputs.GetString("stdout"));
    }

    [Fact]
    public async Task A_script_that_does_not_read_its_stdin_is_no_error()
    {
        await using var run = ProviderRun.Command();
        var outputs = await run.CreateAsync(Inputs(("create", "echo done"), ("stdin", new string('x', 3_000_000))));
        Assert.Equal("done", outputs.GetString("stdout"));
    }

    [Fact]
    public async Task Lines_are_seen_while_the_script_runs()
    {
        await using var run = ProviderRun.Command();
        var go = Path.Combine(scratch, "go");
        var creating = run.CreateAsync(Inputs(("create", $"echo first; echo warned >&2; while [ ! -e {go} ]; do sleep 0.05; done; echo last")));
        await Eventually.HoldsAsync(() => run.Log.Lines.Contains("first") && run.Log.Lines.Contains("warned"), "both lines are there");
        Assert.False(creating.IsCompleted);
        File.WriteAllText(go, "");
        await creating;
        Assert.Equal("last", run.Log.Lines.Last());
    }

    [Theory]
    [InlineData(null, "out,err")]
    [InlineData("stdoutAndStderr", "out,err")]
    [InlineData("stdout", "out")]
    [InlineData("stderr", "err")]
    [InlineData("none", "")]
    public async Task Logging_says_which_output_is_shown_and_both_are_kept(string? mode, string shown)
    {
        await using var run = ProviderRun.Command();
        var inputs = Inputs(("create", "echo out; echo err >&2"));
        var outputs = await run.CreateAsync(mode is null ? inputs : inputs.With("logging", mode));
        Assert.Equal(shown.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(), run.Log.Lines.Order());
        Assert.Equal(("out", "err"), (outputs.GetString("stdout"), outputs.GetString("stderr")));
    }

    [Fact]
    public async Task A_script_that_fails_is_an_error_with_its_status_its_text_and_what_it_wrote()
    {
        await using var run = ProviderRun.Command();
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(Inputs(("create", "echo \"it broke\" >&2\nexit 3"))));
        Assert.Equal("Process exited with status 3: running \"echo \\\"it broke\\\" >&2\\nexit 3\":\nit broke", error.Message);
    }

    [Fact]
    public async Task A_status_of_255_is_the_scripts_own_and_no_lost_connection()
    {
        await using var run = ProviderRun.Command();
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(Inputs(("create", "exit 255"))));
        Assert.StartsWith("Process exited with status 255: running", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_a_signal_ends_is_an_error_that_says_so()
    {
        await using var run = ProviderRun.Command();
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(Inputs(("create", "kill -9 $$"))));
        Assert.StartsWith("Process ended by a signal: running", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_outputs_and_lines_without_an_end_come_whole()
    {
        await using var run = ProviderRun.Command();
        var outputs = await run.CreateAsync(Inputs(("create", "head -c 3000000 /dev/zero | tr '\\0' a | fold -w 60000; seq 200000 >&2")));
        Assert.Equal(3_000_000, outputs.GetString("stdout")!.Count(c => c == 'a'));
        Assert.EndsWith("\n200000", outputs.GetString("stderr"), StringComparison.Ordinal);
        Assert.Equal(3_000_000, run.Log.Lines.Where(l => l.StartsWith('a')).Sum(l => l.Length));
    }

    [Theory]
    [InlineData("echo updated", "updated")]
    [InlineData(null, "created")]
    public async Task Update_runs_update_or_create_where_there_is_none(string? update, string expected)
    {
        await using var run = ProviderRun.Command();
        var old = Inputs(("create", "echo created"));
        var outputs = await run.CreateAsync(old);
        var inputs = update is null ? old.With("stdin", "x") : old.With("update", update);
        Assert.Equal(expected, (await run.UpdateAsync(old, outputs, inputs)).GetString("stdout"));
    }

    [Fact]
    public async Task Update_without_a_script_keeps_the_outputs()
    {
        await using var run = ProviderRun.Command();
        var outputs = PropertyMap.Of(("stdout", "before"), ("stderr", ""));
        Assert.Equal("before", (await run.UpdateAsync(Inputs(), outputs, Inputs(("delete", "true")))).GetString("stdout"));
    }

    [Fact]
    public async Task Delete_runs_the_script_of_the_state_and_nothing_where_there_is_none()
    {
        await using var run = ProviderRun.Command();
        var file = Path.Combine(scratch, "gone");
        var inputs = Inputs(("create", $"touch {file}"), ("delete", $"rm {file}"));
        var outputs = await run.CreateAsync(inputs);
        Assert.True(File.Exists(file));
        await run.DeleteAsync(inputs, outputs);
        Assert.False(File.Exists(file));
        sshd.Stop();
        await using var other = ProviderRun.Command();
        await other.DeleteAsync(Inputs(("create", "true")), outputs);
    }

    [Fact]
    public async Task A_preview_runs_nothing_and_knows_no_outputs()
    {
        await using var run = new ProviderRun(ProviderRun.Remote, ProviderRun.Command().Provider) { IsPreview = true };
        var outputs = await run.CreateAsync(Inputs(("create", $"touch {scratch}/made")));
        Assert.Equal(PropertyValue.Unknown, outputs["stdout"]);
        Assert.False(File.Exists($"{scratch}/made"));
        Assert.Equal(0, sshd.Logins);
    }

    [Fact]
    public async Task A_variable_that_sshd_does_not_accept_is_an_error_before_anything_runs()
    {
        await using var run = ProviderRun.Command();
        var inputs = Inputs(("create", $"touch {scratch}/made"), ("environment", PropertyMap.Of(("GREETING", "hello"))));
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(inputs));
        Assert.Contains("\"GREETING\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("AcceptEnv GREETING", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists($"{scratch}/made"));
    }

    [Fact]
    public async Task The_output_before_that_sshd_does_not_accept_is_only_a_warning()
    {
        await using var run = ProviderRun.Command();
        var inputs = Inputs(("create", "echo one"), ("update", "echo \"[$PULUMI_COMMAND_STDOUT]\""));
        var outputs = await run.UpdateAsync(inputs, await run.CreateAsync(inputs), inputs.With("stdin", "x"));
        Assert.Equal("[]", outputs.GetString("stdout"));
        var (severity, message) = Assert.Single(run.Log.Diagnostics);
        Assert.Equal(DiagnosticSeverity.Warning, severity);
        Assert.Contains("PULUMI_COMMAND_STDOUT", message, StringComparison.Ordinal);
        await run.UpdateAsync(inputs, outputs, inputs.With("addPreviousOutputInEnv", false));
        Assert.Single(run.Log.Diagnostics);
    }

    [Fact]
    public async Task Variables_that_sshd_accepts_reach_the_script()
    {
        using var accepting = new LoopbackSshd("AcceptEnv GREETING PULUMI_COMMAND_*").Start();
        await using var run = ProviderRun.Command();
        var inputs = Inputs(("create", "echo \"$GREETING\""), ("update", "echo \"$GREETING $PULUMI_COMMAND_STDOUT\""), ("environment", PropertyMap.Of(("GREETING", "it's \"me\""))))
            .With("connection", Connection.Merge(PropertyMap.Of(("port", accepting.Port), ("privateKey", accepting.UserKey), ("hostKey", accepting.HostKeyLine))));
        var outputs = await run.CreateAsync(inputs);
        Assert.Equal("it's \"me\"", outputs.GetString("stdout"));
        Assert.Equal("it's \"me\" it's \"me\"", (await run.UpdateAsync(inputs, outputs, inputs.With("stdin", "x"))).GetString("stdout"));
        Assert.Empty(run.Log.Diagnostics);
    }

    [Fact]
    public async Task Killing_ends_a_running_script_at_once()
    {
        using var kill = new CancellationTokenSource();
        await using var run = new ProviderRun(ProviderRun.Remote, ProviderRun.Command().Provider) { Kill = kill.Token };
        var creating = run.CreateAsync(Inputs(("create", "echo started; sleep 20")));
        await Eventually.HoldsAsync(() => run.Log.Lines.Contains("started"), "the script runs");
        await kill.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creating);
    }

    [Fact]
    public async Task A_request_to_stop_lets_a_running_script_finish()
    {
        using var stop = new CancellationTokenSource();
        await using var run = new ProviderRun(ProviderRun.Remote, ProviderRun.Command().Provider) { Stopping = stop.Token };
        var go = Path.Combine(scratch, "go");
        var creating = run.CreateAsync(Inputs(("create", $"echo started; while [ ! -e {go} ]; do sleep 0.05; done; echo last")));
        await Eventually.HoldsAsync(() => run.Log.Lines.Contains("started"), "the script runs");
        await stop.CancelAsync();
        File.WriteAllText(go, "");
        Assert.Equal("started\nlast", (await creating).GetString("stdout"));
    }

    [Fact]
    public async Task A_custom_timeout_does_not_cut_off_a_script_that_runs()
    {
        await using var run = new ProviderRun(ProviderRun.Remote, ProviderRun.Command().Provider) { Timeout = TimeSpan.FromSeconds(2) };
        await run.CreateAsync(Inputs(("create", "true")));
        var outputs = await run.CreateAsync(Inputs(("create", "sleep 3; echo finished")));
        Assert.Equal("finished", outputs.GetString("stdout"));
    }
}
