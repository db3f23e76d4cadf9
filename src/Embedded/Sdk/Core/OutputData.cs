using System.Collections.Immutable;

namespace Pulumi;

/// <summary>What an output has come to: its value, and what is known about the value.</summary>
internal readonly record struct OutputData<T>(
    ImmutableHashSet<Resource> Resources, T Value, bool IsKnown = true, bool IsSecret = false)
{
    public static OutputData<T> Of(T value, bool isSecret = false) => new(ImmutableHashSet<Resource>.Empty, value, true, isSecret);

    public static OutputData<T> Unknown(ImmutableHashSet<Resource> resources, bool isSecret) => new(resources, default!, false, isSecret);

    public OutputData<object?> Untyped() => new(Resources, Value, IsKnown, IsSecret);

    /// <summary>This value with what another, which it was made from, adds: its dependencies, its secrecy, its being unknown.</summary>
    public OutputData<T> After<TSource>(in OutputData<TSource> source) =>
        new(Union(source.Resources, Resources), Value, IsKnown && source.IsKnown, IsSecret || source.IsSecret);

    private static ImmutableHashSet<Resource> Union(ImmutableHashSet<Resource> first, ImmutableHashSet<Resource> second) =>
        first.IsEmpty ? second : second.IsEmpty || ReferenceEquals(first, second) ? first : first.Union(second);
}

/// <summary>Gathers the dependencies, secrecy and knowledge of several outputs that become one.</summary>
internal struct OutputCombiner
{
    private ImmutableHashSet<Resource> _resources = ImmutableHashSet<Resource>.Empty;
    private bool _isKnown = true;
    private bool _isSecret;

    public OutputCombiner()
    {
    }

    public T Take<T>(in OutputData<T> data)
    {
        if (!data.Resources.IsEmpty)
            _resources = _resources.Union(data.Resources);
        _isKnown &= data.IsKnown;
        _isSecret |= data.IsSecret;
        return data.Value;
    }

    public readonly OutputData<T> Finish<T>(T value) => new(_resources, value, _isKnown, _isSecret);
}

/// <summary>An output whose type of value is not known to the caller.</summary>
internal interface IOutput
{
    Task<OutputData<object?>> GetDataAsync();
}

/// <summary>An input whose type of value is not known to the caller.</summary>
internal interface IInput
{
    /// <summary>The value as it is to be written: lists and maps keep their elements as inputs.</summary>
    IOutput Untyped { get; }
}
