using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>Sends messages to the engine, in the order they were given.</summary>
internal sealed class EngineLogger(IEngine engine, TaskTracker tracker)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private int _errors;

    /// <summary>True once an error was logged: the program then ends with exit code 1.</summary>
    public bool HasLoggedErrors => Volatile.Read(ref _errors) > 0;

    public Task WriteAsync(LogSeverity severity, string message, Resource? resource = null, int? streamId = null, bool? ephemeral = null)
    {
        if (severity == LogSeverity.Error)
            Interlocked.Increment(ref _errors);
        lock (_gate)
        {
            var before = _last;
            _last = SendAsync(before, severity, message, resource, streamId, ephemeral);
            tracker.Add(_last);
            return _last;
        }
    }

    private async Task SendAsync(Task before, LogSeverity severity, string message, Resource? resource, int? streamId, bool? ephemeral)
    {
        try
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await engine.LogAsync(new LogRequest
            {
                Severity = severity,
                Message = message,
                Urn = await UrnOfAsync(resource).ConfigureAwait(false),
                StreamId = streamId ?? 0,
                Ephemeral = ephemeral ?? false,
            }).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Reported apart: an attempt to log this one would fail as well.
            Interlocked.Increment(ref _errors);
            throw new LogException(error);
        }
    }

    private static async Task<string> UrnOfAsync(Resource? resource)
    {
        if (resource is null)
            return "";
        try
        {
            return await resource.Urn.ValueOrAsync("").ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever kept the resource from getting a URN, the message is still worth sending.
        catch
#pragma warning restore CA1031
        {
            return "";
        }
    }
}
