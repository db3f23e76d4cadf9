using System.Xml.Linq;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// The description of a guest that is held back after a boot (Concerns/BootCheck/boot-check-hook.sh writes it, and puts the one of before back when the guest
/// may start): no change that anybody made of the definition.
/// </summary>
internal static class HeldDescription
{
    private const string Mark = "[passthrough-host] held back";

    /// <summary>Whether a document has it; an empty description counts, which is what is left of it where there was none before.</summary>
    public static bool Is(XElement domain) => domain.Element("description")?.Value.Trim() is { } text && (text.Length == 0 || text.StartsWith(Mark, StringComparison.Ordinal));

    /// <summary>A document without its description.</summary>
    public static XElement Without(XElement domain)
    {
        var copy = new XElement(domain);
        copy.Element("description")?.Remove();
        return copy;
    }
}
