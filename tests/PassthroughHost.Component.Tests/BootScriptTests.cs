using System.Diagnostics;
using System.Globalization;
using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Boot's whole script on a host that is a directory, with programs of the test's own for GRUB and the initramfs: no end of a run leaves a menu or a trial that nobody wants.</summary>
public sealed class BootScriptTests : IDisposable
{
    private const string Entry = "passthrough-host-trial";

    private readonly ScriptStage _stage = new();

    public BootScriptTests()
    {
        _stage.Write("original/etc/default/grub.d/60-passthrough-host.cfg", "# of the operator\n");
        _stage.Write("original/etc/initramfs-tools/scripts/init-top/passthrough-host", "# of the operator, dropped in the second spec\n");
        _stage.Write("original/etc/modprobe.d/other.conf", "options kvm ignore_msrs=1\n");
        Directory.CreateDirectory(At("original/etc/grub.d"));
        Directory.CreateDirectory(At("original/tmp"));
        _stage.Write("original/boot/vmlinuz-1", "kernel");
        _stage.Write("initrd/initrd.img-1", "# of the operator, dropped in the second spec\n");
        _stage.Write("cmdline", "BOOT_IMAGE=/boot/vmlinuz-1 root=/dev/vda1 ro\n");
        _stage.Write("boot_id", "0c1c2f0e-0000-0000-0000-000000000001\n");
        _stage.Program("grub-mkconfig", $$"""
            GRUB_CMDLINE_LINUX=
            for file in {{At("host")}}/etc/default/grub.d/*.cfg; do [ ! -e "$file" ] || . "$file"; done
            {
              echo 'set default="0"'
              echo '### BEGIN {{At("host")}}/etc/grub.d/10_linux ###'
              echo "menuentry 'Linux' \$menuentry_id_option 'simple' {"
              echo "	linux /boot/vmlinuz-1 root=/dev/vda1 ro $GRUB_CMDLINE_LINUX"
              echo '	initrd /boot/initrd.img-1'
              echo '}'
              echo '### END {{At("host")}}/etc/grub.d/10_linux ###'
              for script in {{At("host")}}/etc/grub.d/*; do
                [ -x "$script" ] || continue
                echo "### BEGIN $script ###"
                "$script"
                echo "### END $script ###"
              done
            } >"$2"
            """);
        _stage.Program("grub-script-check", "exit 0");
        _stage.Program("grub-editenv", "exit 0");
        // An apply that fails leaves it with what it has in it; a revert and the next apply do not.
        _stage.Program("update-initramfs", $"""
            cat {At("host")}/etc/modprobe.d/passthrough-host.conf {At("host")}/etc/initramfs-tools/scripts/init-top/passthrough-host 2>/dev/null >{At("initrd")}/initrd.img-$3.new
            if [ -n "$STEPS" ]; then
              : >"$TMPDIR/half"
              read -r at <"$STEPS"
              at=$((at + 1))
              echo $at >"$STEPS"
              [ $at != "$LAST" ] || kill -9 0
            fi
            mv {At("initrd")}/initrd.img-$3.new {At("initrd")}/initrd.img-$3
            """);
        _stage.Program("mkinitramfs", "exit 1");
        _stage.Write("hooks/initramfs-tools", "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At("hooks/initramfs-tools"), (UnixFileMode)0b111_101_101);
        }

        _stage.Program("lsinitramfs", "echo passthrough-host/$(sha256sum <\"$1\" | cut -c 1-64)");
        using var first = Process.Start("sh", ["-c", $"cp -a {At("original")} {At("host")} && mkdir -p {At("original")}/boot/grub && {At("bin")}/grub-mkconfig -o {At("original")}/boot/grub/grub.cfg && rm -rf {At("host")}"]);
        first.WaitForExit();
        Assert.Equal(0, first.ExitCode);
        _stage.Write("first", Script("iommu=pt", atOnce: true, "softdep a pre: vfio-pci\n", new ManagedFile(At("host/etc/initramfs-tools/scripts/init-top/passthrough-host"), "# passthrough-host\n")));
        _stage.Write("second", Script("iommu=pt threadirqs", atOnce: false, "softdep a pre: vfio-pci\nsoftdep b pre: vfio-pci\n"));

        // After an update to its end, the menu is the wanted one, and a trial is there only where it is wanted.
        _stage.Write("check", $$"""
            menu={{At("host")}}/boot/grub/grub.cfg
            case "$1 $2" in
              'first apply') grep -q 'ro  iommu=pt$' $menu && ! grep -q 'threadirqs\|{{Entry}}' $menu && [ ! -e {{At("state")}}/trial ] ;;
              'second apply') ! grep -q '^	linux.*threadirqs$' $menu && [ "$(grep -c 'BEGIN {{Entry}}' $menu)" = 1 ] && grep -q 'threadirqs.*passthrough_host.trial=' $menu && [ -e {{At("state")}}/trial/grub.cfg ] ;;
              *) ! grep -q {{Entry}} $menu ;;
            esac && [ ! -e $menu.passthrough-host ] && [ ! -e {{At("initrd")}}/initrd.img-1.new ] && [ "$(wc -l <{{At("initrd")}}/initrd.img-1)" = "$(case "$1 $2" in *revert) echo 1 ;; first*) echo 2 ;; *) echo 3 ;; esac)" ]
            """);
    }

