using System.Xml;
using System.Xml.Linq;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within a guest's <c>adopt</c> and <c>overrides</c>, whatever the machine.</summary>
internal static class GuestAdoptionRules
{
    private static readonly string[] Identity = ["name", "uuid"];

    /// <summary>Every rule that is broken.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="path">Its path.</param>
    public static IEnumerable<SpecError> Check(GuestSpec guest, string path) =>
        [.. Adoption(guest, path), .. guest.Overrides.SelectMany((o, i) => Override(o, $"{path}.overrides[{i}]")), .. Twice(guest, path)];

    private static IEnumerable<SpecError> Adoption(GuestSpec guest, string path)
    {
        // A name alone may be a coincidence.
        if (guest.Adopt && guest.Uuid is null)
        {
            yield return new($"{path}.uuid", "is missing: a domain is taken over by its name and its UUID", $"what virsh domuuid {guest.Name} says on the host");
        }

        if (guest is { Overrides.Count: > 0, IsOfProvider: true })
        {
            yield return new($"{path}.overrides", "stands beside managedBy: provider", "use the keys of the guest and extraXml, or write managedBy: command");
        }
    }

    private static IEnumerable<SpecError> Override(XmlOverride change, string path)
    {
        var place = XmlPlace.Read(change.At);
        if (place is null)
        {
            yield return new($"{path}.at", $"\"{change.At}\" is no place in a domain document", "names of elements with / between them, such as devices/disk[vda]/driver or cpu/@mode");
            yield break;
        }

        if (Identity.Contains(place.Steps[0]))
        {
            yield return new($"{path}.at", $"\"{change.At}\" is what the guest is known by", "use the guest's keys name and uuid");
        }

        if ((change.Xml is null ? 0 : 1) + (change.Value is null ? 0 : 1) + (change.Absent ? 1 : 0) != 1)
        {
            yield return new(path, "says not just one of xml, value and absent", "give one of them: xml for an element, value for an attribute (…/@name), absent: true for nothing");
        }
        else if (change.Xml is not null && place.IsAttribute)
        {
            yield return new($"{path}.xml", $"stands beside the place of an attribute, {change.At}", "give it as value, or take /@… off the place");
        }
        else if (change.Value is not null && !place.IsAttribute)
        {
            yield return new($"{path}.value", $"stands beside the place of an element, {change.At}", "give it as xml, or name an attribute: …/@name");
        }
        else if (change.Xml is { } xml && Problem(xml, place) is { } problem)
        {
            yield return new($"{path}.xml", problem, $"give one element <{place.Name}>");
        }
    }

    private static string? Problem(string xml, XmlPlace place)
    {
        IReadOnlyList<XElement> elements;
        try
        {
            elements = ExtraXml.Parse(xml);
        }
        catch (XmlException e)
        {
            return $"is not well-formed XML: {e.Message}";
        }

        return elements is not [var only] ? $"has {elements.Count} elements"
            : only.Name.LocalName != place.Name ? $"is <{only.Name.LocalName}>, and stands at {place}"
            : null;
    }

    private static IEnumerable<SpecError> Twice(GuestSpec guest, string path) =>
        guest.Overrides.Select((o, i) => (o.At, i)).GroupBy(o => o.At, StringComparer.Ordinal).Where(g => g.Count() > 1)
            .Select(g => new SpecError($"{path}.overrides[{g.Last().i}].at", $"\"{g.Key}\" is also that of overrides[{g.First().i}]", "name each place once"));
}
