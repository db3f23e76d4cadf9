using System.Collections.Immutable;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>What to run on a host.</summary>
/// <param name="Text">The command, for the user's shell on the host.</param>
public sealed record SshCommand(string Text)
{
    /// <summary>What is as long as this, in bytes, no Linux takes as one argument (MAX_ARG_STRLEN, execve(2)).</summary>
    internal const int LongestText = 128 * 1024;

    /// <summary>Its standard input; null or empty is an input that is at its end.</summary>
    public string? Stdin { get; init; }

    /// <summary>Variables to set for it; sshd takes only those its AcceptEnv names (sshd_config(5)).</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Takes each line of output while the command runs.</summary>
    public Action<OutputPipe, string>? OnLine { get; init; }
}

/// <summary>How a command on a host ended.</summary>
/// <param name="ExitCode">Its exit status; null where a signal ended it.</param>
/// <param name="Stdout">Its whole standard output.</param>
/// <param name="Stderr">Its whole standard error.</param>
/// <param name="Tail">The last lines of both, as they came.</param>
public sealed record SshOutcome(int? ExitCode, string Stdout, string Stderr, string Tail)
{
    /// <summary>The length of each output's longest line, in bytes.</summary>
    internal (int Stdout, int Stderr) LongestLines { get; init; }
}

/// <summary>How long to wait for a connection; a command that runs is not bounded by it.</summary>
/// <param name="Timeout">The longest time for all dials together; null is no limit but the target's own.</param>
/// <param name="OnStatus">Takes what is going on, for the person who waits.</param>
/// <param name="Stopping">Set when nothing more is to be waited for.</param>
public sealed record SshPatience(TimeSpan? Timeout = null, Action<string>? OnStatus = null, CancellationToken Stopping = default);
