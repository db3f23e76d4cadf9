using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Where in a stack file the values of a spec stand. A program is handed its configuration as JSON, without lines; the file is beside its project, and is
/// read again only to tell an error's line and column.
/// </summary>
public static partial class StackFilePlaces
{
    /// <summary>The errors with their places in the stack file of a program that runs; without, where it is not to be found.</summary>
    /// <param name="errors">The errors of what stands under <paramref name="root"/>.</param>
    /// <param name="project">The project's name, the namespace of the key.</param>
    /// <param name="stack">The stack's name.</param>
    /// <param name="root">The key: <see cref="SpecReader.Root"/> or <see cref="FleetReader.Root"/>.</param>
    public static SpecException Add(SpecException errors, string project, string stack, string root)
    {
        for (var at = new DirectoryInfo(Directory.GetCurrentDirectory()); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Pulumi.yaml")))
            {
                return AddFrom(Path.Combine(at.FullName, $"Pulumi.{stack}.yaml"), errors, project, root);
            }
        }

        return errors;
    }

    /// <summary>The same from a file that is known.</summary>
    public static SpecException AddFrom(string file, SpecException errors, string project, string root)
    {
        try
        {
            var yaml = new YamlStream();
            using (var reader = File.OpenText(file))
            {
                yaml.Load(reader);
            }

            var config = Child(yaml.Documents[0].RootNode, "config")?.Value;
            return (Child(config, $"{project}:{root}") ?? Child(config, root))?.Value is { } spec
                ? new([.. errors.Errors.Select(e => Mark(spec, e, root) is { } mark ? e with { Place = $"{Path.GetFileName(file)}:{mark.Line}:{mark.Column}" } : e)])
                : errors;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException or ArgumentException)
        {
            return errors;
        }
    }

    private static Mark? Mark(YamlNode spec, SpecError error, string root)
    {
        var steps = Step().Matches(error.Path).Select(m => m.Value.TrimStart('.')).ToList();
        if (steps is not [var first, ..] || first != root)
        {
            return null;
        }

        var ofKey = error.Problem is SpecProblems.UnknownKey or SpecProblems.FormerKey;
        var own = Walk(spec, steps[1..], ofKey);

        // What a machine of a fleet does not say itself is in the defaults.
        return own.Left == 0 || root != FleetReader.Root || steps is not [_, FleetReader.Machines, _, .. var rest] || Walk(spec, [FleetReader.Defaults, .. rest], ofKey) is not { Left: 0 } common ? own.Mark : common.Mark;
    }

    // As far as the steps are there: what is missing is missing in the map before it.
    private static (Mark Mark, int Left) Walk(YamlNode node, List<string> steps, bool ofKey)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (node is YamlSequenceNode list && steps[i] is ['[', .. var number, ']'] && int.TryParse(number, out var at) && at < list.Children.Count)
            {
                node = list.Children[at];
            }
            else if (Child(node, steps[i]) is { } entry)
            {
                if (ofKey && i == steps.Count - 1)
                {
                    return (entry.Key.Start, 0);
                }

                node = entry.Value;
            }
            else
            {
                return (node.Start, steps.Count - i);
            }
        }

        return (node.Start, 0);
    }

    private static KeyValuePair<YamlNode, YamlNode>? Child(YamlNode? node, string key) =>
        node is not YamlMappingNode map ? null : map.Children.Where(c => c.Key is YamlScalarNode name && name.Value == key).Select(c => (KeyValuePair<YamlNode, YamlNode>?)c).FirstOrDefault();

    [GeneratedRegex(@"^[^.\[]+|\.[^.\[]+|\[[0-9]+\]")]
    private static partial Regex Step();
}
