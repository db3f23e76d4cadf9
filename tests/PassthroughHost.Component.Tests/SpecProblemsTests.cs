using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Spec.Schema;

namespace PassthroughInfra.Component.Tests;

/// <summary>What a stack file is answered with that holds something else than it should: at every key, every kind of value.</summary>
public sealed partial class SpecProblemsTests
{
    private static readonly (string Name, string Json)[] Kinds =
    [
        ("null", "null"), ("text", "\"never this\""), ("empty text", "\"\""), ("long text", $"\"{new string('x', 5000)}\""), ("number", "7"), ("negative", "-1"), ("fraction", "2.5"), ("base 60", "60.0"),
        ("huge", "99999999999999999999"), ("beyond doubles", "1e400"), ("true", "true"), ("false", "false"), ("list", "[7]"), ("empty list", "[]"), ("list of null", "[null]"), ("list of lists", "[[1], [2]]"),
        ("list of texts", "[\"a\", \"b\"]"), ("list of maps", "[{ \"some\": 1 }]"), ("map", "{ \"some\": 1 }"), ("empty map", "{}"), ("map with a null", "{ \"some\": null }"), ("deep map", "{ \"a\": { \"b\": { \"c\": [] } } }"),
        ("secret map", "{ \"secure\": \"v1:abc\" }"), ("control characters", "\"a\\u0000b\\u001b[31m\\n\""),
    ];

    public static TheoryData<string> Keys => [.. Places(SpecShapes.Machine, SpecReader.Root).Select(p => p.Key).Distinct()];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Whatever_stands_at_a_key_is_taken_or_answered_with_place_value_expectation_and_example(string key)
    {
        var (_, shape, member) = Places(SpecShapes.Machine, SpecReader.Root).First(p => p.Key == key);
        foreach (var (name, json) in Kinds)
        {
            var (machine, path) = Machine(key, JsonNode.Parse(json));
            try
            {
                SpecReader.Read(machine.ToJsonString());
            }
            catch (SpecException e)
            {
                Assert.Contains(e.Errors, error => error.Path.StartsWith(path, StringComparison.Ordinal) || !IsMalformed(error));
                foreach (var error in e.Errors)
                {
                    var text = error.ToString();
                    Assert.False(Internal().IsMatch(text), $"{name} at {key}: {text}");
                    Assert.True(error.Path.StartsWith(SpecReader.Root, StringComparison.Ordinal) && error.Path != SpecReader.Root, $"{name} at {key}: {text}");
                    Assert.True(error.Remedy.Contains("for example", StringComparison.Ordinal) || (!IsMalformed(error) && Deed().IsMatch(error.Remedy)), $"{name} at {key}: {text}");
                    Assert.DoesNotContain("for example null", text, StringComparison.Ordinal);
                    Assert.DoesNotMatch("for example [^ ]+ (null|\\{\\}|\\[\\])$", text);
                    Assert.DoesNotMatch("[\\p{Cc}-[\\n]]", text);
                    Assert.True(error.Remedy.Length > "for example".Length && text.Length < 2000, $"{name} at {key}: {text}");
                    if (member is { Secret: true } && error.Path == path)
                    {
                        Assert.DoesNotContain("never this", error.Problem, StringComparison.Ordinal);
                    }
                    else if (IsMalformed(error) && error.Path == path && JsonNode.Parse(json) is JsonValue and var value)
                    {
                        Assert.Contains(value.ToJsonString()[..Math.Min(5, value.ToJsonString().Length)], error.Problem, StringComparison.Ordinal);
                    }
                }
            }

            Assert.NotNull(shape);
        }
    }

    /// <summary>What a wrong kind is for each shape: it must not be taken.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void What_is_of_the_wrong_kind_is_refused_at_its_place(string key)
    {
        var (_, shape, member) = Places(SpecShapes.Machine, SpecReader.Root).First(p => p.Key == key);
        foreach (var json in Wrong(shape, member))
        {
            var (machine, path) = Machine(key, JsonNode.Parse(json));
            var e = Assert.Throws<SpecException>(() => SpecReader.Read(machine.ToJsonString()));
            Assert.True(e.Errors.Any(error => error.Path == path || error.Path.StartsWith(path + ".", StringComparison.Ordinal) || error.Path.StartsWith(path + "[", StringComparison.Ordinal)), $"{json} at {key}: {e.Message}");
        }
    }

