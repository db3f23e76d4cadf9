using System.Diagnostics;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Which entry of GRUB's menu is the default, and so the one whose kernel is tried (grub-menu.sh).</summary>
public sealed class GrubMenuTests
{
    private const string Menu =
        """
        if [ "${next_entry}" ] ; then
           set default="${next_entry}"
           set next_entry=
        else
           set default="DEFAULT"
        fi
        function savedefault {
          save_env saved_entry
        }
        ### BEGIN /etc/grub.d/09_windows ###
        menuentry 'Windows "Boot" Manager' --class windows $menuentry_id_option 'osprober-efi' {
        	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
        }
        ### END /etc/grub.d/09_windows ###
        ### BEGIN /etc/grub.d/10_linux ###
        menuentry 'Ubuntu' --class ubuntu $menuentry_id_option 'gnulinux-simple' {
        	recordfail
        	savedefault
        	linux	/boot/vmlinuz-newest root=UUID=1 ro quiet
        }
        submenu 'Advanced options for Ubuntu' $menuentry_id_option 'gnulinux-advanced' {
        	menuentry 'Ubuntu, with Linux newest' --class ubuntu $menuentry_id_option 'gnulinux-newest' {
        		linux	/boot/vmlinuz-newest root=UUID=1 ro quiet
        	}
        	menuentry 'Ubuntu, with Linux newest (recovery mode)' --class ubuntu $menuentry_id_option 'gnulinux-newest-recovery' {
        		linux	/boot/vmlinuz-newest root=UUID=1 ro recovery nomodeset
        	}
        	menuentry "Ubuntu, with Linux older" --class ubuntu --id "gnulinux-older" {
        		linux	/boot/vmlinuz-older root=UUID=1 ro quiet
        	}
        }
        ### END /etc/grub.d/10_linux ###
        ### BEGIN /etc/grub.d/20_memtest86+ ###
        menuentry 'Memory test' {
        	linux	/boot/memtest86+x64.bin
        }
        ### END /etc/grub.d/20_memtest86+ ###
        """;

    [Theory]
    [InlineData("1", "newest quiet")]
    [InlineData("Ubuntu", "newest quiet")]
    [InlineData("gnulinux-simple", "newest quiet")]
    [InlineData("2", "newest quiet")]
    [InlineData("2>2", "older quiet")]
    [InlineData("gnulinux-advanced>gnulinux-older", "older quiet")]
    [InlineData("Advanced options for Ubuntu>Ubuntu, with Linux older", "older quiet")]
    [InlineData("2>1", "newest recovery")]
    [InlineData("${saved_entry}", "older quiet")]
    [InlineData("0", "newest quiet")]
    [InlineData("3", "newest quiet")]
    [InlineData("no such entry", "newest quiet")]
    public async Task The_default_entry_is_found_wherever_GRUB_DEFAULT_points(string setting, string expected)
    {
        var entry = await ShAsync(
            """
            lines=$(default_entry "$WORK/menu")
            sed -n "${lines% *},${lines#* }p" "$WORK/menu"
            """,
            Menu.Replace("DEFAULT", setting, StringComparison.Ordinal));
        Assert.Equal(1, entry.Split('\n').Count(l => l.Contains("menuentry ", StringComparison.Ordinal)));
        var kernel = Assert.Single(entry.Split('\n'), l => l.Contains("linux\t", StringComparison.Ordinal));
        Assert.Contains("/boot/vmlinuz-" + expected.Split(' ')[0], kernel, StringComparison.Ordinal);
        Assert.Contains(expected.Split(' ')[1], kernel, StringComparison.Ordinal);
        Assert.Equal("}", entry.TrimEnd().Split('\n')[^1].Trim());
    }

