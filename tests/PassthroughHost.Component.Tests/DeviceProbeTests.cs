using System.Diagnostics;
using System.Text;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
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
            HostDevices.Of(facts).Losses.Select(l => (l.Key.Brief, l.Value.Words)).Order());
    }

    /// <summary>The paths and contents are those of Linux 6.12 (<c>drivers/usb/core/sysfs.c</c>, <c>drivers/gpu/drm/drm_sysfs.c</c>, <c>drivers/pci/slot.c</c>).</summary>
    [Fact]
    public void Keyboards_outputs_slots_and_memory_are_read()
    {
        const string Controller = "pci0000:00/0000:00:14.0";
        const string Card = "pci0000:00/0000:00:01.0/0000:01:00.0";
        Function(Controller, "8086:a2af", "0c0330");
        Function("pci0000:00/0000:00:01.0", "8086:1901", "060400");
        Function(Card, "10de:1f82", "030000");
        Usb(Controller, "usb1", "1d6b:0002", "1-0:1.0", "090000");
        Usb(Controller, "usb1/1-3", "046d:c31c", "1-3:1.0", "030101");
        Link("sys/class/drm/card1", $"../../devices/{Card}/drm/card1");
        Link("sys/class/drm/card1-HDMI-A-1", $"../../devices/{Card}/drm/card1/card1-HDMI-A-1");
        Write($"sys/devices/{Card}/drm/card1/card1-HDMI-A-1/status", "connected\n");
        Link($"sys/devices/{Card}/drm/card1/device", "../../");
        Write($"sys/devices/{Card}/boot_vga", "0\n");
        Write($"sys/devices/{Card}/removable", "fixed\n");
        Write($"sys/devices/{Card}/resource", "0x00000000a3000000 0x00000000a3ffffff 0x0000000000040200\n0x0000000090000000 0x000000009fffffff 0x000000000014220c\n");
        Write($"sys/devices/{Card}/resource1_resize", "0000000000001fc0\n");
        Write("sys/bus/pci/slots/PCIE 1/address", "0000:01:00\n");

        var facts = ProbeParser.Parse(Probe("devices; displays") + "\nend\n");

        var card = facts.Device(PciAddress.Parse("01:00.0"))!;
        Assert.Equal(new UsbFacts(PciAddress.Parse("00:14.0"), "046d:c31c", "Somebody Something", []).ToString(), Assert.Single(facts.Usb!).ToString());
        Assert.True(facts.Usb![0].IsKeyboard);
        Assert.Equal((PciAddress.Parse("00:14.0"), "PCIE 1", false, false), (facts.Usb[0].Controller, card.SlotName, card.BootVga, card.Removable));
        Assert.Equal([new ConnectorFacts("HDMI-A-1", true)], card.Connectors!);
        Assert.Equal([new BarFacts(0, 16384, 0), new BarFacts(1, 262144, 4194304)], card.Bars);
        Assert.Null(card.ResetMethods);
    }

    /// <summary>A table as firmware writes it: a slot with the card's address, one with its port's, one of which the firmware does not know where it is.</summary>
    [Fact]
    public void What_is_printed_beside_a_slot_is_read_from_the_firmware()
    {
        Function("pci0000:00/0000:00:01.0", "8086:1901", "060400");
        Function("pci0000:00/0000:00:01.0/0000:01:00.0", "10de:1f82", "030000");
        Function("pci0000:00/0000:00:01.0/0000:01:00.1", "10de:10fa", "040300");
        Function("pci0000:00/0000:00:1c.4", "8086:a294", "060400");
        Function("pci0000:00/0000:00:1c.4/0000:02:00.0", "1002:1478", "060400");
        Function("pci0000:00/0000:00:1c.4/0000:02:00.0/0000:03:00.0", "1002:73bf", "030000");
        Function("pci0000:00/0000:00:1d.0", "8086:a298", "060400");
        Function("pci0000:00/0000:00:1d.0/0000:04:00.0", "8086:1539", "020000");
        Write("sys/bus/pci/slots/7/address", "0000:04:00\n");
        Write("sys/bus/pci/slots/8/address", "0000:01:00\n");
        byte[] table =
        [
            .. Structure(4, [1, 0, 0], "CPU 1"),
            .. Slot(1, 0x01, 0x00, "PCIEX16_1", "of no use"),
            .. Slot(2, 0x00, 0xe4, "not this one", " PCIEX1 \u00e4 "),
            .. Slot(1, 0xff, 0xff, "PCIEX4"),
            .. Structure(9, [1, 0, 0], "too short"),
            .. Structure(127, []),
        ];
        Directory.CreateDirectory(Path.Combine(root, "sys/firmware/dmi/tables"));
        File.WriteAllBytes(Path.Combine(root, "sys/firmware/dmi/tables/DMI"), table);

        var facts = ProbeParser.Parse(Probe("devices; slots") + "\nend\n");

        Assert.Equal(
            [("01:00.0", "PCIEX16_1"), ("01:00.1", "PCIEX16_1"), ("03:00.0", "PCIEX1"), ("04:00.0", "7")],
            facts.Pci.Where(p => !p.IsBridge).Select(p => (p.Address.Brief, p.SlotName)));
    }

    /// <summary>Linux 6.16 and later on a hybrid processor; 7 is a small core beside the L3 cache, and the favoured 1 is a little faster than 0.</summary>
    [Fact]
    public void Kinds_of_cores_are_told_by_their_capacity()
    {
        foreach (var (cpu, capacity) in new[] { 990, 1024, 990, 990, 598, 598, 598, 410 }.Index())
        {
            var directory = $"sys/devices/system/cpu/cpu{cpu}";
            Write($"{directory}/topology/core_id", $"{cpu}\n");
            Write($"{directory}/topology/core_cpus_list", $"{cpu}\n");
            Write($"{directory}/cpu_capacity", $"{capacity}\n");
            Write($"{directory}/cache/index3/level", cpu == 7 ? "2\n" : "3\n");
            Write($"{directory}/cache/index3/shared_cpu_list", cpu == 7 ? "7\n" : "0-6\n");
            Write($"{directory}/cache/index3/size", "12288K\n");
        }

        var facts = ProbeParser.Parse(Probe("cores") + "\nend\n");

        Assert.Equal(1024, facts.Cpu.Cpus[1].Capacity);
        Assert.Equal(
            [.. Enumerable.Repeat(CoreKind.Performance, 4), .. Enumerable.Repeat(CoreKind.Efficient, 3), CoreKind.LowPower],
            CpuCores.Of(facts.Cpu).Select(c => c.Kind));
        Assert.Equal("1-3", PinningPlanner.Plan(facts.Cpu, null, int.MaxValue, null).Cpus.ToString());
        Assert.All(CpuCores.Of(facts.Cpu with { Cpus = [.. facts.Cpu.Cpus.Take(4)] }), c => Assert.Equal(CoreKind.Unknown, c.Kind));
    }

    private static byte[] Slot(byte name, byte bus, byte function, params string[] texts) =>
        Structure(9, [name, 0xa5, 0x0d, 4, 4, 1, 0, 0x0c, 1, 0, 0, bus, function], texts);

    private static byte[] Structure(byte type, byte[] content, params string[] texts) =>
        [type, (byte)(content.Length + 4), 0, 1, .. content, .. texts.SelectMany(t => Encoding.Latin1.GetBytes(t).Append((byte)0)), .. texts.Length == 0 ? (byte[])[0, 0] : [0]];

    private void Usb(string controller, string path, string id, string face, string kind)
    {
        var device = $"sys/devices/{controller}/{path}";
        foreach (var (name, content) in new[] { ("idVendor", id[..4]), ("idProduct", id[5..]), ("manufacturer", "Somebody"), ("product", "Something") })
        {
            Write($"{device}/{name}", content + "\n");
        }

        foreach (var (name, content) in new[] { ("bInterfaceClass", kind[..2]), ("bInterfaceSubClass", kind[2..4]), ("bInterfaceProtocol", kind[4..]) })
        {
            Write($"{device}/{face}/{name}", content + "\n");
        }

        Link($"sys/bus/usb/devices/{Path.GetFileName(path)}", $"../../../devices/{controller}/{path}");
        Link($"sys/bus/usb/devices/{face}", $"../../../devices/{controller}/{path}/{face}");
    }

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
        File.WriteAllText(Path.Combine(root, path), content);
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
        var facts = Path.Combine(Repository.Root, "src/PassthroughHost.Component/Probe");
        var shared = File.ReadAllText(Path.Combine(facts, "probe.sh"));
        var script = shared + string.Concat(((string[])["probe-rows.sh", "probe-devices.sh", "probe-ports.sh", "probe-system.sh"]).Select(part => File.ReadAllText(Path.Combine(facts, part))))
            .Replace("/sys/", "./sys/", StringComparison.Ordinal).Replace(@"/^\/sys", @"/^[.]\/sys", StringComparison.Ordinal);
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", script + "\n" + commands }, WorkingDirectory = root, RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return output;
    }
}
