using System.Collections.Immutable;

namespace Pulumi;

/// <summary>Arguments of a <see cref="StackReference"/>.</summary>
public class StackReferenceArgs : ResourceArgs
{
    /// <summary>The stack, as <c>organization/project/stack</c>.</summary>
    [Input("name", required: true)]
    public Input<string>? Name { get; set; }
}

/// <summary>The outputs of another stack.</summary>
public class StackReference : CustomResource
{
    /// <summary>Refers to a stack: the one the arguments name, or else the one this resource is named after.</summary>
    public StackReference(string name, StackReferenceArgs? args = null, CustomResourceOptions? options = null)
        : base(
            "pulumi:pulumi:StackReference",
            name,
            new StackReferenceArgs { Name = args?.Name ?? name },
            CustomResourceOptions.Merge(options, new CustomResourceOptions { Id = args?.Name ?? name }))
    {
    }

    [Output("name")]
    public Output<string> Name { get; private set; } = null!;

    [Output("outputs")]
    public Output<ImmutableDictionary<string, object>> Outputs { get; private set; } = null!;

    [Output("secretOutputNames")]
    public Output<ImmutableArray<string>> SecretOutputNames { get; private set; } = null!;

    /// <summary>An output of the other stack, or null where it has none of that name; secret where it is so there.</summary>
    public Output<object?> GetOutput(Input<string> name) => Output
        .Tuple(name.ToOutput(), Outputs)
        .Apply(static both => (object?)both.Item2.GetValueOrDefault(both.Item1))
        .WithSecrecy(() => IsSecretAsync(name));

    /// <summary>An output of the other stack.</summary>
    /// <exception cref="KeyNotFoundException">It has none of that name. Reported when the program ends.</exception>
    public Output<object> RequireOutput(Input<string> name) => Output
        .Tuple(name.ToOutput(), Outputs)
        .Apply(both => both.Item2.TryGetValue(both.Item1, out var value)
            ? value
            : throw new KeyNotFoundException($"Required output '{both.Item1}' does not exist on stack '{GetResourceName()}'."))
        .WithSecrecy(() => IsSecretAsync(name));

    /// <summary>An output of the other stack, told apart by whether it is secret.</summary>
    public async Task<StackReferenceOutputDetails> GetOutputDetailsAsync(string name)
    {
        var data = await GetOutput(name).DataTask.ConfigureAwait(false);
        return data.IsSecret
            ? new StackReferenceOutputDetails { SecretValue = data.Value }
            : new StackReferenceOutputDetails { Value = data.Value };
    }

    /// <exception cref="InvalidOperationException">The output is secret.</exception>
    public async Task<object?> GetValueAsync(Input<string> name)
    {
        var data = await GetOutput(name).DataTask.ConfigureAwait(false);
        return data.IsSecret
            ? throw new InvalidOperationException(
                "Cannot call 'GetOutputValueAsync' if the referenced stack has secret outputs. Use 'GetOutput' instead.")
            : data.Value;
    }

    /// <exception cref="InvalidOperationException">The output is secret.</exception>
    /// <exception cref="KeyNotFoundException">There is no output of that name.</exception>
    public async Task<object> RequireValueAsync(Input<string> name)
    {
        var data = await RequireOutput(name).DataTask.ConfigureAwait(false);
        return data.IsSecret
            ? throw new InvalidOperationException(
                "Cannot call 'RequireOutputValueAsync' if the referenced stack has secret outputs. Use 'RequireOutput' instead.")
            : data.Value;
    }

    /// <summary>Whether one output is secret; where the names of the secret ones are unknown, whether any is.</summary>
    private async Task<bool> IsSecretAsync(Input<string> name)
    {
        var wanted = await name.ToOutput().DataTask.ConfigureAwait(false);
        var secret = await SecretOutputNames.DataTask.ConfigureAwait(false);
        if (!wanted.IsKnown || !secret.IsKnown)
            return (await Outputs.DataTask.ConfigureAwait(false)).IsSecret;
        return !secret.Value.IsDefault && secret.Value.Contains(wanted.Value);
    }
}

/// <summary>An output of another stack: one of the two, or neither where there is none.</summary>
public sealed class StackReferenceOutputDetails
{
    public object? Value { get; set; }

    public object? SecretValue { get; set; }
}
