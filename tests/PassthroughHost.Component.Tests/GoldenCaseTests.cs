using System.Text;
using System.Text.Json;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// Each folder under cases/ is a machine: spec.yaml and facts.json in, the files and the plan out (expected/). A new case is a new folder.
/// UPDATE_GOLDEN=1 writes what is there now; read it before it is committed. A case that is about some concerns only names them in a file
/// <c>only</c>: the others' files and plans are left out, their findings are not.
/// </summary>
public sealed class GoldenCaseTests
{
    private static readonly string Cases = Path.Combine(Repository.Tests, "cases");

    public static TheoryData<string> Names() => [.. Directory.GetDirectories(Cases).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_machine_is_planned_as_expected(string name)
    {
        var folder = Path.Combine(Cases, name);
        var actual = Plan(folder);
        var expected = Path.Combine(folder, "expected");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Write(expected, actual);
        }

        var before = Directory.Exists(expected)
            ? Directory.GetFiles(expected, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(expected, f), File.ReadAllText)
            : [];
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach (var (file, text) in actual)
        {
            Assert.Equal(before[file], text);
        }
    }

    private static SortedDictionary<string, string> Plan(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var spec = GuestIdentity.Pin(SpecReader.Read(Yaml.ToJson(File.ReadAllText(Path.Combine(folder, "spec.yaml")))), "passthrough-infra/golden/host");
            var facts = MergePatch.Load(Path.Combine(folder, "facts.json")).Deserialize<HostFacts>(SpecReader.Json)!;
            var plan = HostPlan.Make(spec, facts);
            if (File.Exists(Path.Combine(folder, "only")))
            {
                var only = File.ReadAllText(Path.Combine(folder, "only")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                plan = plan with { Concerns = [.. plan.Concerns.Where(c => only.Contains(Path.GetFileNameWithoutExtension(c.Plan.Script.Name)))] };
            }

            foreach (var file in plan.Concerns.SelectMany(c => c.Plan.Files).Where(f => f.Content is not null))
            {
                files[Path.Combine("files", file.Path.TrimStart('/'))] = file.Content!;
            }

            files["plan.txt"] = Describe(plan);
            foreach (var guest in DeclaredGuest.Of(spec))
            {
                files[spec.Guests.Count == 1 ? "domain.xml" : $"domain-{guest.Name}.xml"] = DomainXml.Text(guest, facts);
            }
        }
        catch (SpecException e)
        {
            files["plan.txt"] = e.Message + "\n";
        }

        return files;
    }

    private static string Describe(HostPlan plan)
    {
        var text = new StringBuilder();
        foreach (var finding in plan.Findings)
        {
            text.Append($"{finding.Severity}: {finding}\n");
        }

        foreach (var concern in plan.Concerns)
        {
            text.Append($"\n== {concern.Plan.Concern}: {(concern.InSync ? "in sync" : "differs")}\n");
            foreach (var file in concern.Plan.Files)
            {
                text.Append($"file {file.Path} {(file.Content is null ? "absent" : file.Mode)}\n");
            }

            foreach (var (name, value) in concern.Plan.Variables)
            {
                // A script that is handed over whole stands in the source tree.
                text.Append($"{name}={(value.StartsWith("#!", StringComparison.Ordinal) ? "(a script)" : value.StartsWith("<domain", StringComparison.Ordinal) ? "(domain.xml)" : value)}\n");
            }

            foreach (var difference in concern.Differences)
            {
                text.Append($"-- {difference.Cause}: {difference.Subject}\n{(difference.Text.StartsWith("--- /dev/null\n+++ domain ", StringComparison.Ordinal) ? "(all of domain.xml)" : difference.Text)}\n");
            }
        }

        return text.ToString();
    }

    private static void Write(string expected, SortedDictionary<string, string> files)
    {
        if (Directory.Exists(expected))
        {
            Directory.Delete(expected, recursive: true);
        }

        foreach (var (file, text) in files)
        {
            var path = Path.Combine(expected, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
