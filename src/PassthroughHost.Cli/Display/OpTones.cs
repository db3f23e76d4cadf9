using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Cli.Display;

/// <summary>Which tone what has.</summary>
internal static class OpTones
{
    extension(StepOp op)
    {
        public Tone Tone => op switch
        {
            StepOp.Create or StepOp.CreateReplacement => Tone.Good,
            StepOp.Update or StepOp.Refresh => Tone.Changed,
            StepOp.Delete or StepOp.DeleteReplaced or StepOp.Discard or StepOp.RemovePendingReplace => Tone.Bad,
            StepOp.Replace => Tone.Replaced,
            _ => Tone.Plain,
        };
    }

    extension(PropertyDiffKind kind)
    {
        public StepOp Op => kind switch
        {
            PropertyDiffKind.Add => StepOp.Create,
            PropertyDiffKind.Delete => StepOp.Delete,
            _ => StepOp.Update,
        };
    }

    extension(DiagnosticSeverity severity)
    {
        public string Prefix => severity switch
        {
            DiagnosticSeverity.Error => "error: ",
            DiagnosticSeverity.Warning => "warning: ",
            _ => "",
        };

        public Tone Tone => severity switch
        {
            DiagnosticSeverity.Error => Tone.Bad,
            DiagnosticSeverity.Warning => Tone.Changed,
            _ => Tone.Plain,
        };
    }
}
