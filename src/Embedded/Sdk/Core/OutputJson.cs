using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pulumi;

/// <summary>JSON text of values that hold outputs, and back.</summary>
internal static class OutputJson
{
    public static async Task<OutputData<string>> SerializeAsync<T>(Output<T> value, JsonSerializerOptions? options)
    {
        var data = await value.DataTask.ConfigureAwait(false);
        if (!data.IsKnown)
            return new OutputData<string>(data.Resources, "", false, data.IsSecret);

        var nested = new NestedOutputs(data.Resources, data.IsSecret);
        using var text = new MemoryStream();
        await JsonSerializer.SerializeAsync(text, data.Value, With(options, nested)).ConfigureAwait(false);
        var json = nested.IsKnown ? Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) : "";
        return new OutputData<string>(nested.Resources, json, nested.IsKnown, nested.IsSecret);
    }

    public static async Task<OutputData<T>> DeserializeAsync<T>(Output<string> json, JsonSerializerOptions? options)
    {
        var data = await json.DataTask.ConfigureAwait(false);
        if (!data.IsKnown)
            return OutputData<T>.Unknown(data.Resources, data.IsSecret);

        var value = JsonSerializer.Deserialize<T>(data.Value, With(options, new NestedOutputs(data.Resources, data.IsSecret)));
        return new OutputData<T>(data.Resources, value!, true, data.IsSecret);
    }

    private static JsonSerializerOptions With(JsonSerializerOptions? options, NestedOutputs nested)
    {
        var own = options is null ? new JsonSerializerOptions() : new JsonSerializerOptions(options);
        own.Converters.Add(nested);
        return own;
    }

    /// <summary>Writes and reads the outputs and inputs inside a value, and keeps account of what they lend to the whole.</summary>
    private sealed class NestedOutputs(ImmutableHashSet<Resource> resources, bool isSecret) : JsonConverterFactory
    {
        private readonly ImmutableHashSet<Resource> _givenResources = resources;
        private readonly bool _givenSecret = isSecret;

        public ImmutableHashSet<Resource> Resources { get; private set; } = resources;

        public bool IsSecret { get; private set; } = isSecret;

        public bool IsKnown { get; private set; } = true;

        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert.IsGenericType
            && (typeToConvert.GetGenericTypeDefinition() == typeof(Output<>) || typeToConvert.GetGenericTypeDefinition() == typeof(Input<>));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
        {
            var converter = typeToConvert.GetGenericTypeDefinition() == typeof(Output<>) ? typeof(OfOutput<>) : typeof(OfInput<>);
            return (JsonConverter)Activator.CreateInstance(converter.MakeGenericType(typeToConvert.GetGenericArguments()), this)!;
        }

        private Output<T> Read<T>(ref Utf8JsonReader reader, JsonSerializerOptions options) =>
            new(new OutputData<T>(_givenResources, JsonSerializer.Deserialize<T>(ref reader, options)!, true, _givenSecret));

        private void Write<T>(Utf8JsonWriter writer, Output<T> output, JsonSerializerOptions options)
        {
            // A converter cannot wait asynchronously; the outputs are completed by other threads.
            var data = output.DataTask.GetAwaiter().GetResult();
            Resources = Resources.Union(data.Resources);
            IsSecret |= data.IsSecret;
            IsKnown &= data.IsKnown;
            if (data.IsKnown)
                JsonSerializer.Serialize(writer, data.Value, options);
            else
                writer.WriteNullValue();
        }

        private sealed class OfOutput<T>(NestedOutputs account) : JsonConverter<Output<T>>
        {
            public override Output<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                account.Read<T>(ref reader, options);

            public override void Write(Utf8JsonWriter writer, Output<T> value, JsonSerializerOptions options) =>
                account.Write(writer, value, options);
        }

        private sealed class OfInput<T>(NestedOutputs account) : JsonConverter<Input<T>>
        {
            public override Input<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                account.Read<T>(ref reader, options);

            public override void Write(Utf8JsonWriter writer, Input<T> value, JsonSerializerOptions options) =>
                account.Write(writer, value.ToOutput(), options);
        }
    }
}
