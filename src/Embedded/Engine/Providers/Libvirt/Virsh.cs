using System.Collections.Immutable;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>Runs virsh(1) where the libvirt is.</summary>
internal sealed class Virsh(LibvirtUri uri) : IAsyncDisposable
{
    private const int CommandNotFound = 127;

    private readonly SshConnections ssh = new();

    /// <summary>The machine, for a person.</summary>
    public string Place => uri.Host?.ToString() ?? "this machine";

    /// <summary>Connects, so that what is wrong with it is said at once.</summary>
    /// <exception cref="ProviderException">It cannot be reached.</exception>
    public Task ConnectAsync(CancellationToken cancellation) => RunAsync("connect to libvirt", cancellation, "uri");

    /// <summary>Runs one command of virsh and gives its output.</summary>
    /// <param name="task">What it is for, after "could not".</param>
    /// <exception cref="ProviderException">It failed.</exception>
    public async Task<string> RunAsync(string task, CancellationToken cancellation, params ImmutableArray<string> words)
    {
        var result = await TryAsync(cancellation, words).ConfigureAwait(false);
        return result.Ok ? result.Output : throw Failure(task, result);
    }

    /// <summary>Runs one command of virsh.</summary>
    /// <exception cref="ProviderException">virsh itself could not be run.</exception>
    public Task<VirshResult> TryAsync(CancellationToken cancellation, params ImmutableArray<string> words) =>
        ShellAsync(PosixShell.Quote(Words(words)), null, cancellation);

    /// <summary>Defines a domain from a whole document, and gives its UUID.</summary>
    /// <param name="xml">The document.</param>
    /// <param name="name">The name in it.</param>
    /// <exception cref="ProviderException">libvirt does not take it.</exception>
    public async Task<string> DefineAsync(string xml, string name, CancellationToken cancellation)
    {
        // virsh opens the file by its name, which it cannot do with a standard input that is a socket, as it is under sshd.
        var define = PosixShell.Quote(Words(["define", "--file"]));
        var script = $"f=$(mktemp) && cat >\"$f\" && {define} \"$f\" >/dev/null && {PosixShell.Quote(Words(["domuuid", name]))}; s=$?; rm -f \"$f\"; exit $s";
        var result = await ShellAsync(PosixShell.Quote(["/bin/sh", "-c", script]), xml, cancellation).ConfigureAwait(false);
        return result.Ok ? result.Output.Trim() : throw Failure($"define the domain {name}", result);
    }

    public ProviderException Failure(string task, VirshResult result) =>
        new($"libvirt on {Place} could not {task}: {result.Errors}{Remedy(result.Errors)}");

    public ValueTask DisposeAsync() => ssh.DisposeAsync();

    private ImmutableArray<string> Words(ImmutableArray<string> command) => ["env", "LC_ALL=C", "virsh", "-q", "-c", uri.Local, .. command];

    private async Task<VirshResult> ShellAsync(string command, string? stdin, CancellationToken cancellation)
    {
        var result = uri.Host is { } host ? await OnHostAsync(host, command, stdin, cancellation).ConfigureAwait(false) : await HereAsync(command, stdin, cancellation).ConfigureAwait(false);
        return result.ExitCode == CommandNotFound
            ? throw new ProviderException($"There is no virsh on {Place}, by which the embedded engine speaks to libvirt. Install it there: apt-get install libvirt-clients.")
            : result;
    }

    private static async Task<VirshResult> HereAsync(string command, string? stdin, CancellationToken cancellation)
    {
        var shell = new ChildCommand("/bin/sh", ["-c", command]) { Stdin = stdin, EndsWithThisProcess = true };
        var outcome = await ChildProcess.RunAsync(shell, null, cancellation).ConfigureAwait(false);
        return new(outcome.ExitCode, outcome.Output.Stdout, outcome.Output.Stderr);
    }

    private async Task<VirshResult> OnHostAsync(SshTarget host, string command, string? stdin, CancellationToken cancellation)
    {
        try
        {
            var outcome = await ssh.RunAsync(host, new(command) { Stdin = stdin }, new(), cancellation).ConfigureAwait(false);
            return new(outcome.ExitCode ?? -1, outcome.Stdout, outcome.Stderr);
        }
        catch (SshException e)
        {
            throw new ProviderException($"libvirt at {host}: {e.Message}", e);
        }
    }

    private string Remedy(string errors)
    {
        if (errors.Contains("authentication unavailable", StringComparison.Ordinal) || errors.Contains("Permission denied", StringComparison.Ordinal))
            return $" Is the user ({uri.Host?.User ?? Environment.UserName}) in the group libvirt, or root?";
        return errors.Contains("failed to connect", StringComparison.Ordinal) ? " Is libvirtd running there?" : "";
    }
}

/// <summary>How a command of virsh ended.</summary>
internal sealed record VirshResult(int ExitCode, string Output, string Stderr)
{
    public bool Ok => ExitCode == 0;

    /// <summary>What it said is wrong, on one line and without its prefix.</summary>
    public string Errors => string.Join(" ", Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(l => l.StartsWith("error: ", StringComparison.Ordinal) ? l[7..] : l)).TrimEnd('.') + ".";

    /// <summary>libvirt's words where no active pool has the volume; else null.</summary>
    public string? VolumeNotFound => Stderr.Split('\n').FirstOrDefault(l => l.Contains("Storage volume not found", StringComparison.Ordinal))?.Replace("error: ", "", StringComparison.Ordinal).Trim();

    /// <summary>Whether what it was asked about is not there.</summary>
    public bool IsNotFound => Stderr.Contains("failed to get domain", StringComparison.Ordinal) || Stderr.Contains("Domain not found", StringComparison.Ordinal);
}
