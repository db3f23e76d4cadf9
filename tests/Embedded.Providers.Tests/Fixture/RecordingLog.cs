using System.Collections.Concurrent;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

/// <summary>Keeps what a provider says.</summary>
internal sealed class RecordingLog : IResourceLog
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ConcurrentQueue<string> Statuses { get; } = new();

    public ConcurrentQueue<(DiagnosticSeverity Severity, string Message)> Diagnostics { get; } = new();

    public void Output(string line) => Lines.Enqueue(line);

    public void Status(string text) => Statuses.Enqueue(text);

    public void Diagnostic(DiagnosticSeverity severity, string message) => Diagnostics.Enqueue((severity, message));
}
