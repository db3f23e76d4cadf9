using PassthroughInfra.EndToEnd.Program;
using Pulumi;
using Pulumi.Command.Remote.Inputs;
using Local = Pulumi.Command.Local;
using Remote = Pulumi.Command.Remote;

// A program that is all data: the commands that the stack file lists, over SSH or on this machine.
return await Deployment.RunAsync(() =>
{
    var config = new Config();
    var connection = config.GetObject<DeclaredConnection>("connection");
    var commands = config.RequireObject<DeclaredCommand[]>("resources");
    var group = new Lazy<ComponentResource>(() => new Group("group"));
    var made = new Dictionary<string, CustomResource>(StringComparer.Ordinal);
    var outputs = new Dictionary<string, object?>();
    foreach (var command in commands.SelectMany(c => c.Repeat == 0 ? [c] : Enumerable.Range(0, c.Repeat).Select(i => c with { Name = $"{c.Name}{i}" })))
    {
        var options = new CustomResourceOptions { Protect = command.Protect, DeleteBeforeReplace = command.DeleteBeforeReplace ? true : null };
        if (command.InGroup)
            options.Parent = group.Value;
        foreach (var name in command.DependsOn)
            options.DependsOn.Add(made[name]);
        var stdin = command.SecretStdin is { } key ? config.RequireSecret(key) : command.Stdin is { } text ? Output.Create(text) : null;
        made[command.Name] = command.Local ? MakeLocal(command, stdin, options, outputs) : MakeRemote(command, connection!, stdin, options, outputs);
    }
    return outputs;
});

static Local.Command MakeLocal(DeclaredCommand declared, Output<string>? stdin, CustomResourceOptions options, Dictionary<string, object?> outputs)
{
    var args = new Local.CommandArgs { Create = declared.Create };
    if (declared.Update is { } update)
        args.Update = update;
    if (declared.Delete is { } delete)
        args.Delete = delete;
    if (declared.Trigger is { } trigger)
        args.Triggers = new object[] { trigger };
    if (stdin is not null)
        args.Stdin = stdin;
    var command = new Local.Command(declared.Name, args, options);
    outputs[declared.Name] = command.Stdout;
    return command;
}

static Remote.Command MakeRemote(DeclaredCommand declared, DeclaredConnection connection, Output<string>? stdin, CustomResourceOptions options, Dictionary<string, object?> outputs)
{
    var args = new Remote.CommandArgs
    {
        Connection = new ConnectionArgs
        {
            Host = connection.Host,
            Port = connection.Port,
            User = connection.User,
            // One that is not in the stack file in plain is a secret of the configuration.
            PrivateKey = connection.PrivateKey.Length > 0 ? connection.PrivateKey : new Config().RequireSecret("privateKey"),
            HostKey = connection.HostKey,
            DialErrorLimit = 3,
        },
        Create = declared.Create,
        AddPreviousOutputInEnv = false,
    };
    if (declared.Update is { } update)
        args.Update = update;
    if (declared.Delete is { } delete)
        args.Delete = delete;
    if (declared.Trigger is { } trigger)
        args.Triggers = new object[] { trigger };
    if (stdin is not null)
        args.Stdin = stdin;
    var command = new Remote.Command(declared.Name, args, options);
    outputs[declared.Name] = command.Stdout;
    return command;
}

/// <summary>A component with nothing of its own.</summary>
internal sealed class Group(string name) : ComponentResource("endtoend:index:Group", name);