    public void Dispose() => _stage.Dispose();

    [Fact]
    public void Killed_at_any_step_of_an_update_or_a_revert_the_menu_the_initramfs_and_every_original_come_back()
    {
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 97, all: 23)}");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 2, said);
    }

    [Fact]
    public void On_a_full_file_system_no_menu_is_cut_short_and_no_original_is_lost()
    {
        var (code, said) = Steps.Stride(usual: 2, all: 1) == 1 ? _stage.EveryStep("full") : _stage.EveryStep("full", "host");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 2, said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_package_made_of_the_files_of_a_killed_first_update_goes_with_destroy_too(bool bindsEarly)
    {
        if (!bindsEarly)
        {
            _stage.Write("first", Script("iommu=pt", atOnce: true, binding: null));
        }

        MeanwhileAPackageMakesMenuAndInitramfs();
        PrepareLast();
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: bindsEarly ? 17 : 11, all: 5)}", "last");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 3, said);
    }

    [Fact]
    public void What_a_package_made_of_the_files_of_a_killed_update_goes_with_the_next_update_or_destroy()
    {
        MeanwhileAPackageMakesMenuAndInitramfs();
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 37, all: 11)}");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 2, said);
    }

    [Fact]
    public void A_first_update_that_was_killed_and_that_the_engine_never_learned_of_is_taken_back_by_the_last_command_of_destroy()
    {
        PrepareLast();

        // The one that matters most comes after the initramfs was made, and before the run is done.
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 23, all: 11)}", "last");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 3, said);
    }

    [Fact]
    public void What_was_set_up_by_hand_is_in_every_initramfs_again_after_a_first_update_that_was_killed_and_destroy()
    {
        _stage.Program("update-initramfs", $"cat {At("host")}/etc/modprobe.d/other.conf 2>/dev/null >{At("initrd")}/initrd.img-$3; :");
        _stage.Program("lsinitramfs", ":");
        var item = new TakeOverSpec { Path = At("host/etc/modprobe.d/other.conf"), Lines = ["options kvm ignore_msrs=1"] };
        _stage.Write("first", Script("iommu=pt", atOnce: true, binding: null, takeOver: [item]));
        PrepareLast();
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 11, all: 5)}", "last");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 3, said);
    }

    [Fact]
    public void What_was_set_up_by_hand_is_cut_before_one_menu_and_one_initramfs_are_made_and_back_before_destroy_makes_them()
    {
        _stage.Program("update-initramfs", $"{{ echo made; cat {At("host")}/etc/modprobe.d/other.conf; ls {At("host")}/etc/initramfs-tools/scripts/init-top; }} >>{At("made")}");
        _stage.Write("original/etc/default/grub.d/50-mine.cfg", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX iommu=pt\"\n");
        _stage.Write("original/etc/initramfs-tools/scripts/init-top/vfio.sh", "echo vfio-pci >driver_override\n");
        _stage.Write("cmdline", "BOOT_IMAGE=/boot/vmlinuz-1 root=/dev/vda1 ro iommu=pt\n");
        _stage.Write("state/.keep", "");
        _stage.Write("adopt", Script("iommu=pt", atOnce: false, binding: null, takeOver:
        [
            new() { Path = At("host/etc/default/grub.d/50-mine.cfg"), Words = ["iommu=pt"] },
            new() { Path = At("host/etc/modprobe.d/other.conf"), Lines = ["options kvm ignore_msrs=1"] },
            new() { Path = At("host/etc/initramfs-tools/scripts/init-top/vfio.sh"), SetAside = true },
        ]));
        Assert.Equal("", Shell($"cp -a {At("original")} {At("host")} && {At("bin")}/grub-mkconfig -o {At("host/boot/grub/grub.cfg")} && cp -a {At("host")} {At("typed")}"));

        // The running kernel has the words already: nothing is tried, and nothing is rebooted for.
        var said = Shell($"sh {At("adopt")} apply token 2>&1");
        Assert.Contains("took over what was set up by hand in", said, StringComparison.Ordinal);
        Assert.DoesNotContain("tried once", said, StringComparison.Ordinal);
        Assert.Equal("made\npassthrough-host\n", File.ReadAllText(At("made")));
        Assert.Contains("ro  iommu=pt\n", File.ReadAllText(At("host/boot/grub/grub.cfg")), StringComparison.Ordinal);
        Assert.DoesNotContain("iommu=pt iommu=pt", File.ReadAllText(At("host/boot/grub/grub.cfg")).Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);

        // Another update makes nothing again.
        Shell($"sh {At("adopt")} apply token 2>&1");
        Assert.Equal("made\npassthrough-host\n", File.ReadAllText(At("made")));
        Shell($"sh {At("adopt")} revert 2>&1");
        Assert.Equal("made\npassthrough-host\nmade\noptions kvm ignore_msrs=1\npassthrough-host\nvfio.sh\n", File.ReadAllText(At("made")));
        Assert.Equal("", Shell($"diff -r {At("typed")} {At("host")} 2>&1"));
    }

    private static string Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["-Ur", "sh", "-c", command]) { RedirectStandardOutput = true })!;
        var said = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return said;
    }

    private void MeanwhileAPackageMakesMenuAndInitramfs() => _stage.Write("between", $"{At("bin")}/update-initramfs -u -k 1 && {At("bin")}/grub-mkconfig -o {At("host")}/boot/grub/grub.cfg\n");

    // The host has every concern's script, up to its data; preflight was applied before the boot was begun.
    private void PrepareLast()
    {
        var first = System.IO.File.ReadAllText(At("first"));
        _stage.Write("state/scripts/boot.sh", first[..first.IndexOf("\nCONCERN=", StringComparison.Ordinal)]);
        _stage.Write("state/preflight.receipt", "token\tt0\n");
        _stage.Write("last", Placed(new() { Concern = "preflight", Script = new("preflight.sh") { Parts = ["probe-rows.sh", "running-guests.sh"] }, Variables = new Dictionary<string, string> { ["RELIED_ON"] = "" } }));
    }

    private string Script(string arguments, bool atOnce, string? binding, params ManagedFile[] others) => Script(arguments, atOnce, binding, [], others);

    private string Script(string arguments, bool atOnce, string? binding, IReadOnlyList<TakeOverSpec> takeOver, params ManagedFile[] others)
    {
        ManagedFile[] early = binding is null ? [] : [new(At("host/etc/modprobe.d/passthrough-host.conf"), binding), .. others];
        return Placed(new()
        {
            Concern = "boot",
            Script = new("boot.sh") { Parts = BootConcern.Scripts },
            Files = [new(At("host/etc/default/grub.d/60-passthrough-host.cfg"), $"# passthrough-host\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX {arguments}\"\n"), .. early],
            TakeOver = takeOver,
            Settings = [new("GRUB menu's kernel arguments", arguments, arguments)],
            Variables = new Dictionary<string, string>
            {
                ["ARGUMENTS"] = arguments,
                ["AT_ONCE"] = atOnce ? "yes" : "",
                ["EARLY_FILES"] = string.Join(' ', early.Select(f => f.Path)),
                ["EARLY_DIGEST"] = early.Length > 0 ? Sha256(string.Concat(early.Select(f => f.Content!))) : "",
                ["HOOK"] = "/none",
            },
        });
    }

    // A concern's whole script, for a host below this test's directory.
    private string Placed(ConcernPlan plan) =>
        _stage.Script(plan)
            .Replace("/var/tmp/.passthrough-host", At("host/tmp/.passthrough-host"), StringComparison.Ordinal)
            .Replace("/proc/cmdline", At("cmdline"), StringComparison.Ordinal)
            .Replace("/proc/sys/kernel/random/boot_id", At("boot_id"), StringComparison.Ordinal)
            .Replace("GRUB_CONFIG=/boot/", $"GRUB_CONFIG={At("host/boot/")}", StringComparison.Ordinal)
            .Replace("\"/boot/", $"\"{At("initrd/")}", StringComparison.Ordinal)
            .Replace("in /boot/vmlinuz-", $"in {At("host/boot/vmlinuz-")}", StringComparison.Ordinal)
            .Replace("#/boot/vmlinuz-", $"#{At("host/boot/vmlinuz-")}", StringComparison.Ordinal)
            .Replace("=/etc/initramfs-tools/", $"={At("host/etc/initramfs-tools/")}", StringComparison.Ordinal)
            .Replace("/usr/share/kernel/postinst.d", At("none"), StringComparison.Ordinal)
            .Replace("/etc/kernel/postinst.d", At("hooks"), StringComparison.Ordinal)
            .Replace("=/etc/default/", $"={At("host/etc/default/")}", StringComparison.Ordinal)
            .Replace("=/etc/grub.d/", $"={At("host/etc/grub.d/")}", StringComparison.Ordinal)
            .Replace("in /etc/grub.d/", $"in {At("host/etc/grub.d/")}", StringComparison.Ordinal)
            .Replace("^/etc/grub.d/", $"^{At("host/etc/grub.d/")}", StringComparison.Ordinal)
            // Room in the directory that stands for /boot is the test's own business.
            .Replace("free_kib() {", "free_kib() { echo 99999999; return; ", StringComparison.Ordinal)
            .Replace(" /boot/grub/grub.cfg.", $" {At("host/boot/grub/grub.cfg.")}", StringComparison.Ordinal);

    private static string Sha256(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private string At(string path) => _stage.At(path);
}
