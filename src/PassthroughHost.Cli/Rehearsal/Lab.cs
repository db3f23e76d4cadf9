namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>The virtual host of this checkout, by the launcher's own verbs.</summary>
internal sealed class Lab(string root)
{
    // ssh(1), "Exit status".
    private const int SshFailed = 255;

    // An emulated machine that has just been restored can be busy for longer than one dial lasts.
    private const int MostTries = 10;

    private readonly string launcher = Path.Combine(root, "passthrough");
    private readonly Shell shell = new(root, new Dictionary<string, string?>());

    /// <summary>Runs a verb of the lab, and shows it.</summary>
    /// <exception cref="RehearsalException">It failed.</exception>
    public async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken stopping)
    {
        var verb = string.Join(' ', arguments);
        Console.WriteLine($"  $ ./passthrough lab {verb}");
        var (code, _) = await shell.RunAsync(launcher, ["lab", .. arguments], show: true, stopping);
        if (code != 0)
        {
            throw new RehearsalException($"`passthrough lab {verb}` exited with {code}");
        }
    }

    /// <summary>Runs a command on the host as root. One that only looks: while no connection comes about, it is tried again.</summary>
    /// <exception cref="RehearsalException">It failed.</exception>
    public async Task<string> OnHostAsync(string command, CancellationToken stopping)
    {
        var (code, output) = await shell.RunAsync(launcher, ["lab", "ssh", command], show: false, stopping);
        for (var tries = 1; code == SshFailed && tries < MostTries; tries++)
        {
            (code, output) = await shell.RunAsync(launcher, ["lab", "ssh", command], show: false, stopping);
        }

        return code == 0 ? output.Trim() : throw new RehearsalException($"`{command}` on the host exited with {code}: {output.Trim()}");
    }
}
