using System.Reflection;

namespace PassthroughInfra.Embedded.Sdk.Tests.Harness;

/// <summary>
/// The members of an assembly that other assemblies can use, one a line, as lists of public API are commonly written:
/// <c>static Namespace.Type.Method(type name = default) -> type</c>. A nullable reference has a question mark.
/// </summary>
public sealed class PublicSurface
{
    private const BindingFlags Own =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(double)] = "double",
    };

    private readonly NullabilityInfoContext _nullability = new();

    public static IEnumerable<string> Of(Assembly assembly)
    {
        var surface = new PublicSurface();
        return assembly.GetExportedTypes().SelectMany(surface.LinesOf).Order(StringComparer.Ordinal);
    }

    /// <summary>The line of a type's own or of one of its members, as it is defined.</summary>
    public static string LineOf(MemberInfo member) => member switch
    {
        Type type => NameOf(type.IsGenericType ? type.GetGenericTypeDefinition() : type),
        FieldInfo field => new PublicSurface().FieldLine(field.DeclaringType!, field),
        ConstructorInfo constructor => new PublicSurface().ConstructorLine(constructor.DeclaringType!, constructor),
        MethodInfo method => new PublicSurface().LineOf(method.DeclaringType!, method),
        _ => throw new NotSupportedException($"{member} is no type, field, constructor or method."),
    };

    private IEnumerable<string> LinesOf(Type type)
    {
        yield return NameOf(type);
        foreach (var field in type.GetFields(Own).Where(static field => field.IsPublic || field.IsFamily))
            yield return FieldLine(type, field);

        // A delegate is its Invoke; the rest is the same for all.
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            yield return LineOf(type, type.GetMethod("Invoke")!);
            yield break;
        }

        foreach (var constructor in type.GetConstructors(Own).Where(static constructor => !constructor.IsStatic && IsVisible(constructor)))
            yield return ConstructorLine(type, constructor);
        // A struct has a constructor without parameters that is written nowhere.
        if (type.IsValueType)
            yield return $"{NameOf(type)}.{Plain(type.Name)}() -> void";
        foreach (var method in type.GetMethods(Own).Where(IsVisible))
            yield return LineOf(type, method);
    }

    private static bool IsVisible(MethodBase method) =>
        (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.Name.Contains('<', StringComparison.Ordinal);

    private string FieldLine(Type type, FieldInfo field)
    {
        var modifiers = (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        return $"{modifiers}{NameOf(type)}.{field.Name} -> {NameOf(_nullability.Create(field))}";
    }

    private string ConstructorLine(Type type, ConstructorInfo constructor) => $"{NameOf(type)}.{Plain(type.Name)}({ParametersOf(constructor)}) -> void";

    private string LineOf(Type type, MethodInfo method)
    {
        var modifiers = method.IsStatic ? "static "
            : method.GetBaseDefinition() != method ? "override "
            : method.IsAbstract && !type.IsInterface ? "abstract "
            : "";
        return $"{modifiers}{NameOf(type)}.{SignatureOf(type, method)} -> {ReturnOf(method)}";
    }

    /// <summary>The names of a tuple's elements are part of what a program can say of it.</summary>
    private string ReturnOf(MethodInfo method)
    {
        var plain = NameOf(_nullability.Create(method.ReturnParameter));
        if (method.ReturnParameter.GetCustomAttribute<System.Runtime.CompilerServices.TupleElementNamesAttribute>() is not { TransformNames: var names })
            return plain;
        return $"{plain} named ({string.Join(", ", names)})";
    }

    private string SignatureOf(Type type, MethodInfo method)
    {
        var property = type.GetProperties(Own).FirstOrDefault(property => property.GetMethod == method || property.SetMethod == method);
        if (property is not null)
        {
            var name = property.GetIndexParameters() is { Length: > 0 } index
                ? $"this[{string.Join(", ", index.Select(ParameterOf))}]"
                : property.Name;
            return $"{name}.{(property.GetMethod == method ? "get" : "set")}";
        }

        var shown = method.Name switch
        {
            "op_Implicit" => $"implicit operator {NameOf(method.ReturnType)}",
            "op_Explicit" => $"explicit operator {NameOf(method.ReturnType)}",
            "op_Equality" => "operator ==",
            "op_Inequality" => "operator !=",
            _ => method.Name,
        };
        var arguments = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";
        return $"{shown}{arguments}({ParametersOf(method)})";
    }

    private string ParametersOf(MethodBase method) =>
        (method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute)) ? "this " : "")
        + string.Join(", ", method.GetParameters().Select(ParameterOf));

    private string ParameterOf(ParameterInfo parameter)
    {
        var prefix = parameter.IsOut ? "out " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        var suffix = parameter switch
        {
            { HasDefaultValue: false } => "",
            { DefaultValue: bool flag } => flag ? " = true" : " = false",
            { DefaultValue: { } value } => $" = {value}",
            { ParameterType.IsValueType: true } when Nullable.GetUnderlyingType(parameter.ParameterType) is null => " = default",
            _ => " = null",
        };
        return $"{prefix}{NameOf(_nullability.Create(parameter))} {parameter.Name}{suffix}";
    }

    private static string NameOf(NullabilityInfo info)
    {
        var type = info.Type.IsByRef ? info.Type.GetElementType()! : info.Type;
        var mark = info.ReadState == NullabilityState.Nullable && !type.IsValueType && !type.IsGenericParameter ? "?" : "";
        if (type.IsArray)
            return $"{NameOf(info.ElementType!)}[]{mark}";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return NameOf(underlying) + "?";
        if (!type.IsGenericType || info.GenericTypeArguments.Length == 0)
            return NameOf(type) + mark;
        return NameOf(type, [.. info.GenericTypeArguments.Select(NameOf)]) + mark;
    }

    private static string NameOf(Type type)
    {
        if (s_keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsGenericParameter)
            return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return NameOf(underlying) + "?";
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[]";
        return NameOf(type, [.. type.GetGenericArguments().Select(NameOf)]);
    }

    private static string NameOf(Type type, string[] arguments)
    {
        if (type.Namespace == "System" && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal))
            return $"({string.Join(", ", arguments.Select(static argument => argument.Trim('(', ')')))})";
        var outer = type.DeclaringType is null ? type.Namespace : NameOf(type.DeclaringType);
        return arguments.Length == 0 ? $"{outer}.{type.Name}" : $"{outer}.{Plain(type.Name)}<{string.Join(", ", arguments)}>";
    }

    private static string Plain(string name) => name.Split('`')[0];
}
