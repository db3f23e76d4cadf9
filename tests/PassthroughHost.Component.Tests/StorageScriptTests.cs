using System.Diagnostics;
using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Storage;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>storage.sh as it is, on a real libvirtd of this test's own; only the places on the host are others.</summary>
public sealed class StorageScriptTests : IDisposable
{
    private readonly PrivateLibvirt libvirt = new();

    private string boot = "boot-1";

    private string concern = "storage-win10";

    private string? asked;

    private string Images => Path.Combine(libvirt.Root, "images & <more>");

    private string Disk => Path.Combine(Images, "win10.qcow2");

    public void Dispose() => libvirt.Dispose();

    [Fact]
    public async Task A_directory_that_is_no_pool_becomes_one_that_starts_with_the_host_and_goes_again_with_nothing_in_it_touched()
    {
        Make(Disk);
        Assert.Contains("made the storage pool", await SucceedsAsync("apply", Disk), StringComparison.Ordinal);
        var own = StorageConcern.OwnName(Images);
        Assert.Equal([own], Pools());
        Assert.Equal(("running", "yes", own), (Field(own, "State"), Field(own, "Autostart"), PoolOf(Disk)));

        // A file that is made later is known after the next apply, and the pool is made once.
        var second = Path.Combine(Images, "a b's.qcow2");
        Make(second);
        Assert.Equal("", PoolOf(second));
        Assert.DoesNotContain("made", await SucceedsAsync("apply", Disk, second), StringComparison.Ordinal);
        Assert.Equal(own, PoolOf(second));

        // Somebody stops it, keeps it from starting, takes it away.
        libvirt.Virsh("pool-destroy", own);
        libvirt.Virsh("pool-autostart", "--disable", own);
        await SucceedsAsync("apply", Disk, second);
        Assert.Equal(("running", "yes", own), (Field(own, "State"), Field(own, "Autostart"), PoolOf(Disk)));
        libvirt.Virsh("pool-destroy", own);
        libvirt.Virsh("pool-undefine", own);
        await SucceedsAsync("apply", Disk, second);
        Assert.Equal(own, PoolOf(Disk));

        await SucceedsAsync("revert", Disk, second);
        Assert.Empty(Pools());
        Assert.Equal([second, Disk], Directory.GetFiles(Images).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(libvirt.Root, "state")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task A_pool_of_the_hosts_is_started_and_stopped_again_and_its_autostart_stays(string end)
    {
        Make(Disk);
        Define("isos & more", Images + end);
        Assert.Contains("started the storage pool isos & more", await SucceedsAsync("apply", Disk), StringComparison.Ordinal);
        Assert.Equal(("running", "no", "isos & more"), (Field("isos & more", "State"), Field("isos & more", "Autostart"), PoolOf(Disk)));
        await SucceedsAsync("apply", Disk);
        await SucceedsAsync("revert", Disk);
        Assert.Equal(["isos & more"], Pools());
        Assert.Equal(("inactive", "no"), (Field("isos & more", "State"), Field("isos & more", "Autostart")));
    }

    [Fact]
    public async Task A_pool_of_the_hosts_that_is_on_stays_on_and_one_that_was_started_in_a_later_boot_too()
    {
        Make(Disk);
        Define("default", Images);
        libvirt.Virsh("pool-start", "default");
        await SucceedsAsync("apply", Disk);
        await SucceedsAsync("revert", Disk);
        Assert.Equal("running", Field("default", "State"));

        libvirt.Virsh("pool-destroy", "default");
        await SucceedsAsync("apply", Disk);
        // The host reboots, the pool is off; the next update starts it again, and takes that back.
        libvirt.Virsh("pool-destroy", "default");
        boot = "boot-2";
        await SucceedsAsync("apply", Disk);
        await SucceedsAsync("revert", Disk);
        Assert.Equal("inactive", Field("default", "State"));

        await SucceedsAsync("apply", Disk);
        boot = "boot-3";
        await SucceedsAsync("revert", Disk);
        Assert.Equal("running", Field("default", "State"));
    }

    [Fact]
    public async Task A_pool_over_the_directory_above_or_over_another_name_of_it_does_not_know_the_file_and_is_left_alone()
    {
        Make(Disk);
        var link = Path.Combine(libvirt.Root, "link");
        Directory.CreateSymbolicLink(link, Images);
        foreach (var (name, target) in new[] { ("above", libvirt.Root), ("linked", link) })
        {
            Define(name, target);
            libvirt.Virsh("pool-start", name);
        }

        Assert.Equal("", PoolOf(Disk));
        await SucceedsAsync("apply", Disk);
        Assert.Equal(StorageConcern.OwnName(Images), PoolOf(Disk));

        // A disk that the spec names through the link is a volume of the pool there.
        await SucceedsAsync("apply", Path.Combine(link, "win10.qcow2"));
        Assert.Equal(["above", "linked"], Pools());
        await SucceedsAsync("revert", Disk);
        Assert.Equal(("running", "running"), (Field("above", "State"), Field("linked", "State")));
    }

    [Fact]
    public async Task Disks_in_several_directories_have_a_pool_each_and_one_that_is_no_longer_wanted_goes()
    {
        var other = Path.Combine(libvirt.Root, "srv", "data.raw");
        Make(Disk);
        Make(other);
        await SucceedsAsync("apply", Disk, other);
        Assert.Equal(2, Pools().Length);
        Assert.Contains($"removed the storage pool {StorageConcern.OwnName(Path.GetDirectoryName(other)!)}", await SucceedsAsync("apply", Disk), StringComparison.Ordinal);
        Assert.Equal([StorageConcern.OwnName(Images)], Pools());
        Assert.True(File.Exists(other));
        await SucceedsAsync("revert", Disk);
    }

    [Theory]
    [InlineData("storage-win10", "storage-second")]
    [InlineData("storage", "storage-second")]
    public async Task A_pool_of_two_guests_goes_with_the_last_disk_in_it(string first, string second)
    {
        var other = Path.Combine(Images, "second.qcow2");
        Make(Disk);
        Make(other);
        var own = StorageConcern.OwnName(Images);
        concern = first;
        await SucceedsAsync("apply", Disk);
        // In the release that knew one guest, its own command named it.
        if (first == "storage")
        {
            File.WriteAllText(Path.Combine(libvirt.Root, "state", "guest.receipt"), "token\tt0\nsetting\tdefinition of win10\td0\n");
        }

        concern = second;
        await SucceedsAsync("apply", other);

        // One guest's disk moves to another directory, and it goes: the other's disk is still a volume.
        concern = first == "storage" ? "storage-win10" : first;
        var moved = Path.Combine(libvirt.Root, "srv", "win10.qcow2");
        Make(moved);
        await SucceedsAsync("apply", moved);
        Assert.Equal((own, "running"), (PoolOf(other), Field(own, "State")));
        await SucceedsAsync("revert", moved);
        Assert.Equal([own], Pools());

        concern = second;
        await SucceedsAsync("revert", other);
        Assert.Empty(Pools());
        Assert.True(File.Exists(Disk) && File.Exists(other) && File.Exists(moved));
    }

    [Fact]
    public async Task An_apply_that_fails_takes_back_what_it_did()
    {
        Make(Disk);
        Assert.Contains("looking for", await FailsAsync("apply", Disk, Path.Combine(Images, "missing.qcow2")), StringComparison.Ordinal);
        Assert.Empty(Pools());
        await SucceedsAsync("apply", Disk);
        Assert.Contains("there is no such directory", await FailsAsync("apply", Disk, "/no/such/directory/disk.qcow2"), StringComparison.Ordinal);
        Assert.Equal([StorageConcern.OwnName(Images)], Pools());
        await SucceedsAsync("revert", Disk);
        Assert.Empty(Pools());
    }

    private void Define(string name, string target)
    {
        var file = Path.Combine(libvirt.Root, "pool.xml");
        File.WriteAllText(file, new XElement("pool", new XAttribute("type", "dir"), new XElement("name", name), new XElement("target", new XElement("path", target))).ToString());
        libvirt.Virsh("pool-define", file);
    }

    private static void Make(string disk)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(disk)!);
        File.WriteAllText(disk, "an image");
    }