    // As grub-mkconfig of Debian 12 writes it with memtest86+ 6, Windows and another Linux by os-prober, Xen and a 40_custom; GRUB_DEFAULT=saved, menu hidden.
    private const string Foreign =
        """
        ### BEGIN /etc/grub.d/00_header ###
        if [ "${next_entry}" ] ; then
           set default="${next_entry}"
           set next_entry=
           save_env next_entry
           set boot_once=true
        else
           set default="${saved_entry}"
        fi
        if [ x$feature_timeout_style = xy ] ; then
          set timeout_style=hidden
          set timeout=0
        fi
        ### END /etc/grub.d/00_header ###

        ### BEGIN /etc/grub.d/10_linux ###
        menuentry 'Debian GNU/Linux' --class debian --class gnu-linux --class gnu --class os $menuentry_id_option 'gnulinux-simple-1' {
        	linux	/boot/vmlinuz-6.1.0-9-amd64 root=UUID=1 ro  quiet intel_iommu=on hugepages=8
        	initrd	/boot/initrd.img-6.1.0-9-amd64
        }
        submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1' {
        	menuentry 'Debian GNU/Linux, with Linux 6.1.0-9' --class debian $menuentry_id_option 'gnulinux-6.1.0-9-advanced-1' {
        		linux	/boot/vmlinuz-6.1.0-9 root=UUID=1 ro  quiet intel_iommu=on hugepages=8
        	}
        }
        ### END /etc/grub.d/10_linux ###

        ### BEGIN /etc/grub.d/20_linux_xen ###
        menuentry 'Debian GNU/Linux, with Xen hypervisor' --class debian $menuentry_id_option 'xen-gnulinux-simple-1' {
        	multiboot2	/boot/xen-4.17-amd64.gz placeholder
        	module2	/boot/vmlinuz-6.1.0-9-amd64 placeholder root=UUID=1 ro
        }
        ### END /etc/grub.d/20_linux_xen ###

        ### BEGIN /etc/grub.d/20_memtest86+ ###
        menuentry "Memory test (memtest86+x64.bin)" {
        	linux	/boot/memtest86+x64.bin
        }
        ### END /etc/grub.d/20_memtest86+ ###

        ### BEGIN /etc/grub.d/30_os-prober ###
        menuentry 'Windows Boot Manager (on /dev/sda1)' --class windows --class os $menuentry_id_option 'osprober-efi-AAAA' {
        	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
        }
        menuentry 'Fedora Linux 39 (on /dev/sda3)' --class fedora --class gnu-linux --class gnu --class os $menuentry_id_option 'osprober-gnulinux-simple-2' {
        	linux /boot/vmlinuz-6.5.6-300.fc39.x86_64 root=/dev/sda3
        	initrd /boot/initramfs-6.5.6-300.fc39.x86_64.img
        }
        ### END /etc/grub.d/30_os-prober ###

        ### BEGIN /etc/grub.d/40_custom ###
        menuentry 'Rescue' {
        	linux	/rescue/vmlinuz single
        }
        ### END /etc/grub.d/40_custom ###
        """;

    [Fact]
    public void What_holds_a_trials_arguments_back_is_known_as_this_projects() =>
        Assert.Contains(
            $"\nTRIAL_HOLD={Platform.Grub.TrialDropIn}\n",
            File.ReadAllText(Path.Combine(Repository.Root, "src/PassthroughHost.Component/Concerns/Boot/boot-trial.sh")),
            StringComparison.Ordinal);

    [Fact]
    public async Task Only_the_entries_of_10_linux_are_this_host_s_kernels_and_arguments_are_whole_words()
    {
        var said = await ShAsync(
            """
            lines=$(own_lines "$WORK/menu")
            printf '%s\n' "$lines"
            for argument in intel_iommu=on hugepages=80 hugepages=8 iommu=on; do any_lacks "$lines" $argument && echo "lacks $argument"; done
            any_has "$lines" hugepages || echo "has no hugepages"
            without_initramfs "$WORK/menu"
            """,
            Foreign);
        Assert.Equal(
            """
            linux /boot/vmlinuz-6.1.0-9-amd64 root=UUID=1 ro quiet intel_iommu=on hugepages=8
            linux /boot/vmlinuz-6.1.0-9 root=UUID=1 ro quiet intel_iommu=on hugepages=8
            lacks hugepages=80
            lacks iommu=on
            has no hugepages
            6.1.0-9

            """.ReplaceLineEndings("\n"),
            said);
    }

