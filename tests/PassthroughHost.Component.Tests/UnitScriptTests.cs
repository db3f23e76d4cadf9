using System.Globalization;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>The scripts of concerns that enable a unit of systemd, on a host that is a directory: its link goes with its file.</summary>
public sealed class UnitScriptTests : IDisposable
{
    private readonly ScriptStage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Theory]
    [InlineData("boot-check", "HOOK_SCRIPT", "boot-check-hook.sh", "libvirt-hooks.sh")]
    [InlineData("sriov", "UNIT_SCRIPT", "sriov-unit.sh")]
    public void A_first_update_that_was_killed_or_has_failed_leaves_no_link_to_a_unit_that_is_gone(string concern, string variable, string text, params string[] parts)
    {
        Prepare(concern, new($"{concern}.sh") { Parts = parts, Texts = [(variable, text)] });
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 3, all: 1)}", "last");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 3, said);

        // The unit does not start.
        Assert.Equal("", ScriptStage.Run("sh", "-c", $"rm -rf {At("host")} {At("state")} && cp -a {At("original")} {At("host")} && : >{At("broken")}").Said);
        Assert.Equal(1, ScriptStage.Run("unshare", "-Ur", "sh", At("first"), "apply", "token").Code);
        Assert.Equal("", ScriptStage.Run("diff", "-r", "--no-dereference", At("original"), At("host")).Said);
    }

    private void Prepare(string concern, ConcernScript script)
    {
        var unit = $"passthrough-host-{concern}.service";
        Directory.CreateDirectory(At("original/etc/systemd/system/multi-user.target.wants"));
        Directory.CreateDirectory(At("original/run"));
        _stage.Program("systemctl", $"""
            cd {At("host/etc/systemd/system")} || exit 1
            case "$*" in
              *is-active*) exit 3 ;;
              *enable*) ln -sf {At("host/etc/systemd/system")}/{unit} multi-user.target.wants/{unit} ;;
              *disable*) rm -f multi-user.target.wants/{unit} ;;
              'restart passthrough-host-boot-check.service') [ ! -e {At("broken")} ] && mkdir -p {At("host/run")}/passthrough-host-boot-check ;;
              'restart {unit}') [ ! -e {At("broken")} ] ;;
            esac
            """);
        _stage.Program("virsh", "exit 1");
        _stage.Program("journalctl", ":");
        var first = Placed(new() { Concern = concern, Script = script, Files = [new(At($"host/etc/systemd/system/{unit}"), "# passthrough-host\n")], Variables = new Dictionary<string, string> { ["PHYSICAL"] = "" } });
        _stage.Write("first", first);
        _stage.Write($"state/scripts/{concern}.sh", first[..first.IndexOf("\nCONCERN=", StringComparison.Ordinal)]);
        _stage.Write("state/preflight.receipt", "token\tt0\n");
        _stage.Write("last", Placed(new() { Concern = "preflight", Script = new("preflight.sh") { Parts = ["probe-rows.sh", "running-guests.sh"] }, Variables = new Dictionary<string, string> { ["RELIED_ON"] = "" } }));
    }

    private string Placed(ConcernPlan plan) =>
        _stage.Script(plan)
            .Replace("/run/passthrough-host-", At("host/run/passthrough-host-"), StringComparison.Ordinal)
            .Replace("=/etc/systemd/system/", $"={At("host/etc/systemd/system/")}", StringComparison.Ordinal)
            .Replace("/boot/grub/", At("none/"), StringComparison.Ordinal);

    private string At(string path) => _stage.At(path);
}
