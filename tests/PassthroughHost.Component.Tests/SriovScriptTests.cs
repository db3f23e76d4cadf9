using System.Diagnostics;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Tests;

/// <summary>The unit's script on a tree of plain files in place of sysfs: what it writes where. What the kernel makes of it, the lab shows.</summary>
public sealed class SriovScriptTests : IDisposable
{
    private const string Card = "0000:02:00.0";

    private readonly string _root = Directory.CreateTempSubdirectory("sriov").FullName;

    public SriovScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "pci", "drivers", "vfio-pci"));
        Directory.CreateDirectory(At(Card, "driver"));
        Directory.CreateDirectory(At(Card, "net", "enp2s0f0"));
        Write("0x8086\n", Card, "vendor");
        Write("0x1521\n", Card, "device");
        Write("0\n", Card, "sriov_numvfs");
        Write("1\n", Card, "sriov_drivers_autoprobe");
        for (var i = 0; i < 3; i++)
        {
            Directory.CreateDirectory(At($"0000:02:1{i}.0"));
            Write("(null)\n", $"0000:02:1{i}.0", "driver_override");
            Directory.CreateSymbolicLink(At(Card, $"virtfn{i}"), $"../0000:02:1{i}.0");
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Each_function_goes_to_whom_the_list_says_and_has_its_MAC_address()
    {
        Run("8086:1521");
        Assert.Equal("3\n", Read(Card, "sriov_numvfs"));
        Assert.Equal("1\n", Read(Card, "sriov_drivers_autoprobe"));
        Assert.Equal(["vfio-pci\n", "(null)\n", "vfio-pci\n"], Enumerable.Range(0, 3).Select(i => Read($"0000:02:1{i}.0", "driver_override")));
        Assert.Equal("link set dev enp2s0f0 vf 0 mac 52:54:00:0a:00:01\nlink set dev enp2s0f0 vf 1 mac 52:54:00:0a:00:02\n", File.ReadAllText(Path.Combine(_root, "ip")));
    }

    [Fact]
    public void Another_device_at_the_address_is_left_alone()
    {
        var (code, said) = Run("8086:1572");
        Assert.Equal(1, code);
        Assert.Contains("it is [8086:1521], not [8086:1572]: left alone", said, StringComparison.Ordinal);
        Assert.Equal("0\n", Read(Card, "sriov_numvfs"));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal("(null)\n", Read($"0000:02:1{i}.0", "driver_override")));
    }

    private string At(params string[] path) => Path.Combine([_root, "pci", "devices", .. path]);

    private void Write(string text, params string[] path) => File.WriteAllText(At(path), text);

    private string Read(params string[] path) => File.ReadAllText(At(path));

    private (int Code, string Said) Run(string id)
    {
        File.WriteAllText(
            Path.Combine(_root, "list"),
            $"# a list\ndevice {Card} {id} 3\nfunction {Card} 0 guest 52:54:00:0a:00:01\nfunction {Card} 1 host 52:54:00:0a:00:02\nfunction {Card} 2 guest -\n");
        var script = EmbeddedScript.Text("sriov-unit.sh")
            .Replace("\npci=/sys/bus/pci\n", $"\npci='{_root}/pci'\n", StringComparison.Ordinal)
            .Replace("\nlist=/etc/passthrough-host/sriov\n", $"\nlist='{_root}/list'\n", StringComparison.Ordinal)
            .Replace("\ncode=0\n", $"\ncode=0\nip() {{ echo \"$@\" >>'{_root}/ip'; }}\n", StringComparison.Ordinal);
        Assert.Contains($"pci='{_root}/pci'", script, StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-s", "--", "make"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        shell.StandardInput.Write(script);
        shell.StandardInput.Close();
        var said = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }
}
