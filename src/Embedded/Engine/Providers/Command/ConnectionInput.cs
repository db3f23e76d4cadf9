using System.Collections.Immutable;
using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>The <c>connection</c> input of the remote resources: its defaults, its rules, and the target it stands for.</summary>
internal static class ConnectionInput
{
    private const string Host = "host";
    private const string Port = "port";
    private const string Proxy = "proxy";
    private const string HostKeyField = "hostKey";

    private static readonly ImmutableArray<string> TextFields =
        [Host, "user", "password", "privateKey", "privateKeyPassword", "agentSocketPath", HostKeyField];

    // As pulumi-command fills them in, so that a state written by either is the same.
    private static readonly PropertyMap Defaults = PropertyMap.Of(
        ("user", "root"), (Port, 22.0), ("dialErrorLimit", SshTarget.DefaultDialErrorLimit), ("perDialTimeout", 15.0));

    /// <summary>The connection with defaults filled in, and what is wrong with it.</summary>
    public static PropertyMap Check(PropertyMap connection, string at, List<CheckProblem> problems)
    {
        foreach (var key in connection.Keys.Where(k => !TextFields.Contains(k) && !Defaults.ContainsKey(k) && (k != Proxy || at != "connection")))
            problems.Add(new($"{at}.{key}", $"there is no such field; a connection has {string.Join(", ", TextFields.Concat(Defaults.Keys).Append(Proxy).Distinct().Order(StringComparer.Ordinal))}"));
        if (connection.Get(Host) is null)
            problems.Add(new($"{at}.{Host}", "it is required: the name or address to connect to"));
        foreach (var key in TextFields.Append("user"))
        {
            if (connection.Get(key) is { } value && value is not PropertyUnknown && value.AsString is null)
                problems.Add(new($"{at}.{key}", "expected a string"));
        }
        CheckWord(connection, Host, at, problems);
        CheckWord(connection, "user", at, problems);
        CheckNumber(connection, Port, 1, 65535, at, problems);
        CheckNumber(connection, "dialErrorLimit", -1, int.MaxValue, at, problems);
        CheckNumber(connection, "perDialTimeout", 0, int.MaxValue / 1000, at, problems);
        if (connection.GetString(HostKeyField) is { } line)
        {
            try
            {
                HostKey.Parse(line);
            }
            catch (FormatException e)
            {
                problems.Add(new($"{at}.{HostKeyField}", e.Message));
            }
        }
        var filled = Defaults.Merge(PropertyMap.Of(connection.Where(e => !e.Value.IsNull)));
        return connection.GetMap(Proxy) is { } proxy ? filled.With(Proxy, Check(proxy, $"{at}.{Proxy}", problems)) : filled;
    }

    /// <summary>The target of a checked connection.</summary>
    public static SshTarget Target(PropertyMap connection) => new()
    {
        Host = connection.GetString(Host) ?? throw new ProviderException("The state has no connection.host, so there is nothing to connect to."),
        User = connection.GetString("user") ?? "root",
        Port = (int)(connection.GetNumber(Port) ?? 22),
        Password = connection.GetString("password"),
        PrivateKey = connection.GetString("privateKey"),
        PrivateKeyPassword = connection.GetString("privateKeyPassword"),
        AgentSocketPath = connection.GetString("agentSocketPath"),
        AgentMustAnswer = true,
        HostKey = connection.GetString(HostKeyField) is { } key ? HostKey.Parse(key) : null,
        DialErrorLimit = (int)(connection.GetNumber("dialErrorLimit") ?? SshTarget.DefaultDialErrorLimit),
        PerDialTimeout = TimeSpan.FromSeconds(connection.GetNumber("perDialTimeout") ?? 15),
        Proxy = connection.GetMap(Proxy) is { } proxy ? Target(proxy) : null,
    };

    /// <summary>A name that ssh could take for an option, or a shell for more than a name, is refused.</summary>
    private static void CheckWord(PropertyMap connection, string key, string at, List<CheckProblem> problems)
    {
        if (connection.GetString(key) is { } word && (word.Length == 0 || word[0] == '-' || word.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "'\"`$\\;&<>|(){}@".Contains(c, StringComparison.Ordinal))))
            problems.Add(new($"{at}.{key}", $"'{word}' is no {key} name; expected a word that does not begin with '-' and has no spaces, quotes or '@'"));
    }

    private static void CheckNumber(PropertyMap connection, string key, double least, double most, string at, List<CheckProblem> problems)
    {
        if (connection.Get(key) is not { } value || value is PropertyUnknown)
            return;
        if (value.AsNumber is not { } number || number < least || number > most || number != Math.Floor(number))
            problems.Add(new($"{at}.{key}", $"'{value}' is out of range; expected a whole number from {least} to {most}"));
    }
}