    [Fact]
    public void An_example_of_a_key_is_one_that_the_schema_takes()
    {
        foreach (var (key, shape, member) in Places(SpecShapes.Machine, SpecReader.Root).Where(p => p.Member is { Secret: false }))
        {
            var example = SpecExamples.Of(member!, key);
            Assert.True(example is not null, $"{key} has no example");
            var (machine, path) = Machine(key, example);
            try
            {
                SpecReader.Read(machine.ToJsonString());
            }
            catch (SpecException e)
            {
                // It may contradict what stands beside it, but not be malformed.
                Assert.DoesNotContain(e.Errors, IsMalformed);
            }

            Assert.NotNull(shape);
            Assert.StartsWith(SpecReader.Root, path, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{ "iommu": null }""", "machine.iommu: null is not known; expected one of auto, intel, amd; for example iommu: \"auto\"")]
    [InlineData("""{ "boot": { "rebootTimeoutSeconds": "soon" } }""", "machine.boot.rebootTimeoutSeconds: \"soon\" is not a whole number; expected a whole number, in seconds; for example rebootTimeoutSeconds: ")]
    [InlineData("""{ "boot": { "rebootTimeoutSeconds": 99999999999 } }""", "machine.boot.rebootTimeoutSeconds: 99999999999 is too large; expected a whole number, in seconds")]
    [InlineData("""{ "devices": [{ "name": "gpu", "address": null, "id": "10de:1f82" }] }""", "machine.devices[0].address: null is not a text; expected a PCI address such as \"01:00.0\"")]
    [InlineData("""{ "devices": [{ "name": "gpu", "address": 60.0, "id": "10de:1f82" }] }""", "machine.devices[0].address: 60.0 is not valid; expected a PCI address")]
    [InlineData("""{ "devices": null }""", "machine.devices: null is not a list; expected a list, each a map with the keys name, address, id, subsystem; for example devices: [{ name: \"gpu\"")]
    [InlineData("""{ "devices": [null] }""", "machine.devices[0]: null is not a map; expected a map with the keys name, address, id, subsystem; for example - { name: \"gpu\"")]
    [InlineData("""{ "boot": [] }""", "machine.boot: the empty list [] is not a map")]
    [InlineData("""{ "packages": { "set": ["walkthrough"] } }""", """machine.packages.set: ["walkthrough"] is not known; expected one of """)]
    [InlineData("""{ "devices": [{ "name": "gpu" }] }""", "machine.devices[0].id: is missing; needed here: a vendor:device ID such as")]
    [InlineData("""{ "boot": { "gaurd": true } }""", "machine.boot.gaurd: is not a known key; did you mean \"guard\"? known here: iommuPassthrough, kernelArguments, reboot, guard, holdGuests, acceptUnknown, rebootTimeoutSeconds; for example guard: false")]
    [InlineData("""{ "hugePages": { "nodes": { "first": 512 } } }""", "machine.hugePages.nodes.first: \"first\" is not a whole number; expected a map from a whole number to a whole number")]
    [InlineData("""{ "connection": { "host": "h", "hostKey": "insecure-accept-any", "password": 12345 } }""", "machine.connection.password: the secret is not a text; expected a text; for example password: { secure: \"…\" }")]
    [InlineData("""{ "boot": { "rebootTimeoutSeconds": 1 } }""", "machine.boot.rebootTimeoutSeconds: 1 is out of range; 30 to 7200 seconds; for example rebootTimeoutSeconds: ")]
    public void An_error_says_what_to_write(string part, string expected)
    {
        var machine = JsonNode.Parse("""{ "connection": { "host": "h.internal", "hostKey": "insecure-accept-any" } }""")!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(part)!.AsObject())
        {
            machine[key] = value?.DeepClone();
        }

        Assert.Contains(expected, Assert.Throws<SpecException>(() => SpecReader.Read(machine.ToJsonString())).Message.Replace("\n    ", "; ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_malformed_is_told_at_once()
    {
        var e = Assert.Throws<SpecException>(() => SpecReader.Read("""{ "connection": { "host": 1, "port": "x" }, "devices": [{ "name": true }, 5], "boot": { "speed": 9 } }"""));
        Assert.Equal(
            ["machine.connection.host", "machine.connection.port", "machine.devices[0].name", "machine.devices[0].address", "machine.devices[0].id", "machine.devices[1]", "machine.boot.speed"],
            e.Errors.Select(x => x.Path));
    }

    [Theory]
    [InlineData("", "machine: \"\" is not a map; expected a map with the keys connection, ")]
    [InlineData("abc", "machine: \"abc\" is not a map; expected a map with the keys connection, ")]
    [InlineData("12 machines", "machine: \"12 machines\" is not a map")]
    [InlineData("5", "machine: 5 is not a map")]
    [InlineData("{ \"connection\": ", "line 1")]
    [InlineData("[]", "the empty list [] is not a map")]
    [InlineData("null", "null is not a map")]
    [InlineData("\"x\"", "\"x\" is not a map")]
    [InlineData("""{ "iommu": "intel", "iommu": "amd", "connection": { "host": "h", "hostKey": "insecure-accept-any" } }""", "machine.iommu: is written twice")]
    public void What_is_no_machine_at_all_is_told_so(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<SpecException>(() => SpecReader.Read(json)).Message.Replace("\n    ", "; ", StringComparison.Ordinal), StringComparison.Ordinal);

    [Theory]
    [InlineData("abc")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{ \"machines\": 5 }")]
    [InlineData("{ \"machines\": { \"a\": null } }")]
    [InlineData("{ \"defaults\": 5, \"machines\": { \"a\": \"x\" } }")]
    [InlineData("{ \"machines\": ")]
    public void What_is_no_fleet_is_told_so(string json)
    {
        var e = Assert.Throws<SpecException>(() => FleetReader.Read(json));
        Assert.All(e.Errors, error => Assert.StartsWith(FleetReader.Root, error.Path, StringComparison.Ordinal));
        Assert.False(Internal().IsMatch(e.Message), e.Message);
    }

    private static IEnumerable<string> Wrong(SpecShape shape, SpecMember? member)
    {
        string[] all = ["\"never this\"", "true", "[[1]]", "{ \"some\": 1 }", "2.5"];
        var wrong = shape switch
        {
            StringShape => all.Where(j => j[0] != '"'),
            BooleanShape => all.Where(j => j != "true"),
            ListShape { Item: StringShape } or TextOrListShape or ListShape => all,
            MapShape or ObjectShape => all,
            _ => all.Where(j => shape is not TextShape || j[0] is '[' or '{' or 't'),
        };
        return member is { MayBeNull: true } ? wrong : wrong.Append("null");
    }

    // Told by the reader, from the schema: what SpecRules says of values is told in its own words.
    private static bool IsMalformed(SpecError error) => error.Remedy.StartsWith("expected ", StringComparison.Ordinal) || error.Remedy.StartsWith("needed here", StringComparison.Ordinal) || error.Problem == "is not a known key";

    private static IEnumerable<(string Key, SpecShape Shape, SpecMember? Member)> Places(SpecShape shape, string key, SpecMember? member = null)
    {
        if (key != SpecReader.Root)
        {
            yield return (key, shape, member);
        }

        var below = shape switch
        {
            ObjectShape known => known.Members.SelectMany(m => Places(m.Shape, $"{key}.{m.Name}", m)),
            ListShape list => Places(list.Item, key + "[]"),
            MapShape map => Places(map.Item, key + ".<name>"),
            _ => [],
        };
        foreach (var place in below)
        {
            yield return place;
        }
    }

    // A machine with everything on the way to a key, and the value there.
    private static (JsonObject Machine, string Path) Machine(string key, JsonNode? value)
    {
        var machine = SpecExamples.Of(SpecShapes.Machine, SpecReader.Root)!.AsObject();
        machine["connection"] = JsonNode.Parse("""{ "host": "h.internal", "hostKey": "insecure-accept-any" }""");
        var path = SpecReader.Root;
        (JsonNode At, SpecShape Shape, string Key) here = (machine, SpecShapes.Machine, SpecReader.Root);
        var steps = Step().Matches(key[SpecReader.Root.Length..]).Select(m => m.Value).ToList();
        for (var i = 0; i < steps.Count; i++)
        {
            var (step, last) = (steps[i], i == steps.Count - 1);
            var shape = here.Shape switch
            {
                ListShape list => list.Item,
                MapShape map => map.Item,
                ObjectShape known => known.Members.First(m => $".{m.Name}" == step).Shape,
                _ => throw new InvalidOperationException(key),
            };
            var at = here.Key + step;
            var name = here.Shape is MapShape { Key: IntegerShape } ? "0" : here.Shape is MapShape ? "name" : step.TrimStart('.');
            path += step == "[]" ? "[0]" : $".{name}";
            var next = last ? value?.DeepClone() : Whole(shape, at);
            if (here.At is JsonArray array)
            {
                array.Clear();
                array.Add(next);
                here = (last ? array : array[0]!, shape, at);
            }
            else
            {
                if (last || here.At[name] is null)
                {
                    here.At[name] = next;
                }

                here = (last ? here.At : here.At[name]!, shape, at);
            }
        }

        return (machine, path);
    }

    private static JsonNode Whole(SpecShape shape, string key) => SpecExamples.Of(shape, key) ?? new JsonObject();

    [GeneratedRegex(@"\.(<name>|[^.\[]+)|\[\]")]
    private static partial Regex Step();

    /// <summary>What says what to do needs no example of a value.</summary>
    [GeneratedRegex("^known: |^[a-z]+ (it|one|each|them|the|size|some|server|topoExt|backend|link|a bridge|`ssh)")]
    private static partial Regex Deed();

    /// <summary>Names of types, of .NET or of this project.</summary>
    [GeneratedRegex(@"System\.|Nullable|Int32|Int64|Boolean|IReadOnly|Dictionary|JSON value|PassthroughInfra\.|`1|Spec\b.*\bSpec\b|Exception")]
    private static partial Regex Internal();
}
