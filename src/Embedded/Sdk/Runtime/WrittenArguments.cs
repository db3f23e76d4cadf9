using Google.Protobuf.WellKnownTypes;
using Pulumi.Serialization;

namespace Pulumi.Runtime;

/// <summary>Arguments as they are sent, with the resources each of them depends on.</summary>
internal sealed record WrittenArguments(Struct Properties, IReadOnlyDictionary<string, HashSet<Resource>> Dependencies)
{
    /// <summary>Writes all that are not null.</summary>
    public static async Task<WrittenArguments> WriteAsync(string label, IReadOnlyDictionary<string, object?> arguments, WriteMode mode)
    {
        var properties = new Struct();
        var dependencies = new Dictionary<string, HashSet<Resource>>(StringComparer.Ordinal);
        foreach (var (name, argument) in arguments)
        {
            var serializer = new PropertySerializer(mode);
            if (await serializer.WriteAsync($"{label}.{name}", argument).ConfigureAwait(false) is not { } value)
                continue;
            properties.Fields.Add(name, value);
            dependencies.Add(name, serializer.Dependencies);
        }

        return new WrittenArguments(properties, dependencies);
    }

    /// <summary>Whether anything in the arguments is not known yet.</summary>
    public bool HoldUnknowns() => Properties.Fields.Values.Any(HoldsUnknown);

    private static bool HoldsUnknown(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue == Wire.Unknown,
        Value.KindOneofCase.ListValue => value.ListValue.Values.Any(HoldsUnknown),
        Value.KindOneofCase.StructValue => value.StructValue.Fields.Values.Any(HoldsUnknown),
        _ => false,
    };
}
