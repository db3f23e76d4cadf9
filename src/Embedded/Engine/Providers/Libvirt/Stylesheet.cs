using System.ComponentModel;
using System.Xml;
using System.Xml.Linq;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>The XSLT of <c>xml.xslt</c>, run by xsltproc(1) on this machine as the official provider does.</summary>
internal static class Stylesheet
{
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

    /// <exception cref="ProviderException">There is no xsltproc, or the stylesheet cannot be applied.</exception>
    public static async Task<string> ApplyAsync(string xslt, XDocument document, CancellationToken cancellation)
    {
        using var directory = new PrivateDirectory();
        // The same options as there: what a stylesheet can reach is the document.
        var command = new ChildCommand("xsltproc", ["--nomkdir", "--nonet", "--nowrite", directory.Write("xslt", xslt), "-"]) { Stdin = document.ToString() };
        try
        {
            var outcome = await ChildProcess.RunAsync(command, null, cancellation).ConfigureAwait(false);
            return outcome.ExitCode switch
            {
                0 => outcome.Output.Stdout,
                127 => throw new ProviderException("There is no xsltproc on this machine, which applies the domain's stylesheet (xml.xslt). Install it: apt-get install xsltproc."),
                _ => throw new ProviderException($"The domain's stylesheet (xml.xslt) cannot be applied: {outcome.Output.Tail(5)}"),
            };
        }
        catch (Win32Exception e)
        {
            throw new ProviderException($"xsltproc could not be run: {e.Message}", e);
        }
    }
}
