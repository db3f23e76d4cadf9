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

    /// <summary>Who changed it since it was last applied, as far as the host can tell; null if it was not changed, or nothing is known.</summary>
    public ChangedBy? ChangedBy { get; init; }
}

/// <summary>A change of a file that this project applied.</summary>
/// <param name="At">When, in seconds since 1970 by the host's clock; of a file that is gone, when its directory changed last.</param>
/// <param name="Kind">How it is known who: <c>package</c> (dpkg's log), <c>sudo</c> or <c>ansible</c> (the journal); empty if it is not known.</param>
/// <param name="Name">The package, the user, or Ansible's module.</param>
/// <param name="What">What dpkg did, or the program that ran.</param>
public sealed record ChangedBy(long At, string Kind, string Name, string What);

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
