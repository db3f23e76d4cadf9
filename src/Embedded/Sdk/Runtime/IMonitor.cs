using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>The part of the engine that resources are registered with.</summary>
internal interface IMonitor
{
    Task<SupportsFeatureResponse> SupportsFeatureAsync(SupportsFeatureRequest request);

    Task<ResourceInvokeResponse> InvokeAsync(ResourceInvokeRequest request);

    Task<ReadResourceResponse> ReadResourceAsync(Resource resource, ReadResourceRequest request);

    Task<RegisterResourceResponse> RegisterResourceAsync(Resource resource, RegisterResourceRequest request);

    Task RegisterResourceOutputsAsync(RegisterResourceOutputsRequest request);

    /// <summary>Says that the program is done, and returns when the engine needs it no more.</summary>
    Task SignalAndWaitForShutdownAsync();
}

/// <summary>The part of the engine that shows messages.</summary>
internal interface IEngine
{
    Task LogAsync(LogRequest request);
}
