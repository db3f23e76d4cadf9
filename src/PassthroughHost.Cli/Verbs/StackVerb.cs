using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>stack</c>: ls, output, export, import, init, rm, select.</summary>
internal static class StackVerb
{
    public static Command Create() => new("stack", "Look at stacks and their state, make and remove them.")
    {
        List(), Output(), Export(), Import(), Init(), Remove(), Select(),
    };

    private static Command List()
    {
        var command = new Command("ls", "List the project's stacks: those with a state and those with a stack file.");
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            var workspace = context.Workspace;
            var selected = workspace.Selected();
            foreach (var name in workspace.Stacks)
            {
                var mark = selected == name || selected == FileBackend.QualifiedName(workspace.Project.Name, name) ? "*" : "";
                ConsoleWriter.StandardOutput.Line($"{name + mark,-30} {Count(workspace, name)}");
            }
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static string Count(Workspace workspace, string name)
    {
        try
        {
            return workspace.CountResources(name) is { } count ? $"{count} resources" : "no state yet";
        }
        catch (EngineException problem)
        {
            // One that is not for this engine is no reason not to list the others.
            return problem.Message;
        }
    }

    private static Command Output()
    {
        var name = new Argument<string?>("name") { Description = "One output; all of them otherwise.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json", "-j") { Description = "Write JSON." };
        var showSecrets = new Option<bool>("--show-secrets") { Description = "Write secrets in plain; this needs the passphrase." };
        var command = new Command("output", "Write the outputs of the stack's last update.") { name, json, showSecrets };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            var show = parsed.GetValue(showSecrets);
            var snapshot = show ? stack.Store.Load() : stack.LoadWithoutSecrets();
            var outputs = snapshot.Resources.FirstOrDefault(r => r.Type == Urn.StackType)?.Outputs ?? PropertyMap.Empty;
            if (parsed.GetValue(name) is { } wanted)
            {
                var value = outputs.Get(wanted) ?? throw new EngineException(
                    $"Stack '{stack.Name}' has no output '{wanted}'{(outputs.Count > 0 ? $"; it has {string.Join(", ", outputs.Keys)}" : "")}.");
                ConsoleWriter.StandardOutput.Line(Text(value, show, parsed.GetValue(json)));
            }
            else if (parsed.GetValue(json))
            {
                ConsoleWriter.StandardOutput.Line(StateText.ValueJson(outputs, show));
            }
            else
            {
                var width = outputs.Keys.Select(k => k.Length).DefaultIfEmpty(0).Max();
                foreach (var (key, value) in outputs)
                    ConsoleWriter.StandardOutput.Line($"{key.PadRight(width)}  {Text(value, show, json: false)}");
            }
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static string Text(PropertyValue value, bool showSecrets, bool json)
    {
        var shown = showSecrets ? value.WithoutSecrets() : value;
        return !json && shown is PropertyString text ? text.Value : !json && shown.IsSecret ? "[secret]" : StateText.ValueJson(shown, showSecrets);
    }

    private static Command Export()
    {
        var file = new Option<string?>("--file") { Description = "Where to write it; standard output otherwise." };
        var showSecrets = new Option<bool>("--show-secrets") { Description = "Write secrets in plain; this needs the passphrase." };
        var command = new Command("export", "Write the stack's state as JSON, as 'pulumi stack export' does.") { file, showSecrets };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            using var stack = context.OpenStack();
            var document = StateTransfer.Export(stack, parsed.GetValue(showSecrets));
            if (parsed.GetValue(file) is { } path)
                await File.WriteAllTextAsync(path, document + "\n");
            else
                ConsoleWriter.StandardOutput.Line(document);
            return ExitCodes.Fine;
        }));
        return command;
    }

    private static Command Import()
    {
        var file = new Option<string?>("--file") { Description = "Where to read it; standard input otherwise." };
        var command = new Command("import", "Replace the stack's state by an exported one. The state before is kept under .pulumi/backups.") { file };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            using var stack = context.OpenStack();
            string document;
            try
            {
                document = parsed.GetValue(file) is { } path ? await File.ReadAllTextAsync(path) : await Console.In.ReadToEndAsync();
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new EngineException($"{parsed.GetValue(file)} cannot be read: {problem.Message}", problem);
            }
            StateTransfer.Import(stack, document, ConsoleWriter.StandardError.Line);
            ConsoleWriter.StandardOutput.Line($"Imported the state of stack '{stack.Name}'.");
            return ExitCodes.Fine;
        }));
        return command;
    }

    private static Command Init()
    {
        var name = new Argument<string?>("name") { Description = "The new stack's name.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("init", "Make a stack with nothing in it, and select it.") { name };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            var wanted = parsed.GetValue(name) ?? parsed.GetValue(GlobalOptions.Stack) ?? throw new EngineException("Say the new stack's name: stack init <name>.");
            var made = context.Workspace.InitStack(wanted);
            context.Workspace.Select(made);
            ConsoleWriter.StandardOutput.Line($"Made stack '{made}'; it is selected now.");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static Command Remove()
    {
        var name = new Argument<string?>("name") { Description = "The stack to remove.", Arity = ArgumentArity.ZeroOrOne };
        var force = new Option<bool>("--force") { Description = "Remove it even if it has resources, which are then forgotten, not taken back." };
        var preserve = new Option<bool>("--preserve-config") { Description = "Keep the stack file." };
        var yes = new OperationOptions().Yes;
        var command = new Command("rm", "Remove a stack: its state, its history and its stack file.") { name, yes, force, preserve };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            var workspace = context.Workspace;
            using var stack = workspace.OpenStack(parsed.GetValue(name) ?? context.StackName, Engine.Secrets.PassphraseSource.Process);
            if (!parsed.GetValue(yes) && !(Questions.CanAsk && Questions.Confirm($"Remove stack '{stack.Name}' for good?")))
                throw new EngineException("Nothing was removed: say yes, or use --yes.");
            using (stack.Lock(ConsoleWriter.StandardError.Line))
            {
                // Counted while nobody else can add any.
                var resources = stack.LoadWithoutSecrets().Resources.Length;
                if (resources > 0 && !parsed.GetValue(force))
                    throw new EngineException($"Stack '{stack.Name}' still has {resources} resources: run 'destroy' first, or use --force to forget them.");
                workspace.Backend.Remove(workspace.Project.Name, stack.Name);
            }
            if (!parsed.GetValue(preserve))
                File.Delete(stack.Settings.File);
            if (workspace.Selected() is { } selected && (selected == stack.Name || selected == FileBackend.QualifiedName(workspace.Project.Name, stack.Name)))
                workspace.Select(null);
            ConsoleWriter.StandardOutput.Line($"Removed stack '{stack.Name}'.");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static Command Select()
    {
        var name = new Argument<string?>("name") { Description = "The stack.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("select", "Make a stack the one that is meant where none is named.") { name };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.Workspace.OpenStack(parsed.GetValue(name) ?? context.StackName, Engine.Secrets.PassphraseSource.Process);
            context.Workspace.Select(stack.Name);
            ConsoleWriter.StandardOutput.Line($"Stack '{stack.Name}' is selected.");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }
}