    private string[] Pools() => [.. libvirt.Virsh("pool-list", "--all", "--name").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_pool_that_a_silent_libvirt_still_has_is_not_left_behind_unsaid()
    {
        Make(Disk);
        await SucceedsAsync("apply", Disk);
        var (uri, definition) = (libvirt.Uri, Path.Combine(libvirt.Root, "etc/storage", StorageConcern.OwnName(Images) + ".xml"));
        asked = uri.Replace("libvirt-sock", "no-such-sock", StringComparison.Ordinal);
        await File.WriteAllTextAsync(definition, "<pool/>");
        var said = await FailsAsync("revert", Disk);
        Assert.Contains($"{definition} is there", said, StringComparison.Ordinal);
        Assert.Contains("then destroy again", said, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(libvirt.Root, "state/storage.pools")));

        // Without the file libvirt has none.
        File.Delete(definition);
        await SucceedsAsync("revert", Disk);
        Assert.False(File.Exists(Path.Combine(libvirt.Root, "state/storage.pools")));
    }

    private string Field(string pool, string field) =>
        libvirt.Virsh("pool-info", pool).Split('\n').Where(l => l.StartsWith(field + ":", StringComparison.Ordinal)).Select(l => l[(field.Length + 1)..].Trim()).Single();

    // As the provider looks a disk up.
    private string PoolOf(string disk) => libvirt.Virsh("vol-pool", disk).Trim();

