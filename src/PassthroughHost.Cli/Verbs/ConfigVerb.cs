using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Projects;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>config</c>: the list, get, set, rm.</summary>
internal static class ConfigVerb
{
    private const string KeyDescription = "The key, namespace:key; the project's name is the namespace where none is said.";

    public static Command Create()
    {
        var showSecrets = new Option<bool>("--show-secrets") { Description = "Write secrets in plain; this needs the passphrase." };
        var command = new Command("config", "List a stack's configuration, Pulumi.<stack>.yaml, or look at and change single values of it.")
        {
            showSecrets, Get(), Set(), Remove(),
        };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            var config = stack.Settings.Resolve(parsed.GetValue(showSecrets) ? stack.Secrets.DecryptText : _ => "[secret]");
            var prefix = context.Workspace.Project.Name + ":";
            var shown = config.Values.Select(v => (Key: v.Key.StartsWith(prefix, StringComparison.Ordinal) ? v.Key[prefix.Length..] : v.Key, v.Value)).ToArray();
            var width = shown.Select(v => v.Key.Length).DefaultIfEmpty(0).Max();
            foreach (var (key, value) in shown)
                ConsoleWriter.StandardOutput.Line($"{key.PadRight(width)}  {value}");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static Command Get()
    {
        var (key, path) = (Key(), Path());
        var command = new Command("get", "Write one value, a secret in plain.") { key, path };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            var wanted = ConfigKey.Parse(context.Workspace.Project.Name, parsed.GetValue(key)!, parsed.GetValue(path));
            ConsoleWriter.StandardOutput.Line(stack.GetConfig(wanted) ?? throw Missing(stack, wanted));
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }

    private static Command Set()
    {
        var (key, path) = (Key(), Path());
        var value = new Argument<string?>("value") { Description = "The value; read from standard input (or asked for) where it is left out, as a secret should be.", Arity = ArgumentArity.ZeroOrOne };
        var secret = new Option<bool>("--secret") { Description = "Encrypt it with the stack's passphrase." };
        var command = new Command("set", "Set one value; the file's comments and layout stay.") { key, value, secret, path };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            using var stack = context.OpenStack();
            var wanted = ConfigKey.Parse(context.Workspace.Project.Name, parsed.GetValue(key)!, parsed.GetValue(path));
            stack.SetConfig(wanted, parsed.GetValue(value) ?? await ReadAsync(parsed.GetValue(secret)), parsed.GetValue(secret));
            return ExitCodes.Fine;
        }));
        return command;
    }

    private static Command Remove()
    {
        var (key, path) = (Key(), Path());
        var command = new Command("rm", "Remove one value.") { key, path };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            var wanted = ConfigKey.Parse(context.Workspace.Project.Name, parsed.GetValue(key)!, parsed.GetValue(path));
            return stack.RemoveConfig(wanted) ? Task.FromResult(ExitCodes.Fine) : throw Missing(stack, wanted);
        }));
        return command;
    }

    private static Argument<string> Key() => new("key") { Description = KeyDescription };

    private static Option<bool> Path() => new("--path") { Description = "The key leads into a structured value, as in machine.connection.privateKey." };

    private static EngineException Missing(Stack stack, ConfigKey key) => new($"Stack '{stack.Name}' has no configuration value '{key}'.");

    private static async Task<string> ReadAsync(bool hidden)
    {
        if (Console.IsInputRedirected)
            return (await Console.In.ReadToEndAsync()).TrimEnd('\r', '\n');
        Console.Error.Write("value: ");
        return hidden ? Questions.Hidden() : Questions.Line();
    }
}
