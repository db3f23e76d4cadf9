using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>What the documents show. Every block of commands is run by a test, and says by which in a comment before it: <see cref="CommandBlock"/>.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> CommandsToRun() => [.. CommandBlock.All.Where(b => b is { Runner: "run", Name: null }).SelectMany(b => b.Commands).Distinct()];

    public static TheoryData<string> OurVerbs() =>
        [.. CommandBlock.All.SelectMany(b => b.Commands).Concat(CommandBlock.Pages.SelectMany(p => Quoted().Matches(File.ReadAllText(p)).Select(m => m.Groups[1].Value)))
            .Where(c => OurCommand().IsMatch(c) && !c.StartsWith("pulumi login", StringComparison.Ordinal)).Distinct()];

    [Fact]
    public void Every_block_of_commands_is_run_by_a_test_that_asks_for_it()
    {
        Assert.NotEmpty(CommandBlock.All);
        Assert.All(CommandBlock.All, b => Assert.True(IsRun(b), $"{b.Page}: nobody runs\n{b.Text}"));

        static bool IsRun(CommandBlock block) => block switch
        {
            { Runner: "run", Name: null } => true,
            { Runner: "run", Name: var name } => AskedFor("Reuse.Tests", name),
            { Runner: "lab", Name: { } name } => AskedFor("Lab.Tests", name),
            { Runner: "ci", Name: null } => block.Commands.All(RunByCi),
            _ => false,
        };

        static bool AskedFor(string project, string name) =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", project), "*.cs").Any(f => File.ReadAllText(f).Contains($"CommandBlock.Named(\"{name}\")", StringComparison.Ordinal));

        // By .ci/run, by what that runs, or by the workflow.
        static bool RunByCi(string command) => new[] { ".ci/run", "test", ".github/workflows/ci.yml" }
            .Any(f => Regex.IsMatch(File.ReadAllText(Path.Combine(Repository.Root, f)), $"^[^#\\n]*{Regex.Escape(command)}( -.*)?$", RegexOptions.Multiline));
    }

    [Theory]
    [MemberData(nameof(CommandsToRun))]
    public async Task A_command_that_needs_no_host_runs(string command)
    {
        var (code, output) = await Shell.RunAsync(command);
        Assert.True(code == 0, $"{command} exited with {code}:\n{output}");
    }

    [Theory]
    [MemberData(nameof(OurVerbs))]
    public async Task A_command_has_the_options_it_is_shown_with(string command) => await ShownCommand.IsKnownAsync(command);

    [Fact]
    public async Task The_pulumi_CLI_takes_a_stack_with_no_host_from_login_to_preview_and_a_key_as_a_secret()
    {
        using var reader = new ReadersCheckout();
        var stack = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "Pulumi.dev.yaml"));
        reader.Write("Pulumi.gpu-host.yaml", stack);
        reader.Write("home/.ssh/gpu-host", "-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n-----END OPENSSH PRIVATE KEY-----\n");
        foreach (var command in CommandBlock.Named("pulumi-cli").Commands.TakeWhile(c => c != "pulumi preview"))
        {
            await reader.SaysAsync(0, command);
        }

        Assert.Contains("PassthroughHost host create", await reader.SaysAsync(0, "pulumi preview"), StringComparison.Ordinal);
        foreach (var command in CommandBlock.Named("secret").Commands)
        {
            await reader.SaysAsync(0, command);
        }

        var written = await File.ReadAllTextAsync(reader.At("Pulumi.gpu-host.yaml"));
        Assert.Matches(@"privateKey:\s+secure: v1:", written);
        Assert.DoesNotContain("BEGIN OPENSSH", written, StringComparison.Ordinal);
    }

    [Fact]
    public void The_stack_file_that_README_shows_is_accepted()
    {
        var shown = StackShown().Match(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Groups[1].Value
            .Replace("ssh-ed25519 AAAA…", (string)StackFiles.MachineOf("Pulumi.dev.yaml")["connection"]!["hostKey"]!, StringComparison.Ordinal);
        var machine = SpecReader.Read(JsonNode.Parse(Yaml.ToJson(shown))!["config"]!["passthrough-infra:machine"]!.ToJsonString());
        Assert.Equal(("win10", 2), (machine.Guests[0].Name.ToString(), machine.Devices.Count));
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
    public void Every_file_that_is_named_after_us_on_a_host_is_in_its_list()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/host.md"));
        var named = new[] { "Concerns", "Platform" }
            .SelectMany(d => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/PassthroughHost.Component", d), "*.*", SearchOption.AllDirectories))
            .SelectMany(f => FileOfOurs().Matches(File.ReadAllText(f)).Select(m => m.Value.TrimEnd('.'))).Where(f => !f.Contains(".wants/", StringComparison.Ordinal)).Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.All(named, f => Assert.True(page.Contains($"`{f}`", StringComparison.Ordinal) || page.Contains($"`{Path.ChangeExtension(f, "service")}` and `{Path.GetExtension(f)}`", StringComparison.Ordinal), f));
    }

    [Fact]
    public void Every_link_within_the_repository_leads_somewhere()
    {
        foreach (var page in CommandBlock.Pages)
        {
            foreach (var target in Link().Matches(File.ReadAllText(page)).Select(m => m.Groups[1].Value).Where(t => !t.StartsWith("http", StringComparison.Ordinal) && !t.StartsWith('#')))
            {
                var path = Path.Combine(Path.GetDirectoryName(page)!, target.Split('#')[0]);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{page}: {target} is not there");
            }
        }
    }

    [GeneratedRegex("^(\\./passthrough|pulumi|dotnet (build|test|pack)) [a-z-]")]
    private static partial Regex OurCommand();

    [GeneratedRegex("```yaml\\n(config:.*?)```", RegexOptions.Singleline)]
    private static partial Regex StackShown();

    [GeneratedRegex("/(etc|usr/local)/[\\w./-]*passthrough-host[\\w./-]*")]
    private static partial Regex FileOfOurs();

    [GeneratedRegex("`([^`\\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("\\]\\(([^)\\s]+)\\)")]
    private static partial Regex Link();
}
