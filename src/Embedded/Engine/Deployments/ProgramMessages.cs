using PassthroughInfra.Engine.Providers;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>
/// What a program says, by its log and on its own output. Once the operation is ending for another reason, a program's complaint about
/// that end is no news and is left out.
/// </summary>
internal sealed class ProgramMessages(DeploymentContext context, Registrations registrations)
{
    private volatile bool loggedError;

    /// <summary>Whether the program has logged an error.</summary>
    public bool LoggedError => loggedError;

    /// <summary>Takes a message of the program's log.</summary>
    public void Log(string urn, DiagnosticSeverity severity, string message, bool ephemeral)
    {
        loggedError |= severity == DiagnosticSeverity.Error;
        if (severity == DiagnosticSeverity.Debug || (severity == DiagnosticSeverity.Error && context.Halted.IsCancellationRequested))
            return;
        context.Tell(urn.Length > 0 ? urn : registrations.StackUrn, severity, Explained(message), ephemeral);
    }

    /// <summary>An SDK that is told that a feature is not there says so of "the Pulumi CLI", which has it.</summary>
    private static string Explained(string message) => message.Contains("Pulumi CLI does not support", StringComparison.Ordinal)
        ? message + "\nIt is the embedded engine that runs this program, and it does not do this; run the program with the pulumi CLI."
        : message;

    /// <summary>Takes a line that the program wrote.</summary>
    public void Line(string line)
    {
        if (!context.Halted.IsCancellationRequested)
            context.Diagnose(registrations.StackUrn, DiagnosticSeverity.Info, line);
    }
}
