namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within <c>hugePages</c>, whatever the machine.</summary>
internal static class HugePagesRules
{
    private const string Path = SpecReader.Root + ".hugePages";

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(HugePagesSpec? pages)
    {
        if (pages is null)
        {
            yield break;
        }

        if (pages.Count is null && pages.Nodes is null)
        {
            yield return new($"{Path}.count", "is missing", "the number of pages, or nodes with a number for each NUMA node");
        }
        else if (pages.Count is not null && pages.Nodes is not null)
        {
            yield return new($"{Path}.nodes", "stands beside count", "give one of the two");
        }

        if (pages.Count is < 0 or > 16777216)
        {
            yield return new($"{Path}.count", $"{pages.Count} is out of range", "0 to 16777216 pages");
        }

        foreach (var (node, count) in pages.Nodes ?? new Dictionary<int, int>())
        {
            if (node < 0 || count is < 0 or > 16777216)
            {
                yield return new($"{Path}.nodes.{node}", $"{count} pages on node {node} is out of range", "a node's number (lscpu), and 0 to 16777216 pages");
            }
        }
    }
}
