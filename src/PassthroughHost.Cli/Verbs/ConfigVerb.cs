using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>config</c>: get, set, rm.</summary>
internal static class ConfigVerb
{
    private const string KeyDescription = "The key, namespace:key; the project's name is the namespace where none is said.";

    public static Command Create() => new("config", "Look at and change a stack's configuration, Pulumi.<stack>.yaml.")
    {
        Get(), Set(), Remove(),
    };

    private static Command Get()
    {
        var key = new Argument<string>("key") { Description = KeyDescription };
        var command = new Command("get", "Write one value, a secret in plain.") { key };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            var name = StackSettings.Qualify(context.Workspace.Project.Name, parsed.GetValue(key)!);
            // Another value's secret is no reason to ask for the passphrase.
            var config = stack.Settings.Resolve(stack.Settings.IsSecret(name) ? stack.Secrets.DecryptText : _ => "");
            Ink.StandardOutput.Line(config.Values.TryGetValue(name, out var value) ? value : throw new EngineException($"Stack '{stack.Name}' has no configuration value '{name}'."));
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static Command Set()
    {
        var key = new Argument<string>("key") { Description = KeyDescription };
        var value = new Argument<string?>("value") { Description = "The value; read from standard input (or asked for) where it is left out, as a secret should be.", Arity = ArgumentArity.ZeroOrOne };
        var secret = new Option<bool>("--secret") { Description = "Encrypt it with the stack's passphrase." };
        var command = new Command("set", "Set one value; the file's comments and layout stay.") { key, value, secret };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            using var stack = context.OpenStack();
            stack.SetConfig(parsed.GetValue(key)!, parsed.GetValue(value) ?? await ReadAsync(parsed.GetValue(secret)), parsed.GetValue(secret));
            return ExitCodes.Fine;
        }));
        return command;
    }

    private static Command Remove()
    {
        var key = new Argument<string>("key") { Description = KeyDescription };
        var command = new Command("rm", "Remove one value.") { key };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            if (!stack.RemoveConfig(parsed.GetValue(key)!))
                throw new EngineException($"Stack '{stack.Name}' has no configuration value '{parsed.GetValue(key)}'.");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static async Task<string> ReadAsync(bool hidden)
    {
        if (Console.IsInputRedirected)
            return (await Console.In.ReadToEndAsync()).TrimEnd('\r', '\n');
        Console.Error.Write("value: ");
        return hidden ? Questions.Hidden() : Console.ReadLine() ?? "";
    }
}
