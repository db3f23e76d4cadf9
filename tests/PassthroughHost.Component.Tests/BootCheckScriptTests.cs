using System.Diagnostics;
using System.Globalization;

namespace PassthroughInfra.Component.Tests;

/// <summary>What compares a boot with what was applied, on a tree of plain files in place of sysfs: who is held back, why, and until when.</summary>
public sealed class BootCheckScriptTests : IDisposable
{
    private const string Card = "0000:01:00.0";

    private readonly string _root = Directory.CreateTempSubdirectory("bootcheck").FullName;

    public BootCheckScriptTests()
    {
        Write("list", $"# what is wanted\nargument iommu=pt\npages kernel/pages 4\nguest win10\ndevice {Card} 10de:1f82\nguest other\ndevice 0000:02:00.0 1912:0014\n");
        Write("cmdline", "ro quiet iommu=pt\n");
        Write("sys/kernel/pages", "4\n");
        Write($"sys/bus/pci/devices/{Card}/vendor", "0x10de\n");
        Write($"sys/bus/pci/devices/{Card}/device", "0x1f82\n");
        Write("sys/groups/7/devices/bridge/class", "0x060400\n");
        Directory.CreateDirectory(Path.Combine(_root, "sys/groups/7/devices/bridge/pcieport"));
        Link("sys/groups/7/devices/bridge/driver", "pcieport");
        Link($"sys/bus/pci/devices/{Card}/iommu_group", "../../../../groups/7");
        Bind("vfio-pci");
        Write("definitions/win10.xml", Domain("0x01"));
        Write("definitions/other.xml", Domain("0x05"));
        Write("guests/win10/defined.xml", "");
        Write("guests/other/defined.xml", "");
        Write("bin/systemctl", $"#!/bin/sh\necho \"$@\" >>'{_root}/systemctl'\n");
        Write("bin/logger", $"#!/bin/sh\nshift 4\necho \"$@\" >>'{_root}/journal'\n");
        Write("bin/virsh", $"""
            #!/bin/sh
            cd '{_root}' || exit 1
            echo "$@" >>virsh
            case "$*" in
              *' --live '*new-desc*) [ ! -e busy ] && for text; do :; done && printf %s "$text" >live ;;
              *' --live '*) [ -e live ] && cat live ;;
              *new-desc*) for text; do :; done; printf %s "$text" >description ;;
              *' desc '*) [ ! -e no-answer ] && cat description ;;
              *' list '*) cat names ;;
            esac

            """);
        foreach (var program in Directory.GetFiles(Path.Combine(_root, "bin")))
        {
            Executable(program);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_boot_that_is_as_applied_holds_nobody_back_and_says_nothing()
    {
        Assert.Equal((0, ""), Run("", "check"));
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        Assert.Empty(Held());
        Assert.False(File.Exists(Path.Combine(_root, "journal")));
        Assert.False(File.Exists(Path.Combine(_root, "systemctl")));

        // Somebody takes the card while the host runs: that is no matter of the boot.
        Bind("nvidia");
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
    }

    [Theory]
    [InlineData("nvidia", "0x10de", "0000:01:00.0 is with nvidia, not vfio-pci")]
    [InlineData("", "0x10de", "0000:01:00.0 is with no driver, not vfio-pci")]
    [InlineData("vfio-pci", "0x1002", "0000:01:00.0 is [1002:1f82], not [10de:1f82]")]
    public void A_guest_whose_device_is_not_as_applied_is_held_back_with_the_reason_and_the_others_start(string driver, string vendor, string reason)
    {
        Bind(driver);
        Write($"sys/bus/pci/devices/{Card}/vendor", vendor + "\n");
        Assert.Equal(0, Run("", "check").Code);
        Assert.Equal(["win10"], Held());
        Assert.Contains($"the guest win10 is held back: {reason}", Read("journal"), StringComparison.Ordinal);
        Assert.Equal("--no-block restart passthrough-host-held.service\n", Read("systemctl"));
        var (code, said) = Run(Domain("0x01"), "win10", "prepare", "begin", "-");
        Assert.Equal(1, code);
        Assert.Contains(reason, said, StringComparison.Ordinal);
        Assert.Contains("release win10", said, StringComparison.Ordinal);
        Assert.Equal(0, Run(Domain("0x05"), "other", "prepare", "begin", "-").Code);
        Assert.Equal(0, Run(Domain("0x01"), "somebody-elses", "prepare", "begin", "-").Code);
        Assert.Equal(0, Run("", "win10", "release", "end", "-").Code);
    }

    [Fact]
    public void A_device_that_is_not_in_the_definition_yet_holds_nobody_back()
    {
        Bind("nvidia");
        Write("definitions/win10.xml", "<domain/>\n");
        Assert.Equal(0, Run("", "check").Code);
        Assert.Empty(Held());
        Assert.Equal(0, Run("<domain/>\n", "win10", "prepare", "begin", "-").Code);

        // It was given the device since, and the host was not rebooted for it.
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
    }

    [Fact]
    public void Another_device_of_the_group_that_is_with_its_driver_holds_the_guest_back()
    {
        Write("sys/groups/7/devices/0000:01:00.1/class", "0x040300\n");
        Directory.CreateDirectory(Path.Combine(_root, "sys/groups/7/devices/0000:01:00.1/snd_hda_intel"));
        Link("sys/groups/7/devices/0000:01:00.1/driver", "snd_hda_intel");
        Assert.Equal(0, Run("", "check").Code);
        Assert.EndsWith("\n0000:01:00.1, which is in the IOMMU group of 0000:01:00.0, is with snd_hda_intel\n", Read("run/held/win10"), StringComparison.Ordinal);
    }

    [Fact]
    public void It_starts_once_its_devices_are_as_applied_or_it_is_released_by_hand()
    {
        Bind("nvidia");
        Run("", "check");
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Bind("vfio-pci");
        Assert.Equal(0, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.Empty(Held());

        Bind("nvidia");
        Run("", "check");
        Assert.Equal(["win10"], Held());
        Assert.Equal(0, Run("", "release", "win10").Code);
        Assert.Equal(0, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.Empty(Held());
    }

    [Fact]
    public void If_the_boot_was_not_compared_each_guest_is_looked_at_when_it_starts()
    {
        Bind("nvidia");
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.Equal(["win10"], Held());
        Assert.Equal(0, Run(Domain("0x05"), "other", "prepare", "begin", "-").Code);

        // What is wanted is not known: a guest with devices is held back, one without is not.
        File.Delete(Path.Combine(_root, "list"));
        Directory.Delete(Path.Combine(_root, "run"), recursive: true);
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.Equal(0, Run("<domain/>\n", "plain", "prepare", "begin", "-").Code);
    }

    [Fact]
    public void A_guest_that_this_project_has_not_defined_is_left_alone()
    {
        Bind("nvidia");
        Directory.Delete(Path.Combine(_root, "guests/win10"), recursive: true);
        Assert.Equal((0, ""), Run("", "check"));
        Assert.Empty(Held());
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        File.Delete(Path.Combine(_root, "list"));
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
    }

    [Fact]
    public void A_guest_is_of_this_project_as_soon_as_it_is_taken_over_or_kept_and_not_any_more_once_it_was_given_back()
    {
        Bind("nvidia");
        File.Delete(Path.Combine(_root, "guests/win10/defined.xml"));
        Write("guests/win10/found/domain.xml", "");
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        Write("guests/win10/found/taken", "");
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.Equal(0, Run("", "check").Code);
        Assert.Equal(["win10"], Held());

        // Defined by an update that was ended before it noted so; and gone, with its backups left.
        Directory.Delete(Path.Combine(_root, "guests/win10/found"), recursive: true);
        Directory.CreateDirectory(Path.Combine(_root, "guests/win10/backup"));
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Write("guests/win10/returned", "");
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
    }

    [Fact]
    public void A_description_of_an_earlier_boot_goes_even_if_this_boot_was_not_compared_to_the_end()
    {
        Write("kept/win10", "Anna's machine");
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        Assert.Equal("--no-block restart passthrough-host-held.service\n", Read("systemctl"));

        // What may take its time comes last: here nobody ever writes what is read.
        File.Delete(Path.Combine(_root, "systemctl"));
        File.Delete(Path.Combine(_root, "cmdline"));
        Write("timed", $"mkfifo '{_root}/cmdline'\nexec timeout 3 sh '{_root}/hook' check\n");
        Assert.Equal(124, Shell("", "timed").Code);
        Assert.Equal("--no-block restart passthrough-host-held.service\n", Read("systemctl"));
    }

    [Fact]
    public void A_start_that_was_refused_is_noted_until_the_guest_starts()
    {
        Bind("nvidia");
        Run("", "check");
        Assert.False(File.Exists(Path.Combine(_root, "run/refused/win10")));
        Run(Domain("0x01"), "win10", "prepare", "begin", "-");
        Assert.True(File.Exists(Path.Combine(_root, "run/refused/win10")));
        Bind("vfio-pci");
        Run("", "check");
        Assert.Empty(Held());
        Assert.True(File.Exists(Path.Combine(_root, "run/refused/win10")));
        // What may start has not yet: QEMU may fail.
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        Assert.True(File.Exists(Path.Combine(_root, "run/refused/win10")));
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "started", "begin", "-"));
        Assert.False(File.Exists(Path.Combine(_root, "run/refused/win10")));

        // One that has run since the boot and was shut down waits for no update, whoever starts it again in vain.
        Bind("nvidia");
        Run("", "check");
        Assert.Equal(1, Run(Domain("0x01"), "win10", "prepare", "begin", "-").Code);
        Assert.False(File.Exists(Path.Combine(_root, "run/refused/win10")));
    }

    [Fact]
    public void A_note_that_cannot_be_written_holds_nobody_back()
    {
        Write("run", "");
        Assert.Equal((0, ""), Run(Domain("0x01"), "win10", "prepare", "begin", "-"));
        Bind("nvidia");
        var (code, said) = Run(Domain("0x01"), "win10", "prepare", "begin", "-");
        Assert.Equal(1, code);
        Assert.Contains("is with nvidia, not vfio-pci", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_is_kept_until_libvirt_took_it_or_says_that_the_domain_is_gone()
    {
        Write("kept/win10", "Anna's machine");
        Write("description", "[passthrough-host] held back since then");
        Write("no-answer", "");
        Run("", "tell");
        Assert.Equal("Anna's machine", Read("kept/win10"));
        Write("names", "other\nwin10\n");
        Run("", "tell");
        Assert.Equal("Anna's machine", Read("kept/win10"));
        Write("names", "other\n");
        Run("", "tell");
        Assert.False(Directory.Exists(Path.Combine(_root, "kept")));
    }

    [Fact]
    public void It_is_not_taken_back_while_a_description_is_still_to_be_given_back()
    {
        var host = $"fail() {{ echo \"$1: $2\"; exit 1; }}\nsystemctl() {{ :; }}\nSTATE='{_root}'\nHOOK_SCRIPT='exit 1'\n";
        Write("revert", $"{host}{EmbeddedScript.Text("boot-check.sh")}\nconcern_before_revert\necho went on\n");
        Write("held/win10", "Anna's machine");
        Assert.Equal((1, "giving the guest win10 its description back: libvirt did not answer, or did not take it\n"), Shell("", "revert"));
        File.Delete(Path.Combine(_root, "held/win10"));
        Assert.Equal((0, "went on\n"), Shell("", "revert"));
    }

    [Fact]
    public void What_else_is_not_as_applied_is_noted_and_holds_nobody_back()
    {
        Write("cmdline", "ro quiet\n");
        Write("sys/kernel/pages", "3\n");
        Run("", "check");
        Assert.Empty(Held());
        Assert.Equal($"the running kernel lacks iommu=pt\nhuge pages in {_root}/sys/kernel/pages: 3, wanted 4\n", Read("run/notes"));
        Assert.Contains("the running kernel lacks iommu=pt", Read("journal"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_is_in_the_guests_description_as_long_as_it_is_held_back_and_the_one_of_before_comes_back()
    {
        Write("description", "Anna's machine, don't touch");
        Bind("nvidia");
        Run("", "check");
        Write("run/held/win10", $"1764537000\n{Card} is with nvidia, not vfio-pci\n");
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal($"[passthrough-host] held back since 2025-11-30 21:10 UTC: {Card} is with nvidia, not vfio-pci", Read("description"));
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal("Anna's machine, don't touch", Read("kept/win10"));
        Run("", "release", "win10");
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal("Anna's machine, don't touch", Read("description"));
        Assert.False(Directory.Exists(Path.Combine(_root, "kept")));
    }

    [Fact]
    public void A_guest_that_started_with_the_text_of_an_earlier_boot_is_described_as_before_too_and_what_its_owner_wrote_stays()
    {
        const string ofThatBoot = "[passthrough-host] held back since then";
        Write("kept/win10", "Anna's machine");
        Write("description", ofThatBoot);
        Write("live", ofThatBoot);
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal(("Anna's machine", "Anna's machine"), (Read("description"), Read("live")));

        // While it starts, libvirt may not take it: then it is done the next time.
        Write("kept/win10", "Anna's machine");
        Write("description", ofThatBoot);
        Write("live", ofThatBoot);
        Write("busy", "");
        Run("", "tell");
        Assert.Equal(ofThatBoot, Read("live"));
        File.Delete(Path.Combine(_root, "busy"));
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal(("Anna's machine", "Anna's machine"), (Read("description"), Read("live")));

        Write("kept/win10", "Anna's machine");
        Write("description", ofThatBoot);
        Write("live", "Anna's, and she is at work");
        Assert.Equal(0, Run("", "tell").Code);
        Assert.Equal(("Anna's machine", "Anna's, and she is at work"), (Read("description"), Read("live")));
    }

    [Fact]
    public void It_takes_no_time_that_a_boot_would_feel()
    {
        var watch = Stopwatch.StartNew();
        Run("", "check");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString("c", CultureInfo.InvariantCulture));
    }

    private static string Domain(string bus) =>
        $"<domain>\n    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n        <address domain='0x0000' bus='{bus}' slot='0x00' function='0x0'/>\n      </source>\n"
        + "      <address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>\n    </hostdev>\n</domain>\n";

    private IEnumerable<string?> Held() => Directory.Exists(Path.Combine(_root, "run/held")) ? Directory.GetFiles(Path.Combine(_root, "run/held")).Select(Path.GetFileName) : [];

    private void Bind(string driver)
    {
        File.Delete(Path.Combine(_root, $"sys/bus/pci/devices/{Card}/driver"));
        if (driver.Length > 0)
        {
            Directory.CreateDirectory(Path.Combine(_root, "sys/bus/pci/drivers", driver));
            Link($"sys/bus/pci/devices/{Card}/driver", $"../../drivers/{driver}");
        }
    }

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Combine(_root, path), target);

    private string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    private static void Executable(string program)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text);
    }

    private (int Code, string Said) Run(string input, params string[] arguments)
    {
        var script = EmbeddedScript.Text("boot-check-hook.sh");
        foreach (var (was, here) in ((string, string)[])
            [
                ("PATH=/usr/sbin:", $"PATH='{_root}/bin':/usr/sbin:"),
                ("\nlist=/etc/passthrough-host/boot-check\n", $"\nlist='{_root}/list'\n"),
                ("\nrun=/run/passthrough-host-boot-check\n", $"\nrun='{_root}/run'\n"),
                ("\nkept=/var/lib/passthrough-host/held\n", $"\nkept='{_root}/kept'\n"),
                ("\ndefinitions=/etc/libvirt/qemu\n", $"\ndefinitions='{_root}/definitions'\n"),
                ("\nguests=/var/lib/passthrough-host/guest\n", $"\nguests='{_root}/guests'\n"),
                ("\nsys=/sys\n", $"\nsys='{_root}/sys'\n"),
                ("\ncmdline=/proc/cmdline\n", $"\ncmdline='{_root}/cmdline'\n"),
            ])
        {
            Assert.Contains(was, script, StringComparison.Ordinal);
            script = script.Replace(was, here, StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(_root, "hook"), script);
        return Shell(input, "hook", arguments);
    }

    private (int Code, string Said) Shell(string input, string file, params string[] arguments)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(_root, file), .. arguments]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            shell.StandardInput.Write(input);
            shell.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want it.
        }

        var said = shell.StandardOutput.ReadToEnd() + shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }
}
