using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Libvirt;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>Runs a stack's program under the embedded engine, in this process, with a state of its own; shown as the command line shows it.</summary>
internal static class EngineRun
{
    /// <summary>Previews a stack.</summary>
    /// <param name="directory">The project's directory, relative to the repository.</param>
    /// <param name="stack">The stack's name.</param>
    /// <param name="order">Has the diagnostics in the order to show them in: the official SDK sends each by itself, so they come in any.</param>
    /// <returns>Whether it succeeded, and what was shown, without what differs at each run.</returns>
    public static async Task<(bool Succeeded, string Shown)> PreviewAsync(string directory, string stack, string order = "")
    {
        var state = Directory.CreateTempSubdirectory("reuse-state");
        try
        {
            string? Variable(string name) => name switch
            {
                "PULUMI_BACKEND_URL" => $"file://{state.FullName}",
                "PULUMI_CONFIG_PASSPHRASE" => "",
                _ => null,
            };
            using var shown = new StringWriter { NewLine = "\n" };
            var workspace = Workspace.Open(Path.Combine(Repository.Root, directory), Variable);
            using var opened = workspace.OpenStack(stack, new PassphraseSource(Variable));
            var registry = new ProviderRegistry(new CommandProviderFactory(workspace.Project.ProgramDirectory), new LibvirtProviderFactory());
            using var display = new InOrder(new PlainDisplay(new ConsoleWriter(shown, colour: false), showDiff: false), order);
            var operations = new StackOperations(
                opened, registry, new ChildProgram(workspace.Project), display, CancellationToken.None, CancellationToken.None);
            var outcome = await operations.PreviewAsync(new DeploymentOptions());
            return (outcome.Result == OperationResult.Succeeded, Stable(shown.ToString()));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    // Steps that do not depend on each other come in any order: here, by their text.
    private static string Stable(string shown)
    {
        var lines = shown.Split('\n')
            .Where(l => !l.StartsWith("building ", StringComparison.Ordinal) && !l.StartsWith("waiting for another build ", StringComparison.Ordinal) && !l.StartsWith("Duration:", StringComparison.Ordinal)).ToList();
        var first = lines.FindIndex(l => l.StartsWith(" + ", StringComparison.Ordinal));
        var count = first < 0 ? 0 : lines.Skip(first).TakeWhile(l => l.Length > 0).Count();
        if (count > 0)
        {
            lines.Sort(first, count, StringComparer.Ordinal);
        }

        return string.Join('\n', lines).TrimEnd('\n') + "\n";
    }

    /// <summary>Holds diagnostics back until the operation ends, and shows them then in the order of a text, what is not in it last.</summary>
    private sealed class InOrder(IDisplay display, string order) : IDisplay
    {
        private readonly List<Diagnostic> held = [];
        private readonly Lock gate = new();
        private bool hasEnded;

        public void On(EngineEvent happened)
        {
            lock (gate)
            {
                if (happened is Diagnostic diagnostic && !hasEnded)
                {
                    held.Add(diagnostic);
                    return;
                }

                if (happened is OperationEnded)
                {
                    hasEnded = true;
                    held.OrderBy(Place).ToList().ForEach(display.On);
                }

                display.On(happened);
            }
        }

        public void Notice(string text) => display.Notice(text);

        public void Dispose() => display.Dispose();

        private int Place(Diagnostic diagnostic) =>
            order.IndexOf(diagnostic.Message.Split('\n')[0], StringComparison.Ordinal) is >= 0 and var at ? at : int.MaxValue;
    }
}
