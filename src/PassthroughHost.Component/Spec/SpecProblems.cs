using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Spec.Schema;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// What is wrong with a spec that cannot be read, told from its schema: each place with what was found there, what is expected, and an example. It is asked
/// only where the reader has refused, so that a valid spec does not wait for it.
/// </summary>
internal static partial class SpecProblems
{
    /// <summary>What is said of a key that is none.</summary>
    public const string UnknownKey = "is not a known key";

    /// <summary>What is said of a key whose value is an entry of a list now.</summary>
    public const string FormerKey = "is a list now, under another key";

    private const int Longest = 60;

    private sealed record Place(string Path, string Key, SpecShape Shape, SpecMember? Member = null);

    private static Place Machine => new(SpecReader.Root, SpecReader.Root, SpecShapes.Machine);

    /// <summary>Everything that is not as the schema has it.</summary>
    public static IReadOnlyList<SpecError> Of(JsonElement machine) => [.. Check(machine, Machine).Select(Complete)];

    /// <summary>
    /// An error of a rule with an example, where it says what a value is to be and not what to do; what was written fits into a line and does nothing to a terminal.
    /// </summary>
    public static SpecError Complete(SpecError error) => error with
    {
        Path = Clean(error.Path),
        Problem = Long().Replace(Clean(error.Problem), m => m.Value[..Longest] + "…"),
        Remedy = Long().Replace(Clean(error.Remedy), m => m.Value[..Longest] + "…")
            + (error.Remedy.Contains("for example", StringComparison.Ordinal) || Deed().IsMatch(error.Remedy) || Find(error.Path) is not { } place ? "" : $"; {Example(place)}"),
    };

    private static IEnumerable<SpecError> Check(JsonElement found, Place place) => (place.Shape, found.ValueKind) switch
    {
        (_, JsonValueKind.Null) when place.Member is { MayBeNull: true } => [],
        (ObjectShape known, JsonValueKind.Object) => Keys(found, known, place),
        (ListShape list, JsonValueKind.Array) => found.EnumerateArray().SelectMany((item, i) => Check(item, new($"{place.Path}[{i}]", place.Key + "[]", list.Item))),
        (MapShape map, JsonValueKind.Object) => Entries(found, map, place),
        (StringShape, JsonValueKind.String) or (BooleanShape, JsonValueKind.True or JsonValueKind.False) => [],
        (IntegerShape integer, JsonValueKind.Number) => found.TryGetInt64(out var number) && number <= integer.Most && number >= -integer.Most - 1 ? [] : [Wrong(found, place)],
        ({ Value: { } value }, _) => value.Read(found) is null ? [Wrong(found, place)] : [],
        _ => [Wrong(found, place)],
    };

