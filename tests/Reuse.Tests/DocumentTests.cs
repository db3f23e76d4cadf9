using System.Text.RegularExpressions;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>
/// What the documents show: every block of commands says by a comment before it how it is covered. <c>run</c>: here. <c>lab</c>: by the rehearsal and the
/// tests on the virtual host. <c>host</c>: by nobody, because it needs a machine of the reader's own, or the pulumi CLI.
/// </summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Pages = [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Order(StringComparer.Ordinal)];

    public static TheoryData<string> CommandsToRun() => [.. Blocks().Where(b => b.Mark == "run").SelectMany(b => Commands(b.Text)).Distinct()];

    public static TheoryData<string> OurVerbs() => [.. Blocks().SelectMany(b => Commands(b.Text)).Where(c => c.StartsWith("./passthrough ", StringComparison.Ordinal) && !c.Contains(" lab", StringComparison.Ordinal)).Distinct()];

    [Fact]
    public void Every_block_of_commands_says_how_it_is_covered() => Assert.All(Blocks(), b => Assert.True(b.Mark is "run" or "lab" or "host", $"{b.Page}: no mark before\n{b.Text}"));

    [Theory]
    [MemberData(nameof(CommandsToRun))]
    public async Task A_command_that_needs_no_host_runs(string command)
    {
        var (code, output) = await Shell.RunAsync(command);
        Assert.True(code == 0, $"{command} exited with {code}:\n{output}");
    }

    [Theory]
    [MemberData(nameof(OurVerbs))]
    public async Task A_command_has_the_options_it_is_shown_with(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (code, help) = await Shell.RunAsync($"./passthrough {words[1]} --help");
        Assert.True(code == 0, help);
        Assert.All(words.Skip(2).Where(w => w.StartsWith('-')), option => Assert.Matches($@"(^|[\s,]){Regex.Escape(option)}\b", help));
    }

    [Fact]
    public void Every_message_that_troubleshooting_names_is_one_of_ours()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".sh", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        var headings = File.ReadLines(Path.Combine(Repository.Root, "docs/troubleshooting.md")).Where(l => l.StartsWith("### ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(headings);
        var unknown = headings.SelectMany(h => Quoted().Matches(h).Select(m => m.Groups[1].Value)).SelectMany(m => m.Split('…'))
            .Select(p => p.Trim()).Where(p => p.Length > 6 && !sources.Contains(p, StringComparison.Ordinal) && !p.StartsWith("DMAR: ", StringComparison.Ordinal));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_link_within_the_repository_leads_somewhere()
    {
        foreach (var page in Pages)
        {
            foreach (var target in Link().Matches(File.ReadAllText(page)).Select(m => m.Groups[1].Value).Where(t => !t.StartsWith("http", StringComparison.Ordinal) && !t.StartsWith('#')))
            {
                var path = Path.Combine(Path.GetDirectoryName(page)!, target.Split('#')[0]);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{page}: {target} is not there");
            }
        }
    }

    private static IEnumerable<(string Page, string? Mark, string Text)> Blocks() => Pages.SelectMany(page =>
        Block().Matches(File.ReadAllText(page)).Select(m => (Path.GetFileName(page), m.Groups[1].Success ? m.Groups[1].Value : null, m.Groups[2].Value)));

    private static IEnumerable<string> Commands(string text) => text.Split('\n').Select(l => l.Split(" #")[0].Trim()).Where(l => l.Length > 0 && l[0] != '#');

    [GeneratedRegex("(?:<!-- (\\w+) -->\\n)?```sh\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("\\]\\(([^)\\s]+)\\)")]
    private static partial Regex Link();
}
