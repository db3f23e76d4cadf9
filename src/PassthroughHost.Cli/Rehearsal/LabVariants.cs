namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>Names for kinds of virtual hosts, of which <c>./passthrough lab</c> knows what they stand for (lab/variants).</summary>
internal static class LabVariants
{
    /// <summary>The names, in the file's order.</summary>
    public static IReadOnlyList<string> Names()
    {
        using var file = new StreamReader(typeof(LabVariants).Assembly.GetManifestResourceStream("lab-variants")!);
        return [.. file.ReadToEnd().Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')[0])];
    }
}
