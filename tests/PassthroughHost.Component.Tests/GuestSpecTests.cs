using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

public sealed class GuestSpecTests
{
    private const string Machine = """
        connection: { host: h, hostKey: insecure-accept-any }
        devices:
          - { name: gpu, address: "01:00.0", id: "10de:1f82" }
          - { name: usb, address: "04:00.0", id: "1912:0014" }
        network: { link: enp7s0, vlan: 3000, bridge: br3000 }

        """;

    [Fact]
    public void Name_memory_and_cores_are_enough()
    {
        var guest = Read("{ name: win10, memory: 12GiB, cpus: { cores: 4 } }");
        Assert.Equal((12 * 1024, 4, GuestPhase.Passthrough, false, false), (guest.Memory.MiB, guest.Cpus.Count, guest.Phase, guest.HasTpm, guest.HasSecureBoot));
        Assert.Null(guest.Cpus.Pin);
    }

    [Fact]
    public void Windows_11_has_a_tpm_and_secure_boot_by_itself()
    {
        var guest = Read("{ name: win11, os: windows11, memory: 12GiB, cpus: { cores: 4 } }");
        Assert.True(guest.HasTpm && guest.HasSecureBoot);
    }

    [Theory]
    [InlineData("pin: [2, 3, 4, 5]", "[2, 3, 4, 5]")]
    [InlineData("pin: ['2,8', '3,9', '4', 5-7]", "[2,8, 3,9, 4, 5-7]")]
    [InlineData("pin: auto", "auto")]
    public void Pins_are_auto_or_a_list(string pin, string read) =>
        Assert.Equal(read, Read($"{{ name: g, memory: 1GiB, cpus: {{ cores: 4, {pin} }} }}").Cpus.Pin!.ToString());

