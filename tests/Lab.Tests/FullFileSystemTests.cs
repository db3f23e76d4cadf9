using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>Each file system that an update writes to, full: what cannot be written whole is not written, and the host is as it was.</summary>
[Trait("Category", "Lab")]
public sealed class FullFileSystemTests
{
    private const string Fingerprint = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; find /etc /boot | sort; sha256sum /boot/grub/grub.cfg /boot/grub/grubenv /boot/initrd.img-*; ls /sys/class/net; cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";

    private const string State = "/var/lib/passthrough-host";

    private static readonly MachineSpec Spec = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "boot": { "kernelArguments": ["threadirqs"] },
          "network": { "link": "enp8s0", "bridge": "br8", "addresses": ["10.0.0.37/24"] },
          "hugePages": { "size": "2M", "count": 16 }
        }
        """);

    private static readonly string[] Concerns = ["memory", "boot", "network"];

    [Fact]
    public async Task Nothing_is_written_in_part_and_nothing_is_lost_with_the_root_file_system_var_run_or_boot_full()
    {
        var host = await LabHost.PristineAsync("full");
        await host.MustAsync("printf 'vm.nr_hugepages = 3\\n' >/etc/sysctl.d/60-passthrough-host.conf");
        var before = await host.MustAsync(Fingerprint);

        // Its last block is taken by what a file system keeps for itself.
        await FailsAsync(host, "fallocate -l $(($(df -k --output=avail / | tail -n 1) - 64))K /filler; cat /dev/zero >/filler.rest 2>/dev/null; sync", "rm -f /filler /filler.rest", before, Concerns);
        await FailsAsync(host, "cat /dev/zero >/run/filler 2>/dev/null", "rm -f /run/filler", before, "boot", "network");
        await FailsAsync(host, $"mkdir {State}; mount -t tmpfs -o size=16k none {State}; cat /dev/zero >{State}/filler 2>/dev/null", $"umount {State}; rmdir {State}", before, Concerns);

        // As much as a receipt takes, and no more: it is the last to be written.
        await FailsAsync(host, $"mkdir {State}; mount -t tmpfs -o size=24k,nr_inodes=20 none {State}", $"umount {State}; rmdir {State}", before, "boot");
        await FailsAsync(host, "truncate -s 200M /root/boot.img; mkfs.ext4 -q /root/boot.img; mount /root/boot.img /mnt; cp -a /boot/. /mnt/; cat /dev/zero >/mnt/filler 2>/dev/null; umount /mnt; mount /root/boot.img /boot", "umount /boot; rm /root/boot.img", before, "boot");

        // With room, all of it goes through, and all of it comes back.
        foreach (var concern in new[] { "memory", "boot" })
        {
            var (code, output) = await host.ApplyAsync(Spec, concern);
            Assert.True(code == 0, $"{concern}: {output}");
        }

        foreach (var concern in new[] { "boot", "memory" })
        {
            var (code, output) = await host.RevertAsync(Spec, concern);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(Fingerprint));
        await host.MustAsync($"test ! -e {State}");
        await host.LabAsync("down");
    }

    private static async Task FailsAsync(LabHost host, string fill, string empty, string before, params string[] concerns)
    {
        await host.MustAsync($"{{ {fill}; }} || :");
        var said = new List<(string Concern, int Code, string Output)>();
        foreach (var concern in concerns)
        {
            var (code, output) = await host.ApplyAsync(Spec, concern);
            said.Add((concern, code, output));
        }

        await host.MustAsync(empty);
        Assert.All(said, s => Assert.True(s.Code == 1, $"{fill}\n{s.Concern} ended with {s.Code}: {s.Output}"));
        Assert.All(said, s => Assert.Matches("room|grub-mkconfig failed", s.Output));
        Assert.Equal(before, await host.MustAsync(Fingerprint));
        await host.MustAsync($"rm -rf {State}");
    }
}
