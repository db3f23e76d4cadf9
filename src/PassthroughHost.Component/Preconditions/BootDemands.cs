namespace PassthroughInfra.Component.Preconditions;

/// <summary>What a spec asks of the way its host boots: whoever plans the boot hands it to the preconditions.</summary>
public sealed record BootDemands
{
    /// <summary>Whether anything is written for the boot.</summary>
    public required bool IsWanted { get; init; }

    /// <summary>The kernel arguments that are written.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Whether something must go into the initramfs.</summary>
    public required bool BindsEarly { get; init; }

    /// <summary>Whether a device is bound by its address, which takes an <c>install</c> line of our own.</summary>
    public required bool BindsByAddress { get; init; }

    /// <summary>How many initramfs an update makes.</summary>
    public required int Initramfs { get; init; }
}
