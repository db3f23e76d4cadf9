using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using Pulumi;

namespace PassthroughInfra.Component.Tests;

/// <summary>libvirt that does not answer: what it has is not known. That is neither nothing nor in sync, and an update waits for it.</summary>
public sealed class SilentLibvirtTests
{
    private const string Said = "no answer within 30 s; libvirtd.service is activating";

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Receipts = [] };

    private static readonly MachineSpec Spec = Read("autostart: true");

    private static readonly HostFacts Applied = Defined(AppliedHost.Of(Spec, Bare with { Guest = new() { Libvirt = new() { Answers = true, Version = "9.0.0", LoginAllowed = true } } }));

    [Fact]
    public void What_it_has_is_told_as_not_known_and_nothing_as_new_or_drift()
    {
        var before = HostPlan.Make(Spec, Applied);
        Assert.Empty(before.Differences);
        var plan = HostPlan.Make(Spec, Silent(Applied));
        Assert.Equal(
            ["libvirt: does not answer -> answers", "storage pool over /var/lib/libvirt/images: not known -> active", "domain win10: not known (libvirt does not answer) -> as applied"],
            plan.Differences.Select(d => d.Text));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.Unread, d.Cause));
        Assert.Empty(plan.Errors);
        var told = Assert.Single(plan.Preconditions, p => p.Id == "libvirt-answers");
        Assert.Equal((PreconditionVerdict.Unknown, $"libvirt on {Bare.System.HostName} does not answer ({Said}); which guests and storage pools it has is not known"), (told.Verdict, told.Seen));

        // Nothing else is in the texts than what was applied; the tokens say that it is not in sync.
        foreach (var concern in new[] { "libvirt", "storage-win10", "guest-win10" })
        {
            Assert.Equal(HostScript.Input(before[concern].Plan), HostScript.Input(plan[concern].Plan));
            Assert.NotEqual(before[concern].Token, plan[concern].Token);
        }
    }

    [Fact]
    public void A_guest_keeps_its_firmware_and_is_known_to_run_without_an_answer()
    {
        var other = Applied.Guest!.Of("win10").AsDefined!.Replace("OVMF_CODE_4M.fd", "OVMF_CODE.fd", StringComparison.Ordinal);
        var facts = Silent(Applied with { Guest = Applied.Guest.With("win10", g => g with { AsDefined = other }) });
        Assert.Contains("/usr/share/OVMF/OVMF_CODE.fd", HostPlan.Make(Spec, facts with { Guest = facts.Guest! with { Firmware = ["/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"] } }).GuestDefinition("win10"), StringComparison.Ordinal);
        Assert.Equal("no", HostPlan.Make(Spec, facts)["guest-win10"].Plan.Variables["WAITS"]);
    }

    [Fact]
    public void Before_anything_was_applied_a_libvirt_that_is_not_installed_has_nothing_and_a_silent_one_is_not_known()
    {
        var missing = HostPlan.Make(Spec, Bare with { Guest = new() { Libvirt = new() { Failure = "virsh is not installed" } } });
        Assert.All(missing.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.DoesNotContain(missing.Preconditions, p => p.Id == "libvirt-answers");
        var silent = HostPlan.Make(Spec, Bare with { Guest = new() { Libvirt = new() { Version = "9.0.0", Failure = Said } } });
        Assert.Contains(silent["guest-win10"].Differences, d => d is { Cause: Cause.Unread, Subject: "domain win10" });
        Assert.DoesNotContain(silent.Differences, d => d.Text.Contains("+++ domain", StringComparison.Ordinal));

        // Somebody removed virsh from a host that was set up: nobody can tell.
        var gone = HostPlan.Make(Spec, Silent(Applied) with { Guest = Silent(Applied).Guest! with { Libvirt = new() { Failure = "virsh is not installed" } } });
        Assert.Contains("domain win10: not known (there is no virsh) -> as applied", gone.Differences.Select(d => d.Text));
    }

    [Fact]
    public void An_upgrade_is_told_without_taking_for_applied_or_to_be_done_what_is_not_known()
    {
        var upgraded = Silent(Applied) with { System = Applied.System with { Version = "24.04" } };
        var told = Assert.Single(HostPlan.Make(Spec, upgraded).Findings, f => f.Problem.Contains("changed by itself", StringComparison.Ordinal));
        Assert.Contains("not known, because libvirt does not answer: libvirt, storage-win10, guest-win10; to be done by one update: ", told.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_waits_for_it_says_so_and_plans_from_what_it_has_then()
    {
        var engine = new MockedEngine();
        engine.HostAnswersInTurn([Silenced, "", Answering]);
        var host = await engine.RunAsync(Wired, preview: false);
        Assert.Equal("", await MockedEngine.ValueAsync(host.Refusal));
        Assert.Contains("virsh -q -c qemu:///system uri", $"{engine.Called[1].Args["stdin"]}", StringComparison.Ordinal);
        Assert.Equal(engine.Called[0].Args["stdin"], engine.Called[2].Args["stdin"]);
        Assert.DoesNotContain(await MockedEngine.ValueAsync(host.Findings), f => f.Contains("does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_update_writes_nothing_if_it_does_not_answer_in_the_end_and_a_preview_waits_for_nothing()
    {
        var engine = new MockedEngine();
        engine.HostAnswersInTurn([Silenced], "it was waited for, 900 s");
        var said = await Assert.ThrowsAnyAsync<Exception>(() => engine.RunAsync(Wired, preview: false));
        Assert.Contains("does not answer", said.Message, StringComparison.Ordinal);
        Assert.Contains("it was waited for, 900 s", said.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was written. See systemctl status libvirtd", said.Message, StringComparison.Ordinal);
        Assert.Empty(engine.Commands);

        engine = new MockedEngine();
        engine.HostAnswersInTurn([Silenced]);
        var host = await engine.RunAsync(Wired);
        Assert.Contains(await MockedEngine.ValueAsync(host.Findings), f => f.Contains("libvirt on lab does not answer (no answer within 30 s", StringComparison.Ordinal));
        Assert.False(await MockedEngine.ValueAsync(host.InSync));
        Assert.Single(engine.Called);
    }

    private static readonly MachineSpec Wired = SpecReader.Read(Yaml.ToJson(
        """
        connection: { host: gpu-host.internal, user: ops, hostKey: insecure-accept-any }
        devices:
          - { name: gpu, address: "01:00.0", id: "1234:1111" }
          - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
        acceptLoss: ["01:00.0"]
        packages: { manage: false }
        guests: [{ name: win10, type: qemu, managedBy: command, memory: 512MiB, cpus: { cores: 2 }, disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 8GiB } }]
        """));

    private static MachineSpec Read(string more) => GuestIdentity.Pin(
        SpecReader.Read(Yaml.ToJson(
            $$"""
            connection: { host: h, user: root, hostKey: insecure-accept-any }
            packages: { manage: false }
            devices: [{ name: usb, address: "04:00.0", id: "1912:0014" }]
            guests:
              - name: win10
                memory: 4GiB
                cpus: { cores: 2 }
                disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 60GiB }
                {{more}}
            """)),
        "a/b/c");

    private static string LabReading => File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"));

    private static string Silenced => With($"libvirt\tno\t9.0.0\tops\tyes\t{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Said))}");

    private static string Answering => With("libvirt\tyes\t9.0.0\tops\tyes\t");

    private static string With(string row) =>
        LabReading.Replace("\nend", $"\n{row}\novmf\t/usr/share/OVMF/OVMF_CODE_4M.fd\novmf\t/usr/share/OVMF/OVMF_VARS_4M.fd\nend", StringComparison.Ordinal);

    private static HostFacts Silent(HostFacts facts) => facts with
    {
        Guest = facts.Guest!.With("win10", g => g with { Definition = null }) with { Libvirt = new() { Version = "9.0.0", LoginAllowed = true, Failure = Said }, Domains = [], Pools = [] },
    };

    // The guest is in libvirt as an update left it, and so is the pool of its disk.
    private static HostFacts Defined(HostFacts facts)
    {
        var definition = HostPlan.Make(Spec, facts).GuestDefinition("win10");
        return facts with
        {
            Guest = facts.Guest! with
            {
                Firmware = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"],
                Guests = [new() { Name = "win10", Definition = definition, AsDefined = definition }],
                Domains = [new() { Name = "win10", Uuid = Spec.Guests[0].Uuid.ToString()!, State = "shut off", Autostart = true }],
                Media = [new() { Path = "/var/lib/libvirt/images/win10.qcow2", Kind = MediumKind.File, Format = "qcow2", VirtualBytes = 60L << 30, Pool = "images" }],
                Pools = [new() { Name = "images", Type = "dir", Target = "/var/lib/libvirt/images", Active = true, Autostart = true }],
            },
        };
    }
}
