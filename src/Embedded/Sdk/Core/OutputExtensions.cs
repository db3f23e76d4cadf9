using System.Collections.Immutable;

namespace Pulumi;

/// <summary>What can be done with outputs of lists.</summary>
public static class OutputExtensions
{
    public static Output<T> First<T>(this Output<ImmutableArray<T>> array) => array.Apply(static list => list[0]);

    public static Output<T> GetAt<T>(this Output<ImmutableArray<T>> array, Input<int> index) =>
        Output.Tuple(array, index.ToOutput()).Apply(static both => both.Item1[both.Item2]);

    public static Output<int> Length<T>(this Output<ImmutableArray<T>> array) => array.Apply(static list => list.Length);
}
