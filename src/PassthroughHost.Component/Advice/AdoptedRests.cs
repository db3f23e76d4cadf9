using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What a domain has otherwise than the document that follows from a guest's keys, in pieces that a person can judge one by one.</summary>
internal static class AdoptedRests
{
    // Their elements are each for themselves; anything else is one piece.
    private static readonly string[] Sections = ["cpu", "features", "cputune", "memoryBacking", "numatune", "os"];
    private static readonly string[] Described = ["disk", "interface", "hostdev"];

    /// <summary>The pieces.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="planned">The document that follows from the keys.</param>
    public static IReadOnlyList<AdoptedRest> Of(XElement domain, XElement planned) =>
        [.. DomainComparison.ToEarlier(domain, planned).Select(d => Piece(d.Path)).Distinct(StringComparer.Ordinal).Select(p => new AdoptedRest(p, Text(domain, XmlPlace.Read(p)!)))];

    private static string Piece(string path)
    {
        var steps = XmlPlace.Read(path) ?? throw new InvalidOperationException($"The comparison names the place {path}, which cannot be read.");
        var names = steps.ToString().Length == 0 ? [] : steps.Steps.Select((s, i) => steps.IsAttribute && i == steps.Steps.Count - 1 ? "@" + s : s).ToList();
        var length = names[0] == "devices" && names.Count > 1 ? (Described.Contains(names[1].Split('[')[0]) ? 3 : 2)
            : Sections.Contains(names[0]) ? 2
            : 1;
        return string.Join('/', names.Take(length));
    }

    private static string Text(XElement domain, XmlPlace place)
    {
        var element = DomainOverrides.Find(domain, place.Elements);
        return place.IsAttribute ? (string?)element?.Attribute(place.Steps[^1]) ?? "" : element is null ? "" : Alone(element);
    }

    // One line without what the document around it says.
    private static string Alone(XElement element)
    {
        var copy = XElement.Parse(element.ToString(SaveOptions.DisableFormatting));
        foreach (var blank in copy.DescendantNodes().OfType<XText>().Where(t => string.IsNullOrWhiteSpace(t.Value) && t.Parent!.HasElements).ToList())
        {
            blank.Remove();
        }

        return copy.ToString(SaveOptions.DisableFormatting);
    }
}
