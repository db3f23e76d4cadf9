using System.Diagnostics;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

/// <summary>
/// A real libvirtd (Debian packages libvirt-daemon, libvirt-daemon-driver-qemu, libvirt-clients, qemu-system-x86, swtpm, swtpm-tools) that keeps everything in a
/// directory of its own: in session mode, and for root as the user nobody, since libvirt gives root no session.
/// </summary>
public sealed class PrivateLibvirt : IDisposable
{
    // What libvirt finds out about QEMU by starting it several times. Its files are good for as long as libvirt and QEMU are the same, which it checks itself.
    private static readonly string Known = Path.Combine(AppContext.BaseDirectory, "qemu-capabilities");

    private readonly Process process;

    public PrivateLibvirt()
    {
        var config = Path.Combine(Root, "libvirtd.conf");
        File.WriteAllText(config, $"unix_sock_dir = \"{Root}/run\"\nauth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\n");
        foreach (var name in new[] { "run", "config", "cache", "data" })
            Directory.CreateDirectory(Path.Combine(Root, name));
        CopyCapabilities(Known, Capabilities);
        string[] daemon = ["/usr/sbin/libvirtd", "-f", config, "-p", $"{Root}/run/pid"];
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "-R", "nobody", Root);
            daemon = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. daemon];
        }
        var start = new ProcessStartInfo(daemon[0], daemon[1..]) { RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in new[] { ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", Root), ("XDG_RUNTIME_DIR", $"{Root}/run"), ("XDG_CONFIG_HOME", $"{Root}/config"), ("XDG_CACHE_HOME", $"{Root}/cache"), ("XDG_DATA_HOME", $"{Root}/data") })
            start.Environment[name] = value;
        process = Process.Start(start)!;
        process.BeginErrorReadLine();
        Assert.True(SpinWait.SpinUntil(() => process.HasExited || File.Exists(Socket), TimeSpan.FromSeconds(30)) && !process.HasExited, "libvirtd did not start; apt-get install libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 swtpm swtpm-tools");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("lv-").FullName;

    public string Uri => $"qemu+unix:///session?socket={Socket}";

    public string Socket => $"{Root}/run/libvirt-sock";

    private string Capabilities => Path.Combine(Root, "cache", "libvirt", "qemu", "cache", "capabilities");

    /// <summary>Runs virsh and gives its output.</summary>
    public string Virsh(params string[] words) => Run("virsh", ["-q", "-c", Uri, .. words]);

    public void Dispose()
    {
        foreach (var name in Virsh("list", "--name").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Virsh("destroy", name);
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        CopyCapabilities(Capabilities, Known);
        Directory.Delete(Root, recursive: true);
    }

    private static void CopyCapabilities(string from, string to)
    {
        if (!Directory.Exists(from))
            return;
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*.xml"))
        {
            // In one step: other tests read it at the same time.
            var copy = Path.Combine(to, $"{Path.GetFileName(file)}.{Guid.NewGuid():N}");
            File.Copy(file, copy);
            File.Move(copy, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static string Run(string program, params string[] words)
    {
        using var run = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        var output = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        return output;
    }
}
