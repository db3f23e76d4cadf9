namespace PassthroughInfra.EndToEnd.Program;

/// <summary>How the host is reached, as the stack file says it under <c>connection</c>.</summary>
internal sealed record DeclaredConnection
{
    public string Host { get; init; } = "";

    public int Port { get; init; }

    public string User { get; init; } = "";

    public string PrivateKey { get; init; } = "";

    public string HostKey { get; init; } = "";
}

/// <summary>One command, as the stack file says it under <c>resources</c>.</summary>
internal sealed record DeclaredCommand
{
    public string Name { get; init; } = "";

    /// <summary>Makes so many of it, <c>name0</c> and on: a configuration is an environment variable, and those have an end. 0 makes one.</summary>
    public int Repeat { get; init; }

    public string Create { get; init; } = "";

    public string? Update { get; init; }

    public string? Delete { get; init; }

    public string? Stdin { get; init; }

    /// <summary>Changes of it replace the command.</summary>
    public string? Trigger { get; init; }

    public bool DeleteBeforeReplace { get; init; }

    public bool Protect { get; init; }

    /// <summary>Whether it belongs to the component <c>group</c>.</summary>
    public bool InGroup { get; init; }

    /// <summary>Runs on this machine instead of the host.</summary>
    public bool Local { get; init; }

    /// <summary>The key of a secret of the configuration that is handed over on standard input.</summary>
    public string? SecretStdin { get; init; }

    public string[] DependsOn { get; init; } = [];
}
