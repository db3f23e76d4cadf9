using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Pulumi.Serialization;

namespace Pulumi;

/// <summary>Arguments whose members marked with <see cref="InputAttribute"/> are sent to the engine.</summary>
public abstract class InputArgs
{
    private static readonly ConcurrentDictionary<Type, ImmutableArray<InputMember>> s_members = new();

    protected InputArgs()
    {
    }

    /// <summary>The inputs by their names on the wire, as they were given.</summary>
    /// <exception cref="ArgumentNullException">A required input is missing.</exception>
    internal abstract IReadOnlyDictionary<string, object?> ToDictionary();

    private protected IReadOnlyDictionary<string, object?> ReadMembers()
    {
        var members = s_members.GetOrAdd(GetType(), InputMember.Of);
        var values = new Dictionary<string, object?>(members.Length, StringComparer.Ordinal);
        foreach (var member in members)
        {
            var value = member.Get(this);
            var title = $"[Input] {GetType().FullName}.{member.Name}";
            if (value is null && member.Attribute.IsRequired)
                throw new ArgumentNullException(member.Name, $"{title} is required but was not given a value");
            values.Add(member.Attribute.Name, value is not null && member.Attribute.IsJson ? JsonInput.From(title, value) : value);
        }

        return values;
    }

    private readonly record struct InputMember(InputAttribute Attribute, string Name, Func<object, object?> Get)
    {
        private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

        public static ImmutableArray<InputMember> Of(Type type)
        {
            var members = ImmutableArray.CreateBuilder<InputMember>();
            foreach (var field in type.GetFields(Own))
            {
                if (field.GetCustomAttribute<InputAttribute>() is { } attribute)
                    members.Add(new InputMember(attribute, field.Name, field.GetValue));
            }

            foreach (var property in type.GetProperties(Own))
            {
                if (property.GetCustomAttribute<InputAttribute>() is { } attribute)
                    members.Add(new InputMember(attribute, property.Name, property.GetValue));
            }

            return members.ToImmutable();
        }
    }
}

/// <summary>Arguments of a resource.</summary>
public abstract class ResourceArgs : InputArgs
{
    /// <summary>No arguments.</summary>
    public static readonly ResourceArgs Empty = new None();

    protected ResourceArgs()
    {
    }

    internal override IReadOnlyDictionary<string, object?> ToDictionary() => ReadMembers();

    private sealed class None : ResourceArgs;
}

/// <summary>Arguments of a function of a provider.</summary>
public abstract class InvokeArgs : InputArgs
{
    /// <summary>No arguments.</summary>
    public static readonly InvokeArgs Empty = new None();

    protected InvokeArgs()
    {
    }

    internal override IReadOnlyDictionary<string, object?> ToDictionary() => ReadMembers();

    private sealed class None : InvokeArgs;
}

/// <summary>Arguments of a resource given by name.</summary>
public sealed class DictionaryResourceArgs : ResourceArgs
{
    private readonly ImmutableDictionary<string, object?> _dictionary;

    public DictionaryResourceArgs(ImmutableDictionary<string, object?> dictionary) => _dictionary = dictionary;

    internal override IReadOnlyDictionary<string, object?> ToDictionary() => _dictionary;
}

/// <summary>Arguments of a function given by name.</summary>
public sealed class DictionaryInvokeArgs : InvokeArgs
{
    private readonly ImmutableDictionary<string, object?> _dictionary;

    public DictionaryInvokeArgs(ImmutableDictionary<string, object?> dictionary) => _dictionary = dictionary;

    internal override IReadOnlyDictionary<string, object?> ToDictionary() => _dictionary;
}
