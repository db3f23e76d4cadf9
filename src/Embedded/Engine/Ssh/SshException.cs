namespace PassthroughInfra.Engine.Ssh;

/// <summary>An SSH connection that cannot be made or was lost, in words for the user.</summary>
public class SshException : Exception
{
    public SshException()
    {
    }

    public SshException(string message)
        : base(message)
    {
    }

    public SshException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The connection went while a command was running: the command may have done its work, a part of it, or nothing.</summary>
public sealed class SshConnectionLostException : SshException
{
    public SshConnectionLostException()
    {
    }

    public SshConnectionLostException(string message)
        : base(message)
    {
    }

    public SshConnectionLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>One dial failed.</summary>
internal sealed class SshDialException : SshException
{
    public SshDialException()
    {
    }

    public SshDialException(string message)
        : base(message)
    {
    }

    public SshDialException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether dialling again cannot help: the host is another one, or the key cannot be used.</summary>
    public bool IsPermanent { get; init; }
}
