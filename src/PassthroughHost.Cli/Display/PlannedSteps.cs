using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>Keeps the steps of a preview, for whoever wants to see them in full before saying yes.</summary>
internal sealed class PlannedSteps : IEngineEvents
{
    private readonly Lock gate = new();
    private readonly List<StepDetail> steps = [];

    public void On(EngineEvent happened)
    {
        lock (gate)
        {
            switch (happened)
            {
                case OperationStarted:
                    steps.Clear();
                    break;
                case StepEnded { Step: { IsInternal: false } step }:
                    steps.Add(step);
                    break;
            }
        }
    }

    /// <summary>Writes every step that changes something, with what is new or differs.</summary>
    public void Tell(ConsoleWriter console)
    {
        StepDetail[] all;
        lock (gate)
            all = [.. steps];
        var parents = all.GroupBy(s => s.Urn, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().State.Parent, StringComparer.Ordinal);
        console.Line();
        foreach (var step in all.Where(s => s.Op != StepOp.Same))
            new DiffText(console, console.Line).Write(step, Depth(step.State.Parent));
        console.Line();

        int Depth(string parent)
        {
            var depth = 0;
            for (var at = parent; at.Length > 0 && depth < 20; at = parents.GetValueOrDefault(at, ""))
                depth++;
            return depth;
        }
    }
}
