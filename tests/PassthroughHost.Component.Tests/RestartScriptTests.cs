using System.Diagnostics;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>restart.sh and verify.sh as they are, on a host that is a directory: guests are processes that sleep, and virsh and systemd are stand-ins.</summary>
public sealed class RestartScriptTests : IDisposable
{
    private readonly ScriptStage _stage = new();

    private readonly Dictionary<string, Process> _guests = [];

    public RestartScriptTests()
    {
        Directory.CreateDirectory(At("state"));
        _stage.Write("cmdline", "quiet\n");
        _stage.Program("systemctl", "case $1 in is-active) exit 3 ;; list-jobs) echo '1 libvirt-guests.service stop running' ;; esac");
        _stage.Program("systemd-run", $"echo \"$*\" >>'{_stage.Root}/units'");
        _stage.Program("grub-editenv", ":");
        _stage.Program(
            "virsh",
            $$"""
            while [ "${1#-}" != "$1" ] || [ "$1" = qemu:///system ]; do shift; done
            echo "$1 $2" >>'{{_stage.Root}}/virsh.log'
            case $1 in
              dominfo) if [ -e "{{_stage.Root}}/transient" ]; then echo 'Persistent:     no'; else echo 'Persistent:     yes'; fi ;;
              shutdown) [ -e "{{_stage.Root}}/stays.$2" ] || { kill "$(cat "{{_stage.Root}}/run/$2.pid")"; rm "{{_stage.Root}}/run/$2.pid"; } ;;
              dumpxml) cat "{{_stage.Root}}/run/$2.xml" ;;
              start) [ ! -e "{{_stage.Root}}/broken.$2" ] || { echo 'error: no room for it' >&2; exit 1; } ;;
              domstate) if [ -e "{{_stage.Root}}/run/$2.pid" ]; then echo running; else echo 'shut off'; fi ;;
            esac
            """);
    }

    public void Dispose()
    {
        foreach (var guest in _guests.Values)
        {
            guest.Kill();
            guest.Dispose();
        }

        _stage.Dispose();
    }

    [Fact]
    public void Without_a_guest_the_host_reboots()
    {
        var (code, said) = Run("restart", "whenIdle");
        Assert.True(code == 0, said);
        Assert.Contains("rebooting now", said, StringComparison.Ordinal);
        Assert.Contains("systemctl reboot", File.ReadAllText(At("units")), StringComparison.Ordinal);
    }

    [Fact]
    public void While_a_guest_runs_whenIdle_stops_nothing_says_for_whom_and_verifies_after_the_reboot()
    {
        Guest("win10");
        Guest("other");
        var (code, said) = Run("restart", "whenIdle", putOff: true);
        Assert.True(code == 0, said);
        Assert.Contains("reboot: the running kernel lacks iommu=pt", said, StringComparison.Ordinal);
        Assert.Contains("the reboot is pending: other, win10 still there", said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("units")));
        Assert.False(File.Exists(At("virsh.log")));
        (code, said) = Run("verify", "whenIdle");
        Assert.True(code == 0, said);
        Assert.Contains("reboot pending: the running kernel lacks iommu=pt", said, StringComparison.Ordinal);

