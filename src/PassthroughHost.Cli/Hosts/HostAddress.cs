using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>A machine as it is written on the command line: <c>[user@]name[:port]</c>, IPv6 addresses in brackets.</summary>
internal sealed partial record HostAddress(string User, string Host, int Port)
{
    /// <summary>Reads one; the login is root and the port 22 where they are left out.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="option">The option it was typed for.</param>
    /// <exception cref="EngineException">It is none.</exception>
    public static HostAddress Parse(string text, string option = "--host")
    {
        var match = Form().Match(text);
        var port = match.Groups["port"].Success ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) : 22;
        return match.Success && port is > 0 and <= 65535
            ? new(match.Groups["user"].Success ? match.Groups["user"].Value : "root", match.Groups["v6"].Success ? match.Groups["v6"].Value : match.Groups["host"].Value, port)
            : throw new EngineException($"{option}: \"{text}\" is not a machine; write [user@]name[:port], such as ops@gpu-host.internal, 192.0.2.7:2222 or root@[2001:db8::7]:22.");
    }

    /// <summary>The name under which known_hosts(5) has it.</summary>
    public string KnownName => Port == 22 ? Host : $"[{Host}]:{Port}";

    /// <summary>As <c>user@name:port</c>, with the port where it is not 22.</summary>
    public override string ToString() => $"{User}@{(Host.Contains(':') ? $"[{Host}]" : Host)}{(Port == 22 ? "" : $":{Port}")}";

    [GeneratedRegex(@"^((?<user>[A-Za-z_][A-Za-z0-9._-]*)@)?(\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?))(:(?<port>[0-9]{1,5}))?$")]
    private static partial Regex Form();
}
