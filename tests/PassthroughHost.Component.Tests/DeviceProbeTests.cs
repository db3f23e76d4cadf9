using System.Diagnostics;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>probe-devices.sh as it is, on a sysfs of this test's own.</summary>
public sealed class DeviceProbeTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("device-probe").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>The paths are those of Linux with an NVMe drive behind Intel VMD (<c>drivers/pci/controller/vmd.c</c>).</summary>
    [Fact]
    public void A_drive_behind_Intel_VMD_is_read_and_keeps_the_bridge_from_being_given_away()
    {
        const string Vmd = "pci0000:00/0000:00:0e.0";
        const string Port = Vmd + "/pci10000:e0/10000:e0:06.0";
        const string Drive = Port + "/10000:e1:00.0";
        Function(Vmd, "8086:467f", "010400");
        Function(Port, "8086:464d", "060400");
        Function(Drive, "144d:a808", "010802");
        Link("sys/class/block/nvme0n1", $"../../devices/{Drive}/nvme/nvme0/nvme0n1");
        Link("sys/class/block/nvme0n1p2", $"../../devices/{Drive}/nvme/nvme0/nvme0n1/nvme0n1p2");

        var rows = Probe("devices; function_of block/nvme0n1p2; row disk / nvme0n1p2 \"$pci\"");
        var facts = ProbeParser.Parse(rows + "\nend\n");

        var controller = PciAddress.Parse("10000:e1:00.0");
        Assert.Equal(["00:0e.0", "10000:e0:06.0", "10000:e1:00.0"], facts.Pci.Select(p => p.Address.Brief));
        Assert.Equal([null, "00:0e.0", "10000:e0:06.0"], facts.Pci.Select(p => p.Parent?.Brief));
        Assert.Equal(controller, Assert.Single(facts.Disks).Controller);
        Assert.Equal(
            [("00:0e.0", "carries / (nvme0n1p2)"), ("10000:e1:00.0", "carries / (nvme0n1p2)")],
            Gates.Losses(facts).Select(l => (l.Key.Brief, l.Value)).Order());
    }

    private void Function(string path, string id, string kind)
    {
        var directory = Path.Combine(root, "sys/devices", path);
        Directory.CreateDirectory(directory);
        var (vendor, device) = (id[..4], id[5..]);
        foreach (var (name, content) in new[] { ("vendor", "0x" + vendor), ("device", "0x" + device), ("class", "0x" + kind), ("numa_node", "0") })
        {
            File.WriteAllText(Path.Combine(directory, name), content + "\n");
        }

        File.WriteAllText(Path.Combine(directory, "modalias"), $"pci:v0000{vendor.ToUpperInvariant()}d0000{device.ToUpperInvariant()}sv00000000sd00000000bc{kind[..2]}sc{kind[2..4]}i{kind[4..]}\n");
        Link("sys/bus/pci/devices/" + Path.GetFileName(path), "../../../devices/" + path);
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
        File.CreateSymbolicLink(Path.Combine(root, path), target);
    }

    // Only the root of sysfs is another; what the paths are counted by stays.
    private string Probe(string commands)
    {
        var facts = Path.Combine(Repository.Root, "src/PassthroughHost.Component/Facts");
        var shared = File.ReadAllText(Path.Combine(facts, "probe.sh"));
        var script = shared[..shared.IndexOf("have() {", StringComparison.Ordinal)] + File.ReadAllText(Path.Combine(facts, "probe-devices.sh"))
            .Replace("/sys/", "./sys/", StringComparison.Ordinal).Replace(@"/^\/sys", @"/^[.]\/sys", StringComparison.Ordinal);
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", script + "\n" + commands }, WorkingDirectory = root, RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return output;
    }
}
