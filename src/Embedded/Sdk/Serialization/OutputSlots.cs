using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;

namespace Pulumi.Serialization;

/// <summary>The outputs of a resource before they have values: made when the resource is, filled when it is registered.</summary>
internal sealed class OutputSlots
{
    private static readonly ConcurrentDictionary<Type, ImmutableArray<OutputProperty>> s_properties = new();

    private readonly Dictionary<string, OutputSlot> _slots = new(StringComparer.Ordinal);

    private OutputSlots()
    {
    }

    public static OutputSlots None { get; } = new();

    /// <summary>Gives every property marked as an output one, and remembers where its value goes.</summary>
    /// <exception cref="RunException">A property is marked that is not an output.</exception>
    public static OutputSlots Fill(Resource resource)
    {
        var slots = new OutputSlots();
        foreach (var property in s_properties.GetOrAdd(resource.GetType(), OutputProperty.Of))
        {
            var slot = property.NewSlot(resource);
            slots._slots.Add(property.Name, slot);
            property.Set(resource, slot.Output);
        }

        return slots;
    }

    /// <summary>Takes the values of a registration; properties that have none stay as they are.</summary>
    public void Accept(ResourceState state, ValueConverter converter, string context)
    {
        foreach (var (name, slot) in _slots)
        {
            if (name == Wire.Urn)
                slot.Set(OutputData<object?>.Of(state.Urn));
            else if (name == Wire.Id)
                slot.Set(OutputData<object?>.Of(state.Id) with { IsKnown = state.Id.Length > 0 });
            else if (state.Properties.Fields.TryGetValue(name, out var value))
                slot.Set(Converted(name, slot, PropertyDeserializer.Read(value)));
        }

        OutputData<object?> Converted(string name, OutputSlot slot, OutputData<object?> data) => data with
        {
            Value = converter.Convert($"{context}.{name}", data.Value, slot.Target),
            Resources = state.Dependencies.TryGetValue(name, out var resources) ? data.Resources.Union(resources) : data.Resources,
        };
    }

    /// <summary>Ends the outputs that got no value: they hold the default of their type.</summary>
    public void Close(bool isKnown)
    {
        foreach (var slot in _slots.Values)
            slot.Close(isKnown);
    }

    public void Fail(Exception error)
    {
        foreach (var slot in _slots.Values)
            slot.Fail(error);
    }

    private abstract class OutputSlot
    {
        public abstract Type Target { get; }

        public abstract object Output { get; }

        public abstract void Set(OutputData<object?> data);

        public abstract void Close(bool isKnown);

        public abstract void Fail(Exception error);
    }

    private sealed class OutputSlot<T> : OutputSlot
    {
        // What waits for an output is the program's: it must not run inside the registration.
        private readonly TaskCompletionSource<OutputData<T>> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ImmutableHashSet<Resource> _resources;

        public OutputSlot(Resource resource)
        {
            _resources = [resource];
            Output = new Output<T>(_source.Task);
        }

        public override Type Target => typeof(T);

        public override object Output { get; }

        public override void Set(OutputData<object?> data) => _source.TrySetResult(new OutputData<T>(
            _resources.Union(data.Resources), data.Value is null ? default! : (T)data.Value, data.IsKnown, data.IsSecret));

        public override void Close(bool isKnown) => _source.TrySetResult(new OutputData<T>(_resources, default!, isKnown));

        public override void Fail(Exception error) => _source.TrySetException(error);
    }

    private sealed record OutputProperty(string Name, Type Slot, PropertyInfo Property)
    {
        public static ImmutableArray<OutputProperty> Of(Type type) =>
            [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(Of).OfType<OutputProperty>()];

        public OutputSlot NewSlot(Resource resource) => (OutputSlot)Activator.CreateInstance(Slot, resource)!;

        public void Set(Resource resource, object output) => Property.SetValue(resource, output);

        private static OutputProperty? Of(PropertyInfo property)
        {
            if (property.GetCustomAttribute<OutputAttribute>() is not { } attribute)
                return null;
            if (!property.PropertyType.IsConstructedGenericType || property.PropertyType.GetGenericTypeDefinition() != typeof(Output<>))
                throw RunException.OutputsHaveIncorrectType([attribute.Name ?? property.Name]);

            // A private setter is seen only on the class that has it.
            var own = property.DeclaringType!.GetProperty(property.Name, property.PropertyType)!;
            var context = $"[Output] {property.ReflectedType!.FullName}.{property.Name}";
            if (own.SetMethod is null)
                throw new InvalidOperationException($"{context} did not have a 'set' method");
            OutputTypes.Check(context, property.PropertyType.GenericTypeArguments[0]);
            return new OutputProperty(
                attribute.Name ?? property.Name, typeof(OutputSlot<>).MakeGenericType(property.PropertyType.GenericTypeArguments), own);
        }
    }
}
