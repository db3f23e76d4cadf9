using PassthroughInfra.Component.Concerns.Preflight;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What preflight asks, its script on a sysfs of this test's own, and when its command is one of the update.</summary>
public sealed class PreflightTests : IDisposable
{
    private const string Gpu = "pci0000:00/0000:00:01.0/0000:01:00.0";
    private const string Drive = "pci0000:00/0000:00:1b.0/0000:03:00.0";
    private const string Nic = "pci0000:00/0000:00:1d.0/0000:06:00.0";

    private static readonly MachineSpec Spec = SpecReader.Read(
        """
        { "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "devices": [{ "name": "gpu", "address": "01:00.0", "id": "10de:1f82" }] }
        """);

    private readonly SysfsTree tree = new();

    public PreflightTests()
    {
        foreach (var port in new[] { "0000:00:01.0", "0000:00:1b.0", "0000:00:1d.0" })
            tree.Function($"pci0000:00/{port}", "8086:1901", "060400");
        tree.Function(Gpu, "10de:1f82", "030000");
        tree.Function(Drive, "144d:a808", "010802");
        tree.Function(Nic, "10ec:8168", "020000");
        tree.Link($"sys/devices/{Gpu}/driver", "../../../../bus/pci/drivers/nouveau");
        tree.Link($"sys/devices/{Gpu}/iommu_group", "../../../../kernel/iommu_groups/1");
        tree.Block($"{Drive}/nvme/nvme0/nvme0n1");
        tree.Partition($"{Drive}/nvme/nvme0/nvme0n1/nvme0n1p2");
        tree.Write($"sys/devices/{Nic}/net/enp6s0/address", "04:d9:f5:aa:00:06\n");
        tree.Write($"sys/devices/{Nic}/net/enp6s0/flags", "0x1003\n");
        tree.Link("sys/class/net/enp6s0", $"../../devices/{Nic}/net/enp6s0");
        tree.Write("sys/devices/virtual/net/br0/address", "04:d9:f5:aa:00:06\n");
        tree.Write("proc/self/mountinfo", "30 1 259:2 / / rw shared:1 - ext4 /dev/nvme0n1p2 rw\n");
        tree.Write("proc/swaps", "Filename\n");
        tree.Write("proc/sys/kernel/random/boot_id", "boot-1\n");
        tree.Write("proc/4711/status", "\n");
    }

    public void Dispose() => tree.Dispose();

    [Fact]
    public void A_host_that_is_as_it_was_read_has_no_changes_and_everything_relied_on_is_asked()
    {
        var questions = PreflightConcern.Questions(Spec, Facts());
        Assert.Equal(
            [
                "boot boot-1", "route enp6s0", "link enp6s0 0000:06:00.0 -", "disk / nvme0n1p2 0000:03:00.0", "device 0000:01:00.0 10de:1f82 nouveau 1", "display 0000:01:00.0",
            ],
            questions);
        Assert.Equal("", Changes(questions));
    }

    [Theory]
    [InlineData("boot", "the host was rebooted")]
    [InlineData("driver", "no longer true: the device 0000:01:00.0 is [10de:1f82] with the driver nouveau, in IOMMU group 1\ntrue now, and not before: the device 0000:01:00.0 is [10de:1f82] with the driver vfio-pci, in IOMMU group 1")]
    [InlineData("port", "no longer true: the link enp6s0 at 0000:06:00.0\ntrue now, and not before: the link enp6s0 at 0000:06:00.0 is a port of br0")]
    [InlineData("disk", "no longer true: / is on nvme0n1p2 at 0000:03:00.0\ntrue now, and not before: / is on sda at 0000:01:00.0")]
    [InlineData("display", "true now, and not before: the machine has the display 0000:00:02.0")]
    [InlineData("guest", "true now, and not before: the guest win 10 runs")]
    [InlineData("route", "no longer true: the default route goes over enp6s0\ntrue now, and not before: the default route goes over wlp2s0")]
    [InlineData("other", "")]
    public void What_has_changed_since_is_told_in_words(string what, string said)
    {
        var questions = PreflightConcern.Questions(Spec, Facts());
        switch (what)
        {
            case "boot": tree.Write("proc/sys/kernel/random/boot_id", "boot-2\n"); break;
            case "driver": tree.Link($"sys/devices/{Gpu}/driver", "../../../../bus/pci/drivers/vfio-pci"); break;
            case "port": tree.Link($"sys/devices/{Nic}/net/enp6s0/master", "../../../../../virtual/net/br0"); break;
            case "disk":
                tree.Block($"{Gpu}/usb9/block/sda");
                tree.Write("proc/self/mountinfo", "30 1 8:0 / / rw shared:1 - ext4 /dev/sda rw\n");
                break;
            case "display": tree.Function("pci0000:00/0000:00:02.0", "8086:3e98", "030000"); break;
            case "guest":
                tree.Write("run/libvirt/qemu/win 10.pid", "4711\n");
                tree.Write("run/libvirt/qemu/win 10.xml", "\n");
                break;
            // A stick that somebody mounts, and another program's link, are nothing that was relied on.
            case "other":
                tree.Block("pci0000:00/0000:00:14.0/usb1/block/sdz");
                tree.Write("proc/self/mountinfo", "30 1 259:2 / / rw shared:1 - ext4 /dev/nvme0n1p2 rw\n31 30 65:0 / /media/stick rw shared:2 - vfat /dev/sdz rw\n");
                tree.Link("sys/class/net/br0", "../../devices/virtual/net/br0");
                break;
            default: break;
        }

        Assert.Equal(said, Changes(questions, what == "route" ? "wlp2s0" : "enp6s0").TrimEnd('\n'));
    }

