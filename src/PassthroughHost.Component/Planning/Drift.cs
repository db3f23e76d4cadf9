using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Planning;

/// <summary>Who made a difference.</summary>
public enum Cause
{
    /// <summary>It was never applied.</summary>
    New,

    /// <summary>The spec changed since it was last applied.</summary>
    Change,

    /// <summary>Somebody changed the host since it was last applied.</summary>
    Drift,

    /// <summary>The host has changed by itself: a kernel was installed, or a device's driver is another.</summary>
    Host,

    /// <summary>Not known: the receipts of what was applied are missing.</summary>
    Unknown,

    /// <summary>Not known whether there is a difference at all: libvirt, which has it, did not answer.</summary>
    Unread,
}

/// <summary>One thing on the host that differs from what is wanted.</summary>
/// <param name="Concern">The concern it belongs to.</param>
/// <param name="Cause">Who made it.</param>
/// <param name="Subject">The file's path or the setting's name.</param>
/// <param name="Text">A unified diff, or <c>name: live -> wanted</c>.</param>
public sealed record Difference(string Concern, Cause Cause, string Subject, string Text);

/// <summary>A concern's plan compared with what is on the host.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Differences">What differs; empty where the host is as wanted.</param>
/// <param name="Token">
/// Stands in the command's text. Where the host is as wanted it is the one in the host's receipt, so that the text equals the state and
/// nothing is planned; where not, it is a new one.
/// </param>
/// <param name="Remark">Stands beside the token, and comes back with it: which files and settings had drifted.</param>
public sealed record ConcernState(ConcernPlan Plan, IReadOnlyList<Difference> Differences, string Token, string Remark)
{
    /// <summary>Whether the host is as wanted.</summary>
    public bool InSync => Differences.Count == 0;

    /// <summary>Whether the host has a receipt of it.</summary>
    public bool IsApplied { get; init; }
}

/// <summary>Compares plans with facts.</summary>
public static class DriftDetector
{
    /// <summary>The token of a plan that was made without having read the host.</summary>
    public const string UnreadToken = "host-not-read";

    /// <summary>Compares one plan with the facts.</summary>
    /// <param name="plan">What is wanted.</param>
    /// <param name="facts">What was read; null where the host could not be read.</param>
    public static ConcernState Compare(ConcernPlan plan, HostFacts? facts)
    {
        if (facts is null)
        {
            return new(plan, [.. plan.Files.Select(f => NewFile(plan, f)), .. plan.Settings.Select(s => Of(plan, s, Cause.New)), .. plan.Observed], UnreadToken, "");
        }

        var receipt = facts.Receipt(plan.Concern);
        var differences = new List<Difference>();
        foreach (var file in plan.Files)
        {
            var live = facts.File(file.Path);
            if (!Matches(file, live))
            {
                var cause = CauseOf(receipt?.Files, file.Path, FileDigest(live));
                differences.Add(new(plan.Concern, cause, file.Path, FileDiff.Unified(live, file, dated: cause == Cause.Drift) + (cause == Cause.Drift ? FileDiff.ChangedBy(live) : "")));
            }
        }

        differences.AddRange(plan.Settings.Where(s => !s.InSync).Select(s => Of(plan, s, s.By ?? CauseOf(receipt?.Settings, s.Name, s.Live!))));

        differences.AddRange(plan.Observed);

        // What the spec no longer asks for was applied once and must go again.
        if (receipt is not null)
        {
            differences.AddRange(receipt.Files.Keys.Except(plan.Files.Select(f => f.Path)).Order(StringComparer.Ordinal)
                .Select(p => new Difference(plan.Concern, Cause.Change, p, $"{p}: no longer wanted, the original comes back")));
            differences.AddRange(receipt.Settings.Keys.Except(plan.Settings.Select(s => s.Name)).Order(StringComparer.Ordinal)
                .Select(n => new Difference(plan.Concern, Cause.Change, n, $"{n}: no longer wanted")));
        }

        differences = ByItself(plan, receipt, differences);
        if (differences.Count == 0 && receipt?.Digest != Digest(plan))
        {
            var cause = receipt is null ? Cause.New : Cause.Change;
            differences.Add(new(plan.Concern, cause, plan.Concern, receipt is null ? $"{plan.Concern}: not applied by this project yet" : $"{plan.Concern}: wanted changed, the host already agrees"));
        }

        return differences.Count == 0
            ? new(AsNoted(plan, receipt!), differences, receipt!.Token, receipt.Remark) { IsApplied = true }
            : new(plan, differences, NewToken(plan, differences, facts), Remark(differences)) { IsApplied = receipt is not null };
    }

