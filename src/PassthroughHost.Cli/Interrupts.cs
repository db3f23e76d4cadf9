using System.Runtime.InteropServices;

namespace PassthroughInfra.Cli;

/// <summary>
/// Ctrl-C (and SIGTERM, SIGHUP): once asks to stop, which finishes what is running and saves; twice ends everything at once; a third time,
/// or once at a question, ends this process whatever it is doing.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource aborting = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly Action<string> tell;
    private readonly int exitCode;
    private int count;

    /// <param name="tell">Tells the person what was understood.</param>
    /// <param name="exitCode">With what this process ends where it ends here.</param>
    public Interrupts(Action<string> tell, int exitCode)
    {
        this.tell = tell;
        this.exitCode = exitCode;
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            registrations.Add(PosixSignalRegistration.Create(signal, On));
    }

    /// <summary>Set when the user has asked to stop.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Set when everything must end at once.</summary>
    public CancellationToken Aborting => aborting.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        stopping.Dispose();
        aborting.Dispose();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Questions.IsAsking)
        {
            tell("\nStopped: nothing was changed.");
            Environment.Exit(exitCode);
        }
        switch (Interlocked.Increment(ref count))
        {
            case 1:
                tell("Stopping: what is running is finished and saved. Once more (Ctrl-C) ends it at once, with the state of that step unknown.");
                stopping.Cancel();
                break;
            case 2:
                tell("Ending at once.");
                stopping.Cancel();
                aborting.Cancel();
                break;
            default:
                // Whoever has hidden the cursor does not get to show it again.
                if (!Console.IsOutputRedirected)
                    Console.Write("\e[?25h");
                Environment.Exit(exitCode);
                break;
        }
    }
}
