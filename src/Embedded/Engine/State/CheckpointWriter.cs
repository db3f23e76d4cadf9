using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.State;

/// <summary>
/// Writes a checkpoint (version 3), one resource a line. A resource's JSON is made once and kept, so that saving after every step costs
/// the copying of bytes and not the serialising of the whole stack.
/// </summary>
internal sealed class CheckpointWriter(string qualifiedStack, ICrypter crypter)
{
    private const string EngineVersion = "v3.0.0-passthrough-infra";

    // The CLI refuses a state whose magic is not the SHA-256 of its version.
    private static readonly string Magic = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(EngineVersion)));

    private readonly ConditionalWeakTable<ResourceState, byte[]> written = [];

    /// <summary>The checkpoint of a snapshot.</summary>
    public ReadOnlyMemory<byte> Write(Snapshot snapshot, Func<string?> salt)
    {
        // Writing the resources can make the salt, so they come before the head that names it.
        var resources = new ArrayBufferWriter<byte>(1 << 16);
        WriteArray(resources, snapshot.Resources, (target, r) => target.Write(Serialized(r)));
        var pending = new ArrayBufferWriter<byte>();
        WriteArray(pending, snapshot.PendingOperations, WritePending);
        var target = new ArrayBufferWriter<byte>(resources.WrittenCount + pending.WrittenCount + 2048);
        target.Write(Encoding.UTF8.GetBytes($$$"""{"version":3,"checkpoint":{"stack":{{{JsonText(qualifiedStack)}}},"latest":{{{{Head(salt() ?? snapshot.Salt)}}}"""));
        if (snapshot.Resources.Length > 0)
        {
            target.Write(",\n\"resources\":"u8);
            target.Write(resources.WrittenSpan);
        }
        if (snapshot.PendingOperations.Length > 0)
        {
            target.Write(",\n\"pending_operations\":"u8);
            target.Write(pending.WrittenSpan);
        }
        target.Write(",\n\"metadata\":{}}}}\n"u8);
        return target.WrittenMemory;
    }

    /// <summary>The JSON of one resource.</summary>
    public static byte[] Serialize(ResourceState state, ICrypter crypter)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, StateJson.WriterOptions))
            WriteResource(writer, state, crypter);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes one resource.</summary>
    public static void WriteResource(Utf8JsonWriter target, ResourceState state, ICrypter crypter)
    {
        target.WriteStartObject();
        target.WriteString("urn", state.Urn);
        target.WriteBoolean("custom", state.Custom);
        Flag(target, "delete", state.Delete);
        Text(target, "id", state.Id);
        target.WriteString("type", state.Type);
        Map(target, "inputs", state.Inputs, crypter);
        Map(target, "outputs", state.Outputs, crypter);
        Text(target, "parent", state.Parent);
        Flag(target, "protect", state.Protect);
        Flag(target, "external", state.External);
        Texts(target, "dependencies", state.Dependencies);
        Texts(target, "initErrors", state.InitErrors);
        Text(target, "provider", state.Provider);
        if (state.PropertyDependencies.Count > 0)
        {
            target.WriteStartObject("propertyDependencies");
            foreach (var (key, urns) in state.PropertyDependencies)
            {
                target.WriteStartArray(key);
                foreach (var urn in urns)
                    target.WriteStringValue(urn);
                target.WriteEndArray();
            }
            target.WriteEndObject();
        }
        Flag(target, "pendingReplacement", state.PendingReplacement);
        Texts(target, "additionalSecretOutputs", state.AdditionalSecretOutputs);
        if (state.CustomTimeouts is { } timeouts)
        {
            target.WriteStartObject("customTimeouts");
            Number(target, "create", timeouts.Create);
            Number(target, "update", timeouts.Update);
            Number(target, "delete", timeouts.Delete);
            Number(target, "read", timeouts.Read);
            target.WriteEndObject();
        }
        Flag(target, "retainOnDelete", state.RetainOnDelete);
        Text(target, "deletedWith", state.DeletedWith);
        Time(target, "created", state.Created);
        Time(target, "modified", state.Modified);
        Texts(target, "ignoreChanges", state.IgnoreChanges);
        Texts(target, "replaceOnChanges", state.ReplaceOnChanges);
        Texts(target, "replaceWith", state.ReplaceWith);
        foreach (var (key, value) in state.Others)
        {
            target.WritePropertyName(key);
            value.WriteTo(target);
        }
        target.WriteEndObject();
    }

    private byte[] Serialized(ResourceState state) => written.GetValue(state, s => Serialize(s, crypter));

    private void WritePending(IBufferWriter<byte> target, PendingOperation operation)
    {
        target.Write("{\"resource\":"u8);
        target.Write(Serialized(operation.Resource));
        target.Write(Encoding.UTF8.GetBytes($$""","type":"{{operation.Type}}"}"""));
    }

    private static string Head(string? salt)
    {
        var manifest = $$""" "manifest":{"time":"{{DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture)}}","magic":"{{Magic}}","version":"{{EngineVersion}}"}""";
        return salt is null ? manifest : $$$"""{{{manifest}}},"secrets_providers":{"type":"passphrase","state":{"salt":{{{JsonText(salt)}}}}}""";
    }

    private static string JsonText(string text) => "\"" + JsonEncodedText.Encode(text, StateJson.WriterOptions.Encoder) + "\"";

    private static void WriteArray<T>(ArrayBufferWriter<byte> target, ImmutableArray<T> items, Action<IBufferWriter<byte>, T> write)
    {
        target.Write("[\n"u8);
        for (var i = 0; i < items.Length; i++)
        {
            write(target, items[i]);
            target.Write(i + 1 < items.Length ? ",\n"u8 : "\n"u8);
        }
        target.Write("]"u8);
    }

    private static void Flag(Utf8JsonWriter target, string key, bool value)
    {
        if (value)
            target.WriteBoolean(key, value);
    }

    private static void Text(Utf8JsonWriter target, string key, string value)
    {
        if (value.Length > 0)
            target.WriteString(key, value);
    }

    private static void Number(Utf8JsonWriter target, string key, double? value)
    {
        if (value is { } number)
            target.WriteNumber(key, number);
    }

    private static void Time(Utf8JsonWriter target, string key, DateTimeOffset? value)
    {
        if (value is { } time)
            target.WriteString(key, time);
    }

    private static void Map(Utf8JsonWriter target, string key, PropertyMap value, ICrypter crypter)
    {
        if (value.Count == 0)
            return;
        target.WritePropertyName(key);
        StateValues.Write(target, value, crypter);
    }

    private static void Texts(Utf8JsonWriter target, string key, ImmutableArray<string> values)
    {
        if (values.Length == 0)
            return;
        target.WriteStartArray(key);
        foreach (var value in values)
            target.WriteStringValue(value);
        target.WriteEndArray();
    }
}