    private static IEnumerable<SpecError> Keys(JsonElement found, ObjectShape shape, Place place)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in found.EnumerateObject())
        {
            var path = $"{place.Path}.{property.Name}";
            if (!written.Add(property.Name))
            {
                yield return new(path, "is written twice", "write it once");
            }
            else if (shape.Members.FirstOrDefault(m => m.Name == property.Name) is { } member)
            {
                foreach (var error in Check(property.Value, Below(place, member)))
                {
                    yield return error;
                }
            }
            else if (shape.Members.FirstOrDefault(m => m.FormerName == property.Name) is { } now)
            {
                yield return new(path, FormerKey, $"write it as an entry of {now.Name}; for example {now.Name}: [{AsEntry(property.Value)}], or in lines of its own below {now.Name}: with a hyphen before the first key");
            }
            else
            {
                var nearest = shape.Members.MinBy(m => Distance(property.Name.ToLowerInvariant(), m.Name.ToLowerInvariant()))!;
                var meant = Distance(property.Name.ToLowerInvariant(), nearest.Name.ToLowerInvariant()) <= 2;
                yield return new(
                    path,
                    UnknownKey,
                    $"{(meant ? $"did you mean \"{nearest.Name}\"? " : "")}known here: {string.Join(", ", shape.Members.Select(m => m.Name))}; {Example(Below(place, meant ? nearest : shape.Members[0]))}");
            }
        }

        foreach (var member in shape.Members.Where(m => m.Required && !written.Contains(m.Name)))
        {
            var missing = Below(place, member);
            yield return new(missing.Path, "is missing", $"needed here: {Expected(missing)}; {Example(missing)}");
        }
    }

    private static IEnumerable<SpecError> Entries(JsonElement found, MapShape shape, Place place)
    {
        foreach (var entry in found.EnumerateObject())
        {
            var path = $"{place.Path}.{entry.Name}";
            if (shape.Key is IntegerShape && !int.TryParse(entry.Name, out _))
            {
                yield return new(path, $"\"{Short(entry.Name)}\" is not {shape.Key.Expectation}", $"expected {Expected(place)}; {Example(place)}");
            }

            foreach (var error in Check(entry.Value, new(path, place.Key + ".<name>", shape.Item)))
            {
                yield return error;
            }
        }
    }

    private static Place Below(Place place, SpecMember member) => new($"{place.Path}.{member.Name}", $"{place.Key}.{member.Name}", member.Shape, member);

    // What was written, by its first key: enough to know the rest again.
    private static string AsEntry(JsonElement found) => found.ValueKind == JsonValueKind.Object && found.EnumerateObject().ToList() is [var first, .. var rest]
        ? $"{{ {first.Name}: {Short(SpecExamples.Text(JsonNode.Parse(first.Value.GetRawText())))}{(rest.Count > 0 ? ", …" : "")} }}"
        : "{ name: win10, … }";

    private static SpecError Wrong(JsonElement found, Place place)
    {
        var formerly = place.Shape.Value?.Formerly(found.GetRawText()) ?? "";
        return new(place.Path, $"{Shown(found, place)} {(formerly.Length > 0 ? formerly : Problem(found, place.Shape))}", $"expected {Expected(place)}; {Example(place)}");
    }

    private static string Problem(JsonElement found, SpecShape shape) => shape switch
    {
        WordShape => "is not known",
        IntegerShape integer when found.ValueKind == JsonValueKind.Number && Math.Abs(found.GetDouble()) > integer.Most => found.GetDouble() > 0 ? "is too large" : "is too small",
        IntegerShape => "is not a whole number",
        BooleanShape => "is not true or false",
        ListShape => "is not a list",
        MapShape or ObjectShape => "is not a map",
        StringShape => "is not a text",
        TextShape when found.ValueKind is not (JsonValueKind.String or JsonValueKind.Number) => "is not a text",
        _ => "is not valid",
    };

    private static string Expected(Place place) => place.Shape.Expectation + (place.Member?.Unit is { } unit && place.Shape is IntegerShape ? $", in {unit}" : "");

    // The last part of the path, as it stands in the file.
    private static string Example(Place place)
    {
        var value = SpecExamples.Text(place.Member is { } member ? SpecExamples.Of(member, place.Key) : SpecExamples.Of(place.Shape, place.Key));
        return $"for example {(place.Key.EndsWith(']') ? "-" : place.Path[(place.Path.LastIndexOf('.') + 1)..] + ":")} {value}";
    }

    // What may hold a secret is not repeated.
    private static string Shown(JsonElement found, Place place) => found.ValueKind switch
    {
        _ when place.Member is { Secret: true } => "the secret",
        JsonValueKind.Object => found.EnumerateObject().Select(p => p.Name).ToList() is { Count: > 0 } keys ? $"the map with the {(keys.Count > 1 ? "keys" : "key")} {Short(string.Join(", ", keys))}" : "the empty map {}",
        JsonValueKind.Array when found.GetArrayLength() == 0 => "the empty list []",
        JsonValueKind.Array when place.Shape is ObjectShape || found.EnumerateArray().Any(i => i.ValueKind is JsonValueKind.Object or JsonValueKind.Array) => $"the list of {found.GetArrayLength()} entries",
        JsonValueKind.String => SpecExamples.Text(JsonValue.Create(Short(found.GetString()!))),
        _ => Short(found.GetRawText()),
    };

    private static string Short(string text) => text.Length <= Longest ? text : text[..(Longest - 1)] + "…";

    private static string Clean(string text) => Control().Replace(text, m => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)m.Value[0]:x4}"));

    // machine.devices[1].id
    private static Place? Find(string path)
    {
        var steps = Step().Matches(path).Select(m => m.Value).ToList();
        var place = steps is [SpecReader.Root, ..] ? Machine : null;
        foreach (var step in steps.Skip(1))
        {
            place = place?.Shape switch
            {
                ListShape list when step[0] == '[' => new(place.Path + step, place.Key + "[]", list.Item),
                MapShape map when step[0] == '.' => new(place.Path + step, place.Key + ".<name>", map.Item),
                ObjectShape known when known.Members.FirstOrDefault(m => $".{m.Name}" == step) is { } member => Below(place, member),
                _ => null,
            };
        }

        return place;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }

    [GeneratedRegex("^(give|name|list|write|use|round|leave|keep|run|known:|each|a device is|a NIC in) ")]
    private static partial Regex Deed();

    [GeneratedRegex(@"\p{Cc}")]
    private static partial Regex Control();

    [GeneratedRegex(@"[^\s""]{200,}")]
    private static partial Regex Long();

    [GeneratedRegex(@"^[^.\[]+|\.[^.\[]+|\[[0-9]+\]")]
    private static partial Regex Step();
}
