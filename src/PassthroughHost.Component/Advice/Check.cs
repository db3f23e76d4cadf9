namespace PassthroughInfra.Component.Advice;

/// <summary>What a look at one thing came to.</summary>
public enum Verdict
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Good to know; nothing need be done, or an update does it.</summary>
    Note,

    /// <summary>Works, but will bite, or is missing where some want it.</summary>
    Caution,

    /// <summary>It cannot work like this.</summary>
    Bad,

    /// <summary>It cannot be measured on this machine as it is now; the remedy says what would make it measurable.</summary>
    Unknown,
}

/// <summary>One thing that was looked at on a machine.</summary>
/// <param name="Area">What part of the machine it belongs to.</param>
/// <param name="Id">Its own name, which does not change from version to version: <c>iommu-groups</c>.</param>
/// <param name="Verdict">What the look came to.</param>
/// <param name="Found">What was found, in words.</param>
/// <param name="Remedy">What to do; empty where nothing need be done.</param>
public sealed record Check(CheckArea Area, string Id, Verdict Verdict, string Found, string Remedy = "")
{
    /// <summary>Whether an update refuses for it: what cannot be told forbids it too, if it protects the host.</summary>
    public bool Forbids { get; init; } = Verdict == Verdict.Bad;
}

/// <summary>The parts of a machine that are looked at, in the order they are shown.</summary>
public enum CheckArea
{
    /// <summary>Distribution, login, kernel and boot loader.</summary>
    System,

    /// <summary>Firmware, processor and kernel: whether devices can be passed through at all.</summary>
    Iommu,

    /// <summary>What can be given to a guest.</summary>
    Devices,

    /// <summary>Processors for a guest.</summary>
    Cpu,

    /// <summary>Memory and huge pages for a guest.</summary>
    Memory,

    /// <summary>The hypervisor and the network's tools.</summary>
    Software,

    /// <summary>What was set up by hand for passthrough.</summary>
    ByHand,

    /// <summary>What a stack asks of this machine.</summary>
    Stack,

    /// <summary>What an upgrade of the distribution will ask.</summary>
    Upgrade,
}
