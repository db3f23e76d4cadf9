using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

/// <summary>A real sshd on a port of 127.0.0.1, with configuration and keys of its own, that lets this user in by key.</summary>
public sealed class LoopbackSshd : IDisposable
{
    private const string Program = "/usr/sbin/sshd";
    private readonly string[] extraConfig;
    private Process? process;

    public LoopbackSshd(params string[] extraConfig)
    {
        this.extraConfig = extraConfig;
        HostKey = HostKey.Parse(File.ReadAllText(Keys.Make(Path.Combine(Directory, "host_ed25519")) + ".pub"));
        UserKeyPath = Keys.Make(Path.Combine(Directory, "user"));
        File.Copy(UserKeyPath + ".pub", Path.Combine(Directory, "authorized_keys"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("sshd-").FullName;

    public int Port { get; }

    public HostKey HostKey { get; }

    public string HostKeyLine => $"{HostKey.Type} {HostKey.Blob}";

    public string UserKeyPath { get; }

    public string UserKey => File.ReadAllText(UserKeyPath);

    public SshTarget Target => new() { Host = "127.0.0.1", Port = Port, User = Environment.UserName, PrivateKey = UserKey, HostKey = HostKey };

    /// <summary>What sshd has logged, in all its runs.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    /// <summary>How many times someone logged in: once a connection.</summary>
    public int Logins => Log.Split("Accepted publickey for").Length - 1;

    private string LogPath => Path.Combine(Directory, "log");

    /// <param name="environment">Variables for sshd itself.</param>
    public LoopbackSshd Start(params (string Name, string Value)[] environment)
    {
        if (Environment.IsPrivilegedProcess)
            System.IO.Directory.CreateDirectory("/run/sshd");
        var config = Path.Combine(Directory, "sshd_config");
        File.WriteAllLines(config,
        [
            .. extraConfig,
            $"Port {Port}", "ListenAddress 127.0.0.1", $"HostKey {Directory}/host_ed25519", $"AuthorizedKeysFile {Directory}/authorized_keys",
            "PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
            // bash reads its user's ~/.bashrc in every session that sshd starts, and what stands there can take a second.
            $"SetEnv HOME={Directory}",
            "MaxStartups 100", "LogLevel VERBOSE", .. extraConfig.Any(l => l.StartsWith("Subsystem", StringComparison.Ordinal)) ? Array.Empty<string>() : ["Subsystem sftp internal-sftp"],
        ]);
        var start = new ProcessStartInfo(Program, ["-D", "-E", LogPath, "-f", config]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        // It listens within milliseconds, so that tests need not be asynchronous to have one.
        SpinWait.SpinUntil(() => process.HasExited || Answers(), TimeSpan.FromSeconds(20));
        return process.HasExited ? throw new InvalidOperationException($"sshd did not start: {Log}") : this;
    }

    /// <summary>Ends the listener; connections there are stay, as when ssh.service is stopped.</summary>
    public void Stop()
    {
        process?.Kill();
        process?.WaitForExit();
        process = null;
    }

    public void Dispose()
    {
        Stop();
        // The sessions' own processes end a little later, and write to the log until then.
        SpinWait.SpinUntil(() =>
        {
            try
            {
                System.IO.Directory.Delete(Directory, recursive: true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(5));
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
