using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.EndToEnd.Program;

namespace PassthroughInfra.EndToEnd.Tests.Fixture;

/// <summary>
/// Twenty commands whose work leaves traces: a file for each thing that exists on the host, and a log line when a command begins and
/// when it has done its work. From one generation to the next half of them are updated, three replaced, two dropped and two new.
/// A thing is <c>name.trigger</c>; none comes back once it is gone, so that a second creation of one cannot be meant.
/// </summary>
internal sealed partial class KillableWorld(string directory)
{
    private const int Steady = 18;

    private readonly Dictionary<string, int> recorded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> cutOff = new(StringComparer.Ordinal);

    private string LogFile => Path.Combine(directory, "log");

    private string Things => Directory.CreateDirectory(Path.Combine(directory, "things")).FullName;

    /// <summary>How many log lines there are.</summary>
    public int Lines => Log().Length;

    /// <summary>How many creations a kill cut off, told by their operation being pending in the state.</summary>
    public int CutOffs => cutOff.Count;

    /// <summary>How many creations were begun more than once.</summary>
    public int Repeated => Begun().Count(b => b.Value > 1);

    public DeclaredCommand[] Generation(int generation)
    {
        var names = Enumerable.Range(0, Steady).Select(i => $"r{i:00}").Append($"x{generation}a").Append($"x{generation}b").ToArray();
        return [.. names.Select((name, i) => Declare(name, i, generation))];
    }

    /// <summary>Holds the state against the host, as it must be at every moment, whatever has happened.</summary>
    /// <param name="afterKill">Whether the run before was killed: what it left pending may be done a second time.</param>
    public void Check(StateDocument state, bool afterKill)
    {
        var inState = state.Resources.Select(r => Thing(r!)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var pending = state.Pending.Select(p => Thing(p!["resource"]!)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var thing in Directory.GetFiles(Things).Select(Path.GetFileName))
            Assert.True(inState.Contains(thing!) || pending.Contains(thing!), $"'{thing}' exists on the host, and the state does not name it");
        if (afterKill)
        {
            // Each stays pending, also when it is tried again.
            var creating = state.Pending.Where(p => p!["type"]!.GetValue<string>() == "creating");
            foreach (var times in creating.GroupBy(p => Thing(p!["resource"]!)!, StringComparer.Ordinal))
                cutOff[times.Key] = Math.Max(cutOff.GetValueOrDefault(times.Key), times.Count());
        }
        var begun = Begun();
        foreach (var (thing, count) in recorded)
            Assert.True(begun[thing] == count, $"'{thing}' was in the state as created, and was created again");
        foreach (var (thing, count) in begun)
            Assert.True(count <= 1 + cutOff.GetValueOrDefault(thing), $"the creation of '{thing}' began {count} times, and was cut off {cutOff.GetValueOrDefault(thing)} times");
        foreach (var thing in inState.Where(t => !recorded.ContainsKey(t)))
            recorded[thing] = begun[thing];
    }

    /// <summary>Holds the host against a generation that an update has completed.</summary>
    public void CheckComplete(int generation)
    {
        var wanted = Generation(generation).Select((c, i) => (File: $"{c.Name}.{c.Trigger}", Value: Value(i, generation))).ToDictionary(c => c.File, c => c.Value, StringComparer.Ordinal);
        var live = Directory.GetFiles(Things).ToDictionary(f => Path.GetFileName(f), f => File.ReadAllText(f).Trim(), StringComparer.Ordinal);
        Assert.Equal(wanted.OrderBy(w => w.Key, StringComparer.Ordinal), live.OrderBy(l => l.Key, StringComparer.Ordinal));
    }

    private DeclaredCommand Declare(string name, int i, int generation)
    {
        var trigger = i % 6 == 5 ? $"t{generation}" : "t0";
        var thing = $"{name}.{trigger}";
        return new()
        {
            Name = name,
            Trigger = trigger,
            DeleteBeforeReplace = i == 5,
            InGroup = i % 3 == 0,
            DependsOn = i is > 2 and < Steady && i % 2 == 1 ? [$"r{i - 3:00}"] : [],
            Create = Work("create", thing, $"echo {Value(i, generation)} > {Things}/{thing}"),
            Update = Work("update", thing, $"echo {Value(i, generation)} > {Things}/{thing}"),
            Delete = Work("delete", thing, $"rm -f {Things}/{thing}"),
        };
    }

    private string Work(string verb, string thing, string work) => $"echo begin {verb} {thing} >> {LogFile}; sleep 0.02; {work}; echo end {verb} {thing} >> {LogFile}";

    private static string Value(int i, int generation) => (i % 2 == 0 ? generation : 0).ToString(CultureInfo.InvariantCulture);

    private string[] Log() => File.Exists(LogFile) ? File.ReadAllLines(LogFile) : [];

    private Dictionary<string, int> Begun() => Log().Where(l => l.StartsWith("begin create ", StringComparison.Ordinal))
        .GroupBy(l => l["begin create ".Length..], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    /// <summary>The thing that a resource of a state stands for; null for what is no command, or is deleted already.</summary>
    private static string? Thing(JsonNode resource) =>
        resource["pendingReplacement"] is null && resource["inputs"]?["create"]?.GetValue<string>() is { } create ? CreatePattern().Match(create).Groups[1].Value : null;

    [GeneratedRegex(@"begin create (\S+)")]
    private static partial Regex CreatePattern();
}
