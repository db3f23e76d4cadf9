using System.Reflection;
using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>Runs a program until all it began is done or something goes wrong, and reports that.</summary>
/// <param name="deployment">The program.</param>
/// <param name="finishesAfterFailure">
/// Whether what is still running is waited for after a failure. Under an engine it is not: the process ends, and the engine
/// finishes what it has begun. In a test it is, so that the test sees the same errors each time.
/// </param>
internal sealed class ProgramRunner(DeploymentContext deployment, bool finishesAfterFailure)
{
    /// <summary>The exit code that tells the engine's host that the user has been told already.</summary>
    private const int ReportedExitCode = 32;

    /// <summary>Runs a program that is a class; making it is running it.</summary>
    public async Task<int> RunAsync(Func<Stack> makeStack)
    {
        try
        {
            makeStack().RegisterPropertyOutputs();
        }
#pragma warning disable CA1031 // Whatever the program throws is reported to the user.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return await ReportAsync([error]).ConfigureAwait(false);
        }

        return await FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Runs a program that is a function.</summary>
    public async Task<int> RunAsync(Func<Task<IDictionary<string, object?>>> program, StackOptions? options)
    {
        _ = new Stack(program, options);
        return await FinishAsync().ConfigureAwait(false);
    }

    private async Task<int> FinishAsync()
    {
        var failures = await deployment.Tracker.NextFailuresAsync().ConfigureAwait(false);
        if (failures.Count > 0)
            return await ReportAsync(failures).ConfigureAwait(false);

        await deployment.Monitor.SignalAndWaitForShutdownAsync().ConfigureAwait(false);
        return deployment.Logger.HasLoggedErrors ? 1 : 0;
    }

    private async Task<int> ReportAsync(IReadOnlyList<Exception> failures)
    {
        var reported = false;
        do
        {
            foreach (var failure in failures)
                reported |= await ReportAsync(failure).ConfigureAwait(false);
            failures = finishesAfterFailure ? await deployment.Tracker.NextFailuresAsync().ConfigureAwait(false) : [];
        }
        while (failures.Count > 0);

        return reported ? ReportedExitCode : 1;
    }

    private async Task<bool> ReportAsync(Exception failure)
    {
        switch (failure)
        {
            case LogException:
                await Console.Error
                    .WriteLineAsync($"Error occurred trying to send logging message to engine:\n{failure}")
                    .ConfigureAwait(false);
                return false;
            case RunException:
                await LogAsync(failure.Message, null).ConfigureAwait(false);
                return true;
            case ResourceException { HideStack: var hideStack, Resource: var resource }:
                await LogAsync(hideStack ? failure.Message : failure.ToString(), resource).ConfigureAwait(false);
                return true;
            default:
                var program = Assembly.GetEntryAssembly()?.Location;
                await LogAsync($"Running program '{program}' failed with an unhandled exception:\n{failure}", null).ConfigureAwait(false);
                return true;
        }
    }

    private Task LogAsync(string message, Resource? resource) => deployment.Logger.WriteAsync(LogSeverity.Error, message, resource);
}
