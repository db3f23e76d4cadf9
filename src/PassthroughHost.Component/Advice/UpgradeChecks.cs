using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What an upgrade of the distribution will ask of a host that a stack is applied on, and what to do before it.</summary>
public static class UpgradeChecks
{
    /// <summary>All of it, in the order in which it is to be done.</summary>
    /// <param name="facts">The reading.</param>
    /// <param name="spec">What a stack asks of the host; null if none is meant.</param>
    public static IReadOnlyList<Check> Of(HostFacts facts, MachineSpec? spec = null) => [.. Before(facts, spec), .. Changes(facts)];

    private static IEnumerable<Check> Before(HostFacts facts, MachineSpec? spec)
    {
        if (facts.Receipts.Count == 0)
        {
            yield return Of("upgrade-receipts", Verdict.Note, "this project has applied nothing here", "an upgrade is between you and the distribution; init afterwards");
        }

        if (facts.Interrupted.Length > 0)
        {
            yield return Of("upgrade-interrupted", Verdict.Caution, $"an update was ended in the middle ({facts.Interrupted})", "update once more before the upgrade: that takes back what was half done");
        }

        if (facts.Boot.Trial is not null)
        {
            yield return Of("upgrade-trial", Verdict.Caution, "new kernel arguments are on trial", "finish that first (update again): an upgrade makes GRUB's menu anew");
        }

        if (spec is not null && PlannedReboot.Of(spec, facts) is { Reasons.Count: > 0 } reboot)
        {
            yield return Of("upgrade-reboot", Verdict.Caution, $"the host is not as its stack says yet: {string.Join("; ", reboot.Reasons)}", "update, reboot and update again first, so that what changes afterwards is the upgrade's");
        }

        var running = facts.Isolation.RunningGuests;
        yield return running.Count == 0
            ? Of("upgrade-guests", Verdict.Good, "no guest runs")
            : Of("upgrade-guests", Verdict.Caution, $"running: {string.Join(", ", running)}", "shut them down before the upgrade: QEMU, libvirt and the bridges are replaced under them");
        var aside = facts.Receipts.SelectMany(r => r.Files).Where(f => f.Value == "absent").Select(f => f.Key).Order(StringComparer.Ordinal).ToList();
        if (aside.Count > 0)
        {
            yield return Of(
                "upgrade-files",
                Verdict.Note,
                $"put aside by this stack: {string.Join(", ", aside)}",
                "where a package brings one of them back, the preview shows it as drift, and an update puts it aside again; destroy then brings back the package's new one, with yours of before beside it");
        }
    }

    private static IEnumerable<Check> Changes(HostFacts facts)
    {
        if (Releases.Of(facts.System) is not { } from || Releases.Next(from) is not { } to)
        {
            yield return Of("upgrade-release", Verdict.Unknown, $"what follows {Releases.Name(facts.System.Distribution, facts.System.Version)} is not known to this version", "upgrade on a spare machine first, and read the preview there");
            yield break;
        }

        yield return Of("upgrade-release", Verdict.Note, $"{from.Name} -> {to.Name}", "afterwards: a preview says what still holds and what is to be done, one update makes it so");
        foreach (var change in Releases.Changes(from, to))
        {
            yield return Of(change.Id, Verdict.Note, change.What, change.Meaning);
        }
    }

    private static Check Of(string id, Verdict verdict, string found, string remedy = "") => new(CheckArea.Upgrade, id, verdict, found, remedy);
}
