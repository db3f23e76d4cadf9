using System.Collections.Immutable;

namespace Pulumi.Testing;

/// <summary>Stands in for the engine and its providers in a test.</summary>
public interface IMocks
{
    /// <summary>A resource is registered, or one that exists is read.</summary>
    /// <returns>The id, null for a component; and the properties, in a dictionary or in arguments.</returns>
    Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args);

    /// <summary>A function of a provider is called.</summary>
    /// <returns>The result, in a dictionary or in arguments.</returns>
    Task<object> CallAsync(MockCallArgs args);

    /// <summary>A component, or the stack, registers its outputs.</summary>
    Task RegisterResourceOutputs(MockRegisterResourceOutputsRequest args) => Task.CompletedTask;
}

/// <summary>A resource about to be made. Inputs that are secret are unwrapped, numbers are doubles, unknowns and nulls are left out.</summary>
public class MockResourceArgs
{
    public string? Type { get; set; }

    public string? Name { get; set; }

    public ImmutableDictionary<string, object> Inputs { get; set; } = null!;

    public string? Provider { get; set; }

    /// <summary>The id of the resource that is read or imported; empty for a new one.</summary>
    public string? Id { get; set; }
}

/// <summary>A function of a provider about to be called. Arguments are as in <see cref="MockResourceArgs"/>.</summary>
public class MockCallArgs
{
    public string? Token { get; set; }

    public ImmutableDictionary<string, object> Args { get; set; } = null!;

    public string? Provider { get; set; }
}

/// <summary>Outputs that a component or the stack registers.</summary>
public class MockRegisterResourceOutputsRequest
{
    public readonly string Urn;

    public readonly ImmutableDictionary<string, Output<object?>> Outputs;

    public MockRegisterResourceOutputsRequest(string urn, ImmutableDictionary<string, Output<object?>> outputs) => (Urn, Outputs) = (urn, outputs);
}

/// <summary>Mocks that give every resource its inputs back. They cannot answer calls.</summary>
public class EmptyMocks : IMocks
{
    public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args) => Task.FromResult<(string?, object)>((null, args.Inputs));

    public Task<object> CallAsync(MockCallArgs args) => Task.FromResult<object>(args);
}
