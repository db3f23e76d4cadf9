using System.Reflection;
using System.Reflection.Emit;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// Who knows whom in the component (docs/architecture.md, "Direction of knowledge"), read off the assembly: what a type is made of, and what its methods call.
/// </summary>
public sealed class ArchitectureTests
{
    private const string Root = "PassthroughInfra.Component";

    private const string Pulumi = "Pulumi";

    private const string Component = "the component";

    // A folder may know those named here, and itself. The component's own files may know all; they alone know Pulumi, and nobody in a folder knows them.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Values"] = [],
        ["Spec"] = ["Values"],
        ["Facts"] = ["Values"],
        ["Probe"] = ["Values", "Facts"],
        ["Planning"] = ["Values", "Spec", "Facts"],
        ["Platform"] = ["Values", "Spec", "Facts", "Planning"],
        ["Devices"] = ["Values", "Spec", "Facts", "Planning"],
        ["Preconditions"] = ["Values", "Spec", "Facts", "Planning", "Platform", "Devices"],
        ["Concerns"] = ["Values", "Spec", "Facts", "Planning", "Platform", "Devices", "Preconditions"],
        ["Advice"] = ["Values", "Spec", "Facts", "Planning", "Platform", "Devices", "Preconditions", "Concerns"],
        [Component] = ["Values", "Spec", "Facts", "Probe", "Planning", "Platform", "Devices", "Preconditions", "Concerns", "Advice", Pulumi],
    };

    /// <summary>An arrow: a type of one folder, and another folder it knows.</summary>
    private sealed record Arrow(string From, string Type, string To)
    {
        public override string ToString() => $"{From}.{Type} -> {To}";
    }

    [Fact]
    public void Knowledge_goes_one_way()
    {
        var wrong = Wrong(Arrows(typeof(SpecReader).Assembly)).Select(a => $"{a}").Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(wrong.Count == 0, $"These do not go the way of docs/architecture.md:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void No_folder_knows_itself_through_others()
    {
        Assert.Equal("", Circle(Arrows(typeof(SpecReader).Assembly)));
        Assert.Equal("", Circle(Allowed.SelectMany(a => a.Value.Select(to => new Arrow(a.Key, "Any", to)))));
    }

    [Fact]
    public void Every_folder_has_its_place()
    {
        var folders = typeof(SpecReader).Assembly.GetTypes().Select(Folder).OfType<string>().Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), folders);
    }

    [Theory]
    [InlineData("Facts", "Advice", true)]
    [InlineData("Facts", "Spec", true)]
    [InlineData("Spec", "Facts", true)]
    [InlineData("Probe", "Spec", true)]
    [InlineData("Probe", "Pulumi", true)]
    [InlineData("Planning", "Concerns", true)]
    [InlineData("Devices", "Preconditions", true)]
    [InlineData("Advice", "Pulumi", true)]
    [InlineData("Concerns", Component, true)]
    [InlineData("Somewhere", "Spec", true)]
    [InlineData("Advice", "Devices", false)]
    [InlineData(Component, "Pulumi", false)]
    [InlineData(Component, "Concerns", false)]
    public void An_arrow_against_the_direction_is_seen(string from, string to, bool wrong) =>
        Assert.Equal(wrong, Wrong([new(from, "Some", to)]).Any());

    [Theory]
    [InlineData("A>B B>C", "")]
    [InlineData("A>B A>C B>D C>D", "")]
    [InlineData("A>B B>A", "A -> B -> A")]
    [InlineData("A>B B>C C>D D>B", "B -> C -> D -> B")]
    public void A_circle_is_seen(string arrows, string circle) =>
        Assert.Equal(circle, Circle(arrows.Split(' ').Select(a => a.Split('>')).Select(a => new Arrow(a[0], "Some", a[1]))));

    [Fact]
    public void What_a_method_calls_and_a_type_is_made_of_is_read()
    {
        var arrows = Arrows(typeof(SpecReader).Assembly).Select(a => $"{a}").ToHashSet(StringComparer.Ordinal);
        Assert.Contains("Devices.HostDevices -> Facts", arrows);
        Assert.Contains("Advice.StackAdvice -> Concerns", arrows);
        Assert.Contains($"{Component}.PassthroughHost -> Pulumi", arrows);
    }

    private static IEnumerable<Arrow> Wrong(IEnumerable<Arrow> arrows) => arrows.Where(a => !Allowed.TryGetValue(a.From, out var allowed) || !allowed.Contains(a.To));

    // The first circle from its alphabetically first folder; empty where there is none.
    private static string Circle(IEnumerable<Arrow> arrows)
    {
        var known = arrows.ToLookup(a => a.From, a => a.To);
        return known.Select(k => k.Key).Order(StringComparer.Ordinal).Select(f => From(f, [f])).FirstOrDefault(c => c.Length > 0, "");

        string From(string start, IReadOnlyList<string> way) => known[way[^1]].Distinct().Order(StringComparer.Ordinal)
            .Select(next => next == start ? string.Join(" -> ", [.. way, start]) : way.Contains(next) ? "" : From(start, [.. way, next]))
            .FirstOrDefault(c => c.Length > 0, "");
    }

    private static IEnumerable<Arrow> Arrows(Assembly assembly) =>
        assembly.GetTypes().Where(t => Folder(t) is not null)
            .SelectMany(t => Uses(t).SelectMany(Parts).Select(Folder).OfType<string>().Select(to => new Arrow(Folder(t)!, Outer(t).Name.Split('`')[0], to)))
            .Where(a => a.To != a.From)
            .Distinct();

    private static string? Folder(Type type) => type.Namespace switch
    {
        null => null,
        Root => Component,
        var space when space.StartsWith(Root + ".", StringComparison.Ordinal) => space[(Root.Length + 1)..].Split('.')[0],
        var space when space == Pulumi || space.StartsWith(Pulumi + ".", StringComparison.Ordinal) => Pulumi,
        _ => null,
    };

    private static Type Outer(Type type) => type.DeclaringType is { } outer ? Outer(outer) : type;

    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericType: true } => type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()),
        { IsGenericParameter: true } => [],
        _ => [type],
    };

    private static IEnumerable<Type> Uses(Type type)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var methods = type.GetMethods(own).Cast<MethodBase>().Concat(type.GetConstructors(own)).ToList();
        return new[] { type.BaseType }.OfType<Type>()
            .Concat(type.GetInterfaces())
            .Concat(type.GetFields(own).Select(f => f.FieldType))
            .Concat(methods.OfType<MethodInfo>().Select(m => m.ReturnType))
            .Concat(methods.SelectMany(m => m.GetParameters().Select(p => p.ParameterType)))
            .Concat(methods.SelectMany(Body));
    }

    private static IEnumerable<Type> Body(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return body.LocalVariables.Select(l => l.LocalType)
            .Concat(Tokens(body.GetILAsByteArray()!).Select(t => method.Module.ResolveMember(t, typeArguments, methodArguments)!).SelectMany(Of));
    }

    private static IEnumerable<Type> Of(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.FieldType, field.DeclaringType!],
        MethodInfo method => [method.ReturnType, .. method.IsGenericMethod ? method.GetGenericArguments() : [], .. method.DeclaringType is { } declaring ? [declaring] : (Type[])[]],
        _ => [member.DeclaringType!],
    };

    // Source: ECMA-335, III.1.2, "Opcode encodings".
    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xfe ? Codes[(short)(0xfe00 | il[at + 1])] : Codes[il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return BitConverter.ToInt32(il, at);
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);
}
