using System.Xml;
using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What a guest already is on the host: some of it must not move under an installed system.</summary>
internal static class LiveDefinition
{
    /// <summary>The live definition of this very guest (same UUID); null where there is none.</summary>
    public static XElement? Of(GuestSpec guest, HostFacts? facts)
    {
        if (facts?.Guest?.Definition is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            var root = XElement.Parse(text);
            return root.Element("uuid")?.Value.Trim() == guest.Uuid?.ToString() ? root : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
