namespace PassthroughInfra.Component.Values;

/// <summary>
/// Which NUMA nodes a guest's memory is on: <c>auto</c> takes those of the pinned CPUs, <c>none</c> leaves it to the kernel, anything else
/// is a list of nodes. Source: libvirt, "Domain XML format", NUMA Node Tuning (<c>numatune</c>).
/// </summary>
public sealed class GuestNuma : ITextValue<GuestNuma>, IEquatable<GuestNuma>
{
    private const string AutoWord = "auto";
    private const string NoneWord = "none";

    private GuestNuma(bool auto, CpuSet nodes) => (IsAuto, Nodes) = (auto, nodes);

    /// <inheritdoc/>
    public static string Expected => "auto, none, or a list of NUMA nodes such as \"0\" or \"0-1\"";

    /// <inheritdoc/>
    public static string Pattern => "^(auto|none|[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$";

    /// <summary>The nodes of the pinned CPUs.</summary>
    public static GuestNuma Auto { get; } = new(true, CpuSet.Empty);

    /// <summary>The kernel's choice.</summary>
    public static GuestNuma None { get; } = new(false, CpuSet.Empty);

    /// <summary>Whether the pinned CPUs decide.</summary>
    public bool IsAuto { get; }

    /// <summary>The nodes' numbers (a set in the format of CPU sets); empty with <c>auto</c> and <c>none</c>.</summary>
    public CpuSet Nodes { get; }

    /// <inheritdoc/>
    public static bool TryRead(string text, out GuestNuma value)
    {
        var nodes = CpuSet.Empty;
        value = text == NoneWord ? None : Auto;
        var valid = text is AutoWord or NoneWord || CpuSet.TryRead(text, out nodes);
        value = nodes.Cpus.Count > 0 ? new(false, nodes) : value;
        return valid;
    }

    /// <inheritdoc/>
    public bool Equals(GuestNuma? other) => other is not null && IsAuto == other.IsAuto && Nodes.Equals(other.Nodes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GuestNuma);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsAuto, Nodes);

    /// <inheritdoc/>
    public override string ToString() => IsAuto ? AutoWord : Nodes.Cpus.Count == 0 ? NoneWord : Nodes.ToString();
}
