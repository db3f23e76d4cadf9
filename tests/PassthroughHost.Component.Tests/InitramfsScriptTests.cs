using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// How an initramfs is made (initramfs.sh and the piece of each generator), on a host that is a directory, with programs of the test's own. Their lists are as
/// lsinitrd of dracut 106 prints them; that of a squashed part is made up.
/// </summary>
public sealed partial class InitramfsScriptTests : IDisposable
{
    private const string Digest = "b72eae2e204d041bc4856f552ec9aa6a013e6e8fb24ec71ec5703484401b5305";
    private const string Other = "c07f3894bdc1dbe29a8fa803cef09bf91bf2fd7f82c30d85834ffdedc9ae7222";
    private const string Forced = "-rw-r--r--   1 root     root           54 Nov 30 05:56 etc/cmdline.d/20-force_drivers.conf\n";
    private const string Module = "-rw-r--r--   1 root     root         8912 Nov 12 09:30 usr/lib/modules/1/kernel/drivers/vfio/pci/vfio-pci.ko.xz\n";
    private const string Loader = "-rwxr-xr-x   1 root     root       174328 Nov 30 05:55 passthrough-host/modprobe\n";
    private const string Hook = "-rwxr-xr-x   1 root     root          684 Nov 30 05:55 usr/lib/dracut/hooks/pre-udev/00-passthrough-host.sh\n";
    private const string Link = "lrwxrwxrwx   1 root     root           11 Nov 30 05:53 usr/sbin/modprobe -> ../bin/kmod\n";
    private const string Old = "the old one\n";

    // depmod's lists, for a module and for what is built in.
    private const string AsModule = "modules.dep";
    private const string BuiltIn = "modules.builtin";

    private readonly string _root = Directory.CreateTempSubdirectory("initramfs").FullName;

