namespace PassthroughInfra.Component.Devices;

/// <summary>Kinds of what a host would lose.</summary>
public enum LossKind
{
    /// <summary>What it boots from and lives on.</summary>
    Disk,

    /// <summary>The connection it is reached over.</summary>
    Connection,

    /// <summary>Its picture.</summary>
    Display,

    /// <summary>Its keyboard, or the management controller's.</summary>
    Keyboard,
}

/// <summary>What the host would lose with a function.</summary>
/// <param name="Kind">Of what kind it is.</param>
/// <param name="Words">The same in words that follow the function: <c>carries / (sda2)</c>.</param>
public sealed record DeviceLoss(LossKind Kind, string Words)
{
    /// <summary>Whether it cannot be told that the host needs it, nor that it does not.</summary>
    public bool IsPossible { get; init; }

    /// <summary>Whether a host that is reached over SSH goes on without it: the operator may give it away by naming the device.</summary>
    public bool IsSpared => Kind is LossKind.Display or LossKind.Keyboard;

    /// <inheritdoc/>
    public override string ToString() => Words;
}
