using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Reads many machines from one value: <c>defaults</c> and <c>machines</c> by name. A machine is a JSON merge patch (RFC 7396) over the
/// defaults: maps are merged key by key, everything else replaces, <c>null</c> takes away.
/// </summary>
public static partial class FleetReader
{
    /// <summary>The name under which the fleet stands in the stack file, and the root of every path in an error.</summary>
    public const string Root = "fleet";

    /// <summary>The key of what machines have in common.</summary>
    public const string Defaults = "defaults";

    /// <summary>The key of the machines.</summary>
    public const string Machines = "machines";

    internal const string DefaultsDescription = "What the machines have in common: any part of a machine. A machine's own value wins; lists are replaced, not joined.";

    internal const string MachinesDescription = "The machines by name; each is as passthrough-infra:machine of a stack of its own, less what defaults say.";

    internal const string NamePattern = "^[a-z][a-z0-9-]{0,39}$";

    /// <summary>Reads a fleet.</summary>
    /// <param name="fleet">The value of <c>passthrough-infra:fleet</c>.</param>
    /// <returns>The machines by name, in the order they are written.</returns>
    /// <exception cref="SpecException">Any machine is not as it must be; the errors of all machines are in it.</exception>
    public static IReadOnlyList<KeyValuePair<string, MachineSpec>> Read(JsonElement fleet)
    {
        if (fleet.ValueKind != JsonValueKind.Object || !fleet.TryGetProperty(Machines, out var machines) || machines.ValueKind != JsonValueKind.Object || !machines.EnumerateObject().Any())
        {
            throw new SpecException(new SpecError($"{Root}.{Machines}", "is missing or empty", "write the machines by name: { rack1: { connection: …, devices: … }, … }"));
        }

        var errors = fleet.EnumerateObject().Where(p => p.Name is not (Defaults or Machines))
            .Select(p => new SpecError($"{Root}.{p.Name}", "is not a known key", $"known here: {Defaults}, {Machines}")).ToList();
        JsonNode? defaults = null;
        if (fleet.TryGetProperty(Defaults, out var common))
        {
            defaults = JsonSerializer.SerializeToNode(common);
            if (defaults is not (null or JsonObject))
            {
                errors.Add(new($"{Root}.{Defaults}", "is not a map", "write a part of a machine: { connection: { user: ops } }"));
                defaults = null;
            }
        }

        var read = new List<KeyValuePair<string, MachineSpec>>();
        foreach (var machine in machines.EnumerateObject())
        {
            var path = $"{Root}.{Machines}.{machine.Name}";
            if (!Name().IsMatch(machine.Name))
            {
                errors.Add(new(path, $"\"{machine.Name}\" is not a machine's name", "at most 40 lower-case letters, digits and '-', beginning with a letter"));
                continue;
            }

            try
            {
                var merged = Merge(defaults?.DeepClone(), JsonSerializer.SerializeToNode(machine.Value));
                read.Add(new(machine.Name, SpecReader.Read(JsonSerializer.SerializeToElement(merged))));
            }
            catch (SpecException e)
            {
                errors.AddRange(e.Errors.Select(x => x with { Path = path + x.Path[SpecReader.Root.Length..] }));
            }
        }

        return errors.Count == 0 ? read : throw new SpecException(errors);
    }

    /// <summary>Reads a fleet from its JSON text.</summary>
    /// <exception cref="SpecException">As <see cref="Read(JsonElement)"/>; also where the text is no JSON.</exception>
    public static IReadOnlyList<KeyValuePair<string, MachineSpec>> Read(string json) => SpecReader.Parse(json, Root, fleet => Read(fleet));

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target as JsonObject ?? [];
        foreach (var (key, value) in changes)
        {
            var old = merged[key];
            merged.Remove(key);
            if (value is not null)
            {
                merged[key] = Merge(old, value);
            }
        }

        return merged;
    }

    [GeneratedRegex(NamePattern)]
    private static partial Regex Name();
}