        // Booted by then, and still not as wanted: that is told as what it is.
        _stage.Write("state/restart.waiting", "another boot\n");
        (code, said) = Run("verify", "whenIdle");
        Assert.True(code == 1, said);
    }

    [Fact]
    public void A_reboot_that_is_the_operators_is_left_to_him_and_not_asked_for_again_by_the_boot_that_was_made_for_it()
    {
        Assert.Contains("never leaves it to you", Run("restart", "never").Said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("units")));
        _stage.Write("state/restart.tried", "another boot\nthe running kernel lacks iommu=pt\n");
        Assert.Contains("already made for that", Run("restart", "never").Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Always_shuts_guests_down_first_and_starts_them_again_after_the_reboot()
    {
        Guest("win10");
        var (code, said) = Run("restart", "always");
        Assert.True(code == 0, said);
        Assert.Contains("shutting down for the reboot: win10", said, StringComparison.Ordinal);
        Assert.Contains("rebooting now", said, StringComparison.Ordinal);

        _stage.Write("cmdline", "quiet iommu=pt\n");
        _stage.Write("state/restart.pending", "another boot\n");
        (code, said) = Run("verify", "always");
        Assert.True(code == 0, said);
        Assert.Contains("win10 is started again", said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("state/restart.guests")));
    }

    [Fact]
    public void A_guest_that_does_not_stop_means_no_reboot_and_those_that_did_are_started_again()
    {
        Guest("stops");
        Guest("stays");
        _stage.Write("stays.stays", "");

        // Off since a reboot that was not verified: its device may be the host's now.
        _stage.Write("run/earlier.xml", "<domain><devices><hostdev mode='subsystem' type='pci'/></devices></domain>");
        _stage.Write("state/restart.guests", "earlier\n");
        var (code, said) = Run("restart", "always");
        Assert.True(code == 1, said);
        Assert.Contains("after 2 s still there: stays; nothing was rebooted", said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("units")));
        Assert.Contains("start stops", File.ReadAllLines(At("virsh.log")));
        Assert.DoesNotContain("start stays", File.ReadAllLines(At("virsh.log")));
        Assert.DoesNotContain("start earlier", File.ReadAllLines(At("virsh.log")));
        Assert.Equal(["earlier"], File.ReadAllLines(At("state/restart.guests")));
    }

    [Fact]
    public void A_guest_that_would_be_lost_is_not_shut_down()
    {
        Guest("transient");
        _stage.Write("transient", "");
        var (code, said) = Run("restart", "always");
        Assert.True(code == 1, said);
        Assert.Contains("transient would be lost", said, StringComparison.Ordinal);
        Assert.DoesNotContain("shutdown transient", File.ReadAllLines(At("virsh.log")));
    }

    [Fact]
    public void A_host_that_has_not_rebooted_yet_says_what_holds_it()
    {
        Guest("win10");
        _stage.Write("state/restart.pending", File.ReadAllText("/proc/sys/kernel/random/boot_id"));
        var (code, said) = Run("verify", "always");
        Assert.True(code == 1, said);
        Assert.Contains("the host has not rebooted (same boot_id); guests that still run: win10; still being stopped: libvirt-guests.service", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whenIdle")]
    [InlineData("always")]
    public void A_guest_that_ends_while_guests_are_looked_for_hides_no_other(string policy)
    {
        // The file that names its process is gone once it is to be read.
        _stage.Write("run/ends.xml", "<domain/>");
        File.CreateSymbolicLink(At("run/ends.pid"), At("run/gone"));
        Guest("stays");
        _stage.Write("stays.stays", "");
        var (code, said) = Run("restart", policy, putOff: policy == "whenIdle");
        Assert.True(code == (policy == "always" ? 1 : 0), said);
        Assert.Contains(policy == "always" ? "still there: stays; nothing was rebooted" : "the reboot is pending: stays still there", said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("units")), said);
    }

    [Fact]
    public void A_guest_that_was_started_since_the_plan_was_made_fails_the_update_and_leaves_the_receipt_as_it_was()
    {
        Guest("late");
        var (code, said) = Run("restart", "whenIdle");
        Assert.True(code == 1, said);
        Assert.Contains("a guest runs that did not when the update was planned: late; nothing was rebooted", said, StringComparison.Ordinal);
        Assert.False(File.Exists(At("units")));
        Assert.False(File.Exists(At("state/restart.receipt")));
        Assert.True(File.Exists(At("state/restart.waiting")));

        // The next plan knows of it.
        (code, said) = Run("restart", "whenIdle", putOff: true);
        Assert.True(code == 0, said);
        Assert.True(File.Exists(At("state/restart.receipt")));
    }

    [Fact]
    public void A_guest_that_cannot_be_started_again_is_told_and_is_started_after_the_reboot_that_comes()
    {
        Guest("stops");
        Guest("stays");
        _stage.Write("stays.stays", "");
        _stage.Write("broken.stops", "");
        var (code, said) = Run("restart", "always");
        Assert.True(code == 1, said);
        Assert.Contains("note: stops, which was shut down for the reboot, was not started again: error: no room for it", said, StringComparison.Ordinal);
        Assert.Equal(["stops"], File.ReadAllLines(At("state/restart.guests")));

        // It is off by then, and still of those that the reboot is to leave as they were.
        File.Delete(At("stays.stays"));
        File.Delete(At("broken.stops"));
        (code, said) = Run("restart", "always");
        Assert.True(code == 0, said);
        _stage.Write("cmdline", "quiet iommu=pt\n");
        _stage.Write("state/restart.pending", "another boot\n");
        (code, said) = Run("verify", "always");
        Assert.True(code == 0, said);
        Assert.Contains("stops is started again", said, StringComparison.Ordinal);
        Assert.Contains("stays is started again", said, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_boot_that_is_not_as_wanted_guests_without_devices_are_started_again_and_the_others_are_told()
    {
        _stage.Write("run/plain.xml", "<domain/>");
        _stage.Write("run/passed.xml", "<domain><devices><hostdev mode='subsystem' type='pci'/></devices></domain>");
        _stage.Write("run/port.xml", "<domain><devices><interface type='hostdev'/></devices></domain>");
        _stage.Write("state/restart.guests", "plain\npassed\nport\n");

        // As long as the host has not rebooted, nothing is started under it.
        _stage.Write("state/restart.pending", File.ReadAllText("/proc/sys/kernel/random/boot_id"));
        Assert.Equal(1, Run("verify", "always").Code);
        Assert.False(File.Exists(At("virsh.log")));

        _stage.Write("state/restart.pending", "another boot\n");
        var (code, said) = Run("verify", "always");
        Assert.True(code == 1, said);
        Assert.Contains("plain is started again", said, StringComparison.Ordinal);
        Assert.Contains("note: passed, which was shut down for the reboot, was not started again: it has devices of the host", said, StringComparison.Ordinal);
        Assert.Contains("note: port, which", said, StringComparison.Ordinal);
        Assert.Equal(["passed", "port"], File.ReadAllLines(At("state/restart.guests")));
        Assert.Contains("not started again by an update since: passed, port", Run("restart", "always", verb: "revert").Said, StringComparison.Ordinal);
    }

    [Fact]
    public void That_a_boot_is_not_verified_yet_stays_noted_until_it_is()
    {
        _stage.Write("cmdline", "quiet iommu=pt\n");
        _stage.Write("state/restart.tried", "another boot\nthe running kernel lacks iommu=pt\n");
        Assert.Contains("no reboot", Run("restart", "always").Said, StringComparison.Ordinal);
        Assert.True(File.Exists(At("state/restart.tried")));
        var (code, said) = Run("verify", "always");
        Assert.True(code == 0, said);
        Assert.False(File.Exists(At("state/restart.tried")));
    }

    private string At(string path) => _stage.At(path);

    private void Guest(string name)
    {
        _guests[name] = Process.Start("sleep", ["600"]);
        _stage.Write($"run/{name}.pid", $"{_guests[name].Id}");
        _stage.Write($"run/{name}.xml", "<domain/>");
    }

    private (int Code, string Said) Run(string concern, string policy, bool putOff = false, string verb = "apply")
    {
        var spec = SpecReader.Read(
            $$"""{ "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "boot": { "reboot": "{{policy}}", "kernelArguments": ["iommu=pt"] } }""");
        var plan = concern == "restart" ? new RestartConcern().Plan(spec, null) : new Component.Concerns.Verify.VerifyConcern().Plan(spec, null);
        var variables = new SortedDictionary<string, string>(plan.Variables.ToDictionary(v => v.Key, v => v.Value), StringComparer.Ordinal);
        if (putOff)
        {
            plan = plan with { Settings = [.. plan.Settings, new(PlannedReboot.Setting, "none", "put off")] };
        }

        if (concern == "restart")
        {
            variables["GUEST_SECONDS"] = "2";
        }

        var script = _stage.Script(plan with { Variables = variables })
            .Replace("/run/libvirt/qemu/", At("run/"), StringComparison.Ordinal)
            .Replace("/proc/cmdline", At("cmdline"), StringComparison.Ordinal)
            .Replace("/boot/grub/", At("boot/"), StringComparison.Ordinal)
            .Replace("[ \"$(id -u)\" -eq 0 ] ||", ": ||", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-s", "--", verb, "token"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = shell.StandardOutput.ReadToEndAsync();
        var error = shell.StandardError.ReadToEndAsync();
        shell.StandardInput.Write(script);
        shell.StandardInput.Close();
        shell.WaitForExit();
        return (shell.ExitCode, output.Result + error.Result);
    }
}
