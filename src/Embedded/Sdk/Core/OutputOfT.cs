using System.Collections.Immutable;
using Pulumi.Runtime;

namespace Pulumi;

/// <summary>
/// A value that is there once the resources it comes from are, together with those resources, with whether it is known
/// (at preview it may not be), and with whether it is secret.
/// </summary>
public sealed class Output<T> : IOutput
{
    internal Output(Task<OutputData<T>> data)
    {
        DataTask = data;
        // Whoever made the output need not wait for it: the program does, and reports its failure.
        DeploymentContext.TryGetCurrent()?.Tracker.Add(data);
    }

    internal Output(OutputData<T> data) => DataTask = Task.FromResult(data);

    internal Task<OutputData<T>> DataTask { get; }

    /// <summary>An output of the value of a task, known and not secret.</summary>
    public static Output<T> Create(Task<T> value) => FromTask(value, isSecret: false);

    /// <inheritdoc cref="Apply{TResult}(Func{T, Output{TResult}?})"/>
    public Output<TResult> Apply<TResult>(Func<T, TResult> func) => new(AfterAsync(this, value =>
    {
        return Task.FromResult(OutputData<TResult>.Of(func(value)));
    }));

    /// <inheritdoc cref="Apply{TResult}(Func{T, Output{TResult}?})"/>
    public Output<TResult> Apply<TResult>(Func<T, Task<TResult>> func) => new(AfterAsync(this, async value =>
    {
        return OutputData<TResult>.Of(await func(value).ConfigureAwait(false));
    }));

    /// <inheritdoc cref="Apply{TResult}(Func{T, Output{TResult}?})"/>
    public Output<ValueTuple> Apply(Func<T, Task> func) => new(AfterAsync(this, async value =>
    {
        await func(value).ConfigureAwait(false);
        return OutputData<ValueTuple>.Of(default);
    }));

    /// <inheritdoc cref="Apply{TResult}(Func{T, Output{TResult}?})"/>
    public Output<TResult> Apply<TResult>(Func<T, Input<TResult>?> func) => Apply(value => func(value).ToOutput());

    /// <summary>
    /// Makes an output of this one's value. The function is not called where the value is unknown; what it
    /// gives inherits the dependencies and the secrecy of this output.
    /// </summary>
    public Output<TResult> Apply<TResult>(Func<T, Output<TResult>?> func) => new(AfterAsync(this, value =>
    {
        var inner = func(value);
        return inner is null ? Task.FromResult(OutputData<TResult>.Of(default!)) : inner.DataTask;
    }));

    /// <summary>Like Apply, for a function that does not know the type of the value.</summary>
    public Output<TResult> UntypedApply<TResult>(Func<object?, Output<TResult>> func) => Apply(value => func(value));

    /// <summary>Explains how to use the value; an output has no text of its own.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        "Calling [ToString] on an [Output<T>] is not supported.",
        "",
        "To get the value of an Output<T> as an Output<string> consider:",
        "1. o.Apply(v => $\"prefix{v}suffix\")",
        "2. Output.Format($\"prefix{hostname}suffix\");",
        "",
        "See https://www.pulumi.com/docs/concepts/inputs-outputs for more details.",
        "This function may throw in a future version of Pulumi.");

    internal static Output<T> FromTask(Task<T> value, bool isSecret)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.IsCompletedSuccessfully ? new(OutputData<T>.Of(value.Result, isSecret)) : new(Wait());

        async Task<OutputData<T>> Wait() => OutputData<T>.Of(await value.ConfigureAwait(false), isSecret);
    }

    /// <summary>The same value with a secrecy of its own, whatever it was before.</summary>
    internal Output<T> WithSecrecy(Func<Task<bool>> isSecret)
    {
        return new(Change());

        async Task<OutputData<T>> Change()
        {
            var data = await DataTask.ConfigureAwait(false);
            return data with { IsSecret = await isSecret().ConfigureAwait(false) };
        }
    }

    internal async Task<T> ValueOrAsync(T whenUnknown)
    {
        var data = await DataTask.ConfigureAwait(false);
        return data.IsKnown ? data.Value : whenUnknown;
    }

    async Task<OutputData<object?>> IOutput.GetDataAsync() => (await DataTask.ConfigureAwait(false)).Untyped();

    private static async Task<OutputData<TResult>> AfterAsync<TResult>(Output<T> source, Func<T, Task<OutputData<TResult>>> next)
    {
        var data = await source.DataTask.ConfigureAwait(false);
        // In an update too, where it is of a resource that failed or was passed over.
        if (!data.IsKnown)
            return OutputData<TResult>.Unknown(data.Resources, data.IsSecret);

        return (await next(data.Value).ConfigureAwait(false)).After(data);
    }
}
