using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>What the resources and functions of the command package have in common.</summary>
internal static class CommandInputs
{
    public const string Stdout = "stdout";
    public const string Stderr = "stderr";
    public const string Connection = "connection";
    public const string Environment = "environment";
    public const string Logging = "logging";
    public const string AddPreviousOutputInEnv = "addPreviousOutputInEnv";

    /// <summary>Names of the variables that carry the output of the command before, to the next one.</summary>
    public const string PreviousStdout = "PULUMI_COMMAND_STDOUT";

    /// <inheritdoc cref="PreviousStdout"/>
    public const string PreviousStderr = "PULUMI_COMMAND_STDERR";

    private static readonly ImmutableArray<string> LoggingModes = ["stdout", "stderr", "stdoutAndStderr", "none"];

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("=\0 *?\n");

    private const int LongestLine = 64 * 1024;

    private static readonly PropertyPath Triggers = PropertyPath.Root.Append("triggers");

    /// <summary>Every difference of the inputs; one under <c>triggers</c> replaces, creating before it deletes.</summary>
    public static DiffResult Diff(DiffRequest request) => DiffResult.OfInputs(request.OldInputs, request.NewInputs, [Triggers]);

    /// <summary>Reports fields that there are not, and fields of another type than they have.</summary>
    public static void CheckShape(PropertyMap inputs, IReadOnlyDictionary<string, FieldType> fields, List<CheckProblem> problems)
    {
        foreach (var (key, value) in inputs)
        {
            if (!fields.TryGetValue(key, out var type))
                problems.Add(new(key, $"there is no such input; there are {string.Join(", ", fields.Keys.Order(StringComparer.Ordinal))}"));
            else if (!value.IsNull && value.Unwrapped is not PropertyUnknown && !Fits(value.Unwrapped, type))
                problems.Add(new(key, $"expected {Words(type)}"));
        }
        if (inputs.GetString(Logging) is { } mode && !LoggingModes.Contains(mode))
            problems.Add(new(Logging, $"'{mode}' is no logging mode; expected one of {string.Join(", ", LoggingModes)}"));
        foreach (var name in inputs.GetMap(Environment)?.Keys ?? [])
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny(NotInNames))
                problems.Add(new($"{Environment}.{name}", "this cannot be the name of a variable"));
        }
    }

    /// <summary>The variables of a command: its own, and the output of the one before where that is asked for.</summary>
    public static ImmutableSortedDictionary<string, string> Variables(PropertyMap inputs) =>
        (inputs.GetMap(Environment) ?? PropertyMap.Empty).ToImmutableSortedDictionary(e => e.Key, e => e.Value.AsString ?? "");

    /// <summary>The output of the command before, as variables; empty where there is none or it is not wanted.</summary>
    public static ImmutableSortedDictionary<string, string> PreviousOutput(PropertyMap inputs, PropertyMap? previous)
    {
        if (previous is null || inputs.GetBool(AddPreviousOutputInEnv) == false)
            return ImmutableSortedDictionary<string, string>.Empty;
        return new[] { (PreviousStdout, previous.GetString(Stdout)), (PreviousStderr, previous.GetString(Stderr)) }
            .Where(v => !string.IsNullOrEmpty(v.Item2)).ToImmutableSortedDictionary(v => v.Item1, v => v.Item2!);
    }

    /// <summary>Sends the lines of the outputs that <c>logging</c> names (both, where it is not set) to the person who watches.</summary>
    public static Action<OutputPipe, string>? LineLog(PropertyMap inputs, IResourceLog log)
    {
        var mode = inputs.GetString(Logging) ?? "stdoutAndStderr";
        return mode switch
        {
            "none" => null,
            "stdout" => (from, line) => { if (from == OutputPipe.Stdout) log.Output(line); }
            ,
            "stderr" => (from, line) => { if (from == OutputPipe.Stderr) log.Output(line); }
            ,
            _ => (_, line) => log.Output(line),
        };
    }

    /// <summary>
    /// pulumi-command reads an output that is shown line by line, and waits for ever at a line of 64 KiB: what cannot be done there is an error here.
    /// </summary>
    /// <exception cref="ProviderException">Such a line was written.</exception>
    public static void RequireShortLines(PropertyMap inputs, (int Stdout, int Stderr) longest)
    {
        var mode = inputs.GetString(Logging) ?? "stdoutAndStderr";
        foreach (var (name, length) in new[] { (Stdout, longest.Stdout), (Stderr, longest.Stderr) })
        {
            if (!mode.Contains(name, StringComparison.OrdinalIgnoreCase) || length < LongestLine)
                continue;
            throw new ProviderException(
                $"The command has run, and wrote a line of {LongestLine / 1024} KiB or more to its {name}, at which the official provider would wait for ever. "
                + $"Set logging to none, or write shorter lines.");
        }
    }

    /// <summary>The inputs and the two outputs, each without one line feed at its end.</summary>
    public static PropertyMap WithOutput(PropertyMap inputs, string stdout, string stderr) =>
        inputs.With(Stdout, WithoutLineFeed(stdout)).With(Stderr, WithoutLineFeed(stderr));

    /// <summary>The inputs, with outputs that are known only when the command has run.</summary>
    public static PropertyMap WithUnknownOutput(PropertyMap inputs) => inputs.With(Stdout, PropertyValue.Unknown).With(Stderr, PropertyValue.Unknown);

    /// <summary>An ID of its own for a new resource: its name and eight random hexadecimal digits.</summary>
    public static string NewId(string name) => name + RandomNumberGenerator.GetHexString(8, lowercase: true);

    private static string WithoutLineFeed(string text) => text.EndsWith('\n') ? text[..^1] : text;

    private static bool Fits(PropertyValue value, FieldType type) => type switch
    {
        FieldType.Text => value is PropertyString,
        FieldType.Flag => value is PropertyBool,
        FieldType.Map => value is PropertyMap,
        FieldType.TextMap => value is PropertyMap map && map.Values.All(v => v.AsString is not null || v is PropertyUnknown),
        FieldType.TextList => value is PropertyList list && list.Items.All(v => v.AsString is not null || v is PropertyUnknown),
        FieldType.List => value is PropertyList,
        _ => true,
    };

    private static string Words(FieldType type) => type switch
    {
        FieldType.Text => "a string",
        FieldType.Flag => "true or false",
        FieldType.TextMap => "a map of strings",
        FieldType.TextList => "a list of strings",
        FieldType.List => "a list",
        _ => "a map",
    };
}

/// <summary>What an input may hold.</summary>
internal enum FieldType
{
    Text,
    Flag,
    Map,
    TextMap,
    TextList,
    List,
    Any,
}
