using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>The recorded cases (<c>node/recorded</c>): what the CLI did, what was decided to be otherwise here, and what this engine does.</summary>
public static class RecordedRuns
{
    private static readonly string Source = Path.Combine(AppContext.BaseDirectory, "node", "recorded");
    private static readonly Lazy<JsonObject> Recorded = new(() => Read("expected.json"));
    private static readonly Lazy<JsonObject> Decided = new(() => Read("differs.json"));
    private static readonly Lazy<IStackProgram> Program = new(LayOut);

    // What takes the time is Node, a second or two for each operation that runs a program.
    private static readonly bool All = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PASSTHROUGH_TEST_ALL"));

    // Of two registrations under one name the second ends the run, and whether the first one's command was begun by then is open: the CLI's own runs differ.
    private const string Race = "duplicate";

    /// <summary>Every other case, from the first one on.</summary>
    public static TheoryData<string> Odd => new(Names.Where((_, i) => i % 2 == 0));

    /// <summary>The others.</summary>
    public static TheoryData<string> Even => new(Names.Where((_, i) => i % 2 == 1));

    /// <summary>The cases in which this engine does something else, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Reasons => Decided.Value.ToDictionary(c => c.Key, c => c.Value!["why"]!.GetValue<string>());

    private static IEnumerable<string> Names => Recorded.Value.Select(c => c.Key);

    /// <summary>Runs a case, and compares each of its operations.</summary>
    internal static async Task CompareAsync(string name)
    {
        using var running = new RecordedCase(name, Program.Value, new());
        var (expected, actual) = (new List<string>(), new List<string>());
        foreach (var wanted in Expected(name))
        {
            var parts = wanted.Title.Split(' ');
            var came = await running.RunAsync(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
            // A recorded list that is not in the order of the alphabet has the only order there is; any other may have come in any.
            var sorted = wanted.Ran.SequenceEqual(wanted.Ran.Order(StringComparer.Ordinal));
            var isRace = name == Race;
            expected.Add(isRace ? $"{wanted.Title}: exit {wanted.Exit}\n" : wanted.Text(sorted));
            actual.Add(isRace ? $"{came.Title}: exit {came.Exit}\n" : came.Text(sorted));
        }
        Assert.Equal(string.Concat(expected), string.Concat(actual));
    }

    /// <summary>
    /// What each operation of a case is expected to come to: as recorded, or as it was decided. In an ordinary run without a preview and a repeated update that
    /// have nothing to say.
    /// </summary>
    private static IEnumerable<RecordedOperation> Expected(string name)
    {
        var decided = Decided.Value[name]?["operations"]?.AsObject();
        var operations = Recorded.Value[name]!.AsArray().Select((o, i) => RecordedOperation.Read(decided?[$"{i}"] ?? o!)).ToList();
        return All ? operations : operations.Where((o, i) => o.Exit != 0 || !(i == 3 || o.Title == "preview 2"));
    }

    /// <summary>The programs, all in one file; without TypeScript, whose compiler takes as long to load as everything else.</summary>
    private static ChildProgram LayOut()
    {
        var directory = Path.Combine(NodeProgram.Directory, "run", "recorded");
        Directory.CreateDirectory(directory);
        foreach (var file in new[] { "index.js", "lib.js" })
            File.Copy(Path.Combine(Source, file), Path.Combine(directory, file), overwrite: true);
        File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), "name: demo\nruntime:\n  name: nodejs\n  options: { typescript: false }\n");
        File.WriteAllText(Path.Combine(directory, "package.json"), """{"name":"demo","main":"index.js"}""");
        return new(Project.Find(directory));
    }

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Source, file)))!.AsObject();
}
