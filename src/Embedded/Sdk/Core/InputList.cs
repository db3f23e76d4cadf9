using System.Collections;
using System.Collections.Immutable;

namespace Pulumi;

/// <summary>
/// A list of inputs, itself an input. Elements stay inputs of their own: one unknown or secret element does not make the list so.
/// </summary>
public sealed class InputList<T> : Input<ImmutableArray<T>>, IEnumerable, IAsyncEnumerable<Input<T>>
{
    private Output<ImmutableArray<Input<T>>> _elements;

    public InputList()
        : this(Output.Create(ImmutableArray<Input<T>>.Empty))
    {
    }

    private InputList(Output<ImmutableArray<Input<T>>> elements)
        : base(Flatten(elements)) => _elements = elements;

    private protected override IOutput Untyped => _elements;

    private Output<ImmutableArray<Input<T>>> Elements
    {
        get => _elements;
        set
        {
            _elements = value;
            Value = Flatten(value);
        }
    }

    public void Add(params Input<T>[] inputs) => Elements = Joined(inputs);

    public void Add(InputList<T> inputs) => AddRange(inputs);

    public void AddRange(InputList<T> inputs) => Elements = Joined(inputs);

    /// <summary>A new list of this one's elements and then the other's.</summary>
    public InputList<T> Concat(InputList<T> other) => new(Joined(other));

    internal InputList<T> Copy() => new(_elements);

    public static implicit operator InputList<T>(T value) => From([value]);

    public static implicit operator InputList<T>(Output<T> value) => From([(Input<T>)value]);

    public static implicit operator InputList<T>(Input<T> value) => From([value]);

    public static implicit operator InputList<T>(T[] values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(Output<T>[] values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(Input<T>[] values) => From(values);

    public static implicit operator InputList<T>(List<T> values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(List<Output<T>> values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(List<Input<T>> values) => From(values);

    public static implicit operator InputList<T>(ImmutableArray<T> values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(ImmutableArray<Output<T>> values) => From(values.Select(static value => (Input<T>)value));

    public static implicit operator InputList<T>(ImmutableArray<Input<T>> values) => From(values);

    public static implicit operator InputList<T>(Output<T[]> values) => new(values.Apply(Wrap));

    public static implicit operator InputList<T>(Output<List<T>> values) => new(values.Apply(Wrap));

    public static implicit operator InputList<T>(Output<IEnumerable<T>> values) => new(values.Apply(Wrap));

    public static implicit operator InputList<T>(Output<ImmutableArray<T>> values) => new(values.Apply(static list => Wrap(list)));

    /// <summary>Not possible: the elements are there only once the outputs in the list are.</summary>
    IEnumerator IEnumerable.GetEnumerator() => throw new NotSupportedException(
        $"A {GetType().FullName} cannot be synchronously enumerated. Use {nameof(GetAsyncEnumerator)} instead.");

    public async IAsyncEnumerator<Input<T>> GetAsyncEnumerator(CancellationToken cancellationToken)
    {
        foreach (var value in await Value.ValueOrAsync([]).ConfigureAwait(false))
            yield return value;
    }

    private static InputList<T> From(IEnumerable<Input<T>> elements) => new(Output.Create(elements.ToImmutableArray()));

    private static ImmutableArray<Input<T>> Wrap(IEnumerable<T> values) => [.. values.Select(static value => (Input<T>)value)];

    private static Output<ImmutableArray<T>> Flatten(Output<ImmutableArray<Input<T>>> elements) =>
        elements.Apply(static list => Output.All((IEnumerable<Input<T>>)list));

    private Output<ImmutableArray<Input<T>>> Joined(InputList<T> other) =>
        Output.Tuple(_elements, other._elements).Apply(static both => both.Item1.AddRange(both.Item2));
}
