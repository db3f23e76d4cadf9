using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace PassthroughInfra.Bench;

/// <summary>A host to preview, a project with a stack for it, and the plain ssh command that reaches it.</summary>
internal sealed class BenchHost(string project, string stack, string[] ssh, Action close) : IDisposable
{
    private static readonly string ProjectFile = $"name: passthrough-infra\nruntime:\n  name: dotnet\n  options:\n    binary: {Paths.Machine}\n";

    public string Project => project;

    public string Stack => stack;

    public string[] Ssh => ssh;

    /// <summary>A lab, which has to be up: <c>./passthrough lab up --name NAME</c>. Its stack is the project's own for the lab.</summary>
    public static BenchHost Lab(string name)
    {
        var keys = Path.Combine(Paths.Root, ".lab", name);
        if (!File.Exists(Path.Combine(keys, "env.json")))
            throw new InvalidOperationException($"The lab '{name}' is not up: there is no {keys}/env.json. Start it with ./passthrough lab up --name {name}.");
        using var environment = JsonDocument.Parse(File.ReadAllText(Path.Combine(keys, "env.json")));
        var port = environment.RootElement.GetProperty("port").GetInt32();
        var directory = Directory.CreateTempSubdirectory("bench-").FullName;
        File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), ProjectFile);
        File.WriteAllText(Path.Combine(directory, "Pulumi.bench.yaml"), File.ReadAllText(Path.Combine(Paths.Root, "Pulumi.lab.yaml"))
            .Replace("port: 22022", $"port: {port}", StringComparison.Ordinal).Replace(".lab/lab/", keys + "/", StringComparison.Ordinal));
        return new(directory, "bench", SshTo(port, "ops", Path.Combine(keys, "id_ed25519"), Path.Combine(keys, "host_key.pub")), () => Directory.Delete(directory, recursive: true));
    }

    /// <summary>An sshd of its own on this machine.</summary>
    public static BenchHost Loopback()
    {
        var directory = Directory.CreateTempSubdirectory("bench-").FullName;
        foreach (var key in (ReadOnlySpan<string>)["host", "user"])
            Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", Path.Combine(directory, key)]).WaitForExit();
        var port = FreePort();
        File.WriteAllLines(Path.Combine(directory, "sshd_config"),
        [
            $"Port {port}", "ListenAddress 127.0.0.1", $"HostKey {directory}/host", $"AuthorizedKeysFile {directory}/user.pub", "PidFile none", "StrictModes no", "UsePAM no", "PermitRootLogin yes",
        ]);
        if (Environment.IsPrivilegedProcess)
            Directory.CreateDirectory("/run/sshd");
        var sshd = Process.Start("/usr/sbin/sshd", ["-D", "-f", Path.Combine(directory, "sshd_config")]);
        SpinWait.SpinUntil(() => Answers(port), TimeSpan.FromSeconds(10));
        File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), ProjectFile);
        File.WriteAllLines(Path.Combine(directory, "Pulumi.loopback.yaml"),
        [
            "config:", "  passthrough-infra:machine:", "    connection:", "      host: 127.0.0.1", $"      port: {port}", $"      user: {Environment.UserName}",
            $"      hostKeyFile: {directory}/host.pub", $"      privateKeyFile: {directory}/user", "    desktop: false",
        ]);
        return new(directory, "loopback", SshTo(port, Environment.UserName, Path.Combine(directory, "user"), Path.Combine(directory, "host.pub")), () =>
        {
            sshd.Kill();
            sshd.WaitForExit();
            Directory.Delete(directory, recursive: true);
        });
    }

    public void Dispose() => close();

    private static string[] SshTo(int port, string user, string key, string hostKey)
    {
        var known = Path.Combine(Path.GetTempPath(), $"bench-known-{port}");
        File.WriteAllText(known, $"[127.0.0.1]:{port} {File.ReadAllText(hostKey).Trim()}\n");
        return ["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", $"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", "-i", key, "-p", $"{port}", $"{user}@127.0.0.1"];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
