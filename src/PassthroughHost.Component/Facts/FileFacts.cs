namespace PassthroughInfra.Component.Facts;

/// <summary>A file as it was found.</summary>
public sealed record FileFacts
{
    /// <summary>Its path.</summary>
    public required string Path { get; init; }

    /// <summary>What it is.</summary>
    public required FileKind Kind { get; init; }

    /// <summary>Its mode in octal, <c>644</c>.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Owner and group, <c>root:root</c>.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Its content; a link's target where it is a link.</summary>
    public string Content { get; init; } = "";

    /// <summary>When its content last changed, in seconds since 1970; 0 if that is not known.</summary>
    public long ModifiedAt { get; init; }
}

/// <summary>What stands at a path.</summary>
public enum FileKind
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A directory or something else.</summary>
    Other,
}