    [Theory]
    [InlineData("gnulinux-advanced-1>gnulinux-6.1.0-9-advanced-1", "/boot/vmlinuz-6.1.0-9 ")]
    [InlineData("osprober-gnulinux-simple-2", "/boot/vmlinuz-6.1.0-9-amd64 ")]
    [InlineData("osprober-efi-AAAA", "/boot/vmlinuz-6.1.0-9-amd64 ")]
    [InlineData("Rescue", "/boot/vmlinuz-6.1.0-9-amd64 ")]
    public async Task The_kernel_that_is_tried_is_this_host_s_own_even_where_GRUB_starts_another_system_by_default(string saved, string kernel)
    {
        var entry = await ShAsync(
            """
            lines=$(default_entry "$WORK/menu")
            sed -n "${lines% *},${lines#* }p" "$WORK/menu"
            """,
            Foreign,
            saved);
        Assert.Contains($"linux\t{kernel}", entry, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trial_s_entry_starts_the_same_kernel_with_the_marker_and_is_not_remembered_by_GRUB()
    {
        var block = await ShAsync(
            """
            ARGUMENTS='intel_iommu=on iommu=pt'
            TRIAL=$WORK
            echo passthrough_host.trial=0123456789ab >"$TRIAL/marker"
            lines=$(default_entry "$WORK/menu")
            trial_block "$(sed -n "${lines% *},${lines#* }p" "$WORK/menu")" >"$WORK/block"
            cat "$WORK/menu" "$WORK/block" >"$WORK/both"
            without_trial "$WORK/both" | cmp - "$WORK/menu" && cat "$WORK/block"
            """,
            Menu.Replace("DEFAULT", "1", StringComparison.Ordinal) + "\n");
        Assert.Equal(
            """
            ### BEGIN passthrough-host-trial ###
            menuentry "passthrough-host: new kernel arguments, tried once" --class gnu-linux --class os $menuentry_id_option "passthrough-host-trial" {
            	linux	/boot/vmlinuz-newest root=UUID=1 ro quiet passthrough_host.trial=0123456789ab panic=30
            }
            ### END passthrough-host-trial ###

            """.ReplaceLineEndings("\n"),
            block);
    }

    [Fact]
    public async Task While_the_trial_lasts_update_grub_sees_the_arguments_of_before()
    {
        const string script =
            """
            ARGUMENTS='intel_iommu=on vfio-pci.ids=10de:1f82'
            hold_arguments BEFORE >"$WORK/hold"
            GRUB_CMDLINE_LINUX="console=ttyS0 $ARGUMENTS"
            . "$WORK/hold"
            printf '%s' "$GRUB_CMDLINE_LINUX"
            """;
        Assert.Equal("console=ttyS0 intel_iommu=on", await ShAsync(script.Replace("BEFORE", "intel_iommu=on", StringComparison.Ordinal), ""));
        Assert.Equal("console=ttyS0", await ShAsync(script.Replace("BEFORE", "''", StringComparison.Ordinal), ""));
    }

    private static async Task<string> ShAsync(string script, string menu, string saved = "gnulinux-advanced>gnulinux-older")
    {
        var work = Directory.CreateTempSubdirectory("passthrough-grub-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(work, "menu"), menu.ReplaceLineEndings("\n"));
            var text = $"STATE={work}\nWORK={work}\nLINE_END='\n'\n{EmbeddedScript.Text("grub-menu.sh")}\n{EmbeddedScript.Text("trial-state.sh")}\n{EmbeddedScript.Text("boot-trial.sh")}\n"
                + $"grub-editenv() {{ echo saved_entry='{saved}'; }}\n{script}\n";
            using var process = Process.Start(new ProcessStartInfo("sh", ["-u", "-s"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            await process.StandardInput.WriteAsync(text.Replace("grub-editenv()", "grub_editenv()", StringComparison.Ordinal).Replace("$(grub-editenv ", "$(grub_editenv ", StringComparison.Ordinal));
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return output;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
