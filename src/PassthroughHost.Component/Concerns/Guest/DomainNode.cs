using System.Globalization;
using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// A domain document by meaning: children by what identifies them instead of by their order, values in one spelling. Source: libvirt,
/// "Domain XML format".
/// </summary>
internal sealed class DomainNode
{
    private static readonly Dictionary<string, long> Units = new(StringComparer.Ordinal)
    {
        ["b"] = 1,
        ["bytes"] = 1,
        ["KB"] = 1000,
        ["k"] = 1L << 10,
        ["KiB"] = 1L << 10,
        ["MB"] = 1000_000,
        ["M"] = 1L << 20,
        ["MiB"] = 1L << 20,
        ["GB"] = 1000_000_000,
        ["G"] = 1L << 30,
        ["GiB"] = 1L << 30,
        ["TB"] = 1000_000_000_000,
        ["T"] = 1L << 40,
        ["TiB"] = 1L << 40,
    };

    private DomainNode(string name, string value, IReadOnlyDictionary<string, string> attributes, IReadOnlyDictionary<string, DomainNode> children)
    {
        Name = name;
        Value = value;
        Attributes = attributes;
        Children = children;
    }

    /// <summary>The element's name, without its namespace.</summary>
    public string Name { get; }

    /// <summary>Its text in one spelling; empty where it has elements or nothing.</summary>
    public string Value { get; }

    /// <summary>Its attributes in one spelling.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>Its elements by name and identity: <c>hostdev[01:00.0]</c>.</summary>
    public IReadOnlyDictionary<string, DomainNode> Children { get; }

    /// <summary>Reads an element.</summary>
    public static DomainNode Of(XElement element)
    {
        var name = element.Name.LocalName;
        var attributes = element.Attributes().Where(a => !a.IsNamespaceDeclaration).ToDictionary(a => a.Name.LocalName, a => Spelling(a.Name.LocalName, a.Value.Trim()), StringComparer.Ordinal);
        var text = element.HasElements ? "" : Spelling(name, element.Value.Trim());
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (attributes.ContainsKey("unit") || name is "memory" or "currentMemory" or "maxMemory"))
        {
            text = InBytes(number, attributes.GetValueOrDefault("unit", "KiB"));
            attributes.Remove("unit");
        }

        // A page's or a cell's size is an attribute with a unit of its own.
        foreach (var sized in new[] { "size", "memory" })
        {
            if (attributes.TryGetValue(sized, out var size) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                attributes[sized] = InBytes(count, attributes.GetValueOrDefault("unit", "KiB"));
                attributes.Remove("unit");
            }
        }

        return new(name, text, attributes, Keyed(element).ToDictionary(c => c.Key, c => Of(c.Value), StringComparer.Ordinal));
    }

    /// <summary>The elements within one, each by name and identity, in their order.</summary>
    public static IReadOnlyDictionary<string, XElement> Keyed(XElement element)
    {
        var children = new Dictionary<string, XElement>(StringComparer.Ordinal);
        foreach (var child in element.Elements())
        {
            var key = DomainKeys.Of(child);
            var unique = key;
            for (var i = 2; children.ContainsKey(unique); i++)
            {
                unique = key.EndsWith(']') ? $"{key[..^1]}#{i}]" : $"{key}[{i}]";
            }

            children[unique] = child;
        }

        return children;
    }

    private static string InBytes(long number, string unit)
    {
        var bytes = (decimal)number * (Units.TryGetValue(unit, out var factor) ? factor : 1);
        return bytes % 1024 == 0 ? $"{(bytes / 1024).ToString(CultureInfo.InvariantCulture)} KiB" : $"{bytes.ToString(CultureInfo.InvariantCulture)} B";
    }

    private static string Spelling(string name, string value) => name switch
    {
        "cpuset" or "nodeset" or "cpus" => CpuSet.TryRead(value, out var set) ? set.ToString() : value,
        "uuid" or "address" => value.ToLowerInvariant(),
        "domain" or "bus" or "slot" or "function" or "chassis" or "port" or "base" or "iobase" or "id" when IsHexadecimal(value, out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value,
    };

    private static bool IsHexadecimal(string value, out long number)
    {
        number = 0;
        return value.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}
