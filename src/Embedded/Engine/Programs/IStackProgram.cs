namespace PassthroughInfra.Engine.Programs;

/// <summary>A stack's program, which says by protocol calls what there should be.</summary>
public interface IStackProgram
{
    /// <summary>Makes it ready to run (builds it where needed).</summary>
    /// <exception cref="EngineException">It cannot be built.</exception>
    Task PrepareAsync(Action<string> progress, CancellationToken kill);

    /// <summary>Runs it once, to its end.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="OperationCanceledException">It was killed.</exception>
    /// <exception cref="EngineException">It cannot be started.</exception>
    Task<int> RunAsync(ProgramRun run, CancellationToken kill);
}

/// <summary>What one run of a program is given.</summary>
/// <param name="Environment">The variables of the protocol.</param>
/// <param name="Monitor">The address of the monitor and engine services, <c>host:port</c>.</param>
/// <param name="OnLine">Takes each line it writes to its standard output and error.</param>
public sealed record ProgramRun(IReadOnlyDictionary<string, string> Environment, string Monitor, bool IsPreview, int Parallel, string Project, string Stack, Action<string> OnLine);
