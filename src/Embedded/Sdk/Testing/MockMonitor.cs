using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Protocol;
using Pulumi.Runtime;
using Pulumi.Serialization;

namespace Pulumi.Testing;

/// <summary>Answers a program under test from its mocks.</summary>
internal sealed class MockMonitor(IMocks mocks) : IMonitor
{
    private readonly Lock _gate = new();
    private readonly List<Resource> _resources = [];
    private readonly Dictionary<string, Struct> _registered = new(StringComparer.Ordinal);

    public ImmutableArray<Resource> Resources
    {
        get
        {
            lock (_gate)
                return [.. _resources];
        }
    }

    // Everything but output values, which would reach the mocks as objects of the protocol.
    public Task<SupportsFeatureResponse> SupportsFeatureAsync(SupportsFeatureRequest request) =>
        Task.FromResult(new SupportsFeatureResponse { HasSupport = request.Id != Features.OutputValues });

    public async Task<ResourceInvokeResponse> InvokeAsync(ResourceInvokeRequest request)
    {
        var args = Known(request.Args);
        if (request.Tok == "pulumi:pulumi:getResource")
            return new ResourceInvokeResponse { Return = Registered((string)args[Wire.Urn]) };

        var result = await mocks
            .CallAsync(new MockCallArgs { Token = request.Tok, Args = args, Provider = request.Provider })
            .ConfigureAwait(false);
        return new ResourceInvokeResponse { Return = await WriteAsync(result).ConfigureAwait(false) };
    }

    public async Task<ReadResourceResponse> ReadResourceAsync(Resource resource, ReadResourceRequest request)
    {
        var (id, state) = await mocks.NewResourceAsync(new MockResourceArgs
        {
            Type = request.Type,
            Name = request.Name,
            Inputs = Known(request.Properties),
            Provider = request.Provider,
            Id = request.Id,
        }).ConfigureAwait(false);
        var urn = UrnOf(request.Parent, request.Type, request.Name);
        var properties = await WriteAsync(state).ConfigureAwait(false);
        Keep(urn, id, properties);
        lock (_gate)
            _resources.Add(resource);
        return new ReadResourceResponse { Urn = urn, Properties = properties };
    }

    public async Task<RegisterResourceResponse> RegisterResourceAsync(Resource resource, RegisterResourceRequest request)
    {
        lock (_gate)
            _resources.Add(resource);

        var urn = UrnOf(request.Parent, request.Type, request.Name);
        if (request.Type == Stack.TypeToken)
            return new RegisterResourceResponse { Urn = urn, Object = new Struct() };

        var (id, state) = await mocks.NewResourceAsync(new MockResourceArgs
        {
            Type = request.Type,
            Name = request.Name,
            Inputs = Known(request.Object),
            Provider = request.Provider,
            Id = request.ImportId,
        }).ConfigureAwait(false);
        id ??= request.ImportId;
        var properties = await WriteAsync(state).ConfigureAwait(false);
        Keep(urn, id, properties);
        return new RegisterResourceResponse { Urn = urn, Id = id, Object = properties };
    }

    public Task RegisterResourceOutputsAsync(RegisterResourceOutputsRequest request) =>
        mocks.RegisterResourceOutputs(new MockRegisterResourceOutputsRequest(
            request.Urn,
            request.Outputs.Fields.ToImmutableDictionary(
                static output => output.Key,
                static output => new Output<object?>(PropertyDeserializer.Read(output.Value)))));

    public Task SignalAndWaitForShutdownAsync() => Task.CompletedTask;

    /// <summary>A URN as the mocks of the official SDK make them: of the types of the parents only the outermost is kept.</summary>
    private static string UrnOf(string parent, string type, string name)
    {
        var qualified = parent.Length > 0 ? $"{parent.Split("::")[2].Split('$')[0]}${type}" : type;
        return $"urn:pulumi:{Deployment.Instance.StackName}::{Deployment.Instance.ProjectName}::{qualified}::{name}";
    }

    private static ImmutableDictionary<string, object> Known(Struct properties)
    {
        var known = ImmutableDictionary.CreateBuilder<string, object>();
        foreach (var (name, property) in properties.Fields)
        {
            if (PropertyDeserializer.Read(property) is { IsKnown: true, Value: { } value })
                known.Add(name, value);
        }

        return known.ToImmutable();
    }

    private static async Task<Struct> WriteAsync(object state)
    {
        var writable = state is IDictionary<string, object> properties ? properties.ToImmutableDictionary() : state;
        var written = await new PropertySerializer(new WriteMode(KeepResources: true)).WriteAsync("", writable).ConfigureAwait(false);
        return written is { KindCase: Value.KindOneofCase.StructValue }
            ? written.StructValue
            : throw new InvalidOperationException($"{state?.GetType().FullName} is not a supported argument type");
    }

    private void Keep(string urn, string? id, Struct properties)
    {
        var fields = new Struct { Fields = { [Wire.Urn] = Value.ForString(urn), ["state"] = Value.ForStruct(properties) } };
        if (id is not null)
            fields.Fields[Wire.Id] = Value.ForString(id);
        lock (_gate)
            _registered[urn] = fields;
    }

    private Struct Registered(string urn)
    {
        lock (_gate)
            return _registered.TryGetValue(urn, out var registered) ? registered : throw new InvalidOperationException($"Unknown resource {urn}");
    }
}
