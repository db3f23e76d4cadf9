using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>A place in a domain document: <c>devices/disk[vda]/driver/@cache</c>.</summary>
/// <param name="Steps">Names of elements from the outermost, each with what tells it from others of its name; of an attribute last its name alone.</param>
/// <param name="IsAttribute">Whether the last step is an attribute.</param>
internal sealed partial record XmlPlace(IReadOnlyList<string> Steps, bool IsAttribute)
{
    /// <summary>The element's or attribute's own name.</summary>
    public string Name => Steps[^1].Split('[')[0];

    /// <summary>The steps of the element, or of the attribute's.</summary>
    public IReadOnlyList<string> Elements => IsAttribute ? [.. Steps.SkipLast(1)] : Steps;

    /// <summary>Reads one; null where the text is none.</summary>
    public static XmlPlace? Read(string text)
    {
        var match = Form().Match(text);
        return match.Success ? new([.. match.Groups["step"].Captures.Select(c => c.Value)], match.Groups["at"].Success) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('/', Steps.Select((s, i) => IsAttribute && i == Steps.Count - 1 ? "@" + s : s));

    // What is in brackets may have slashes: a path.
    [GeneratedRegex("^(?<step>[A-Za-z_][A-Za-z0-9_.-]*(\\[[^\\]]*\\])?)(/(?<step>[A-Za-z_][A-Za-z0-9_.-]*(\\[[^\\]]*\\])?))*(/(?<at>@)(?<step>[A-Za-z_][A-Za-z0-9_.-]*))?\\z")]
    private static partial Regex Form();
}
