using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Workspaces;

/// <summary>Takes a stack's state out as the CLI's <c>stack export</c> document, and puts one in.</summary>
public static class StateTransfer
{
    /// <summary>The state as <c>{"version":3,"deployment":…}</c>; secrets stay encrypted unless they are to be shown.</summary>
    public static string Export(Stack stack, bool showSecrets)
    {
        var json = stack.Workspace.Backend.Read(stack.Workspace.Project.Name, stack.Name);
        var deployment = json is null ? new JsonObject() : JsonNode.Parse(json)!["checkpoint"]?["latest"]?.DeepClone() ?? new JsonObject();
        if (showSecrets)
            ForEachSecret(deployment, secret => Swap(secret, "ciphertext", "plaintext", stack.Secrets.DecryptText));
        return new JsonObject { ["version"] = 3, ["deployment"] = deployment }.ToJsonString(new() { WriteIndented = true, Encoder = StateJson.WriterOptions.Encoder });
    }

    /// <summary>Replaces the state by an exported one; plain secrets in it are encrypted.</summary>
    /// <exception cref="EngineException">It is no such document, or names other stacks' resources.</exception>
    public static void Import(Stack stack, string document, Action<string> warn)
    {
        var snapshot = Read(stack, document);
        var others = snapshot.Resources.Where(r => Urn.Stack(r.Urn) != stack.Name || Urn.Project(r.Urn) != stack.Workspace.Project.Name).ToArray();
        if (others is [var other, ..])
            throw new EngineException($"The document is of another stack: it has {other.Urn}, and this is stack '{stack.Name}' of project '{stack.Workspace.Project.Name}'.");
        if (SnapshotIntegrity.Fault(snapshot) is { } fault)
            throw new EngineException($"The document is not whole: {fault}. Nothing was changed.");
        using var held = stack.Lock(warn);
        stack.Store.Backup();
        stack.Store.Save(snapshot);
    }

    private static Snapshot Read(Stack stack, string document)
    {
        try
        {
            var root = JsonNode.Parse(document)?.AsObject();
            if (root?["version"]?.GetValue<int>() != 3 || root["deployment"] is not { } deployment)
                throw new EngineException("The document is no stack export (version 3 with a 'deployment').");
            using var parsed = JsonDocument.Parse(deployment.ToJsonString());
            return CheckpointReader.ReadDeployment(parsed.RootElement, salt => salt is null ? stack.Secrets : stack.Secrets.For(salt));
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new EngineException($"The document is no stack export: {problem.Message}", problem);
        }
    }

    private static void ForEachSecret(JsonNode? node, Action<JsonObject> action)
    {
        switch (node)
        {
            case JsonObject item when item[Signatures.Key] is JsonValue signature && signature.GetValue<string>() == Signatures.Secret:
                action(item);
                break;
            case JsonObject item:
                foreach (var (_, value) in item.ToArray())
                    ForEachSecret(value, action);
                break;
            case JsonArray list:
                foreach (var value in list)
                    ForEachSecret(value, action);
                break;
        }
    }

    private static void Swap(JsonObject secret, string from, string to, Func<string, string> change)
    {
        if (secret[from]?.GetValue<string>() is not { } text)
            return;
        secret.Remove(from);
        secret[to] = change(text);
    }
}
