using System.Collections;
using System.Collections.Immutable;

namespace Pulumi;

/// <summary>
/// A map of inputs by name, itself an input. Values stay inputs of their own: one unknown or secret value does not make the map so.
/// </summary>
public sealed class InputMap<TValue>
    : Input<ImmutableDictionary<string, TValue>>, IEnumerable, IAsyncEnumerable<Input<KeyValuePair<string, TValue>>>
{
    private Output<ImmutableDictionary<string, Input<TValue>>> _entries;

    public InputMap()
        : this(Output.Create(ImmutableDictionary<string, Input<TValue>>.Empty))
    {
    }

    private InputMap(Output<ImmutableDictionary<string, Input<TValue>>> entries)
        : base(Flatten(entries)) => _entries = entries;

    private protected override IOutput Untyped => _entries;

    private Output<ImmutableDictionary<string, Input<TValue>>> Entries
    {
        set
        {
            _entries = value;
            Value = Flatten(value);
        }
    }

    public Input<TValue> this[string key]
    {
        set => Add(key, value);
    }

    /// <summary>Adds an entry. A name that is there already is an error of the program, reported when the map is used.</summary>
    public void Add(string key, Input<TValue> value) => Entries = _entries.Apply(entries => entries.Add(key, value));

    public void Add(InputMap<TValue> values) => AddRange(values);

    public void AddRange(InputMap<TValue> values) =>
        Entries = Output.Tuple(_entries, values._entries).Apply(static both => both.Item1.AddRange(both.Item2));

    /// <summary>A new map of both; where a name is in both, the second's value.</summary>
    public static InputMap<TValue> Merge(InputMap<TValue> first, InputMap<TValue> second) =>
        new(Output.Tuple(first._entries, second._entries).Apply(static both => both.Item1.SetItems(both.Item2)));

    public static implicit operator InputMap<TValue>(Dictionary<string, TValue> values) => new(Output.Create(Wrap(values)));

    public static implicit operator InputMap<TValue>(ImmutableDictionary<string, TValue> values) => new(Output.Create(Wrap(values)));

    public static implicit operator InputMap<TValue>(Output<Dictionary<string, TValue>> values) => new(values.Apply(Wrap));

    public static implicit operator InputMap<TValue>(Output<IDictionary<string, TValue>> values) => new(values.Apply(Wrap));

    public static implicit operator InputMap<TValue>(Output<ImmutableDictionary<string, TValue>> values) => new(values.Apply(Wrap));

    /// <summary>Not possible: the entries are there only once the outputs in the map are.</summary>
    IEnumerator IEnumerable.GetEnumerator() => throw new NotSupportedException(
        $"A {GetType().FullName} cannot be synchronously enumerated. Use {nameof(GetAsyncEnumerator)} instead.");

    public async IAsyncEnumerator<Input<KeyValuePair<string, TValue>>> GetAsyncEnumerator(CancellationToken cancellationToken)
    {
        foreach (var entry in await Value.ValueOrAsync(ImmutableDictionary<string, TValue>.Empty).ConfigureAwait(false))
            yield return entry;
    }

    private static ImmutableDictionary<string, Input<TValue>> Wrap(IEnumerable<KeyValuePair<string, TValue>> values) =>
        values.ToImmutableDictionary(static entry => entry.Key, static entry => (Input<TValue>)entry.Value);

    private static Output<ImmutableDictionary<string, TValue>> Flatten(Output<ImmutableDictionary<string, Input<TValue>>> entries) =>
        entries.Apply(static map => Output
            .All(map.Select(static entry => entry.Value.Apply(value => KeyValuePair.Create(entry.Key, value))))
            .Apply(static list => ImmutableDictionary.CreateRange(list)));
}
