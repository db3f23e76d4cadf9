namespace PassthroughInfra.Component.Facts;

/// <summary>What the operator's machine, where the engine and its providers run, has of what they need. Read by connect.sh with every reading of a host.</summary>
public sealed record OperatorFacts
{
    /// <summary>Whether <c>xsltproc</c> is on the PATH.</summary>
    public bool HasXsltproc { get; init; }

    /// <summary>What the SSH agent has.</summary>
    public AgentKeys Agent { get; init; }

    /// <summary>Where the user's <c>~/.ssh/config</c> leads the host's name; empty where it says nothing of it.</summary>
    public string SshHostName { get; init; } = "";

    /// <summary>Which jump host the user's <c>~/.ssh/config</c> has for the host; empty where none.</summary>
    public string SshProxyJump { get; init; } = "";

    /// <summary>The kernel's ID of this machine's own boot; empty if not known. If it is the host's, this machine is the host.</summary>
    public string BootId { get; init; } = "";

    /// <summary>Reads the fields that connect.sh ends with.</summary>
    /// <param name="xsltproc"><c>yes</c> or <c>no</c>.</param>
    /// <param name="keys">The exit code of <c>ssh-add -l</c>; empty where the agent was not asked; <c>stale</c>.</param>
    /// <param name="config">Lines of <c>ssh -G</c>: <c>hostname</c>, <c>proxyjump</c>.</param>
    /// <param name="bootId">This machine's boot_id.</param>
    internal static OperatorFacts Read(string xsltproc, string keys, string config, string bootId)
    {
        var lines = config.Split('\n').Select(l => l.Split(' ', 2)).Where(l => l.Length == 2).ToLookup(l => l[0], l => l[1].Trim());
        return new()
        {
            HasXsltproc = xsltproc == "yes",
            BootId = bootId,
            Agent = keys switch { "" => AgentKeys.NotAsked, "0" => AgentKeys.Some, "1" => AgentKeys.None, "stale" => AgentKeys.Stale, _ => AgentKeys.NoAgent },
            SshHostName = lines["hostname"].FirstOrDefault(""),
            SshProxyJump = lines["proxyjump"].Where(j => j != "none").FirstOrDefault(""),
        };
    }
}

/// <summary>What the SSH agent has.</summary>
public enum AgentKeys
{
    /// <summary>It was not asked: there is a key or a password to log in with.</summary>
    NotAsked,

    /// <summary>At least one key.</summary>
    Some,

    /// <summary>It answers, and has none.</summary>
    None,

    /// <summary>No agent is named (<c>SSH_AUTH_SOCK</c>), and there is nothing else to log in with.</summary>
    NoAgent,

    /// <summary><c>SSH_AUTH_SOCK</c> names an agent that does not answer.</summary>
    Stale,
}