    [Fact]
    public void An_unchanged_host_has_the_command_of_the_last_update_whatever_has_changed_that_is_nobodys()
    {
        var facts = Facts();
        var first = HostPlan.Make(Spec, facts)["preflight"];
        var receipt = new Receipt
        {
            Concern = "preflight",
            Token = "0123456789abcdef",
            Digest = DriftDetector.Digest(first.Plan),
            Settings = first.Plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
        };
        var rebooted = facts with { Boot = facts.Boot with { BootId = "boot-2" }, Receipts = [receipt] };
        var state = ((IDependentConcern)new PreflightConcern()).Compare(Spec, rebooted, []);
        Assert.Equal(("0123456789abcdef", HostScript.Input(first.Plan)), (state.Token, HostScript.Input(state.Plan)));

        // Where another concern differs, the host is asked anew.
        var again = HostPlan.Make(Spec, rebooted)["preflight"];
        Assert.NotEqual("0123456789abcdef", again.Token);
        Assert.Contains("boot boot-2;", again.Plan.Variables["RELIED_ON"], StringComparison.Ordinal);
        Assert.Empty(again.Differences);
        Assert.Equal("preflight", HostPlan.Make(Spec, rebooted).Concerns[0].Plan.Concern);
    }

    [Fact]
    public void The_last_command_of_destroy_takes_back_what_first_updates_left_that_failed_and_says_what_it_does_not_know()
    {
        var pages = tree.Path("nr_hugepages");
        tree.Write("nr_hugepages", "512\n");
        tree.Write("state/before", $"memory\t{pages}\t3\npackages\tovmf\tnot installed\n");
        tree.Write("state/preflight.receipt", "token\tt0\n");
        foreach (var concern in new[] { "memory", "packages" })
        {
            tree.Write($"state/scripts/{concern}.sh", Here(string.Join('\n', new[] { "host.sh", "journal.sh", concern + ".sh" }.Select(EmbeddedScript.Text))));
        }

        // dpkg was killed while it unpacked it, and does not remove it unasked.
        tree.Program("dpkg-query", "echo half-installed ovmf");
        tree.Program("dpkg", ":");
        tree.Program("apt-get", $"echo \"$*\" >>{tree.Path("apt")}; case \"$*\" in *--simulate* | *Dpkg::Options::=--force-remove-reinstreq*) ;; *) exit 1 ;; esac");
        var plan = new ConcernPlan { Concern = "preflight", Script = new("preflight.sh") { Parts = ["probe-rows.sh", "running-guests.sh"] } };
        var script = Here(HostScript.Text(plan));

        // One that was applied to its end is no part of what is left: only the stack that has it takes it back.
        tree.Write("state/memory.receipt", "token\tt1\n");
        var (code, said) = tree.Shell(script, "revert");
        Assert.True(code == 0, said);
        Assert.Contains("note: applied on this host, and unknown to the stack that is destroyed: memory.receipt", said, StringComparison.Ordinal);
        Assert.Equal("512\n", File.ReadAllText(pages));
        Assert.Contains("purge -y ovmf", File.ReadAllText(tree.Path("apt")), StringComparison.Ordinal);
        Assert.Equal($"memory\t{pages}\t3\n", File.ReadAllText(tree.Path("state/before")));

        File.Delete(tree.Path("state/memory.receipt"));
        File.Delete(tree.Path("state/scripts/memory.sh"));
        (code, said) = tree.Shell(script, "revert");
        Assert.Equal(1, code);
        Assert.Contains("scripts/memory.sh, which does that, is not there", said, StringComparison.Ordinal);

        tree.Write("state/scripts/memory.sh", Here(string.Join('\n', new[] { "host.sh", "journal.sh", "memory.sh" }.Select(EmbeddedScript.Text))));
        (code, said) = tree.Shell(script, "revert");
        Assert.True(code == 0, said);
        Assert.Equal("3\n", File.ReadAllText(pages));
        Assert.False(Directory.Exists(tree.Path("state")), said);
    }

    private string Here(string text) => text
        .Replace("/var/lib/passthrough-host", tree.Path("state"), StringComparison.Ordinal)
        .Replace("/run/passthrough-host", tree.Path("run.work"), StringComparison.Ordinal)
        .Replace("/boot/grub/", tree.Path("boot/grub/"), StringComparison.Ordinal)
        .Replace("\nPATH=", $"\nPATH={tree.Path("bin")}:", StringComparison.Ordinal);

    private HostFacts Facts() => ProbeParser.Parse(
        Run("row boot boot-1 1 2; devices; network '192.0.2.9 5000 192.0.2.37 22'; storage; guests") + "\naddress\tenp6s0\t192.0.2.37/24\tglobal\nend\n");

    private string Changes(IReadOnlyList<string> questions, string route = "enp6s0") => Run($"RELIED_ON='{string.Join("; ", questions)}'\nchanges", route);

    private string Run(string commands, string route = "enp6s0") => tree.Run(
        $"ip() {{ case \"$*\" in *batch*) cat >/dev/null; echo 'default via 192.0.2.1 dev {route} proto dhcp' ;; *) echo '192.0.2.9 dev enp6s0 uid 0' ;; esac; }}\ndf() {{ :; }}\n{commands}",
        "probe-devices.sh", "probe-storage.sh", "probe-network.sh", "../Planning/running-guests.sh", "../Concerns/Preflight/preflight.sh");
}
