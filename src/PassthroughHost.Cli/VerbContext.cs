using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Libvirt;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli;

/// <summary>What a verb works with, from the options every verb takes; and how its errors and Ctrl-C are answered.</summary>
internal sealed class VerbContext(ParseResult parsed, Interrupts interrupts)
{
    private static readonly PlainDisplay Nobody = new(ConsoleWriter.StandardOutput, showDiff: false);

    private Workspace? workspace;
    private IDisplay? display;

    public ParseResult Parsed { get; } = parsed;

    public Interrupts Interrupts { get; } = interrupts;

    public Workspace Workspace => workspace ??= Workspace.Open(Parsed.GetValue(GlobalOptions.Directory)!, Environment.GetEnvironmentVariable);

    /// <summary>The name of the stack that is meant.</summary>
    public string StackName => Workspace.StackName(Parsed.GetValue(GlobalOptions.Stack));

    /// <summary>Runs a verb's work: the user's errors as one message and an exit code, Ctrl-C as well.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<VerbContext, Task<int>> work)
    {
        VerbContext? context = null;
        using var interrupts = new Interrupts(text => (context?.display ?? Nobody).Notice(text), ExitCodes.Stopped(parsed));
        try
        {
            context = new(parsed, interrupts);
            return await work(context);
        }
        catch (Exception problem) when (problem is EngineException or ProviderException or SpecException or ProbeException or IOException or UnauthorizedAccessException)
        {
            context?.display?.Dispose();
            ConsoleWriter.StandardError.Line(ConsoleWriter.StandardError.In(ConsoleStyle.Bad, "error: ") + problem.Message);
            return problem is StackNotFoundException && ExitCodes.IsOfTheCli(parsed) ? ExitCodes.NoSuchStack : ExitCodes.Error;
        }
        catch (OperationCanceledException) when (interrupts.Stopping.IsCancellationRequested)
        {
            return ExitCodes.Stopped(parsed);
        }
        finally
        {
            context?.display?.Dispose();
        }
    }

    /// <summary>Opens the stack that is meant.</summary>
    public Stack OpenStack() => OpenStack(StackName);

    /// <summary>Opens a stack by its name.</summary>
    public Stack OpenStack(string name) => Workspace.OpenStack(name, new PassphraseSource(Environment.GetEnvironmentVariable, Console.IsInputRedirected ? null : Questions.Passphrase));

    /// <summary>The operations on a stack, shown by a display, which is closed when the verb has ended.</summary>
    /// <param name="alsoTo">Takes the events too.</param>
    public StackOperations Operations(Stack stack, IDisplay shownBy, IEngineEvents? alsoTo = null)
    {
        display = shownBy;
        IEngineEvents events = alsoTo is null ? shownBy : new Both(shownBy, alsoTo);
        var project = stack.Workspace.Project;
        // Programs may use what only this engine can do, such as libvirt behind another SSH port.
        Environment.SetEnvironmentVariable("PASSTHROUGH_ENGINE", "embedded");
        var registry = new ProviderRegistry(new CommandProviderFactory(project.ProgramDirectory), new LibvirtProviderFactory());
        return new(stack, registry, new ChildProgram(project), events, Interrupts.Stopping, Interrupts.Aborting);
    }

    private sealed class Both(IEngineEvents first, IEngineEvents second) : IEngineEvents
    {
        public void On(EngineEvent happened)
        {
            first.On(happened);
            second.On(happened);
        }
    }
}