    private async Task<string> SucceedsAsync(string verb, params string[] disks)
    {
        var (code, output) = await RunAsync(verb, disks);
        Assert.True(code == 0, output);
        return output;
    }

    private async Task<string> FailsAsync(string verb, params string[] disks)
    {
        var (code, output) = await RunAsync(verb, disks);
        Assert.True(code == 1, $"it succeeded:\n{output}");
        return output;
    }

    private async Task<(int Code, string Output)> RunAsync(string verb, string[] disks)
    {
        var bootFile = Path.Combine(libvirt.Root, "boot_id");
        await File.WriteAllTextAsync(bootFile, boot);
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["DIRECTORIES"] = string.Join('\n', disks.Select(DiskFiles.Directory).Distinct().Select(d => $"{d}\t{StorageConcern.OwnName(d)}")),
            ["VOLUMES"] = string.Join('\n', disks),
        };
        var script = HostScript.Text(new()
        {
            Concern = concern,
            Script = new("storage.sh"),
            Variables = variables,
            Settings = [.. disks.Select(DiskFiles.Directory).Distinct().Select(d => new Setting($"storage pool over {d}", "active", "active"))],
        })
            .Replace("/var/lib/passthrough-host", $"{libvirt.Root}/state", StringComparison.Ordinal)
            .Replace("/run/passthrough-host.work", $"{libvirt.Root}/work", StringComparison.Ordinal)
            .Replace("/etc/libvirt/storage", $"{libvirt.Root}/etc/storage", StringComparison.Ordinal)
            .Replace("/proc/sys/kernel/random/boot_id", bootFile, StringComparison.Ordinal)
            .Replace("qemu:///system", asked ?? libvirt.Uri, StringComparison.Ordinal)
            .Replace("[ \"$(id -u)\" -eq 0 ] ||", ": ||", StringComparison.Ordinal);
        using var process = Process.Start(new ProcessStartInfo("sh", ["-s", "--", verb, "token"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
