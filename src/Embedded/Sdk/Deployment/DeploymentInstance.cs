using Pulumi.Runtime;

namespace Pulumi;

/// <summary>The running program, as it sees itself.</summary>
public sealed class DeploymentInstance
{
    private readonly DeploymentContext _deployment;

    internal DeploymentInstance(DeploymentContext deployment) => _deployment = deployment;

    public string OrganizationName => _deployment.Settings.Organization;

    public string ProjectName => _deployment.Settings.Project;

    public string StackName => _deployment.Settings.Stack;

    /// <summary>The directory of the project's file.</summary>
    public string RootDirectory => _deployment.Settings.RootDirectory;

    /// <summary>True at a preview: nothing is changed, and what a change would give is unknown.</summary>
    public bool IsDryRun => _deployment.Settings.IsDryRun;

    /// <summary>Calls a function of a provider, at previews too, and gives its result.</summary>
    public Task<T> InvokeAsync<T>(string token, InvokeArgs args, InvokeOptions? options = null) =>
        Invocation.ValueAsync<T>(_deployment, token, args, options);

    /// <summary>Calls a function of a provider that has no result.</summary>
    public Task InvokeAsync(string token, InvokeArgs args, InvokeOptions? options = null) =>
        Invocation.CallAsync(_deployment, token, args, options);

    /// <summary>Calls a function of a provider and gives the only property of its result.</summary>
    public async Task<T> InvokeSingleAsync<T>(string token, InvokeArgs args, InvokeOptions? options = null) =>
        (await Invocation.ValueAsync<Dictionary<string, T>>(_deployment, token, args, options).ConfigureAwait(false)).Values.First();

    /// <summary>Calls a function of a provider once its arguments are known; unknown where one of them is.</summary>
    public Output<T> Invoke<T>(string token, InvokeArgs args, InvokeOptions? options = null) =>
        new(Invocation.OutputAsync<T>(_deployment, token, args, options));

    /// <inheritdoc cref="Invoke{T}(string, InvokeArgs, InvokeOptions)"/>
    public Output<T> Invoke<T>(string token, InvokeArgs args, InvokeOutputOptions options) =>
        new(Invocation.OutputAsync<T>(_deployment, token, args, options));

    /// <summary>Like Invoke, for a function whose result has one property.</summary>
    public Output<T> InvokeSingle<T>(string token, InvokeArgs args, InvokeOptions? options = null) =>
        Invoke<Dictionary<string, T>>(token, args, options).Apply(static result => result.Values.First());

    /// <inheritdoc cref="InvokeSingle{T}(string, InvokeArgs, InvokeOptions)"/>
    public Output<T> InvokeSingle<T>(string token, InvokeArgs args, InvokeOutputOptions options) =>
        Invoke<Dictionary<string, T>>(token, args, options).Apply(static result => result.Values.First());
}
