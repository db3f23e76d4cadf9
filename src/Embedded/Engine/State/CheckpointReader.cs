using System.Collections.Immutable;
using System.Text.Json;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.State;

/// <summary>Reads a checkpoint (version 3), or the deployment within it.</summary>
internal static class CheckpointReader
{
    /// <summary>Reads a whole checkpoint file.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="place">The file, for messages.</param>
    /// <param name="crypter">Gives the crypter for the salt that the state names (null where it has none).</param>
    /// <exception cref="EngineException">It is no checkpoint that is known here.</exception>
    public static Snapshot Read(ReadOnlyMemory<byte> json, string place, Func<string?, ICrypter> crypter)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            CheckVersion(document.RootElement, place);
            return document.RootElement.TryGetProperty("checkpoint", out var checkpoint) && checkpoint.TryGetProperty("latest", out var latest)
                && latest.ValueKind == JsonValueKind.Object
                ? ReadDeployment(latest, crypter)
                : Snapshot.Empty;
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new EngineException(
                $"The state file {place} cannot be read: {problem.Message} The state before the last update is beside it as .bak, older ones are under .pulumi/backups.", problem);
        }
    }

    /// <summary>Reads the <c>deployment</c> object that export and import carry.</summary>
    public static Snapshot ReadDeployment(JsonElement latest, Func<string?, ICrypter> crypter)
    {
        var salt = Salt(latest);
        var opened = crypter(salt);
        return new(
            latest.TryGetProperty("resources", out var resources) ? [.. Items(resources).Select(r => ReadResource(r, opened))] : [],
            latest.TryGetProperty("pending_operations", out var pending)
                ? [.. Items(pending).Select(p => new PendingOperation(ReadResource(p.GetProperty("resource"), opened), p.GetProperty("type").GetString()!))]
                : [],
            salt);
    }

    private static void CheckVersion(JsonElement root, string place)
    {
        var version = root.TryGetProperty("version", out var found) ? found.GetInt32() : 0;
        if (version != 3)
            throw new EngineException($"The state file {place} has checkpoint version {version}; version 3 is read here. Use the pulumi CLI for it.");
    }

    private static string? Salt(JsonElement latest)
    {
        if (!latest.TryGetProperty("secrets_providers", out var provider) || provider.ValueKind != JsonValueKind.Object)
            return null;
        var type = provider.GetProperty("type").GetString();
        if (type is not ("passphrase" or ""))
            throw new EngineException($"The state's secrets are kept by '{type}'; the embedded engine knows passphrases only. Use the pulumi CLI for this stack.");
        return provider.TryGetProperty("state", out var state) && state.TryGetProperty("salt", out var salt) ? salt.GetString() : null;
    }

    private static ResourceState ReadResource(JsonElement source, ICrypter crypter)
    {
        var state = new ResourceState { Urn = source.GetProperty("urn").GetString()!, Type = source.GetProperty("type").GetString()! };
        var others = ImmutableSortedDictionary.CreateBuilder<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in source.EnumerateObject())
        {
            var value = member.Value;
            switch (member.Name)
            {
                case "urn" or "type":
                    break;
                case "custom":
                    state = state with { Custom = value.GetBoolean() };
                    break;
                case "delete":
                    state = state with { Delete = value.GetBoolean() };
                    break;
                case "id":
                    state = state with { Id = value.GetString() ?? "" };
                    break;
                case "inputs":
                    state = state with { Inputs = Map(value, crypter) };
                    break;
                case "outputs":
                    state = state with { Outputs = Map(value, crypter) };
                    break;
                case "parent":
                    state = state with { Parent = value.GetString() ?? "" };
                    break;
                case "protect":
                    state = state with { Protect = value.GetBoolean() };
                    break;
                case "external":
                    state = state with { External = value.GetBoolean() };
                    break;
                case "dependencies":
                    state = state with { Dependencies = Texts(value) };
                    break;
                case "initErrors":
                    state = state with { InitErrors = Texts(value) };
                    break;
                case "provider":
                    state = state with { Provider = value.GetString() ?? "" };
                    break;
                case "propertyDependencies" when value.ValueKind == JsonValueKind.Object:
                    state = state with { PropertyDependencies = value.EnumerateObject().ToImmutableSortedDictionary(p => p.Name, p => Texts(p.Value), StringComparer.Ordinal) };
                    break;
                case "pendingReplacement":
                    state = state with { PendingReplacement = value.GetBoolean() };
                    break;
                case "additionalSecretOutputs":
                    state = state with { AdditionalSecretOutputs = Texts(value) };
                    break;
                case "aliases":
                    // Only the program says them; the CLI keeps none either.
                    break;
                case "customTimeouts" when value.ValueKind == JsonValueKind.Object:
                    state = state with { CustomTimeouts = new(Number(value, "create"), Number(value, "update"), Number(value, "delete"), Number(value, "read")) };
                    break;
                case "retainOnDelete":
                    state = state with { RetainOnDelete = value.GetBoolean() };
                    break;
                case "deletedWith":
                    state = state with { DeletedWith = value.GetString() ?? "" };
                    break;
                case "created":
                    state = state with { Created = value.GetDateTimeOffset() };
                    break;
                case "modified":
                    state = state with { Modified = value.GetDateTimeOffset() };
                    break;
                case "ignoreChanges":
                    state = state with { IgnoreChanges = Texts(value) };
                    break;
                case "replaceOnChanges":
                    state = state with { ReplaceOnChanges = Texts(value) };
                    break;
                case "taint" when value.ValueKind == JsonValueKind.True:
                    throw new EngineException(
                        $"The state marks {state.Urn} as one to be replaced (`pulumi state taint`), which the embedded engine does not do. Run the pulumi CLI for it, or `pulumi state untaint`.");
                case "replaceWith":
                    state = state with { ReplaceWith = Texts(value) };
                    break;
                default:
                    others[member.Name] = value.Clone();
                    break;
            }
        }
        return others.Count > 0 ? state with { Others = others.ToImmutable() } : state;
    }

    private static PropertyMap Map(JsonElement value, ICrypter crypter) => value.ValueKind == JsonValueKind.Object ? StateValues.ReadMap(value, crypter) : PropertyMap.Empty;

    private static JsonElement.ArrayEnumerator Items(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default;

    private static ImmutableArray<string> Texts(JsonElement value) => [.. Items(value).Select(i => i.GetString() ?? "")];

    private static double? Number(JsonElement value, string key) => value.TryGetProperty(key, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : null;
}
