using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>What the facts have of one guest, written otherwise.</summary>
internal static class GuestFactsOf
{
    /// <summary>The facts with what is known of a guest changed.</summary>
    public static GuestFacts With(this GuestFacts facts, string name, Func<DefinitionFacts, DefinitionFacts> change) =>
        facts with { Guests = [.. facts.Guests.Where(g => g.Name != name), change(facts.Of(name))] };
}
