using System.Diagnostics;
using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>What the probe reads of a real libvirtd with two domains.</summary>
public sealed class GuestProbeTests : IDisposable
{
    private readonly PrivateLibvirt libvirt = new();

    public void Dispose() => libvirt.Dispose();

    [Fact]
    public void Domains_the_wanted_definition_and_its_media_are_read()
    {
        Define("win10", "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", "");
        Define("other", "0d2f9a4e-7f0c-4a77-9f56-0123456789ab", "<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x0000' bus='0x0a' slot='0x00' function='0x1'/></source></hostdev>");
        libvirt.Virsh("start", "win10");
        libvirt.Virsh("setmaxmem", "win10", "128M", "--config");
        var disk = Path.Combine(libvirt.Root, "disk.qcow2");
        Run("qemu-img", "create", "-q", "-f", "qcow2", disk, "8M");
        var facts = Read("win10", disk, "/no/such/disk");

        Assert.True(facts.Libvirt.Answers, facts.Libvirt.Failure);
        Assert.Equal(["other", "win10"], facts.Domains.Select(d => d.Name));
        Assert.Equal(["0a:00.1"], facts.Domain("other")!.Devices.Select(d => d.Brief));
        Assert.Equal(("running", "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", true), (facts.Domain("win10")!.State, facts.Domain("win10")!.Uuid, facts.Domain("win10")!.IsActive));
        Assert.Contains("131072</memory>", facts.Of("win10").Definition, StringComparison.Ordinal);
        Assert.Contains("65536</memory>", facts.Of("win10").Running, StringComparison.Ordinal);
        Assert.Equal((MediumKind.File, "qcow2", 8L << 20), (facts.Medium(disk).Kind, facts.Medium(disk).Format, facts.Medium(disk).VirtualBytes));
        Assert.True(facts.Medium(disk).FreeKiB > 0);
        Assert.Equal(MediumKind.Absent, facts.Medium("/no/such/disk").Kind);

        var recorded = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Guest = facts };
        Assert.Equal(facts.Domains.Count, RecordedProbe.Read(RecordedProbe.Write(recorded)).Guest!.Domains.Count);
    }

    [Fact]
    public void Pools_are_read_with_their_targets_and_which_of_them_knows_a_disk()
    {
        var images = Directory.CreateDirectory(Path.Combine(libvirt.Root, "images & more")).FullName;
        var disk = Path.Combine(images, "it's a disk.qcow2");
        var later = Path.Combine(images, "later.qcow2");
        File.WriteAllText(disk, "");
        var file = Path.Combine(libvirt.Root, "pool.xml");
        File.WriteAllText(file, new XElement("pool", new XAttribute("type", "dir"), new XElement("name", "my images"), new XElement("target", new XElement("path", images + "/"))).ToString());
        libvirt.Virsh("pool-define", file);
        libvirt.Virsh("pool-start", "my images");
        libvirt.Virsh("pool-autostart", "my images");
        File.WriteAllText(file, "<pool type='netfs'><name>nas</name><source><host name='nas.internal'/><dir path='/export'/></source><target><path>/srv/nas</path></target></pool>");
        libvirt.Virsh("pool-define", file);
        File.WriteAllText(later, "");
        Define("win10", "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", "");
        var facts = Read("win10", later, disk, "/no/such/disk");

        Assert.Equal(
            [
                new PoolFacts { Name = "my images", Type = "dir", Target = images, Active = true, Autostart = true },
                new PoolFacts { Name = "nas", Type = "netfs", Target = "/srv/nas" },
            ],
            facts.Pools);
        Assert.Equal(["", "my images", ""], new[] { later, disk, "/no/such/disk" }.Select(p => facts.Medium(p).Pool));
        Assert.Equal("win10", Assert.Single(facts.Domains).Name);
        Assert.NotNull(facts.Of("win10").Definition);
    }

    [Fact]
    public void Of_several_guests_each_is_read_with_what_is_its_own()
    {
        Define("win10", "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", "");
        Define("second.one", "0d2f9a4e-7f0c-4a77-9f56-0123456789ab", "");
        Define("foreign", "1c2f9a4e-7f0c-4a77-9f56-0123456789ab", "");
        libvirt.Virsh("start", "second.one");
        Directory.CreateDirectory(Path.Combine(libvirt.Root, "state/guest/win10"));
        File.WriteAllText(Path.Combine(libvirt.Root, "state/guest/win10/defined.xml"), "<domain/>\n");
        var facts = Read("win10 second.one later");

        Assert.Equal(["win10", "second.one", "later"], facts.Guests.Select(g => g.Name));
        Assert.Equal(["foreign", "second.one", "win10"], facts.Domains.Select(d => d.Name));
        Assert.Contains("<name>win10</name>", facts.Of("win10").Definition, StringComparison.Ordinal);
        Assert.Contains("<name>second.one</name>", facts.Of("second.one").Definition, StringComparison.Ordinal);
        Assert.Equal((null, "<domain/>\n"), (facts.Of("win10").Running, facts.Of("win10").AsDefined));
        Assert.NotNull(facts.Of("second.one").Running);
        Assert.Equal((null, null), (facts.Of("second.one").AsDefined, facts.Of("later").Definition));
    }

    [Fact]
    public void A_guest_that_is_not_there_has_no_definition()
    {
        var facts = Read("win10");
        Assert.True(facts.Libvirt.Answers);
        Assert.Empty(facts.Domains);
        Assert.Null(facts.Of("win10").Definition);
        Assert.Null(facts.Of("win10").Running);
    }

    [Fact]
    public void A_libvirt_that_does_not_answer_or_not_to_the_end_has_not_said_that_there_is_nothing()
    {
        Define("win10", "6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10", "");
        var silent = ReadAll("win10", [], s => s.Replace("libvirt-sock", "no-such-sock", StringComparison.Ordinal)).Guest!.Libvirt;
        Assert.Equal((false, true), (silent.Answers, silent.IsSilent));
        Assert.Contains("Failed to connect socket", silent.Failure, StringComparison.Ordinal);
        Assert.NotEqual("", silent.Version);

        // It gives up between the list and what is listed; in the middle; and of what comes last.
        foreach (var (cut, said) in new[] { ("head -n 0", "stopped answering"), ("sed '/<vcpu/q'", "stopped answering"), ("sed '/<domain /,/<.domain>/d'", "did not say all of it") })
        {
            var cutShort = ReadAll("win10", [], s => s.Replace("2>/dev/null; } | domains", $"2>/dev/null | {cut}; }} | domains", StringComparison.Ordinal)).Guest!;
            Assert.True(cutShort.Libvirt.IsSilent, cut);
            Assert.Contains(said, cutShort.Libvirt.Failure, StringComparison.Ordinal);
        }

        var slow = ReadAll("win10", [], s => s.Replace("timeout 30 virsh -q -c", "timeout 0.2 sh -c 'sleep 9' -c", StringComparison.Ordinal)).Guest!.Libvirt;
        Assert.StartsWith("no answer within 30 s", slow.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("starting up libvirt version: 9.0.0", "shutting down, reason=shutdown", 1764324000)]
    [InlineData("shutting down, reason=destroyed", "shutting down, reason=failed", 1764320400)]
    [InlineData("starting up libvirt version: 9.0.0", "shutting down, reason=failed", 0)]
    public void When_a_guest_last_ended_is_read_from_libvirts_log_of_it(string first, string second, long expected)
    {
        // The first half was rotated away.
        Directory.CreateDirectory(Path.Combine(libvirt.Root, "guest-log"));
        File.WriteAllText(Path.Combine(libvirt.Root, "guest-log/win10.log.1"), $"2025-11-28 09:00:00.123+0000: {first}\n-nodefaults \\\n");
        File.WriteAllText(Path.Combine(libvirt.Root, "guest-log/win10.log"), $"2025-11-28 10:00:00.456+0000: {second}\n");
        Assert.Equal(expected, Read("win10").Of("win10").EndedAt);
    }

    [Fact]
    public void The_concern_whose_run_was_ended_in_the_middle_is_read()
    {
        Assert.Equal("", ReadAll("win10").Interrupted);
        Directory.CreateDirectory(Path.Combine(libvirt.Root, "state/journal"));
        File.WriteAllText(Path.Combine(libvirt.Root, "state/journal/run"), "network-confirm apply\n");
        Assert.Equal("network-confirm", ReadAll("win10").Interrupted);
    }

    private GuestFacts Read(string name, params string[] media) => ReadAll(name, media).Guest!;

    private HostFacts ReadAll(string name, params string[] media) => ReadAll(name, media, s => s);

    private HostFacts ReadAll(string name, string[] media, Func<string, string> change)
    {
        // The rest of the probe is the host's, and is tested there; what it prints for this machine need not be one that can be planned for.
        var script = ProbeRequest.Script
            .Replace("qemu:///system", libvirt.Uri, StringComparison.Ordinal)
            .Replace("/var/log/libvirt/qemu", $"{libvirt.Root}/guest-log", StringComparison.Ordinal)
            .Replace("/var/lib/passthrough-host", $"{libvirt.Root}/state", StringComparison.Ordinal);
        var start = new ProcessStartInfo("sh", ["-s", "--", "", "", "--", "--", name, .. media]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(change(script));
        process.StandardInput.Close();
        process.WaitForExit();
        return ProbeParser.Parse(output.GetAwaiter().GetResult());
    }

    private void Define(string name, string uuid, string devices)
    {
        var file = Path.Combine(libvirt.Root, $"{name}.xml");
        File.WriteAllText(file, $"<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/>{devices}</devices></domain>");
        libvirt.Virsh("define", "--file", file);
    }

    private static void Run(string program, params string[] words)
    {
        using var process = Process.Start(program, words);
        process.WaitForExit();
    }
}
