using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>A machine that was read.</summary>
/// <param name="Facts">What was found.</param>
/// <param name="Source">Where that came from, for people.</param>
/// <param name="Connection">How it is reached; null for this machine itself and for a recorded probe.</param>
/// <param name="Stack">What the stack of <c>--stack</c> asks of it; null where none is named.</param>
internal sealed record ReadHost(HostFacts Facts, string Source, ConnectionSpec? Connection, MachineSpec? Stack);

/// <summary>Finds out which machine the options mean, and reads it.</summary>
internal sealed class HostSource(VerbContext context, HostOptions options)
{
    private const string Placeholder = "recorded.invalid";

    private ParseResult Parsed => context.Parsed;

    /// <summary>Reads the machine that is meant.</summary>
    /// <param name="withStack">Whether <c>--stack</c> names a stack that is there, and whose machine is meant where no other is.</param>
    /// <exception cref="EngineException">No machine is meant, or it cannot be read.</exception>
    public async Task<ReadHost> ReadAsync(bool withStack)
    {
        var (host, local, file) = (Parsed.GetValue(options.Host), Parsed.GetValue(options.Local), Parsed.GetValue(options.Facts));
        if (host is null && Parsed.GetValue(options.Proxy) is not null)
            throw new EngineException("--proxy is a bastion on the way to --host; name that too. A stack names its own in connection.proxy.");
        var name = withStack ? Parsed.GetValue(GlobalOptions.Stack) : null;
        // init may be given a reading and, beside it, the machine it is of.
        if (new[] { host is not null, local, file is not null }.Count(x => x) > (withStack || local ? 1 : 2))
            throw new EngineException("--host, --local and --facts each name a machine; give one of them.");
        var stack = name is null ? null : OpenStack(name);
        if (file is not null)
            return new(Load(file), $"the recorded probe {file}", host is null ? null : await ConnectAsync(HostAddress.Parse(host)), stack);
        if (local)
            return Checked(await HostReader.ReadLocalAsync(stack ?? HostReader.Survey(Nowhere()), context.Interrupts.Stopping), "this machine", null, stack);
        if (host is not null)
        {
            var address = HostAddress.Parse(host);
            var connection = await ConnectAsync(address);
            return await ReadOverSshAsync(HostReader.Survey(connection), Directory.GetCurrentDirectory(), $"{address}", stack);
        }
        if (stack is null)
            throw new EngineException($"No machine is named: use --host user@name, --local{(withStack ? ", --stack NAME" : "")} or --facts FILE.");
        if (stack.Facts is { } recorded)
            return new(HostReader.ReadRecorded(recorded, context.Workspace.Project.Directory), $"the recorded probe {recorded} that stack '{name}' names", stack.Connection, stack);
        return await ReadOverSshAsync(stack, context.Workspace.Project.Directory, $"{stack.Connection.User}@{stack.Connection.Host}", stack);
    }

    private async Task<ReadHost> ReadOverSshAsync(MachineSpec spec, string root, string source, MachineSpec? stack)
    {
        ConsoleWriter.StandardError.Line(ConsoleWriter.StandardError.In(ConsoleStyle.Faint, $"reading {source}…"));
        try
        {
            return Checked(await HostReader.ReadAsync(spec, root, context.Interrupts.Stopping), source, spec.Connection, stack);
        }
        catch (ProbeException problem)
        {
            throw new EngineException($"{source}: {problem.Message}.\nIt logs in, but what comes back is no reading of a Linux host; a login shell that prints something may be in the way.", problem);
        }
    }

    private static ReadHost Checked(Reading reading, string source, ConnectionSpec? connection, MachineSpec? stack) =>
        reading.Facts is { } facts ? new(facts, source, connection, stack) : throw new EngineException(HostFailure.Explain(source, reading, connection));

    private MachineSpec OpenStack(string name)
    {
        using var stack = context.OpenStack(context.Workspace.StackName(name));
        return StackMachine.Read(stack);
    }

    private static HostFacts Load(string file)
    {
        try
        {
            return RecordedProbe.Read(File.ReadAllText(file));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new EngineException($"{file} cannot be read as a recorded probe: {RecordedProbe.Problem(problem)}\nMake one with: passthrough doctor --host … --save {file}", problem);
        }
    }

    // Where there is no connection, the probe still wants a spec.
    private static ConnectionSpec Nowhere() => new() { Host = Placeholder, HostKey = ConnectionSpec.AcceptAnyHostKey };

    private async Task<ConnectionSpec> ConnectAsync(HostAddress address)
    {
        var proxy = Parsed.GetValue(options.Proxy) is { } text ? HostAddress.Parse(text, options.Proxy.Name) : null;
        var question = new HostKeyQuestion(context, options);
        // The bastion is met first.
        var bastion = proxy is null ? null : Endpoint(proxy, await question.OfProxyAsync(proxy));
        var connection = Endpoint(address, await question.OfHostAsync(address, proxy));
        if (bastion is not null)
            connection["proxy"] = bastion;
        return SpecReader.Read(new JsonObject { ["connection"] = connection }.ToJsonString()).Connection;
    }

    private JsonObject Endpoint(HostAddress address, HostKey key)
    {
        var endpoint = new JsonObject { ["host"] = address.Host, ["port"] = address.Port, ["user"] = address.User, ["hostKey"] = key.ToString() };
        if (Parsed.GetValue(options.IdentityFile) is { } identity)
            endpoint["privateKeyFile"] = Full(identity);
        return endpoint;
    }

    private static string Full(string file)
    {
        var full = file.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), file[2..]) : Path.GetFullPath(file);
        return File.Exists(full) ? full : throw new EngineException($"--identity-file: there is no file {full}.");
    }
}
