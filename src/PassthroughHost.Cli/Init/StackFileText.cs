using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Init;

/// <summary>Writes a proposal as a stack file, with the reason for each choice as a comment.</summary>
internal static class StackFileText
{
    /// <summary>The file's text.</summary>
    /// <param name="advice">What it says.</param>
    /// <param name="project">The project's name, the namespace of the key.</param>
    /// <param name="verdict">What the machine is fit for.</param>
    /// <param name="salt">The salt of the secrets of a file it replaces; null where there is none.</param>
    /// <param name="schema">The JSON Schema that editors check it with, relative to the file; null where there is none.</param>
    public static string Write(StackAdvice advice, string project, string verdict, string? salt = null, string? schema = null)
    {
        var system = advice.Facts.System;
        var machine = new List<StackEntry> { new("connection", Connection(advice.Connection), HowItIsReached(advice.Connection)) };
        machine.AddRange(advice.Entries());
        var root = new List<StackEntry>
        {
            new("config", new StackMap([new($"{project}:{SpecReader.Root}", new StackMap(machine))])),
        };
        if (salt is not null)
            root.Add(new("encryptionsalt", salt));
        return YamlText.Write(
            (schema is null ? "" : $"yaml-language-server: $schema={schema}\n")
            + $"{system.HostName}: {system.Machine}, {system.PrettyName}, Linux {advice.Facts.Boot.Kernel}.\n"
            + $"As it is, it is {verdict}.\n"
            + (advice.Adoption is null
                ? "Proposed by `passthrough init` from a reading of the machine: change what you want otherwise, then look with `preview` (nothing is written) before `up`."
                : "What was set up by hand, read by `passthrough init --adopt`: it says what the machine is. Look with `preview` (nothing is written) before `up`."),
            new(root));
    }

    private static StackMap Connection(ConnectionSpec connection)
    {
        var entries = Endpoint(connection);
        if (connection.Proxy is { } proxy)
            entries.Add(new("proxy", new StackMap(Endpoint(proxy)), "The bastion on the way to it."));
        return new(entries);
    }

    private static List<StackEntry> Endpoint(EndpointSpec endpoint)
    {
        var entries = new List<StackEntry> { new("host", endpoint.Host) };
        if (endpoint.Port != 22)
            entries.Add(new("port", endpoint.Port));
        entries.Add(new("user", endpoint.User));
        entries.Add(new("hostKey", endpoint.HostKey!));
        if (endpoint.PrivateKeyFile is { } file)
            entries.Add(new("privateKeyFile", file));
        return entries;
    }

    private static string HowItIsReached(ConnectionSpec connection) =>
        (HostKey.Read(connection.HostKey ?? "") is { } key ? $"Only a machine with this host key is trusted ({key.Fingerprint}). " : "")
        + (connection.PrivateKeyFile is null ? "The login's key is asked of the SSH agent; privateKeyFile names a file instead." : "The key to log in with is in this file; leave it out to ask the SSH agent.");
}
