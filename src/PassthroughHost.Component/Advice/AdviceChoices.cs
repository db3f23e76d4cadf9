using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What the operator has decided; null where it is left to the advice.</summary>
public sealed record AdviceChoices
{
    /// <summary>The word that means: none.</summary>
    public const string None = "none";

    /// <summary>Whether what was set up by hand is taken over: the stack then says what the host is, and proposes nothing.</summary>
    public bool Adopt { get; init; }

    /// <summary>The graphics card's address, or <see cref="None"/>.</summary>
    public string? Gpu { get; init; }

    /// <summary>The USB controller's address, or <see cref="None"/>.</summary>
    public string? Usb { get; init; }

    /// <summary>Further cards, by address.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>The NIC a bridge is put on, <c>enp7s0</c> or <c>enp7s0:3000</c> with a VLAN, or <see cref="None"/>.</summary>
    public string? Bridge { get; init; }

    /// <summary>The guest's name; null for none.</summary>
    public string? Guest { get; init; }

    /// <summary>What runs in the guest.</summary>
    public GuestOs GuestOs { get; init; } = GuestOs.Windows10;

    /// <summary>The guest's memory.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>How many CPUs the guest has.</summary>
    public int? Cpus { get; init; }

    /// <summary>The size of the guest's disk.</summary>
    public MemorySize DiskSize { get; init; } = MemorySize.Parse("120GiB");

    /// <summary>What the guest is installed from, on the host.</summary>
    public string? InstallIso { get; init; }

    /// <summary>The virtio drivers for Windows, on the host.</summary>
    public string? DriversIso { get; init; }
}

/// <summary>A choice names what the machine does not have. The message begins with the option of <c>init</c> it was made with.</summary>
public sealed class ChoiceException(string message) : Exception(message);
