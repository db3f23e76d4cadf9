using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Projects;

/// <summary>A place in a stack's configuration: a value by its name, or something within a structured value.</summary>
/// <param name="Name">The value's name with its namespace.</param>
/// <param name="Within">The keys from there on inwards; empty for the value itself.</param>
public sealed record ConfigKey(string Name, ImmutableArray<string> Within)
{
    /// <summary>Reads a key as the command line takes it; the project's name is the namespace where none is said.</summary>
    /// <param name="isPath">Whether dots and brackets lead into the value, as with the CLI's <c>--path</c>: <c>machine.connection.host</c>.</param>
    /// <exception cref="EngineException">It is no path, or it leads into a list.</exception>
    public static ConfigKey Parse(string project, string text, bool isPath)
    {
        if (!isPath)
            return new(StackSettings.Qualify(project, text), []);
        var start = text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && text.AsSpan(0, colon).IndexOfAny(".[") < 0 ? colon + 1 : 0;
        PropertyPath path;
        try
        {
            path = PropertyPath.Parse(text[start..]);
        }
        catch (FormatException problem)
        {
            throw new EngineException(problem.Message, problem);
        }
        if (path.Steps.IsEmpty || path.Steps.Any(s => s is not string or "*"))
            throw new EngineException($"'{text}' has to lead by keys only, as in machine.connection.host; lists are changed in the stack file itself.");
        return new(StackSettings.Qualify(project, text[..start] + path.Steps[0]), [.. path.Steps.Skip(1).Cast<string>()]);
    }

    public bool Equals(ConfigKey? other) => other is not null && Name == other.Name && Within.AsSpan().SequenceEqual(other.Within.AsSpan());

    public override int GetHashCode() => Within.Aggregate(Name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);

    public override string ToString() => string.Join('.', Within.Prepend(Name));
}
