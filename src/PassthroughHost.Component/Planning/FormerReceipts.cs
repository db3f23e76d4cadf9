using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// The receipts of releases that knew one guest: <c>guest.receipt</c>, <c>media.receipt</c> and <c>storage.receipt</c>. Each counts as the receipt of that guest's
/// own concern until there is one (<c>guest-win10.receipt</c>). While the host is as wanted, the text of the command stays that of those releases too, so that
/// nothing is planned; the next apply leaves a receipt under the new name, and takes the former one away (journal.sh).
/// </summary>
internal static class FormerReceipts
{
    /// <summary>Begins the name of the setting by which a guest's receipt tells its name.</summary>
    public const string DefinitionOf = "definition of ";

    private static readonly string[] Kinds = ["guest", "media", "storage"];

    /// <summary>The same facts, with the former receipts as those of the guest they belong to.</summary>
    public static HostFacts Adopt(MachineSpec spec, HostFacts facts) =>
        facts.Receipts.Any(r => Kinds.Contains(r.Concern)) ? facts with { Receipts = [.. facts.Receipts.Select(r => Adopt(r, spec, facts))] } : facts;

    /// <summary>The guest that has the resources of those releases; null if it is in the spec no more.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null where the host could not be read, and then it is the first of the list.</param>
    public static string? Owner(MachineSpec spec, HostFacts? facts)
    {
        var owner = Named(facts?.Receipt("guest"))
            ?? facts?.Receipts.Select(r => r.Guest).FirstOrDefault(g => g.Length > 0)
            ?? spec.FirstGuest?.Name.ToString();
        return spec.Guests.Any(g => g.Name.ToString() == owner) ? owner : null;
    }

    private static Receipt Adopt(Receipt receipt, MachineSpec spec, HostFacts facts)
    {
        if (!Kinds.Contains(receipt.Concern))
        {
            return receipt;
        }

        var owner = receipt.Guest.Length > 0 ? receipt.Guest : Owner(spec, facts);
        return owner is not null && facts.Receipt($"{receipt.Concern}-{owner}") is null ? receipt with { Concern = $"{receipt.Concern}-{owner}", FormerConcern = receipt.Concern } : receipt;
    }

    /// <summary>The guest that a guest's receipt tells the name of.</summary>
    internal static string? Named(Receipt? receipt) =>
        receipt?.Settings.Keys.FirstOrDefault(k => k.StartsWith(DefinitionOf, StringComparison.Ordinal))?[DefinitionOf.Length..];
}