    [Theory]
    [InlineData("cpus: { cores: 4, pin: [2, 3] }", "guests[0].cpus.pin", "2 pins and 4 vCPUs")]
    [InlineData("cpus: { cores: 4, pin: some }", "guests[0].cpus.pin", "auto, or a host CPU")]
    [InlineData("cpus: { cores: 0 }", "guests[0].cpus.cores", "out of range")]
    [InlineData("cpus: { cores: 4, pins: auto }", "guests[0].cpus.pins", "did you mean \"pin\"")]
    [InlineData("cpus: { cores: 4, features: { topoext: require } }", "guests[0].cpus.features.topoext", "topoExt")]
    [InlineData("cpus: { cores: 4, ioThreadPin: ['2'] }", "guests[0].cpus.ioThreadPin", "1 pins and 0")]
    [InlineData("memory: 1T2", "guests[0].memory", "binary unit")]
    [InlineData("memory: 64MiB", "guests[0].memory", "too little")]
    [InlineData("name: a/b", "guests[0].name", "letters")]
    [InlineData("uuid: 1", "guests[0].uuid", "a UUID such as")]
    [InlineData("machine: pc", "guests[0].machine", "Q35")]
    [InlineData("devices: [gpu, ghost]", "guests[0].devices[1]", "known: gpu, usb")]
    [InlineData("devices: [gpu, gpu]", "guests[0].devices[1]", "twice")]
    [InlineData("deviceOptions: { ghost: {} }", "guests[0].deviceOptions.ghost", "none of the guest's devices")]
    [InlineData("deviceOptions: { gpu: { romfile: /x } }", "guests[0].deviceOptions.gpu.romfile", "did you mean \"romFile\"")]
    [InlineData("deviceOptions: { gpu: { romFile: /x, romBar: false } }", "guests[0].deviceOptions.gpu.romFile", "romBar")]
    [InlineData("deviceOptions: { gpu: { romFile: ../x } }", "guests[0].deviceOptions.gpu.romFile", "absolute path")]
    [InlineData("disk: { path: /dev/sdb, size: 1GiB }", "guests[0].disk.size", "block device")]
    [InlineData("disk: { path: /d.qcow2, format: block }", "guests[0].disk.format", "does not fit the path")]
    [InlineData("disk: { path: /d.qcow2, cache: writeback, io: native }", "guests[0].disk.io", "page cache")]
    [InlineData("disk: { path: /d.qcow2, ioThread: 1 }", "guests[0].disk.ioThread", "no I/O thread")]
    [InlineData("disk: { path: /d.qcow2, grow: true }", "guests[0].disk.grow", "no size to grow to")]
    [InlineData("disk: { path: /d.qcow2 }, disks: [{ path: /d.qcow2 }]", "guests[0].disks[0].path", "also that of")]
    [InlineData("disk: { path: /d.qcow2, bootOrder: 1 }, deviceOptions: { gpu: { bootOrder: 1 } }", "guests[0].deviceOptions.gpu.bootOrder", "its own place")]
    [InlineData("media: { installSha256: 12 }", "guests[0].media.installSha256", "64 hexadecimal digits")]
    [InlineData("cdroms: [/a.iso, /b.iso, /c.iso, /d.iso, /e.iso, /f.iso, /g.iso]", "guests[0].cdroms", "6 ports")]
    [InlineData("interfaces: [{ queues: 8 }]", "guests[0].interfaces[0].queues", "1 to 4")]
    [InlineData("interfaces: [{ mac: '52:54:00:00:00:01' }, { mac: '52:54:00:00:00:01' }]", "guests[0].interfaces[1].mac", "of its own")]
    [InlineData("usb: [{ bus: 1 }]", "guests[0].usb[0]", "lsusb")]
    [InlineData("evdev: [{ device: /dev/sda }]", "guests[0].evdev[0].device", "/dev/input/by-id")]
    [InlineData("lookingGlass: { sizeMiB: 48 }", "guests[0].lookingGlass.sizeMiB", "power of two")]
    [InlineData("hyperV: { vendorId: 'a b' }", "guests[0].hyperV.vendorId", "1 to 12")]
    [InlineData("os: windows11, tpm: false", "guests[0].tpm", "Windows 11 requires")]
    [InlineData("extraXml: [{ xml: '<a>' }]", "guests[0].extraXml[0].xml", "not well-formed")]
    [InlineData("extraXml: [{ xml: 'words' }]", "guests[0].extraXml[0].xml", "text outside")]
    [InlineData("extraXml: [{ xml: '<tpm/>' }]", "guests[0].extraXml[0].xml", "<tpm> under devices is written by this project")]
    [InlineData("extraXml: [{ under: domain, xml: '<uuid>x</uuid>' }]", "guests[0].extraXml[0].xml", "<uuid> under domain")]
    public void A_mistake_is_named_with_its_place_and_a_remedy(string keys, string path, string hint)
    {
        var defaults = new[] { ("name", "name: g"), ("memory", "memory: 1GiB"), ("cpus", "cpus: { cores: 4 }") };
        var text = string.Join(", ", defaults.Where(d => !keys.StartsWith(d.Item1 + ":", StringComparison.Ordinal)).Select(d => d.Item2).Append(keys));
        var e = Assert.Throws<SpecException>(() => Read($"{{ {text} }}"));
        Assert.Contains(e.Errors, error => error.Path == "machine." + path);
        Assert.Contains(hint, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_s_identity_follows_from_its_owner_and_name()
    {
        var guest = Pinned("{ name: win10, memory: 1GiB, cpus: { cores: 4 } }", "project/dev/host");
        var again = Pinned("{ name: win10, memory: 2GiB, phase: install, cpus: { cores: 2 } }", "project/dev/host");
        Assert.Equal((guest.Uuid, guest.Interfaces![0].Mac), (again.Uuid, again.Interfaces![0].Mac));
        Assert.Equal('5', guest.Uuid.ToString()![14]);
        Assert.StartsWith("52:54:00:", guest.Interfaces[0].Mac.ToString(), StringComparison.Ordinal);
        Assert.Equal("br3000", guest.Interfaces[0].Bridge.ToString());
        Assert.NotEqual(guest.Uuid, Pinned("{ name: win10, memory: 1GiB, cpus: { cores: 4 } }", "project/prod/host").Uuid);
        Assert.NotEqual(guest.Uuid, Pinned("{ name: win11, memory: 1GiB, cpus: { cores: 4 } }", "project/dev/host").Uuid);
    }

    [Fact]
    public void An_identity_that_was_given_is_kept()
    {
        var guest = Pinned("{ name: g, uuid: 6F1D3A54-8c1e-5b7a-9d53-0c4b2e7a9f10, memory: 1GiB, cpus: { cores: 1 }, interfaces: [{ mac: '52:54:00:AA:00:01' }, {}] }", "a/b/c");
        Assert.Equal("6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", guest.Uuid.ToString());
        Assert.Equal("52:54:00:aa:00:01", guest.Interfaces![0].Mac.ToString());
        Assert.NotEqual(guest.Interfaces[0].Mac, guest.Interfaces[1].Mac);
    }

    private static GuestSpec Read(string guest) => SpecReader.Read(Yaml.ToJson(Machine + $"guests: [{guest}]")).Guests[0];

    private static GuestSpec Pinned(string guest, string owner) => GuestIdentity.Pin(SpecReader.Read(Yaml.ToJson(Machine + $"guests: [{guest}]")), owner).Guests[0];
}
