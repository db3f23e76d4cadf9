using System.Globalization;
using System.Xml.Linq;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>The shapes a picture is made of. Source: SVG 1.1; CSS Color Adjustment, <c>prefers-color-scheme</c>.</summary>
internal static class Svg
{
    public static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    // Colours for a light page, and for a dark one where the reader's browser says so. The picture has no ground of its own.
    private const string Style =
        """
        text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12px; fill: #1f2328 }
        .title { font-size: 22px; font-weight: 600 } .head { font-size: 13px; font-weight: 600 } .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-weight: 600 }
        .faint { fill: #59636e; font-size: 11px } .pill { font-size: 10.5px; font-weight: 600; fill: #ffffff; text-anchor: middle } .cpu { font-size: 11px; text-anchor: middle } .end { text-anchor: end }
        .page { fill: #ffffff } .card { fill: #f6f8fa; stroke: #d1d9e0 } .line { stroke: #d1d9e0 } .core { fill: #ffffff; stroke: #d1d9e0 }
        .guest { fill: #8250df } .free { fill: #1a7f37 } .host { fill: #0969da } .shared { fill: #9a6700 } .board { fill: #818b98 } text.on { fill: #ffffff; font-weight: 600 }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 } .faint { fill: #9198a1 } .page { fill: #0d1117 } .card { fill: #151b23; stroke: #3d444d } .line { stroke: #3d444d } .core { fill: #0d1117; stroke: #3d444d }
          .guest { fill: #8957e5 } .free { fill: #238636 } .host { fill: #1f6feb } .shared { fill: #9e6a03 } .board { fill: #656c76 } .pill { fill: #ffffff }
        }
        """;

    public static XElement Document(int width, int height, string title, IEnumerable<XElement> content) => new(
        Namespace + "svg",
        new XAttribute("width", width),
        new XAttribute("height", height),
        new XAttribute("viewBox", $"0 0 {width} {height}"),
        new XAttribute("role", "img"),
        new XElement(Namespace + "title", title),
        new XElement(Namespace + "style", "\n" + Style.ReplaceLineEndings("\n") + "\n"),
        Box("page", 0, 0, width, height, 12),
        content);

    public static XElement Box(string style, double x, double y, double width, double height, double radius = 6) => new(
        Namespace + "rect",
        new XAttribute("class", style),
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        new XAttribute("width", Number(width)),
        new XAttribute("height", Number(height)),
        new XAttribute("rx", Number(radius)));

    public static XElement Text(string style, double x, double y, string text, string? tip = null)
    {
        var element = new XElement(Namespace + "text", new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), text);
        if (style.Length > 0)
            element.SetAttributeValue("class", style);
        if (tip is not null)
            element.Add(new XElement(Namespace + "title", tip));
        return element;
    }

    /// <summary>A word in a rounded box whose right end is at <paramref name="right"/>.</summary>
    public static IEnumerable<XElement> Pill(string style, double right, double y, string word)
    {
        var width = (word.Length * 6.1) + 14;
        return [Box(style, right - width, y - 12, width, 17, 8.5), Text("pill", right - (width / 2), y, word)];
    }

    /// <summary>A text that fits into so many characters.</summary>
    public static string Fit(string text, int characters) => text.Length <= characters ? text : text[..(characters - 1)].TrimEnd() + "…";

    /// <summary>A text in lines of at most so many characters.</summary>
    public static IEnumerable<string> Lines(string text, int characters)
    {
        for (var rest = text; rest.Length > 0;)
        {
            var end = rest.Length <= characters ? rest.Length : rest.LastIndexOf(' ', characters) is var space and > 0 ? space : characters;
            yield return rest[..end];
            rest = rest[end..].TrimStart();
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
