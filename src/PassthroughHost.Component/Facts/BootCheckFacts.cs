namespace PassthroughInfra.Component.Facts;

/// <summary>What was found when the host booted, before libvirt started any guest (/run/passthrough-host-boot-check).</summary>
public sealed record BootCheckFacts
{
    /// <summary>The guests that are held back.</summary>
    public IReadOnlyList<HeldGuest> Held { get; init; } = [];

    /// <summary>The guests that somebody released by hand: they start as they are until the next boot.</summary>
    public IReadOnlyList<string> Released { get; init; } = [];

    /// <summary>The guests that were to start since the boot and were held back, and have not started since.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>What of the host itself was not as wanted: kernel arguments, huge pages, bridges.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A guest that is kept from starting.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Since">Since when, in seconds since 1970 by the host's clock.</param>
/// <param name="Reasons">What is not as wanted of its devices.</param>
public sealed record HeldGuest(string Name, long Since, IReadOnlyList<string> Reasons);
