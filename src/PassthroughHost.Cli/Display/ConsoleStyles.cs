using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Cli.Display;

/// <summary>Console styles of operations and severities.</summary>
internal static class ConsoleStyles
{
    extension(StepOp op)
    {
        public ConsoleStyle ConsoleStyle => op switch
        {
            StepOp.Create or StepOp.CreateReplacement => ConsoleStyle.Good,
            StepOp.Update or StepOp.Refresh => ConsoleStyle.Changed,
            StepOp.Delete or StepOp.DeleteReplaced or StepOp.Discard or StepOp.RemovePendingReplace => ConsoleStyle.Bad,
            StepOp.Replace => ConsoleStyle.Replaced,
            _ => ConsoleStyle.Plain,
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

        public ConsoleStyle ConsoleStyle => severity switch
        {
            DiagnosticSeverity.Error => ConsoleStyle.Bad,
            DiagnosticSeverity.Warning => ConsoleStyle.Changed,
            _ => ConsoleStyle.Plain,
        };
    }
}
