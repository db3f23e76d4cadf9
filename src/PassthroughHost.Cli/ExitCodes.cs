namespace PassthroughInfra.Cli;

/// <summary>What the program's exit says.</summary>
internal static class ExitCodes
{
    public const int Fine = 0;

    public const int Error = 1;

    /// <summary>The work was done, and its answer is no: a machine that is not fit (doctor), a host that has drifted (drift).</summary>
    public const int No = 2;

    /// <summary>Stopped by Ctrl-C, as a shell says it (128 + SIGINT).</summary>
    public const int Stopped = 130;
}
