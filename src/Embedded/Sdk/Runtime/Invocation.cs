using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Protocol;
using Pulumi.Serialization;

namespace Pulumi.Runtime;

/// <summary>Calls a function of a provider.</summary>
internal static class Invocation
{
    /// <summary>
    /// Calls the function when its arguments are known and what it depends on is done; is unknown, without a call, where an
    /// argument is, or the id of a resource it depends on. Whether the result is secret is the provider's to say.
    /// </summary>
    public static async Task<OutputData<T>> OutputAsync<T>(DeploymentContext deployment, string token, InvokeArgs? args, InvokeOptions? options)
    {
        var written = await WriteAsync(deployment, token, args).ConfigureAwait(false);
        if (written.HoldUnknowns())
            return OutputData<T>.Unknown([], isSecret: false);

        var resources = written.Dependencies.Values.SelectMany(static dependencies => dependencies).ToImmutableHashSet();
        if (options is InvokeOutputOptions { DependsOn: var dependsOn })
            resources = resources.Union(await dependsOn.ToOutput().ValueOrAsync([]).ConfigureAwait(false));
        // At a preview a resource that is yet to be made has a URN, but no id: there is nothing to ask about.
        if (!await DependencyGraph.ExistAsync(resources).ConfigureAwait(false))
            return OutputData<T>.Unknown([], isSecret: false);

        var result = await SendAsync(deployment, token, written, options).ConfigureAwait(false);
        var data = Convert<T>(token, result);
        return data with { Resources = data.Resources.Union(resources) };
    }

    /// <summary>Calls the function with arguments that are known.</summary>
    public static async Task<T> ValueAsync<T>(DeploymentContext deployment, string token, InvokeArgs? args, InvokeOptions? options) =>
        Convert<T>(token, await CallAsync(deployment, token, args, options).ConfigureAwait(false)).Value;

    public static async Task<Struct> CallAsync(DeploymentContext deployment, string token, InvokeArgs? args, InvokeOptions? options) =>
        await SendAsync(deployment, token, await WriteAsync(deployment, token, args).ConfigureAwait(false), options).ConfigureAwait(false);

    public static async Task<WrittenArguments> WriteAsync(DeploymentContext deployment, string token, InvokeArgs? args)
    {
        var keepResources = await deployment.SupportsAsync(Features.ResourceReferences).ConfigureAwait(false);
        return await WrittenArguments
            .WriteAsync($"invoke:{token}", (args ?? InvokeArgs.Empty).ToDictionary(), new WriteMode(keepResources))
            .ConfigureAwait(false);
    }

    /// <exception cref="InvokeException">The provider refused the arguments.</exception>
    public static async Task<Struct> SendAsync(DeploymentContext deployment, string token, WrittenArguments args, InvokeOptions? options)
    {
        var provider = options?.Provider ?? options?.Parent?.ProviderFor(token);
        var response = await deployment.Monitor.InvokeAsync(new ResourceInvokeRequest
        {
            Tok = token,
            Args = args.Properties,
            Provider = provider is null ? "" : await provider.ReferenceAsync().ConfigureAwait(false),
            Version = options?.Version ?? "",
            PluginDownloadURL = options?.PluginDownloadURL ?? "",
            AcceptResources = deployment.Settings.AcceptsReferences,
        }).ConfigureAwait(false);
        if (response.Failures.Count > 0)
        {
            var reasons = string.Join("; ", response.Failures.Select(static failure => $"{failure.Reason} ({failure.Property})"));
            throw new InvokeException($"Invoke of '{token}' failed: {reasons}");
        }

        return response.Return ?? new Struct();
    }

    private static OutputData<T> Convert<T>(string token, Struct result) => new ValueConverter(static message => Log.Warn(message))
        .Convert<T>($"{token} result", PropertyDeserializer.Read(Value.ForStruct(result)));
}

#pragma warning disable CA1064 // The official SDK keeps it to itself as well; programs see its message.
/// <summary>A provider refused the arguments of a call.</summary>
internal sealed class InvokeException(string message) : Exception(message);
#pragma warning restore CA1064