    // What is only noted beside what is wanted is no reason to apply again: a host that is as wanted keeps the notes of its last apply.
    private static ConcernPlan AsNoted(ConcernPlan plan, Receipt receipt) => plan with
    {
        Basis = receipt.Basis,
        FormerConcern = receipt.FormerConcern,
        Choices = [.. receipt.Choices.Select(c => new Choice(c.Key, c.Value.Given, c.Value.Value) { Came = "", Went = "" })],
    };

    // What was decided from facts is decided otherwise now, and the spec says of it what it said before.
    private static List<Difference> ByItself(ConcernPlan plan, Receipt? receipt, List<Difference> differences)
    {
        var changed = plan.Choices
            .Where(c => receipt?.Choices.GetValueOrDefault(c.Name) is { } before && before.Given == c.Given && before.Value != c.Value)
            .SelectMany(c => c.Changes(receipt!.Choices[c.Name].Value).Select(t => new Difference(plan.Concern, Cause.Host, c.Name, t))).ToList();
        return changed.Count == 0 ? differences
            : [.. changed, .. differences.Select(d => d.Cause == Cause.Change && receipt!.Basis == plan.Basis ? d with { Cause = Cause.Host } : d)];
    }

    private static string Remark(List<Difference> differences)
    {
        var drifted = differences.Where(d => d.Cause == Cause.Drift).Select(d => d.Subject).ToList();
        return drifted.Count == 0 ? "" : Shell.OneLine("drift: " + string.Join(", ", drifted));
    }

    /// <summary>The digest of everything a plan wants.</summary>
    public static string Digest(ConcernPlan plan) =>
        Hash(string.Concat(plan.Files.Select(f => $"file\t{f.Path}\t{FileDigest(f)}\n")) + string.Concat(plan.Settings.Select(s => $"setting\t{s.Name}\t{s.Wanted}\n")));

    /// <summary>The digest of a file as wanted, as it stands in a receipt.</summary>
    public static string FileDigest(ManagedFile file) => file.Content is null ? "absent" : Hash($"{file.Mode} root:root\n{file.Content}");

    /// <summary>The digest of a file as found.</summary>
    public static string FileDigest(FileFacts file) => file.Kind switch
    {
        FileKind.Absent => "absent",
        FileKind.Regular => Hash($"{file.Mode} {file.Owner}\n{file.Content}"),
        _ => Hash($"{file.Kind}\n{file.Content}"),
    };

    /// <summary>A plan that is to be run although nothing of its own differs.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="facts">What was read; null where the host could not be read.</param>
    internal static ConcernState Afresh(ConcernPlan plan, HostFacts? facts) => new(plan, [], facts is null ? UnreadToken : NewToken(plan, [], facts), "");

    private static bool Matches(ManagedFile wanted, FileFacts live) => FileDigest(wanted) == FileDigest(live);

    private static Cause CauseOf(IReadOnlyDictionary<string, string>? applied, string key, string live) =>
        applied is null ? Cause.New
        : !applied.TryGetValue(key, out var was) ? Cause.Change
        : was == live ? Cause.Change
        : Cause.Drift;

    private static Difference NewFile(ConcernPlan plan, ManagedFile file) =>
        new(plan.Concern, Cause.New, file.Path, FileDiff.Unified(new() { Path = file.Path, Kind = FileKind.Absent }, file));

    private static Difference Of(ConcernPlan plan, Setting setting, Cause cause) =>
        new(plan.Concern, cause, setting.Name, $"{setting.Name}: {setting.Live ?? "?"} -> {setting.Wanted}{(setting.Diff is { } diff ? $"\n{diff}" : "")}");

    // The reading's time is in it: a host that was set up anew in exactly the state of before must not meet an old token again.
    private static string NewToken(ConcernPlan plan, IEnumerable<Difference> differences, HostFacts facts) =>
        Hash(string.Concat(differences.Select(d => d.Text)) + Digest(plan) + facts.Boot.BootId + facts.Boot.ReadAt)[..16];

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
