using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Engine.Projects;

/// <summary>YAML values as JSON, with plain scalars typed by YAML's core schema.</summary>
internal static partial class YamlJson
{
    /// <summary>The JSON of a node; <c>{secure: ciphertext}</c> mappings become the decrypted text, and <paramref name="sawSecret"/> is called.</summary>
    /// <param name="decrypt">Decrypts one secret; null leaves them encrypted.</param>
    public static JsonNode? Convert(YamlNode node, Func<string, string>? decrypt, Action sawSecret)
    {
        switch (node)
        {
            case YamlScalarNode scalar:
                return Scalar(scalar);
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Select(i => Convert(i, decrypt, sawSecret))]);
            case YamlMappingNode mapping when decrypt is not null && Ciphertext(mapping) is { } ciphertext:
                sawSecret();
                return JsonValue.Create(decrypt(ciphertext));
            case YamlMappingNode mapping:
                var target = new JsonObject();
                foreach (var (key, value) in mapping)
                    target[((YamlScalarNode)key).Value!] = Convert(value, decrypt, sawSecret);
                return target;
            default:
                throw new FormatException($"line {node.Start.Line}: this kind of YAML value is not known here");
        }
    }

    /// <summary>The ciphertext of a <c>{secure: ciphertext}</c> mapping; null for any other.</summary>
    public static string? Ciphertext(YamlNode node) => node is YamlMappingNode { Children.Count: 1 } ? Yaml.Text(node, "secure") : null;

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || scalar.Tag == "tag:yaml.org,2002:str")
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when Integer().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
            _ when Hexadecimal().IsMatch(text) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal) => JsonValue.Create(hexadecimal),
            _ when Float().IsMatch(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(text),
        };
    }

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9]*)$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^0x[0-9a-fA-F]+$")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$")]
    private static partial Regex Float();
}
