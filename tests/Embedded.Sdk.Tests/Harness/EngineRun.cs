using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Protocol;
using Pulumi;

namespace PassthroughInfra.Embedded.Sdk.Tests.Harness;

/// <summary>The environment is one for the whole process: programs that an engine runs take turns.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EngineRun
{
    public const string Name = "programs run by an engine";

    /// <summary>Runs a program as an engine does, and gives its exit code.</summary>
    public static async Task<int> OfAsync(FakeEngine engine, Func<Task<int>> program, IReadOnlyDictionary<string, string>? config = null)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PULUMI_MONITOR"] = engine.Address,
            ["PULUMI_ENGINE"] = engine.Address,
            ["PULUMI_PROJECT"] = "demo",
            ["PULUMI_STACK"] = "dev",
            ["PULUMI_ORGANIZATION"] = "organization",
            ["PULUMI_ROOT_DIRECTORY"] = "/demo",
            ["PULUMI_DRY_RUN"] = engine.IsPreview ? "true" : "false",
            ["PULUMI_QUERY_MODE"] = "false",
            ["PULUMI_PARALLEL"] = "4",
            ["PULUMI_CONFIG"] = JsonSerializer.Serialize(config ?? new Dictionary<string, string>()),
        };
        foreach (var (name, value) in environment)
            Environment.SetEnvironmentVariable(name, value);
        try
        {
            return await program();
        }
        finally
        {
            foreach (var name in environment.Keys)
                Environment.SetEnvironmentVariable(name, null);
            // The run leaves its own for programs that do not return it; these tests' host is not one.
            Environment.ExitCode = 0;
        }
    }

    /// <summary>Runs a program in an update, and gives its registrations by name and all its calls.</summary>
    public static async Task<(IReadOnlyDictionary<string, RegisterResourceRequest> Requests, IReadOnlyList<string> Calls)> RegistrationsAsync(
        Action program, Action<FakeEngine>? prepare = null)
    {
        await using var engine = await FakeEngine.StartAsync(preview: false);
        prepare?.Invoke(engine);
        Assert.Equal(0, await OfAsync(engine, () => Deployment.RunAsync(program)));
        const string Name = "RegisterResource ";
        var requests = engine.Calls
            .Where(call => call.StartsWith(Name, StringComparison.Ordinal))
            .Select(call => RegisterResourceRequest.Parser.ParseJson(call[Name.Length..]));
        return (requests.ToDictionary(request => request.Name), engine.Calls);
    }
}

/// <summary>Calls in an order that does not depend on what ran first, with the properties of objects in order.</summary>
public static class Calls
{
    public static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var wanted = InOrder(expected);
        var made = InOrder(actual);
        Assert.True(
            wanted.SequenceEqual(made),
            $"Not made:\n{string.Join("\n", wanted.Except(made))}\nMade instead:\n{string.Join("\n", made.Except(wanted))}");
    }

    private static string[] InOrder(IEnumerable<string> calls) => [.. calls.Select(Sorted).Order(StringComparer.Ordinal)];

    private static string Sorted(string call)
    {
        var space = call.IndexOf(' ', StringComparison.Ordinal);
        return $"{call[..space]} {Sorted(JsonNode.Parse(call[space..]))?.ToJsonString() ?? "null"}";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject properties => new JsonObject(properties
            .OrderBy(static property => property.Key, StringComparer.Ordinal)
            .Select(static property => KeyValuePair.Create(property.Key, Sorted(property.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
