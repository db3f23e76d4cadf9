using System.Collections.Concurrent;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>Keeps the events of an operation, for tests to look at.</summary>
internal sealed class RecordedEvents : IEngineEvents
{
    private readonly ConcurrentQueue<EngineEvent> events = new();

    /// <summary>The steps that ended well, <c>create a</c>; sames and the providers' own left out.</summary>
    public string[] Steps => [.. Ended.Where(s => s.Op != StepOp.Same).Select(s => $"{s.Op.Name} {s.State.Name}")];

    public IEnumerable<StepDetail> Ended => events.OfType<StepEnded>().Select(e => e.Step).Where(s => !s.IsInternal);

    public string[] Errors => Messages(DiagnosticSeverity.Error);

    public string[] Warnings => Messages(DiagnosticSeverity.Warning);

    public string[] Infos => Messages(DiagnosticSeverity.Info);

    public IEnumerable<T> All<T>() where T : EngineEvent => events.OfType<T>();

    public void On(EngineEvent happened) => events.Enqueue(happened);

    private string[] Messages(DiagnosticSeverity severity) => [.. events.OfType<Diagnostic>().Where(d => d.Severity == severity).Select(d => d.Message)];
}
