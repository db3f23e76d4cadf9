using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>Guests that are on the host, and in the spec no more: a guest whose name is changed is one that goes and another that comes.</summary>
internal static class RemovedGuests
{
    private const string Prefix = "guest-";

    /// <summary>A word on each.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) =>
        facts.Receipts
            .Select(r => r.FormerConcern.Length == 0 && r.Concern == "guest" ? r.Settings.Keys.FirstOrDefault(k => k.StartsWith(FormerReceipts.DefinitionOf, StringComparison.Ordinal))?[FormerReceipts.DefinitionOf.Length..]
                : r.Concern.StartsWith(Prefix, StringComparison.Ordinal) ? r.Concern[Prefix.Length..]
                : null)
            .OfType<string>().Distinct().Where(name => spec.Guests.All(g => g.Name.ToString() != name)).Order(StringComparer.Ordinal)
            .Select(name => new Finding(
                Severity.Warning,
                $"{SpecReader.Root}.guests",
                $"the guest {name} is on the host, and not in the list any more: its definition goes; its disks stay, its NVRAM and TPM state are kept",
                "a guest that is called otherwise is another guest, with another UUID, NVRAM and TPM: take the old name again if that is not meant"));
}
