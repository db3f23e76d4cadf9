using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>The workflows of GitHub Actions, ours and the one that docs/drift.md shows: they can be read, and what they run is there. Source: GitHub, "Workflow syntax".</summary>
public sealed partial class WorkflowTests
{
    private const string Ours = ".github/workflows";
    private const string Shown = "docs/drift.md";

    public static TheoryData<string> Workflows() => [.. Directory.GetFiles(Path.Combine(Repository.Root, Ours)).Select(f => Path.Combine(Ours, Path.GetFileName(f))), Shown];

    [Theory]
    [MemberData(nameof(Workflows))]
    public async Task A_workflow_can_be_read_and_runs_what_is_there(string file)
    {
        var workflow = JsonNode.Parse(Yaml.ToJson(Text(file)))!.AsObject();
        Assert.Empty(workflow.Select(p => p.Key).Except(["name", "on", "permissions", "concurrency", "env", "jobs"]));
        Assert.NotEmpty(workflow["on"]!.AsObject());
        Assert.NotEmpty(workflow["jobs"]!.AsObject());
        foreach (var (name, job) in workflow["jobs"]!.AsObject())
        {
            Assert.Empty(job!.AsObject().Select(p => p.Key).Except(["runs-on", "container", "timeout-minutes", "env", "steps", "needs", "if"]));
            Assert.NotNull(job["runs-on"]);
            var steps = job["steps"]!.AsArray();
            // What is run is in the checkout, so that comes first.
            Assert.Contains(steps.TakeWhile(s => !RunsOurs(s!)), s => ((string?)s!["uses"])?.StartsWith("actions/checkout@", StringComparison.Ordinal) == true);
            foreach (var step in steps)
            {
                Assert.Empty(step!.AsObject().Select(p => p.Key).Except(["name", "uses", "with", "run", "env", "if"]));
                Assert.True(step["uses"] is null != step["run"] is null, $"{file}, {name}: a step either uses or runs:\n{step}");
                if ((string?)step["uses"] is { } action)
                {
                    Assert.Matches(Action(), action);
                }
                else
                {
                    await RunsWhatIsThereAsync((string)step["run"]!);
                }
            }
        }
    }

    private static bool RunsOurs(JsonNode step) => (string?)step["run"] is { } script && (script.Contains("./", StringComparison.Ordinal) || script.Contains("dotnet ", StringComparison.Ordinal));

    private static async Task RunsWhatIsThereAsync(string script)
    {
        var (code, said) = await Shell.RunAsync("bash -n <<'END'\n" + script + "\nEND");
        Assert.True(code == 0 && said.Length == 0, said + script);
        foreach (var command in script.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await ShownCommand.IsKnownAsync(command);
        }
    }

    private static string Text(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, file));
        return file == Shown ? Job().Match(text).Groups[1].Value : text;
    }

    [GeneratedRegex("```yaml\\n(name: .*?)```", RegexOptions.Singleline)]
    private static partial Regex Job();

    [GeneratedRegex("^[\\w-]+/[\\w-]+@v\\d+$")]
    private static partial Regex Action();
}
