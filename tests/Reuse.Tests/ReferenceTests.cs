using System.Text.Json.Nodes;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Spec.Schema;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>docs/reference.md: the head is written by hand, what follows the mark is made from the spec's types and the stack files.</summary>
public sealed class ReferenceTests
{
    private const string Page = "docs/reference.md";
    private const string MoreExamples = "tests/Reuse.Tests/examples.yaml";
    private const string Mark = "<!-- From here on made by ReferenceTests. -->\n\n";

    [Fact]
    public void The_reference_is_current()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, Page));
        Assert.Contains(Mark, page, StringComparison.Ordinal);
        Golden.Check(Page, page[..(page.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)] + SpecReference.Markdown(), nameof(ReferenceTests));
    }

    /// <summary>They are in the assembly: build again before the reference is made from them.</summary>
    [Fact]
    public void The_examples_of_keys_are_current()
    {
        var examples = Examples();
        var taken = new JsonObject(Leaves(SpecShapes.Machine, SpecReader.Root).Select(path => KeyValuePair.Create(path, Example(examples, path)?.DeepClone())).Where(e => e.Value is not null));
        Golden.Check("src/PassthroughHost.Component/Spec/Schema/examples.json", taken.ToJsonString(SpecReader.Json) + "\n", nameof(ReferenceTests));
    }

    // Maps have the examples of their keys; what is secret has none.
    private static IEnumerable<string> Leaves(SpecShape shape, string path) => shape switch
    {
        ObjectShape known => known.Members.Where(m => !m.Secret).SelectMany(m => Leaves(m.Shape, $"{path}.{m.Name}")),
        ListShape { Item: ObjectShape or MapShape } list => Leaves(list.Item, path + "[]"),
        MapShape { Item: ObjectShape } map => Leaves(map.Item, path + ".<name>"),
        _ => [path],
    };

    // A key of a map that stands in several places (routes, a bastion's host) has the example of any of them.
    private static JsonNode? Example(Dictionary<string, JsonNode> examples, string path)
    {
        if (examples.TryGetValue(path, out var here))
        {
            return here;
        }

        var (map, key) = (path[..path.LastIndexOf('.')], path[path.LastIndexOf('.')..]);
        string[] kin = map switch
        {
            "machine.connection.proxy" => ["machine.connection"],
            "machine.guests[].disk" or "machine.guests[].disks[]" => ["machine.guests[].disk", "machine.guests[].disks[]"],
            _ when map.EndsWith("routes[]", StringComparison.Ordinal) => ["machine.network.routes[]", "machine.network.bridges[].routes[]", "machine.network.nics[].routes[]"],
            _ when map.StartsWith("machine.network", StringComparison.Ordinal) => ["machine.network", "machine.network.bridges[]", "machine.network.nics[]"],
            _ => [],
        };
        return kin.Select(k => examples.GetValueOrDefault(k + key)).FirstOrDefault(e => e is not null);
    }

    [Fact]
    public void Every_key_has_an_example()
    {
        var missing = File.ReadLines(Path.Combine(Repository.Root, Page)).Where(l => l.StartsWith("| `", StringComparison.Ordinal) && l.EndsWith("|  |", StringComparison.Ordinal) && !l.Contains("map, see below", StringComparison.Ordinal));
        Assert.True(!missing.Any(), $"a stack file, a golden case (cases/*/spec.yaml) or {MoreExamples} must show these keys:\n" + string.Join('\n', missing));
    }

    // The first value found for each key: in the stack files, then in the golden cases that are valid.
    private static Dictionary<string, JsonNode> Examples()
    {
        var found = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var file in StackFiles.Machines.OrderBy(f => f != "Pulumi.dev.yaml"))
        {
            Collect(StackFiles.MachineOf(file), SpecShapes.Machine, SpecReader.Root, found);
        }

        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/PassthroughHost.Component.Tests/cases"), "spec.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Append(Path.Combine(Repository.Root, MoreExamples)))
        {
            var json = Yaml.ToJson(File.ReadAllText(file));
            try
            {
                SpecReader.Read(json);
            }
            catch (SpecException) when (!file.EndsWith(MoreExamples, StringComparison.Ordinal))
            {
                continue;
            }

            Collect(JsonNode.Parse(json)!, SpecShapes.Machine, SpecReader.Root, found);
        }

        return found;
    }

    private static void Collect(JsonNode? node, SpecShape? shape, string path, Dictionary<string, JsonNode> found)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map.Where(p => p.Value is not null))
                {
                    var at = shape is MapShape ? $"{path}.<name>" : $"{path}.{key}";
                    found.TryAdd(at, value!);
                    Collect(value, shape is MapShape named ? named.Item : (shape as ObjectShape)?.Members.FirstOrDefault(m => m.Name == key)?.Shape, at, found);
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Collect(item, (shape as ListShape)?.Item, path + "[]", found);
                }

                break;
        }
    }
}
