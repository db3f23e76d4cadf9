using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>Guests that are on the host, and in the spec no more: a guest whose name is changed is one that goes and another that comes.</summary>
internal static class RemovedGuests
{
    /// <summary>In a guest's receipt, before its name: it was there before, and goes back to the definition that it had.</summary>
    internal const string Adoption = "adoption of ";

    private const string Prefix = "guest-";

    /// <summary>A word on each; an error if a guest of the list has a disk of one that goes: that is a renaming.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        foreach (var name in Gone(spec, facts))
        {
            if (facts.Receipts.Any(r => r.Settings.ContainsKey(Adoption + name)))
            {
                yield return new(
                    Severity.Warning,
                    $"{SpecReader.Root}.guests",
                    $"the guest {name} was taken over, and is not in the list any more: it has the definition again with which it was found; whether it runs stays as it is");
                continue;
            }

            var disks = Disks(name, facts);
            var heir = spec.Guests.FirstOrDefault(g => g.AllDisks().Any(d => disks.Contains($"{d.Disk.Path}")));
            yield return heir is null
                ? new(
                    Severity.Warning,
                    $"{SpecReader.Root}.guests",
                    $"the guest {name} is on the host, and not in the list any more: its definition goes; its disks stay, its NVRAM and TPM state are kept",
                    "a guest that is called otherwise is another guest, with another UUID, NVRAM and TPM: take the old name again if that is not meant")
                : new(
                    Severity.Error,
                    $"{SpecReader.Root}.guests",
                    $"{heir.Name} has a disk of the guest {name}, which is on the host and not in the list any more",
                    $"a guest is not renamed in place, as its NVRAM and TPM state hang on its name and UUID: take the name {name} again, "
                        + "or take the guest out, update, and put it in again under the new name");
        }
    }

    private static IEnumerable<string> Gone(MachineSpec spec, HostFacts facts) =>
        facts.Receipts.Select(NameOf).OfType<string>().Distinct().Where(name => spec.Guests.All(g => g.Name.ToString() != name)).Order(StringComparer.Ordinal);

    private static string? NameOf(Receipt receipt) =>
        receipt.FormerConcern.Length == 0 && receipt.Concern == "guest" ? FormerReceipts.Named(receipt)
        : receipt.Concern.StartsWith(Prefix, StringComparison.Ordinal) ? receipt.Concern[Prefix.Length..]
        : null;

    // By its receipts: those of a release that knew one guest are its own too, if no guest of the list has them.
    private static HashSet<string> Disks(string name, HostFacts facts) =>
        [.. facts.Receipts.Where(r => r.Concern == $"media-{name}" || r.Concern == $"storage-{name}" || (r.Concern is "media" or "storage" && r.FormerConcern.Length == 0))
            .SelectMany(r => r.Settings.Keys).Where(k => k.StartsWith("disk ", StringComparison.Ordinal) || k.StartsWith("volume ", StringComparison.Ordinal))
            .Select(k => k[(k.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
}
