using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Pulumi;

/// <summary>Makes and combines outputs.</summary>
public static partial class Output
{
    public static Output<T> Create<T>(T value) => new(OutputData<T>.Of(value));

    public static Output<T> Create<T>(Task<T> value) => Output<T>.FromTask(value, isSecret: false);

    public static Output<T> CreateSecret<T>(T value) => new(OutputData<T>.Of(value, isSecret: true));

    public static Output<T> CreateSecret<T>(Task<T> value) => Output<T>.FromTask(value, isSecret: true);

    public static Output<T> CreateSecret<T>(Output<T> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.WithSecrecy(static () => Task.FromResult(true));
    }

    /// <summary>The same output, not secret. The given one stays as it was.</summary>
    public static Output<T> Unsecret<T>(Output<T> output) => output.WithSecrecy(static () => Task.FromResult(false));

    public static async Task<bool> IsSecretAsync<T>(Output<T> output) => (await output.DataTask.ConfigureAwait(false)).IsSecret;

    /// <summary>One output of all the values in order: unknown where one is, secret where one is.</summary>
    public static Output<ImmutableArray<T>> All<T>(params Input<T>[] inputs) => AllOf(inputs.Select(static input => (Output<T>)input));

    /// <inheritdoc cref="All{T}(Input{T}[])"/>
    public static Output<ImmutableArray<T>> All<T>(IEnumerable<Input<T>> inputs) => AllOf(inputs.Select(static input => (Output<T>)input));

    /// <inheritdoc cref="All{T}(Input{T}[])"/>
    public static Output<ImmutableArray<T>> All<T>(params Output<T>[] outputs) => AllOf(outputs);

    /// <inheritdoc cref="All{T}(Input{T}[])"/>
    public static Output<ImmutableArray<T>> All<T>(IEnumerable<Output<T>> outputs) => AllOf(outputs);

    /// <summary>The text of a format whose holes may be inputs and outputs: unknown where one is, secret where one is.</summary>
    public static Output<string> Format(FormattableString formattableString)
    {
        var format = formattableString.Format;
        return AllOf(formattableString.GetArguments().Select(Untyped))
            .Apply(values => string.Format(CultureInfo.CurrentCulture, format, [.. values]));
    }

    /// <summary>The value as JSON text. Outputs and inputs inside it are resolved, and lend the text their secrecy and dependencies.</summary>
    public static Output<string> JsonSerialize<T>(Output<T> value, JsonSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(OutputJson.SerializeAsync(value, options));
    }

    /// <summary>The value of JSON text. Outputs inside the value inherit the secrecy and dependencies of the text.</summary>
    public static Output<T> JsonDeserialize<T>(Output<string> json, JsonSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(OutputJson.DeserializeAsync<T>(json, options));
    }

    /// <summary>What an output or an input holds; a plain value is one that is known.</summary>
    internal static Output<object?> Untyped(object? value) => value switch
    {
        IInput input => new(input.Untyped.GetDataAsync()),
        IOutput output => new(output.GetDataAsync()),
        _ => Create(value),
    };

    private static Output<ImmutableArray<T>> AllOf<T>(IEnumerable<Output<T>> outputs)
    {
        // Taken now: the caller may change the collection later.
        return new(Combine([.. outputs]));

        static async Task<OutputData<ImmutableArray<T>>> Combine(Output<T>[] outputs)
        {
            var combiner = new OutputCombiner();
            var values = ImmutableArray.CreateBuilder<T>(outputs.Length);
            foreach (var output in outputs)
                values.Add(combiner.Take(await output.DataTask.ConfigureAwait(false)));
            return combiner.Finish(values.MoveToImmutable());
        }
    }
}
