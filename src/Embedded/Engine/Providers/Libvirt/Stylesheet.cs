using System.Text;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Xsl;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>
/// The XSLT (1.0) of <c>xml.xslt</c>. The official provider has xsltproc(1) run it; .NET's own processor makes the same document and needs
/// nothing installed.
/// </summary>
internal static class Stylesheet
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>What keeps a text from being a stylesheet; null where nothing does.</summary>
    public static string? Problem(string xslt)
    {
        try
        {
            XDocument.Parse(xslt);
            return null;
        }
        catch (XmlException e)
        {
            return $"it is no XML: {e.Message}";
        }
    }

    /// <exception cref="ProviderException">The stylesheet cannot be applied.</exception>
    public static string Apply(string xslt, XDocument document)
    {
        try
        {
            // As with the official provider's --nonet and --nowrite, what a stylesheet can reach is the document.
            using var reader = XmlReader.Create(new StringReader(xslt), new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var sheet = new XslCompiledTransform();
            sheet.Load(reader, XsltSettings.Default, null);
            var settings = sheet.OutputSettings!.Clone();
            settings.Encoding = Utf8;
            using var output = new MemoryStream();
            using (var writer = XmlWriter.Create(output, settings))
                sheet.Transform(document.CreateReader(), writer);
            return Utf8.GetString(output.ToArray());
        }
        catch (Exception e) when (e is XmlException or XsltException or InvalidOperationException)
        {
            throw new ProviderException($"The domain's stylesheet (xml.xslt) cannot be applied: {e.Message}", e);
        }
    }
}
