using Grpc.Net.Client;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>A program within the test: makes the protocol's calls itself, over the wire.</summary>
internal sealed class ScriptedProgram(Func<ScriptedCalls, Task> script) : IStackProgram
{
    public Task PrepareAsync(Action<string> progress, CancellationToken kill) => Task.CompletedTask;

    public async Task<int> RunAsync(ProgramRun run, CancellationToken kill)
    {
        using var channel = GrpcChannel.ForAddress("http://" + run.Monitor, new() { MaxReceiveMessageSize = null });
        var calls = new ScriptedCalls(new(channel), new(channel), run);
        try
        {
            await script(calls).WaitAsync(kill);
            return calls.ExitCode;
        }
        catch (Grpc.Core.RpcException problem)
        {
            // As the SDKs do: an engine that goes away is no error of the program's, any other is reported by it.
            if (problem.StatusCode != Grpc.Core.StatusCode.Unavailable)
                await calls.Engine.LogAsync(new LogRequest { Severity = LogSeverity.Error, Message = problem.Status.Detail }, cancellationToken: kill);
            return 1;
        }
    }
}
