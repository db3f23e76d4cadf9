using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

public sealed class LocalCommandTests : IDisposable
{
    private readonly string scratch = Directory.CreateTempSubdirectory("local-").FullName;

    public void Dispose() => Directory.Delete(scratch, recursive: true);

    private static async Task<InvokeResult> CallAsync(RecordingLog log, params (string, PropertyValue)[] arguments)
    {
        await using var provider = new CommandProvider(Path.GetTempPath());
        return await provider.InvokeAsync(new("command:local:run", PropertyMap.Of(arguments), IsPreview: true, log, default), default);
    }

    [Fact]
    public async Task Run_gives_the_outputs_and_its_arguments_in_a_preview_too()
    {
        var log = new RecordingLog();
        var result = (await CallAsync(log, ("command", "echo out; echo err >&2"))).Return!;
        Assert.Equal(("out", "err", "echo out; echo err >&2"), (result.GetString("stdout"), result.GetString("stderr"), result.GetString("command")));
        Assert.Equal(["err", "out"], log.Lines.Order());
    }

    [Fact]
    public async Task The_passphrase_of_the_stack_is_not_given_to_a_command_unless_its_inputs_say_so()
    {
        Environment.SetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE", "correct horse");
        Environment.SetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE_FILE", "/dev/null");
        try
        {
            const string look = "echo \"[$PULUMI_CONFIG_PASSPHRASE$PULUMI_CONFIG_PASSPHRASE_FILE]\"";
            Assert.Equal("[]", (await CallAsync(new(), ("command", look))).Return!.GetString("stdout"));
            await using var run = ProviderRun.Command(ProviderRun.Local);
            Assert.Equal("[]", (await run.CreateAsync(PropertyMap.Of(("create", look)))).GetString("stdout"));
            var given = PropertyMap.Of(("create", look), ("environment", PropertyMap.Of(("PULUMI_CONFIG_PASSPHRASE", "given"))));
            Assert.Equal("[given]", (await run.CreateAsync(given)).GetString("stdout"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE", null);
            Environment.SetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE_FILE", null);
        }
    }

    [Fact]
    public async Task Interpreter_directory_variables_and_stdin_reach_the_command()
    {
        var result = (await CallAsync(
            new(),
            ("command", "import os,sys; print(os.getcwd(), os.environ['NAME'], sys.stdin.read())"),
            ("interpreter", PropertyValue.List("python3", "-c")),
            ("dir", scratch),
            ("environment", PropertyMap.Of(("NAME", "it's"))),
            ("stdin", "typed"))).Return!;
        Assert.Equal($"{scratch} it's typed", result.GetString("stdout"));
    }

    [Fact]
    public async Task Run_without_a_command_or_with_something_unknown_fails_by_name()
    {
        var failures = (await CallAsync(new(), ("comand", "true"))).Failures;
        Assert.Equal(["comand", "command"], failures.Select(f => f.Property).Order());
        Assert.Contains("does not collect files", Assert.Single((await CallAsync(new(), ("command", "true"), ("assetPaths", PropertyValue.List("*")))).Failures).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_fails_is_an_error_with_its_status_its_text_and_what_it_wrote()
    {
        var error = await Assert.ThrowsAsync<ProviderException>(() => CallAsync(new(), ("command", "echo why >&2; exit 4")));
        Assert.Equal("exit status 4: running \"echo why >&2; exit 4\":\nwhy", error.Message);
    }

    [Fact]
    public async Task A_program_or_directory_that_is_not_there_is_an_error_that_names_it()
    {
        Assert.Contains("no-such-shell", (await Assert.ThrowsAsync<ProviderException>(() => CallAsync(new(), ("command", "x"), ("interpreter", PropertyValue.List("no-such-shell"))))).Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/dir", (await Assert.ThrowsAsync<ProviderException>(() => CallAsync(new(), ("command", "x"), ("dir", "/no/such/dir")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_runs_create_update_with_the_output_before_and_delete()
    {
        await using var run = ProviderRun.Command(ProviderRun.Local);
        var inputs = PropertyMap.Of(("create", "echo made"), ("update", "echo \"after $PULUMI_COMMAND_STDOUT\""), ("delete", $"echo \"$PULUMI_COMMAND_STDOUT\" >{scratch}/gone"));
        var outputs = await run.CreateAsync(inputs);
        outputs = await run.UpdateAsync(inputs, outputs, inputs.With("stdin", "x"));
        Assert.Equal("after made", outputs.GetString("stdout"));
        await run.DeleteAsync(inputs, outputs);
        Assert.Equal("after made\n", File.ReadAllText($"{scratch}/gone"));
    }

    [Fact]
    public async Task A_custom_timeout_ends_a_command_with_all_it_started()
    {
        await using var run = new ProviderRun(ProviderRun.Local, ProviderRun.Command().Provider) { Timeout = TimeSpan.FromSeconds(1) };
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(PropertyMap.Of(("create", "sleep 30 | cat"))));
        Assert.Contains("custom timeout of 1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_of_a_resource_runs_nothing()
    {
        await using var run = new ProviderRun(ProviderRun.Local, ProviderRun.Command().Provider) { IsPreview = true };
        Assert.Equal(PropertyValue.Unknown, (await run.CreateAsync(PropertyMap.Of(("create", $"touch {scratch}/made"))))["stderr"]);
        Assert.False(File.Exists($"{scratch}/made"));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("stdout", true)]
    [InlineData("stderr", false)]
    [InlineData("none", false)]
    public async Task A_line_of_64_KiB_is_an_error_where_it_is_shown(string? logging, bool fails)
    {
        await using var run = ProviderRun.Command(ProviderRun.Local);
        var inputs = PropertyMap.Of(("create", "head -c 65536 /dev/zero | tr '\\0' x"));
        var created = run.CreateAsync(logging is null ? inputs : inputs.With("logging", logging));
        if (!fails)
            Assert.Equal(65536, (await created).GetString("stdout")!.Length);
        else
            Assert.Contains("64 KiB or more to its stdout", (await Assert.ThrowsAsync<ProviderException>(() => created)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", 65535, false)]
    [InlineData("x\n", 65535, false)]
    [InlineData("\u00fc", 32767, false)]
    [InlineData("\u00fc", 32768, true)]
    public async Task A_lines_length_is_that_of_its_bytes(string text, int times, bool fails)
    {
        var file = Path.Combine(scratch, "text");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat(text, times)));
        await using var run = ProviderRun.Command(ProviderRun.Local);
        var creating = run.CreateAsync(PropertyMap.Of(("create", $"cat {file}")));
        if (fails)
            await Assert.ThrowsAsync<ProviderException>(() => creating);
        else
            await creating;
    }

    [Fact]
    public async Task Bytes_that_are_no_text_count_once()
    {
        await using var run = ProviderRun.Command(ProviderRun.Local);
        // Each of them is three bytes as the replacement character that it becomes.
        await run.CreateAsync(PropertyMap.Of(("create", "head -c 60000 /dev/zero | tr '\\0' '\\377'")));
    }

    [Fact]
    public async Task A_variable_that_no_shell_passes_on_is_refused_before_anything_runs()
    {
        await using var run = ProviderRun.Command(ProviderRun.Local);
        var inputs = PropertyMap.Of(
            ("create", $"open('{scratch}/made', 'w')"),
            ("interpreter", PropertyValue.List("python3", "-c")),
            ("environment", PropertyMap.Of(("app.name", "x"))));
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(inputs));
        Assert.Contains("\"app.name\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was run", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists($"{scratch}/made"));
        // A shell as the interpreter drops it, under either engine.
        Assert.Equal("ran", (await run.CreateAsync(PropertyMap.Of(("create", "echo ran"), ("environment", PropertyMap.Of(("app.name", "x")))))).GetString("stdout"));
    }
}
