using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Puts the overrides of a spec into a domain document.</summary>
internal static class DomainOverrides
{
    /// <summary>Puts all of them in.</summary>
    /// <param name="domain">The document, which is changed.</param>
    /// <param name="overrides">What the spec says.</param>
    /// <returns>The places of which the document does not have what they are within.</returns>
    public static IReadOnlyList<string> Apply(XElement domain, IReadOnlyList<XmlOverride> overrides)
    {
        // Found before anything is changed: what is put in may be called otherwise than its place.
        var found = overrides.Select(o => (Override: o, Place: XmlPlace.Read(o.At)!)).Select(o => (o.Override, o.Place, Element: Find(domain, o.Place.Elements), Parent: Find(domain, [.. o.Place.Elements.SkipLast(1)]))).ToList();
        return [.. found.Where(f => !Apply(f.Override, f.Place, f.Element, f.Parent)).Select(f => f.Override.At)];
    }

    /// <summary>The element at a place; null where there is none.</summary>
    public static XElement? Find(XElement domain, IReadOnlyList<string> steps) =>
        steps.Aggregate((XElement?)domain, (element, step) => element is null ? null : DomainNode.Keyed(element).GetValueOrDefault(step));

    private static bool Apply(XmlOverride change, XmlPlace place, XElement? element, XElement? parent)
    {
        if (place.IsAttribute)
        {
            element?.SetAttributeValue(place.Steps[^1], change.Value);
            return element is not null || change.Absent;
        }

        if (change.Xml is not { } xml)
        {
            element?.Remove();
            return true;
        }

        var wanted = ExtraXml.Parse(xml)[0];
        foreach (var declaration in wanted.DescendantsAndSelf().Attributes().Where(a => a.IsNamespaceDeclaration && a.Value == ExtraXml.Qemu.NamespaceName).ToList())
        {
            declaration.Remove();
        }

        if (wanted.Name.Namespace == ExtraXml.Qemu)
        {
            (parent ?? element)?.Document?.Root?.SetAttributeValue(XNamespace.Xmlns + "qemu", ExtraXml.Qemu);
        }

        if (element is not null)
        {
            element.ReplaceWith(wanted);
        }
        else
        {
            parent?.Add(wanted);
        }

        return element is not null || parent is not null;
    }
}
