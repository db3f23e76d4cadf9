using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests;

/// <summary>What SpecTypes tells System.Text.Json of the spec's records is what that would find by itself.</summary>
public sealed class SpecTypesTests
{
    public static TheoryData<Type> Records => [.. Reachable(typeof(MachineSpec), []).OrderBy(t => t.Name)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_has_the_keys_that_reflection_finds(Type record)
    {
        var options = new JsonSerializerOptions(SpecReader.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        Assert.Equal(Keys(options.GetTypeInfo(record)), Keys(SpecReader.Json.GetTypeInfo(record)));
    }

    [Fact]
    public void What_may_be_null_can_be_written_so()
    {
        var spec = SpecReader.Read("""{ "connection": { "host": "h.internal", "hostKey": "insecure-accept-any" }, "desktop": null, "hugePages": null, "network": { "bridge": "br0", "link": "enp7s0", "vlan": null, "renderer": null } }""");
        Assert.Null(spec.Network!.Vlan);
        Assert.DoesNotContain("null", JsonSerializer.Serialize(spec, SpecReader.Json), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Keys(JsonTypeInfo info) => info.Properties.Where(p => p.Set is not null).Select(p =>
    {
        var property = (PropertyInfo)p.AttributeProvider!;
        // Of one that is a value, its converter knows whether it may be null.
        return $"{p.Name} of {property.DeclaringType!.Name}{(p.IsRequired ? ", required" : "")}{(property.PropertyType.IsValueType || p.IsSetNullable ? "" : ", not null")}";
    });

    private static HashSet<Type> Reachable(Type type, HashSet<Type> seen)
    {
        if (type.Namespace == typeof(MachineSpec).Namespace && type.IsClass && type.GetConstructor([]) is not null && seen.Add(type))
        {
            foreach (var property in type.GetProperties().Where(p => p.CanWrite && !p.IsDefined(typeof(JsonIgnoreAttribute))))
            {
                Reachable(property.PropertyType, seen);
                foreach (var argument in property.PropertyType.GetGenericArguments())
                {
                    Reachable(argument, seen);
                }
            }
        }

        return seen;
    }
}