    public InitramfsScriptTests()
    {
        Write("boot/vmlinuz-1", "kernel");
        Write("boot/initrd.img-1", Old);
        Write("state/.keep", "");
        Write("work/.keep", "");
        Directory.CreateDirectory(At("hooks"));
        Directory.CreateDirectory(At("tmp"));
        SetMode("boot/initrd.img-1", "600");
        Program("dracut", $"echo \"$*\" >>{At("asked")}; for file; do :; done; [ ! -e {At("new")} ] || cat {At("new")} >\"$file\"; [ ! -e {At("broken")} ]");
        Program("lsinitrd", "cat \"$1\"; ! grep -q CUT \"$1\"");
        Write("modules/1/modules.builtin", "kernel/fs/ext4/ext4.ko\n");
        HasVfio(AsModule);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string Marker(string digest) => $"-rw-r--r--   1 root     root            0 Nov 30 05:55 passthrough-host/{digest}\n";

    public static TheoryData<string, string> Faults() => new()
    {
        { "", "no binding, and is to have" },
        { Marker(Digest) + Forced + Module + "CUT\n", "cannot be read to its end" },
        { Forced + Module, "no binding, and is to have" },
        { Marker(Other) + Forced + Module, $"has {Other}" },
        { Marker(Digest) + Forced + Loader + Hook, "no /vfio-pci" },
        { Marker(Digest) + Module + Loader + Hook, "no /20-force_drivers" },
        { Marker(Digest) + Forced + Module + Hook, "no passthrough-host/modprobe" },
        { Marker(Digest) + Forced + Module + Loader, "no /pre-udev/" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task The_old_initramfs_stays_where_the_new_one_is_not_as_it_must_be(string made, string said)
    {
        Write("new", made);
        var (code, output) = await MakeAsync();
        Assert.Equal(1, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains("dracut failed (above); the old one is in place", output, StringComparison.Ordinal);
        OldStays();
    }

    [Theory]
    [InlineData("modules.order")]
    [InlineData("another's")]
    [InlineData("gone")]
    public async Task The_old_initramfs_stays_where_nothing_tells_how_its_kernel_has_vfio_pci(string list)
    {
        HasVfio(list);
        Write("new", Marker(Digest) + Forced + Module + Loader + Hook);
        var (code, output) = await MakeAsync();
        Assert.Equal(1, code);
        Assert.Contains("whether the new initramfs must have vfio-pci cannot be told", output, StringComparison.Ordinal);
        OldStays();
    }

    [Fact]
    public async Task The_old_initramfs_stays_where_dracut_fails()
    {
        Write("new", Marker(Digest) + Forced + Module + Loader + Hook);
        Write("broken", "");
        Assert.Equal(1, (await MakeAsync()).Code);
        OldStays();
    }

    [Fact]
    public async Task The_old_initramfs_stays_where_the_run_is_killed_and_what_it_left_goes_with_the_next()
    {
        Write("new", Marker(Digest));
        Program("dracut", $"for file; do :; done; cat {At("new")} >\"$file\"; kill -9 $PPID; sleep 1");
        Assert.NotEqual(0, (await MakeAsync()).Code);
        Assert.Equal(Old, Read("boot/initrd.img-1"));
        Assert.Equal(["boot/.initrd.img-1.passthrough-host"], Left());
        Assert.Equal(0, (await ShAsync("\"${GENERATOR}_drop\"")).Code);
        OldStays();
    }

    [Theory]
    [InlineData("initramfs_tools", "update-initramfs")]
    [InlineData("dracut", "dracut")]
    public async Task What_a_generator_that_was_killed_has_half_made_goes_with_the_next_run(string generator, string program)
    {
        Program(program, $"mkdir $TMPDIR/half; : >$TMPDIR/half/made; {(generator == "dracut" ? "" : $": >{At("boot")}/initrd.img-1.new;")} kill -9 $PPID; sleep 1");
        Assert.NotEqual(0, (await MakeAsync($"GENERATOR={generator}")).Code);
        Assert.Single(Directory.GetDirectories(At("tmp")));
        var (code, said) = await ShAsync("recover");
        Assert.True(code == 0, said);
        Assert.Empty(Directory.GetDirectories(At("tmp")));
        Assert.Equal(["initrd.img-1", "vmlinuz-1"], Directory.GetFiles(At("boot")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Old, Read("boot/initrd.img-1"));

        // One whose journal is gone, too.
        Directory.CreateDirectory(At("tmp/.passthrough-host-initramfs.4194305/half"));
        string[] others = [".passthrough-host-initramfs.4194305.tar", ".passthrough-host-initramfs.20261201a", "passthrough-host.20261201"];
        foreach (var other in others)
        {
            Directory.CreateDirectory(At($"tmp/{other}/original"));
        }

        Assert.Equal(0, (await ShAsync("drop_generator_directories")).Code);
        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetDirectories(At("tmp")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(AsModule, Forced + Module + Loader + Hook + Link)]
    [InlineData(BuiltIn, Hook)]
    public async Task A_new_initramfs_that_is_as_it_must_be_takes_the_old_ones_place(string list, string made)
    {
        HasVfio(list);
        Write("new", made + Marker(Digest));
        Directory.CreateDirectory(At("post-update.d"));
        Program("../post-update.d/zz-boot", $"echo \"$1 $2\" >{At("told")}");
        var (code, output) = await MakeAsync();
        Assert.True(code == 0, output);
        Assert.Equal(made + Marker(Digest), Read("boot/initrd.img-1"));
        Assert.Equal("600", Mode("boot/initrd.img-1"));
        Assert.Equal($"--force --kver 1 {At("boot")}/.initrd.img-1.passthrough-host\n", Read("asked"));
        Assert.Equal($"1 {At("boot")}/initrd.img-1\n", Read("told"));
        Assert.StartsWith($"{Digest}\t", Read("state/initramfs/1"), StringComparison.Ordinal);
        Assert.Empty(Left());

        // As it is, it is not made again.
        Assert.Equal(0, (await MakeAsync()).Code);
        Assert.Equal(1, Read("asked").Count(c => c == '\n'));
        Assert.Equal(0, (await MakeAsync("CHANGED=' /hook'")).Code);
        Assert.Equal(2, Read("asked").Count(c => c == '\n'));
    }

    [Fact]
    public async Task Who_is_told_of_a_new_initramfs_in_etc_stands_before_the_distributions_own_of_the_same_name()
    {
        Write("new", Forced + Module + Loader + Hook + Marker(Digest));
        foreach (var program in new[] { "post-update.d/a", "post-update.d/c", "post-update.d.own/a", "post-update.d.own/b", "post-update.d.own/d", "post-update.d.own/e" })
        {
            Program("../" + program, $"echo {program} >>{At("told")}");
        }

        // Neither can be run: that is how somebody turns the distribution's own off.
        Write("post-update.d/d", "");
        File.CreateSymbolicLink(At("post-update.d/e"), "/dev/null");
        var (code, output) = await MakeAsync();
        Assert.True(code == 0, output);
        Assert.Equal("post-update.d/a\npost-update.d.own/b\npost-update.d/c\n", Read("told"));

        Program("../post-update.d.own/b", "echo not now; exit 1");
        (code, output) = await MakeAsync("CHANGED=' /hook'");
        Assert.Equal(1, code);
        Assert.Contains("not now", output, StringComparison.Ordinal);
        Assert.Contains("the new one is in place", output, StringComparison.Ordinal);
        Assert.True(File.Exists(At("state/initramfs/1.untold")));
    }

    [Fact]
    public async Task An_initramfs_is_made_plain_again_and_only_where_it_had_the_binding()
    {
        Write("boot/vmlinuz-2", "kernel");
        Write("boot/initrd.img-2", "never ours\n");
        Write("state/initramfs/1", "noted");
        Write("new", Marker(Digest));
        var (code, output) = await ShAsync("remake_plain");
        Assert.Equal(1, code);
        Assert.Contains("is to have no binding", output, StringComparison.Ordinal);
        OldStays();

        Write("new", Link);
        Assert.Equal(0, (await ShAsync("remake_plain")).Code);
        Assert.Equal(Link, Read("boot/initrd.img-1"));
        Assert.Equal("never ours\n", Read("boot/initrd.img-2"));
        Assert.False(Directory.Exists(At("state/initramfs")));
    }

    [Theory]
    [InlineData("-rw-r--r--   1 root     root            0 Nov 30 05:55 passthrough-host/D")]
    [InlineData("-rw-r--r-- root/root                 0 2026-11-30 05:55 squashfs-root/passthrough-host/D")]
    [InlineData("-rw-r--r-- 1 root root 0 Nov 30 05:55 erofs-root/passthrough-host/D")]
    [InlineData("-rw-r--r--   1 root     root            0 Nov 30 05:55 usr/passthrough-host/D", false)]
    [InlineData("passthrough-host", false)]
    public async Task What_is_in_an_initramfs_is_read_off_lsinitrd(string line, bool found = true)
    {
        Write("boot/initrd.img-1", line.Replace("D", Digest, StringComparison.Ordinal) + "\n");
        Assert.Equal(found ? Digest + "\n" : "", (await ShAsync("in_initramfs 1")).Said);
    }

    [Theory]
    [InlineData("", "mkinitramfs update-initramfs dracut", "")]
    [InlineData("initramfs-tools", "mkinitramfs update-initramfs", "initramfs-tools")]
    // dracut-core beside it has no hook.
    [InlineData("initramfs-tools", "mkinitramfs update-initramfs dracut", "initramfs-tools")]
    // Its package was removed and not purged: first with initramfs-tools-core left, then with dracut's update-initramfs.
    [InlineData("initramfs-tools dracut", "mkinitramfs dracut", "dracut")]
    [InlineData("initramfs-tools dracut", "mkinitramfs dracut=update-initramfs dracut", "dracut")]
    [InlineData("initramfs-tools", "mkinitramfs dracut=update-initramfs dracut", "dracut")]
    [InlineData("initramfs-tools dracut", "dracut=update-initramfs dracut", "dracut")]
    // dracut was removed and not purged, with dracut-core left: its hook still runs.
    [InlineData("initramfs-tools dracut", "mkinitramfs update-initramfs dracut", "initramfs-tools dracut")]
    [InlineData("initramfs-tools dracut", "mkinitramfs update-initramfs", "initramfs-tools")]
    [InlineData("booster", "booster", "booster")]
    public async Task Who_makes_the_initramfs_is_told_by_the_hooks_of_programs_that_are_there(string hooks, string programs, string makers)
    {
        Host(hooks, programs);
        Assert.Equal(makers, (await ShAsync("initramfs_makers")).Said);
    }

    [Theory]
    [InlineData("initramfs_tools", "dracut", "dracut")]
    [InlineData("dracut", "initramfs-tools", "initramfs_tools")]
    [InlineData("dracut", "dracut", "dracut")]
    [InlineData("dracut", "initramfs-tools dracut", "dracut")]
    [InlineData("dracut", "", "dracut")]
    public async Task What_one_generator_was_told_is_taken_back_with_the_one_that_is_there(string written, string hooks, string taken)
    {
        Host(hooks, "mkinitramfs update-initramfs dracut");
        Assert.Equal(taken, (await ShAsync($"GENERATOR={written}; take_present_generator; printf %s \"$GENERATOR\"")).Said);
    }

    [Fact]
    public async Task An_update_made_for_another_generator_is_refused_before_anything_is_written()
    {
        Host("initramfs-tools", "mkinitramfs update-initramfs dracut");
        var (code, said) = await ShAsync("check_generator");
        Assert.Equal(1, code);
        Assert.Contains("it is initramfs_tools, and this update was made for dracut", said, StringComparison.Ordinal);
        Host("initramfs-tools dracut", "mkinitramfs update-initramfs dracut");
        Assert.Equal(0, (await ShAsync("check_generator")).Code);
        Host("", "mkinitramfs update-initramfs dracut");
        Assert.Contains("nothing does when a kernel is installed", (await ShAsync("check_generator")).Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_generator_has_every_function_that_is_called()
    {
        var called = Call().Matches(EmbeddedScript.Text("initramfs.sh") + EmbeddedScript.Text("boot.sh")).Select(m => m.Groups[1].Value).Distinct().Order().ToList();
        Assert.Contains("make", called);
        foreach (var (generator, script) in new[] { ("initramfs_tools", "initramfs-tools.sh"), ("dracut", "dracut.sh") })
        {
            var text = EmbeddedScript.Text(script);
            Assert.All(called, c => Assert.Contains($"\n{generator}_{c}() {{", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_trial_with_dracut_starts_the_machine_again_where_no_root_is_found()
    {
        Assert.Equal("dracut", Plan("initramfs-by-dracut").Variables["GENERATOR"]);
        Assert.Equal(" panic=30 rd.timeout=300 rd.shell=0 rd.emergency=reboot", (await ShAsync("ARGUMENTS=x; TRIAL_ARGUMENTS=$(dracut_trial_arguments); panic_argument")).Said);
        Assert.Equal(" panic=30", (await ShAsync("ARGUMENTS=x; TRIAL_ARGUMENTS=$(initramfs_tools_trial_arguments); panic_argument")).Said);
        Assert.DoesNotContain("GENERATOR", Plan("debian-module").Variables);
    }

    /// <summary>The digest that dracut's module writes is the one of the plan, and the hook leaves the rest of dracut's to run.</summary>
    [Theory]
    [InlineData("initramfs-by-dracut")]
    [InlineData("initramfs-by-dracut-twin")]
    public async Task The_module_puts_what_was_planned_into_the_initramfs(string machine)
    {
        var plan = Plan(machine);
        foreach (var file in plan.Files)
        {
            var content = file.Content!.Replace("/usr/lib/dracut", At("host/usr/lib/dracut"), StringComparison.Ordinal);
            Write("host" + file.Path, content.Replace("\n/passthrough-host/", $"\n{At("bin/loader-")}", StringComparison.Ordinal));
            SetMode("host" + file.Path, file.Mode);
        }

        // The content of the files is the plan's, whose digest is the plan's.
        foreach (var file in plan.Variables["EARLY_FILES"].Split(' '))
        {
            Write("host" + file, plan.Files.Single(f => f.Path == file).Content!);
            SetMode("host" + file, plan.Files.Single(f => f.Path == file).Mode);
        }

        var module = At("host/usr/lib/dracut/modules.d/90passthrough-host");
        var setup = File.ReadAllText($"{module}/module-setup.sh").Replace("=/etc/", $"={At("host/etc/")}", StringComparison.Ordinal);
        Program("kmod", "");
        Program("loader-modprobe", "echo \"modprobe $*\"");
        var script = $"moddir={module}; initdir={At("initdir")}; inst_simple() {{ echo \"simple $*\"; }}; inst_binary() {{ echo \"binary $*\"; }};"
            + $" inst_hook() {{ echo \"hook $*\"; . \"$3\"; echo after; }}\n{setup}\ncheck || echo \"check $?\"; install; ls \"$initdir/passthrough-host\"";
        var (code, said) = await ShAsync(script);
        var twin = machine.EndsWith("twin", StringComparison.Ordinal);
        Assert.True(code == 0, said);

        // Whatever is called modprobe in the initramfs, kmod loads vfio-pci, which alone finds vfio-pci.ids= on the kernel command line.
        Assert.Equal(
            $"check 255\nsimple {At("host/etc/modprobe.d/passthrough-host.conf")}\nhook pre-udev 00 {module}/passthrough-host.sh\nmodprobe --ignore-install vfio-pci\nafter\n"
            + $"binary {At("bin/kmod")} /passthrough-host/modprobe\n"
            + (twin ? $"simple {module}/bind-by-address.sh\n" : "")
            + plan.Variables["EARLY_DIGEST"] + "\n",
            said);
        var order = At("initdir/etc/systemd/system/systemd-modules-load.service.d/passthrough-host.conf");
        Assert.Equal(twin ? "[Unit]\nAfter=dracut-pre-udev.service\n" : "", File.Exists(order) ? File.ReadAllText(order) : "");
    }

    [Fact]
    public async Task The_probe_looks_into_an_initramfs_that_is_not_the_noted_one_with_the_generators_program()
    {
        Host("dracut", "");
        Program("lsinitrd", $"[ \"$*\" != /boot/initrd.img-1 ] || echo '{Marker(Digest).TrimEnd()}'");
        Write("state/initramfs/1", $"{Other}\t5\t6");
        var script = $"looked='/boot/vmlinuz-1\t1\t1\n/boot/initrd.img-1\t7\t8\n{At("state/initramfs/1")}\t1\t9'\nstate={At("state")}\n{EmbeddedScript.Text("probe-boot.sh")}\nkernels | grep ^installed";
        Assert.Equal($"installed\t1\tmissing\t7\t8\t{Digest}\t0\n", (await ShAsync(script)).Said);
    }

    [GeneratedRegex("""\$\{GENERATOR\}_([a-z_]+)""")]
    private static partial Regex Call();

    private static ConcernPlan Plan(string machine)
    {
        var folder = Path.Combine(Repository.Tests, "cases", machine);
        var spec = SpecReader.Read(Yaml.ToJson(File.ReadAllText(Path.Combine(folder, "spec.yaml"))));
        return new BootConcern().Plan(spec, MergePatch.Load(Path.Combine(folder, "facts.json")).Deserialize<HostFacts>(SpecReader.Json)!);
    }

    private Task<(int Code, string Said)> MakeAsync(string before = "") => ShAsync($"mkdir -p \"$STATE/initramfs\"; {before}\nmake_initramfs");

    // The hooks of a host, and the programs it has beside those of the test; "dracut=NAME" is one that starts dracut.
    private void Host(string hooks, string programs)
    {
        Directory.Delete(At("hooks"), recursive: true);
        Directory.CreateDirectory(At("hooks"));
        foreach (var hook in hooks.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Program($"../hooks/{hook}", "");
        }

        File.Delete(At("bin/dracut"));
        foreach (var program in programs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Program(program.Split('=')[^1], program.StartsWith("dracut=", StringComparison.Ordinal) ? "if dracut --force x; then :; fi" : "mkinitramfs");
        }

        if (programs.Length == 0 && hooks.Length > 0)
        {
            Program("dracut", "");
        }
    }

    private async Task<(int Code, string Said)> ShAsync(string script)
    {
        var parts = string.Concat(new[] { "host.sh", "journal.sh" }.Concat(BootConcern.Scripts).Select(s => EmbeddedScript.Text(s) + "\n"))
            .Replace("/var/lib/passthrough-host", At("state"), StringComparison.Ordinal)
            .Replace("/var/tmp/.passthrough-host", At("tmp/.passthrough-host"), StringComparison.Ordinal)
            .Replace("\"/boot/", $"\"{At("boot/")}", StringComparison.Ordinal)
            .Replace("in /boot/vmlinuz-", $"in {At("boot/vmlinuz-")}", StringComparison.Ordinal)
            .Replace("#/boot/vmlinuz-", $"#{At("boot/vmlinuz-")}", StringComparison.Ordinal)
            .Replace("\"/lib/modules/", $"\"{At("modules/")}", StringComparison.Ordinal)
            .Replace("/etc/kernel/postinst.d", At("hooks"), StringComparison.Ordinal)
            .Replace("/usr/share/kernel/postinst.d", At("none"), StringComparison.Ordinal)
            .Replace("/etc/initramfs/post-update.d", At("post-update.d"), StringComparison.Ordinal)
            .Replace("/usr/share/initramfs/post-update.d", At("post-update.d.own"), StringComparison.Ordinal)
            .Replace("\nPATH=", $"\nPATH={At("bin")}:", StringComparison.Ordinal);
        var data = $"CONCERN=boot\nVERB=apply\nWORK={At("work")}\nGENERATOR=dracut\nHOOK=/hook\nEARLY_FILES=/etc/modprobe.d/passthrough-host.conf\nEARLY_DIGEST={Digest}\n";
        Write("script", $"{parts}\n{data}\nexec 2>&1\ntrap close_journal EXIT\n{script}\n");
        using var process = Process.Start(new ProcessStartInfo("sh", ["-u", At("script")]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    // The list that names it, of those that depmod makes. "another's": only as what another module depends on; "gone": the kernel's modules were removed.
    private void HasVfio(string list)
    {
        if (list == "gone")
        {
            Directory.Delete(At("modules/1"), recursive: true);
            return;
        }

        File.Delete(At("modules/1/modules.dep"));
        const string Named = "kernel/drivers/vfio/pci/vfio-pci.ko";
        Write(
            $"modules/1/{(list == "another's" ? AsModule : list)}",
            list == BuiltIn ? $"{Named}\n" : list == AsModule ? $"{Named}.xz: kernel/drivers/vfio/vfio.ko.xz\n" : $"kernel/drivers/vfio/pci/mlx5/mlx5-vfio-pci.ko.xz: {Named}.xz\n");
    }

    private void OldStays()
    {
        Assert.Equal(Old, Read("boot/initrd.img-1"));
        Assert.Empty(Left());
    }

    private List<string> Left() =>
        [.. Directory.GetFiles(At("boot")).Select(f => Path.GetRelativePath(_root, f)).Where(f => f.Contains("passthrough-host", StringComparison.Ordinal))];

    private string At(string path) => Path.Combine(_root, path);

    private string Read(string path) => File.ReadAllText(At(path));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private string Mode(string path) => OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(At(path)), 8);

    private void SetMode(string path, string mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At(path), (UnixFileMode)Convert.ToInt32(mode, 8));
        }
    }

    private void Program(string name, string text)
    {
        Write($"bin/{name}", $"#!/bin/sh\n{text}\n");
        SetMode($"bin/{name}", "755");
    }
}
