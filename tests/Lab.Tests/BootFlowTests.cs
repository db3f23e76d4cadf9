using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The concerns' scripts one by one, on the real tools.</summary>
[Trait("Category", "Lab")]
public sealed class BootFlowTests
{
    private static readonly MachineSpec Spec = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" },
          "devices": [
            { "name": "gpu", "address": "01:00.0", "id": "1234:1111" },
            { "name": "gpu-audio", "address": "01:00.1", "id": "8086:293e" },
            { "name": "usb", "address": "04:00.0", "id": "1b36:000d" }
          ],
          "acceptLoss": ["01:00.0"],
          "packages": { "extra": ["cpu-checker"] }
        }
        """);

    // What memtest86+ 6, os-prober (Windows, another Linux) and an operator's 40_custom write.
    private const string Foreign =
        """
        cat >/etc/grub.d/20_memtest86+ <<'X'
        #!/bin/sh
        cat <<'E'
        menuentry 'Memory test (memtest86+x64.bin)' {
        	linux	/boot/memtest86+x64.bin
        }
        E
        X
        cat >/etc/grub.d/31_other-systems <<'X'
        #!/bin/sh
        cat <<'E'
        menuentry 'Windows Boot Manager (on /dev/sdb1)' --class windows --class os $menuentry_id_option 'osprober-efi-1A2B-3C4D' {
        	search --no-floppy --fs-uuid --set=root 1A2B-3C4D
        	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
        }
        menuentry 'Ubuntu 22.04.4 LTS (on /dev/sdb2)' --class gnu-linux --class os $menuentry_id_option 'osprober-gnulinux-simple-77' {
        	linux /boot/vmlinuz-5.15.0-105-generic root=UUID=77777777-aaaa ro quiet splash
        	initrd /boot/initrd.img-5.15.0-105-generic
        }
        submenu 'Advanced options for Ubuntu (on /dev/sdb2)' $menuentry_id_option 'osprober-gnulinux-advanced-77' {
        	menuentry 'Ubuntu (recovery mode) (on /dev/sdb2)' --class gnu-linux --class os {
        		linux /boot/vmlinuz-5.15.0-105-generic root=UUID=77777777-aaaa ro single
        	}
        }
        E
        X
        chmod 755 /etc/grub.d/20_memtest86+ /etc/grub.d/31_other-systems
        printf '%s\n' "menuentry 'Rescue' {" '	linux /boot/vmlinuz-rescue root=/dev/sda9 single' '}' >>/etc/grub.d/40_custom
        """;

    private const string ForeignEntries = "awk '/^### BEGIN/ { own = /10_linux|passthrough-host/ } !own && /memtest|menuentry|submenu|linux|chainloader/' /boot/grub/grub.cfg";

    [Fact]
    public async Task Entries_of_other_systems_in_the_menu_stay_as_they_are_and_are_asked_for_nothing()
    {
        var spec = SpecReader.Read("""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "boot": { "kernelArguments": ["threadirqs"] } }""");
        var host = await LabHost.PristineAsync("boot-foreign");
        await host.MustAsync("cat >/tmp/foreign.sh && sh /tmp/foreign.sh && update-grub", Foreign);
        const string menu = "sha256sum /boot/grub/grub.cfg /boot/grub/grubenv; find /etc/grub.d /etc/default -type f -exec sha256sum {} + | sort";
        var before = await host.MustAsync(menu);
        var foreign = await host.MustAsync(ForeignEntries);
        Assert.All(new[] { "memtest86+x64.bin", "bootmgfw.efi", "vmlinuz-5.15.0-105-generic", "vmlinuz-rescue" }, w => Assert.Contains(w, foreign, StringComparison.Ordinal));
        Assert.DoesNotContain((await host.PlanAsync(spec)).Findings, f => f.Severity == Severity.Error);

        var (code, output) = await host.ApplyAsync(spec, "boot");
        Assert.True(code == 0, output);
        Assert.Contains("are tried once", output, StringComparison.Ordinal);
        Assert.Equal(foreign, await host.MustAsync(ForeignEntries));
        Assert.True((await host.PlanAsync(spec))["boot"].InSync, string.Join('\n', (await host.PlanAsync(spec))["boot"].Differences));

        // The entry on trial is made of this host's own default, and a menu that a package's script makes meanwhile is no drift.
        await host.MustAsync("sed -n '/^### BEGIN passthrough-host-trial/,/^### END/p' /boot/grub/grub.cfg | grep 'linux.*threadirqs' | grep -q \"vmlinuz-$(uname -r)\" && update-grub");
        Assert.Equal(foreign, await host.MustAsync(ForeignEntries));
        Assert.True((await host.PlanAsync(spec))["boot"].InSync);

        (code, output) = await host.RevertAsync(spec, "boot");
        Assert.True(code == 0, output);
        Assert.Equal(before, await host.MustAsync(menu));
        await host.MustAsync("test ! -e /var/lib/passthrough-host");
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task A_host_is_set_up_rebooted_verified_and_put_back_byte_for_byte(string iommu)
    {
        var host = await LabHost.PristineAsync("boot-flow", iommu);
        const string all = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum /boot/grub/grub.cfg; find /var/lib/passthrough-host 2>/dev/null; dpkg-query -W; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";
        var before = await host.MustAsync(all);

        await ApplyAsync(host, "packages");
        await ApplyAsync(host, "boot");
        Assert.True((await host.PlanAsync(Spec))["boot"].InSync, string.Join('\n', (await host.PlanAsync(Spec))["boot"].Differences));
        Assert.Contains("rebooting now", await ApplyAsync(host, "restart"), StringComparison.Ordinal);
        await host.WaitAsync($"grep iommu=pt /proc/cmdline | grep -q vfio-pci.ids", TimeSpan.FromMinutes(5));
        Assert.Contains("is with vfio-pci", await ApplyAsync(host, "verify"), StringComparison.Ordinal);
        await ApplyAsync(host, "restart");
        Assert.Empty((await host.PlanAsync(Spec)).Differences);

        foreach (var concern in ConcernList.Wanted(Spec).Reverse())
        {
            var (code, output) = await host.RevertAsync(Spec, concern.Name);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(all));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_script_that_fails_half_way_leaves_the_files_of_before()
    {
        var host = await LabHost.PristineAsync("boot-half");
        await host.MustAsync("printf 'GRUB_CMDLINE_LINUX=\"broken\\n' >/etc/default/grub.d/99-broken.cfg; sha256sum /boot/grub/grub.cfg >/root/menu");
        var (code, output) = await host.ApplyAsync(Spec, "boot");
        Assert.Equal(1, code);
        Assert.Contains("the old menu is in place", output, StringComparison.Ordinal);
        await host.MustAsync("sha256sum -c /root/menu && test ! -e /etc/default/grub.d/60-passthrough-host.cfg && test ! -e /etc/modprobe.d/passthrough-host.conf");
        await host.MustAsync("rm /etc/default/grub.d/99-broken.cfg");
        await ApplyAsync(host, "boot");
        await host.LabAsync("down");
    }

    private static async Task<string> ApplyAsync(LabHost host, string concern)
    {
        var (code, output) = await host.ApplyAsync(Spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
        return output;
    }
}
