using System.Xml.Linq;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// The stylesheet by which Pulumi's libvirt provider makes the empty machine that a guest begins as: whatever it is given, it puts out that one. The guest's
/// whole definition stands in it beside the template, where a processor passes over it and a person, or a policy, can read it in the preview. Source:
/// XSLT 1.0, 2.2 Stylesheet Element (user data elements), 7.1.1 Literal Result Elements and 7.6.2 Attribute Value Templates.
/// </summary>
public static class DomainStylesheet
{
    private static readonly XNamespace Xsl = "http://www.w3.org/1999/XSL/Transform";

    /// <summary>The namespace in which the whole definition stands.</summary>
    public static readonly XNamespace Data = "urn:passthrough-host:definition";

    /// <summary>The stylesheet that makes a document of anything.</summary>
    /// <param name="made">What it makes.</param>
    /// <param name="definition">The guest's whole definition, which goes along unused.</param>
    public static string For(XElement made, string definition)
    {
        var document = new XElement(made);
        foreach (var attribute in document.DescendantsAndSelf().Attributes().Where(a => !a.IsNamespaceDeclaration))
        {
            attribute.Value = attribute.Value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
        }

        // A processor drops text that is only white space, and comments; where such a text counts, it is said so.
        foreach (var blank in document.DescendantNodes().OfType<XText>().Where(t => string.IsNullOrWhiteSpace(t.Value) && t.Parent!.Nodes().Count() == 1).ToList())
        {
            blank.ReplaceWith(new XElement(Xsl + "text", blank.Value));
        }

        return new XElement(
            Xsl + "stylesheet",
            new XAttribute("version", "1.0"),
            new XAttribute(XNamespace.Xmlns + "xsl", Xsl.NamespaceName),
            new XElement(Data + "definition", new XAttribute(XNamespace.Xmlns + "passthrough-host", Data.NamespaceName), XElement.Parse(definition)),
            new XElement(Xsl + "output", new XAttribute("method", "xml"), new XAttribute("omit-xml-declaration", "yes")),
            new XElement(Xsl + "template", new XAttribute("match", "/"), document)).ToString(SaveOptions.DisableFormatting);
    }
}
