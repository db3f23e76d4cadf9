using System.Text.RegularExpressions;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>Two guests with different devices on the real libvirt: one comes to a host on which the other runs, and goes again; of the other nothing changes.</summary>
[Trait("Category", "Lab")]
public sealed partial class TwoGuestsTests
{
    private const string First = """{ "name": "win10", "type": "qemu", "memory": "256MiB", "cpus": { "cores": 1 }, "devices": ["gpu", "gpu-audio"], "disk": { "path": "/var/lib/libvirt/images/win10.qcow2", "size": "1GiB" }, "start": "running", "protect": false }""";

    private const string Second = """{ "name": "second", "type": "qemu", "os": "linux", "memory": "256MiB", "cpus": { "cores": 1 }, "devices": ["usb"], "disk": { "path": "/var/lib/libvirt/images/second.qcow2", "size": "1GiB" }, "start": "running", "restart": "force", "shutdownTimeoutSeconds": 2, "protect": false }""";

    // Of the first: its process, the definition, what this project keeps of it, and its receipts.
    private const string Whole = """
        cat /run/libvirt/qemu/win10.pid; cut -d ' ' -f 22 /proc/$(cat /run/libvirt/qemu/win10.pid)/stat; virsh domstate win10; virsh dumpxml --inactive win10 | sha256sum
        find /var/lib/passthrough-host/guest/win10 -type f | sort | xargs sha256sum; sha256sum /var/lib/passthrough-host/*-win10.receipt /var/lib/passthrough-host/libvirt.receipt
        """;

    private static readonly string[] Concerns = ["media", "storage", "guest"];

    [Fact]
    public async Task One_comes_to_a_host_on_which_the_other_runs_and_goes_again()
    {
        var host = await LabHost.PristineAsync("two-guests");
        await GuestTests.BindAsync(host);
        var (alone, both) = (Spec(First), Spec($"{First}, {Second}"));
        await SucceedsAsync(host, alone, "libvirt");
        foreach (var concern in Concerns)
        {
            await SucceedsAsync(host, alone, $"{concern}-win10");
        }

        var plan = await host.PlanAsync(alone);
        Assert.Empty(Differing(plan));
        var texts = Concerns.Select(c => $"{c}-win10").Append("libvirt").ToDictionary(c => c, c => HostScript.Input(plan[c].Plan));
        var before = await host.MustAsync(Whole);

        // The second is planned, and nothing else.
        plan = await host.PlanAsync(both);
        Assert.Empty(plan.Errors);
        Assert.Equal(["guest-second", "media-second", "storage-second"], Differing(plan));
        Assert.All(texts, t => Assert.Equal(t.Value, HostScript.Input(plan[t.Key].Plan)));
        foreach (var concern in Concerns)
        {
            await SucceedsAsync(host, both, $"{concern}-second");
        }

        Assert.Equal("running", await host.MustAsync("virsh domstate second"));
        Assert.Equal(before, await host.MustAsync(Whole));
        Assert.Empty(Differing(await host.PlanAsync(both)));
        Assert.Equal("2", await host.MustAsync("ls -l /proc/$(cat /run/libvirt/qemu/win10.pid)/fd /proc/$(cat /run/libvirt/qemu/second.pid)/fd | grep -oE '/dev/vfio/[0-9]+' | sort -u | wc -l"));

        // A change of the second.
        var more = Spec($"{First}, {Second.Replace("256MiB", "320MiB", StringComparison.Ordinal)}");
        Assert.Equal(["guest-second"], Differing(await host.PlanAsync(more)));
        await SucceedsAsync(host, more, "guest-second");
        Assert.Equal(before, await host.MustAsync(Whole));

        // It goes, in the opposite order. The pool is the first one's too.
        foreach (var concern in Concerns.Reverse())
        {
            var (code, output) = await host.RevertAsync(more, $"{concern}-second");
            Assert.True(code == 0, $"{concern}: {output}");
        }

        Assert.Equal("win10", await host.MustAsync("virsh list --all --name"));
        Assert.Equal(before, await host.MustAsync(Whole));
        Assert.StartsWith("passthrough-host-", await host.MustAsync("virsh vol-pool /var/lib/libvirt/images/win10.qcow2"), StringComparison.Ordinal);
        plan = await host.PlanAsync(alone);
        Assert.Empty(Differing(plan));
        Assert.DoesNotContain(plan.Findings, f => f.Problem.Contains("not in the list any more", StringComparison.Ordinal));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_stack_gets_a_second_guest_and_loses_it_again_and_no_other_resource_is_touched()
    {
        using var reader = new ReadersCheckout();
        var host = await LabHost.PristineAsync("two-guests-of-a-stack");
        await StackAsync(host, reader, First);
        await reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        await reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        Assert.Equal("running", await host.MustAsync("virsh domstate win10"));
        var before = await host.MustAsync(Whole);

        await StackAsync(host, reader, First, Second);
        Only("4 to create", await reader.SaysAsync(0, "./passthrough preview --stack gpu-host"));
        Only("4 created", await reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes"));
        Assert.Equal(("running", "running"), (await host.MustAsync("virsh domstate win10"), await host.MustAsync("virsh domstate second")));
        Assert.Equal(before, await host.MustAsync(Whole));
        await reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");

        await StackAsync(host, reader, First);
        Only("4 to delete", await reader.SaysAsync(0, "./passthrough preview --stack gpu-host"));
        Only("4 deleted", await reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes"));
        Assert.Equal("win10", await host.MustAsync("virsh list --all --name"));
        Assert.Equal(before, await host.MustAsync(Whole));
        await reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        await host.LabAsync("down");
    }

    // What is to be done with whom: the four resources of the second guest, and the question before the first write.
    private static void Only(string step, string said)
    {
        Assert.Contains(step, said, StringComparison.Ordinal);
        var touched = Step().Matches(said).Select(m => m.Groups["name"].Value).Distinct().ToList();
        Assert.Equal(["host-domain-second", "host-guest-second", "host-media-second", "host-storage-second"], touched.Where(t => t != "host-preflight").Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^ +(?:[+~-]|\+-) +(?:command|libvirt|pulumi):\S+ (?<name>host-\S+) ", RegexOptions.Multiline)]
    private static partial Regex Step();

    private static Task StackAsync(LabHost host, ReadersCheckout reader, params string[] guests) => host.WriteStackAsync(
        reader,
        $$"""
            packages: { manage: false }
            boot: { reboot: always, guard: false }
            guests:
        {{string.Join('\n', guests.Select(g => $"      - {g}"))}}
        """);

    // The devices were bound by hand: what is to be done for the next boot is not looked at.
    private static IEnumerable<string> Differing(HostPlan plan) =>
        plan.Concerns.Where(c => !c.InSync && c.Plan.Concern.Split('-')[0] is ("libvirt" or "media" or "storage" or "guest")).Select(c => c.Plan.Concern).Order(StringComparer.Ordinal);

    private static MachineSpec Spec(string guests) => GuestIdentity.Pin(
        SpecReader.Read(
            $$"""
            {
              "connection": { "host": "127.0.0.1", "user": "root", "hostKey": "insecure-accept-any" },
              "packages": { "manage": false },
              "boot": { "reboot": "always" },
              "devices": {{GuestTests.Devices}},
              "guests": [{{guests}}]
            }
            """),
        "lab/two-guests/host");

    private static async Task SucceedsAsync(LabHost host, MachineSpec spec, string concern)
    {
        var (code, output) = await host.ApplyAsync(spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
    }
}
