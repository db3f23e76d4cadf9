using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>A step in full, as <c>--diff</c> shows it: what it is, which resource, and every property that is new or differs.</summary>
internal sealed class DiffText(ConsoleWriter console, Action<string> line)
{
    /// <summary>Writes one step; <paramref name="depth"/> is how many parents its resource has.</summary>
    public void Write(StepDetail step, int depth)
    {
        var indent = depth * 4;
        var pad = new string(' ', indent);
        var mark = step.Op.Mark.PadRight(2);
        line(pad + console.In(step.Op.ConsoleStyle, $"{mark}{step.State.Type}: ({step.Op.Name})"));
        if (step.State.Id.Length > 0)
            line($"{pad}    {console.In(ConsoleStyle.Faint, $"[id={step.State.Id}]")}");
        line($"{pad}    {console.In(ConsoleStyle.Faint, $"[urn={step.Urn}]")}");
        if (step.State.Provider.Length > 0 && ProviderReference.Parse(step.State.Provider) is { IsDefault: false })
            line($"{pad}    {console.In(ConsoleStyle.Faint, $"[provider={step.State.Provider}]")}");
        if (!step.ReplaceKeys.IsEmpty)
            line($"{pad}    {console.In(ConsoleStyle.Replaced, $"[replaced for {string.Join(", ", step.ReplaceKeys)}]")}");
        var properties = new PropertyText(console, line);
        switch (step)
        {
            case { Op: StepOp.Same or StepOp.Read or StepOp.ReadReplacement or StepOp.Delete or StepOp.DeleteReplaced or StepOp.Discard or StepOp.RemovePendingReplace }:
                break;
            case { Old: { } old, New: { } @new }:
                // A refresh finds changes in what the provider reports, everything else in what the program wants.
                if (old.Inputs.Equals(@new.Inputs))
                    properties.Differences(old.Outputs, @new.Outputs, indent + 4);
                else
                    properties.Differences(old.Inputs, @new.Inputs, indent + 4);
                break;
            case { New: { } @new }:
                properties.Entries(@new.Inputs, StepOp.Create, indent + 4);
                break;
        }
    }
}
