using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Engine.Providers.Tests;

public sealed class ProcessTests
{
    private static readonly string[] Awkward = ["", " ", "-n", "a b", "it's", "\"", "\\", "$HOME", "`id`", "*", "~", "a\nb", "\t", "é", "🙂", "#", "a;b", "'", "''", "!x", "%s"];

    [Property(MaxTest = 100)]
    public void Quoted_words_come_out_of_a_shell_as_they_went_in(NonNull<string>[] words)
    {
        // A lone surrogate is no character that could be passed to anyone.
        var given = words.Select(w => w.Get).Where(w => !w.Contains('\0') && !w.Any(char.IsSurrogate)).ToArray();
        Assert.Equal(given, ThroughShell(given));
    }

    [Fact]
    public void Quoting_holds_for_every_character_a_shell_knows() => Assert.Equal(Awkward, ThroughShell(Awkward));

    [Fact]
    public void A_word_with_a_nul_cannot_be_quoted() => Assert.Throws<ArgumentException>(() => PosixShell.Quote("a\0b"));

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("say \"hi\"\n", "\"say \\\"hi\\\"\\n\"")]
    [InlineData("a\\b\t\u0001\u007f", "\"a\\\\b\\t\\x01\\x7f\"")]
    [InlineData("ü🙂", "\"ü🙂\"")]
    [InlineData("\u00a0\u200b", "\"\\u00a0\\u200b\"")]
    public void Commands_are_quoted_as_go_does(string text, string expected) => Assert.Equal(expected, CommandFailure.Quote(text));

    [Property(MaxTest = 200)]
    public Property Lines_are_the_same_however_the_bytes_are_cut() => Prop.ForAll(
        ArbMap.Default.ArbFor<(NonNull<string> Text, PositiveInt Piece)>(),
        given =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(given.Text.Get + "\näß€🙂\r\nrest");
            var whole = LinesOf(bytes, bytes.Length);
            return whole.SequenceEqual(LinesOf(bytes, given.Piece.Get)) && whole[^1] == "rest" && whole[^2] == "äß€🙂";
        });

    [Fact]
    public async Task A_child_leads_a_process_group_of_its_own_and_is_ended_with_all_it_started()
    {
        using var kill = new CancellationTokenSource();
        var pid = new TaskCompletionSource<string>();
        var command = new ChildCommand("/bin/sh", ["-c", "sleep 600 & echo $!; ps -o pgid= -p $$ | tr -d ' '; echo $$; wait"]);
        var lines = new List<string>();
        var running = ChildProcess.RunAsync(command, (_, line) => { lines.Add(line); if (lines.Count == 3) pid.SetResult(lines[0]); }, kill.Token);
        var sleeper = await pid.Task;
        Assert.Equal(lines[1], lines[2]);
        await kill.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Eventually.HoldsAsync(() => !Directory.Exists($"/proc/{sleeper}") || File.ReadAllText($"/proc/{sleeper}/stat").Contains(" Z ", StringComparison.Ordinal), "what it started is gone");
    }

    [Fact]
    public async Task A_helper_ends_and_its_private_files_go_when_its_owner_is_killed()
    {
        var directory = Directory.CreateTempSubdirectory("guard-").FullName;
        // The owner is a shell that holds the pipe to the guard, as this process does to its own helpers.
        var owner = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        foreach (var word in new[] { "-c", "sleep 612 | exec setsid /bin/sh -c \"$1\" guard \"$2\" sleep 601", "owner", GuardedProcess.Guard, directory })
            owner.ArgumentList.Add(word);
        using var process = Process.Start(owner)!;
        await Eventually.HoldsAsync(() => Runs("sleep\0601\0") && Runs("cat\0"), "the helper and its guard run");
        var holder = Directory.EnumerateDirectories("/proc").First(d => CommandLine(d) == "sleep\0612\0");
        Process.GetProcessById(int.Parse(Path.GetFileName(holder), System.Globalization.CultureInfo.InvariantCulture)).Kill();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.HoldsAsync(() => !Directory.Exists(directory), "the directory is gone");
        await Eventually.HoldsAsync(() => !Runs("sleep\0601\0"), "the helper is gone");
    }

    private static bool Runs(string commandLine) => Directory.EnumerateDirectories("/proc").Any(d => CommandLine(d) == commandLine);

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string[] ThroughShell(string[] words)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"for word in {PosixShell.Quote(words)}; do printf '%s\\0' \"$word\"; done"]) { RedirectStandardOutput = true, StandardOutputEncoding = System.Text.Encoding.UTF8 };
        using var shell = Process.Start(start)!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output.Split('\0')[..^1];
    }

    private static List<string> LinesOf(byte[] bytes, int piece)
    {
        var lines = new List<string>();
        var splitter = new LineSplitter(lines.Add);
        for (var at = 0; at < bytes.Length; at += piece)
            splitter.Add(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        splitter.Finish();
        return lines;
    }
}
