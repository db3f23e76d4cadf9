using System.Xml;
using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What a guest already is on the host: some of it must not move under an installed system.</summary>
internal static class LiveDefinition
{
    /// <summary>
    /// The live definition of this very guest (same UUID); where the provider has made an empty machine in its place, or libvirt does not say, the one that
    /// was defined last. Null where there is none.
    /// </summary>
    public static XElement? Of(GuestSpec guest, HostFacts? facts)
    {
        var found = facts?.Guest?.Of(guest.Name.ToString());
        var live = Parse(found?.Definition);
        if (EmptyMachine.Is(live) || (live is null && facts?.Guest is { Libvirt.Answers: false }))
        {
            live = Parse(found?.AsDefined);
        }

        return live?.Element("uuid")?.Value.Trim() == guest.Uuid?.ToString() ? live : null;
    }

    /// <summary>A document that libvirt gave; null where there is none, or one that was cut short.</summary>
    public static XElement? Parse(string? xml)
    {
        try
        {
            return string.IsNullOrEmpty(xml) ? null : XElement.Parse(xml);
        }
        catch (XmlException)
        {
            // As good as not there, and written anew.
            return null;
        }
    }
}
