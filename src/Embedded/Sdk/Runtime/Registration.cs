using System.Collections.Immutable;
using PassthroughInfra.Protocol;
using Pulumi.Serialization;

namespace Pulumi.Runtime;

/// <summary>Registers a resource, or reads one that exists, and fills its outputs.</summary>
internal static class Registration
{
    public static async Task RunAsync(DeploymentContext deployment, Resource resource, bool remote, ResourceArgs args, ResourceOptions options)
    {
        var isComplete = true;
        try
        {
            var state = await ObtainAsync(deployment, resource, remote, args, options).ConfigureAwait(false);
            isComplete = state.IsComplete;
            var converter = new ValueConverter(message => Log.Warn(message, resource));
            resource.Slots.Accept(state, converter, resource.GetType().FullName!);
        }
        catch (Exception error)
        {
            // Whoever waits for an output must not wait for ever.
            resource.Slots.Fail(error);
            throw;
        }
        finally
        {
            resource.Slots.Close(isKnown: !deployment.Settings.IsDryRun && isComplete);
        }
    }

    public static async Task OutputsAsync(DeploymentContext deployment, Resource resource, Output<IDictionary<string, object?>> outputs)
    {
        var urn = await resource.Urn.ValueOrAsync("").ConfigureAwait(false);
        var values = await outputs.ValueOrAsync(ImmutableDictionary<string, object?>.Empty).ConfigureAwait(false);
        var keepResources = await deployment.SupportsAsync(Features.ResourceReferences).ConfigureAwait(false);
        var written = await WrittenArguments
            .WriteAsync("completeResource", new Dictionary<string, object?>(values), new WriteMode(keepResources))
            .ConfigureAwait(false);
        await deployment.Monitor
            .RegisterResourceOutputsAsync(new RegisterResourceOutputsRequest { Urn = urn, Outputs = written.Properties })
            .ConfigureAwait(false);
    }

    private static async Task<ResourceState> ObtainAsync(
        DeploymentContext deployment, Resource resource, bool remote, ResourceArgs args, ResourceOptions options)
    {
        if (options.Urn is not null)
            return await GetAsync(deployment, options.Urn).ConfigureAwait(false);

        if (options.Id is not null && await options.Id.ToOutput().ValueOrAsync("").ConfigureAwait(false) is { Length: > 0 } id)
        {
            return resource is CustomResource
                ? await ReadAsync(deployment, resource, id, args, options).ConfigureAwait(false)
                : throw new ArgumentException(
                    $"{nameof(ResourceOptions)}.{nameof(ResourceOptions.Id)} is only valid for a {nameof(CustomResource)}");
        }

        return await RegisterAsync(deployment, resource, remote, args, options).ConfigureAwait(false);
    }

    /// <summary>Takes a resource that the engine knows, as it is.</summary>
    private static async Task<ResourceState> GetAsync(DeploymentContext deployment, string urn)
    {
        var args = new DictionaryInvokeArgs(ImmutableDictionary<string, object?>.Empty.Add(Wire.Urn, urn));
        var written = await Invocation.WriteAsync(deployment, "pulumi:pulumi:getResource", args).ConfigureAwait(false);
        var fields = (await Invocation.SendAsync(deployment, "pulumi:pulumi:getResource", written, null).ConfigureAwait(false)).Fields;
        return new ResourceState(
            fields[Wire.Urn].StringValue,
            fields.TryGetValue(Wire.Id, out var id) ? id.StringValue : "",
            fields["state"].StructValue,
            ResourceState.NoDependencies);
    }

    private static async Task<ResourceState> ReadAsync(
        DeploymentContext deployment, Resource resource, string id, ResourceArgs args, ResourceOptions options)
    {
        var prepared = await PreparedResource.PrepareAsync(deployment, resource, custom: true, remote: false, args, options).ConfigureAwait(false);
        var request = new ReadResourceRequest
        {
            Type = resource.GetResourceType(),
            Name = resource.GetResourceName(),
            Id = id,
            Parent = prepared.ParentUrn,
            Provider = prepared.Provider,
            Properties = prepared.Properties,
            Version = options.Version ?? "",
            PluginDownloadURL = options.PluginDownloadURL ?? "",
            AcceptSecrets = true,
            AcceptResources = deployment.Settings.AcceptsReferences,
        };
        request.Dependencies.Add(prepared.Dependencies);
        var response = await deployment.Monitor.ReadResourceAsync(resource, request).ConfigureAwait(false);
        return new ResourceState(response.Urn, id == Wire.Unknown ? "" : id, response.Properties ?? new(), ResourceState.NoDependencies);
    }

    private static async Task<ResourceState> RegisterAsync(
        DeploymentContext deployment, Resource resource, bool remote, ResourceArgs args, ResourceOptions options)
    {
        var request = await RequestAsync(deployment, resource, remote, options).ConfigureAwait(false);
        var prepared = await PreparedResource
            .PrepareAsync(deployment, resource, resource is CustomResource, remote, args, options)
            .ConfigureAwait(false);
        prepared.AddTo(request);

        var response = await deployment.Monitor.RegisterResourceAsync(resource, request).ConfigureAwait(false);
        return new ResourceState(
            response.Urn,
            response.Id,
            response.Object ?? new(),
            response.PropertyDependencies.ToDictionary(
                static property => property.Key,
                static property => property.Value.Urns.Select(static urn => (Resource)new DependencyResource(urn)).ToImmutableHashSet()),
            response.Result == Result.Success);
    }

    /// <summary>What a registration says of a resource apart from its arguments.</summary>
    private static async Task<RegisterResourceRequest> RequestAsync(
        DeploymentContext deployment, Resource resource, bool remote, ResourceOptions options)
    {
        var request = new RegisterResourceRequest
        {
            Type = resource.GetResourceType(),
            Name = resource.GetResourceName(),
            Custom = resource is CustomResource,
            Remote = remote,
            Version = options.Version ?? "",
            PluginDownloadURL = options.PluginDownloadURL ?? "",
            AcceptSecrets = true,
            AcceptResources = deployment.Settings.AcceptsReferences,
            SupportsResultReporting = true,
            CustomTimeouts = options.CustomTimeouts?.ToProtocol(),
            Hooks = new RegisterResourceRequest.Types.ResourceHooksBinding(),
        };
        request.IgnoreChanges.Add(options.IgnoreChanges);
        if (options.Protect is { } protect)
            request.Protect = protect;
        if (options.RetainOnDelete is { } retain)
            request.RetainOnDelete = retain;
        if (options.DeletedWith is { } deletedWith)
        {
            if (!await deployment.SupportsAsync(Features.DeletedWith).ConfigureAwait(false))
                throw new InvalidOperationException("The Pulumi CLI does not support the DeletedWith option. Please update the Pulumi CLI.");
            request.DeletedWith = await deletedWith.Urn.ValueOrAsync("").ConfigureAwait(false);
        }

        if (options is CustomResourceOptions custom)
        {
            request.ImportId = custom.ImportId ?? "";
            request.AdditionalSecretOutputs.Add(custom.AdditionalSecretOutputs);
            request.ReplaceOnChanges.Add(custom.ReplaceOnChanges);
            if (custom.DeleteBeforeReplace is { } deleteBeforeReplace)
            {
                request.DeleteBeforeReplace = deleteBeforeReplace;
                request.DeleteBeforeReplaceDefined = true;
            }
        }

        return request;
    }
}
