namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A guest of the spec, with its machine. Of the other guests those before it in the list are known, and none after it: a guest that is added at the end of
/// the list changes nothing of what is planned for the others.
/// </summary>
/// <param name="Machine">The machine, with this guest as the last of its guests.</param>
public sealed record DeclaredGuest(MachineSpec Machine)
{
    /// <summary>What is declared of it.</summary>
    public GuestSpec Spec => Machine.Guests[^1];

    /// <summary>Its name.</summary>
    public string Name => Spec.Name.ToString();

    /// <summary>Its place in the spec with its name, for findings: <c>machine.guests[1] (win11)</c>.</summary>
    public string Subject => $"{PathOf(Machine.Guests.Count - 1)} ({Name})";

    /// <summary>The guests before it.</summary>
    public IReadOnlyList<DeclaredGuest> Earlier => Of(Machine with { Guests = [.. Machine.Guests.SkipLast(1)] });

    /// <summary>The devices it is given, with their places in the machine's list; if it names none, all of them (<see cref="GuestSpec.Devices"/>).</summary>
    public IReadOnlyList<(DeviceSpec Device, int Index)> Devices =>
        [.. Machine.Devices.Select((d, i) => (d, i)).Where(d => Spec.Devices is not { } names || names.Contains(d.d.Name))];

    /// <summary>Every guest of a spec, in the order of the list.</summary>
    public static IReadOnlyList<DeclaredGuest> Of(MachineSpec spec) => [.. spec.Guests.Select((_, i) => new DeclaredGuest(spec with { Guests = [.. spec.Guests.Take(i + 1)] }))];

    /// <summary>The guest of a name.</summary>
    /// <exception cref="ArgumentException">The spec has none of that name.</exception>
    public static DeclaredGuest Find(MachineSpec spec, string name) =>
        Of(spec).FirstOrDefault(g => g.Name == name) ?? throw new ArgumentException($"The spec has no guest {name}.", nameof(name));

    /// <summary>
    /// What the guests after the first say of their CPUs and devices, for digests of what is given; null if there are none, and then left out: it is not in the
    /// digests of a host that was set up for one guest.
    /// </summary>
    internal static IReadOnlyList<object>? Placements(MachineSpec spec) => spec.Guests.Count < 2 ? null : [.. spec.Guests.Skip(1).Select(g => new { g.Cpus, g.Devices })];

    /// <summary>The path of the guest at a place in the list: <c>machine.guests[1]</c>.</summary>
    internal static string PathOf(int index) => $"{SpecReader.Root}.guests[{index}]";

    /// <summary>The machine and the guest.</summary>
    public void Deconstruct(out MachineSpec machine, out GuestSpec guest) => (machine, guest) = (Machine, Spec);
}
