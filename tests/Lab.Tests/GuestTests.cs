using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A guest on the real libvirt, with devices on vfio: defined, started, changed in place, tampered with and removed. Under KVM its CPUs are never let
/// run here (the virtual host's own emulation does not survive it), so it is started paused.
/// </summary>
[Trait("Category", "Lab")]
public sealed class GuestTests
{
    private const string Iso = "/var/lib/libvirt/images/install.iso";

    /// <summary>The card with its two functions and the USB controller, as a spec lists them, and that the only display may go.</summary>
    internal const string Devices =
        """
        [
          { "name": "gpu", "address": "01:00.0", "id": "1234:1111" },
          { "name": "gpu-audio", "address": "01:00.1", "id": "8086:293e" },
          { "name": "usb", "address": "04:00.0", "id": "1b36:000d" }
        ],
        "acceptLoss": ["01:00.0"]
        """;

    private const string Nvram = "/var/lib/libvirt/qemu/nvram/win10_VARS.fd";

    [Trait("Length", "long")]
    [Fact]
    public async Task A_guest_is_started_with_its_devices_and_changed_in_place_without_losing_NVRAM_or_TPM()
    {
        var host = await LabHost.PristineAsync("guest");
        await BindAsync(host);
        await host.MustAsync($"mkdir -p {Path.GetDirectoryName(Iso)}; head -c 4M /dev/urandom >{Iso}");
        var install = Spec("\"phase\": \"install\", \"installDisplay\": \"none\"");
        Assert.Empty((await host.PlanAsync(install)).Errors);
        foreach (var concern in new[] { "memory", "libvirt", "media-win10", "guest-win10" })
        {
            await SucceedsAsync(host, install, concern);
        }

        await InSyncAsync(host, install);
        var uuid = install.Guests[0].Uuid.ToString()!;
        Assert.Equal(("paused", uuid), (await host.MustAsync("virsh domstate win10"), await host.MustAsync("virsh domuuid win10")));
        await ProcessAsync(host, install, vcpu: "1");
        var mac = await host.MustAsync("virsh domiflist win10 | awk 'NR > 2 { print $5 }'");
        var state = await StateAsync(host, uuid);

        // Install -> passthrough -> other pinning -> more memory.
        var passthrough = Spec("\"phase\": \"passthrough\"");
        var pinned = Spec("\"phase\": \"passthrough\"", pin: 0);
        var larger = Spec("\"phase\": \"passthrough\"", pin: 0, memory: 384);
        foreach (var (spec, difference) in new[] { (passthrough, "devices/disk[sda]: not wanted"), (pinned, "cputune/vcpupin[0]: 1 -> 0"), (larger, "memory: 262144 KiB -> 393216 KiB") })
        {
            var plan = await host.PlanAsync(spec);
            Assert.Contains(difference, plan["guest-win10"].Differences.Select(d => d.Text));
            Assert.All(plan["guest-win10"].Differences, d => Assert.Equal(Cause.Change, d.Cause));
            await SucceedsAsync(host, spec, "media-win10");
            await SucceedsAsync(host, spec, "guest-win10");
            await InSyncAsync(host, spec);
            Assert.Equal(state, await StateAsync(host, uuid));
            Assert.Equal((uuid, mac), (await host.MustAsync("virsh domuuid win10"), await host.MustAsync("virsh domiflist win10 | awk 'NR > 2 { print $5 }'")));
        }

        await ProcessAsync(host, larger, vcpu: "0");
        Assert.Equal("3", await host.MustAsync("ls /var/lib/passthrough-host/guest/win10/backup | wc -l"));
        Assert.Equal("700", await host.MustAsync("stat -c %a /var/lib/passthrough-host/guest/win10"));

        // A change that the guest is not restarted for.
        var waiting = Spec("\"phase\": \"passthrough\", \"restart\": \"never\"", pin: 0);
        await SucceedsAsync(host, waiting, "guest-win10");
        Assert.Equal("paused", await host.MustAsync("virsh domstate win10"));
        Assert.Contains((await host.PlanAsync(waiting)).Findings, f => f.Problem.Contains("pending until it is shut down and started again: memory: 393216 KiB -> 262144 KiB", StringComparison.Ordinal));
        await InSyncAsync(host, waiting);

        await RefusesAsync(host, Spec("\"protect\": true"), "write protect: false");
        await RefusesAsync(host, Spec("\"protect\": false, \"restart\": \"never\""), "restart: never stops no guest");
        var (code, output) = await host.RevertAsync(Spec("\"protect\": false"), "guest-win10");
        Assert.True(code == 0, output);
        Assert.Equal("", await host.MustAsync("virsh list --all --name"));
        Assert.Equal(state, await StateAsync(host, uuid));
        await host.MustAsync("test -e /var/lib/libvirt/images/win10.qcow2 && ls /var/lib/passthrough-host/guest/win10/backup/*/tpm");
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_definition_that_somebody_changed_is_drift_told_exactly_and_is_healed()
    {
        var host = await LabHost.PristineAsync("guest-drift");
        await BindAsync(host);
        var spec = Spec("\"start\": \"leave\"");
        foreach (var concern in new[] { "memory", "libvirt", "media-win10", "guest-win10" })
        {
            await SucceedsAsync(host, spec, concern);
        }

        await InSyncAsync(host, spec);
        await host.MustAsync(
            """
            virsh dumpxml --inactive win10 >/root/win10.xml
            sed -i "s/vcpupin vcpu='0' cpuset='1'/vcpupin vcpu='0' cpuset='0'/; s/discard='unmap'/discard='ignore'/" /root/win10.xml
            virsh define /root/win10.xml
            printf "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='4' slot='0' function='0'/></source></hostdev>" >/root/usb.xml
            virsh detach-device win10 /root/usb.xml --config
            virsh autostart win10
            """);
        var drift = (await host.PlanAsync(spec))["guest-win10"].Differences;
        Assert.All(drift, d => Assert.Equal(Cause.Drift, d.Cause));
        Assert.Equal(
            ["autostart of win10: yes -> no", "cputune/vcpupin[0]: 0 -> 1", "devices/disk[vda]/driver/@discard: ignore -> unmap", "devices/hostdev[04:00.0]: missing"],
            drift.Select(d => d.Text).Order(StringComparer.Ordinal));
        await SucceedsAsync(host, spec, "guest-win10");
        await InSyncAsync(host, spec);

        await host.MustAsync("virsh undefine --keep-nvram --keep-tpm win10");
        Assert.Equal(Cause.Drift, Assert.Single((await host.PlanAsync(spec))["guest-win10"].Differences).Cause);
        await SucceedsAsync(host, spec, "guest-win10");
        await InSyncAsync(host, spec);

        // Autostart is withheld while a device is with another driver, and such a guest is not started.
        await host.MustAsync("echo 0000:04:00.0 >/sys/bus/pci/drivers/vfio-pci/unbind");
        var eager = Spec("\"autostart\": true, \"start\": \"leave\"");
        Assert.Contains("autostart of win10 is withheld: 0000:04:00.0 is with", await SucceedsAsync(host, eager, "guest-win10"), StringComparison.Ordinal);
        Assert.Contains((await host.PlanAsync(eager))["guest-win10"].Differences, d => d.Text == "autostart of win10: no -> yes");
        var (code, output) = await host.ApplyAsync(Spec("\"start\": \"running\""), "guest-win10");
        Assert.True(code == 1 && output.Contains("not vfio-pci", StringComparison.Ordinal), output);

        // A foreign domain of that name is left alone.
        await host.MustAsync("virsh undefine --keep-nvram --keep-tpm win10; sed -i 's/<uuid>.*/<uuid>0d2f9a4e-7f0c-4a77-9f56-0123456789ab<\\/uuid>/' /root/win10.xml; virsh define /root/win10.xml");
        Assert.Contains((await host.PlanAsync(spec)).Errors, e => e.Problem.Contains("another domain \"win10\", with UUID 0d2f9a4e", StringComparison.Ordinal));
        (code, output) = await host.ApplyAsync(spec, "guest-win10");
        Assert.True(code == 1 && output.Contains("another domain of that name", StringComparison.Ordinal), output);
        await host.LabAsync("down");
    }

    // What a boot with our kernel arguments does (BootFlowTests), without the boot.
    internal static Task<string> BindAsync(LabHost host) => host.MustAsync(
        """
        modprobe vfio-pci
        for a in 0000:01:00.0 0000:01:00.1 0000:04:00.0; do
          echo vfio-pci >/sys/bus/pci/devices/$a/driver_override
          echo $a >/sys/bus/pci/devices/$a/driver/unbind || :
          echo $a >/sys/bus/pci/drivers_probe
          test "$(basename "$(readlink /sys/bus/pci/devices/$a/driver)")" = vfio-pci || exit 1
        done
        """);

    private static MachineSpec Spec(string guest, int pin = 1, int memory = 256)
    {
        var start = guest.Contains("\"start\"", StringComparison.Ordinal) ? "" : "\"start\": \"paused\",";
        var restart = guest.Contains("\"restart\"", StringComparison.Ordinal) ? "" : "\"restart\": \"force\",";
        return GuestIdentity.Pin(
            SpecReader.Read(
                $$"""
                {
                  "connection": { "host": "127.0.0.1", "user": "root", "hostKey": "insecure-accept-any" },
                  "packages": { "manage": false },
                  "devices": {{Devices}},
                  "hugePages": { "size": "2M", "count": 200 },
                  "guests": [{
                    "name": "win10", "memory": "{{memory}}MiB", "cpus": { "cores": 1, "pin": [{{pin}}] }, "tpm": true,
                    "disk": { "path": "/var/lib/libvirt/images/win10.qcow2", "size": "1GiB" },
                    "media": { "install": "{{Iso}}" }, "shutdownTimeoutSeconds": 10,
                    {{start}} {{restart}}
                    {{guest}}
                  }]
                }
                """),
            "lab/guest/host");
    }

    private static async Task<string> SucceedsAsync(LabHost host, MachineSpec spec, string concern)
    {
        var (code, output) = await host.ApplyAsync(spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
        return output;
    }

    private static async Task InSyncAsync(LabHost host, MachineSpec spec)
    {
        var plan = await host.PlanAsync(spec);
        foreach (var concern in new[] { "libvirt", "media-win10", "guest-win10" })
        {
            Assert.True(plan[concern].InSync, string.Join('\n', plan[concern].Differences.Select(d => $"{d.Cause}: {d.Text}")));
        }
    }

    private static async Task RefusesAsync(LabHost host, MachineSpec spec, string why)
    {
        var (code, output) = await host.RevertAsync(spec, "guest-win10");
        Assert.True(code == 1 && output.Contains(why, StringComparison.Ordinal), output);
        Assert.Equal("paused", await host.MustAsync("virsh domstate win10"));
    }

    // What must never change: the UEFI variables and the TPM's state.
    private static Task<string> StateAsync(LabHost host, string uuid) =>
        host.MustAsync($"sha256sum {Nvram} | cut -c 1-64; cd /var/lib/libvirt/swtpm/{uuid} && find . -type f ! -name .lock | sort | xargs sha256sum");

    // The process itself: vfio groups open, threads where they belong, memory locked (all that a device can reach), made of huge pages, TPM alive.
    private static async Task ProcessAsync(LabHost host, MachineSpec spec, string vcpu)
    {
        var seen = await host.MustAsync(
            """
            pid=$(cat /run/libvirt/qemu/win10.pid)
            echo "groups $(ls -l /proc/$pid/fd | grep -oE '/dev/vfio/[0-9]+' | sort -u | wc -l)"
            for t in /proc/$pid/task/*; do case $(cat $t/comm) in CPU*) echo "vcpu $(grep Cpus_allowed_list $t/status | cut -f 2)" ;; esac; done
            echo "locked $(awk '$1 == "VmLck:" { print $2 }' /proc/$pid/status) pinned $(awk '$1 == "VmPin:" { print $2 }' /proc/$pid/status)"
            echo "hugepages $(awk '$1 == "HugetlbPages:" { print $2 }' /proc/$pid/status)"
            echo "swtpm $(pgrep -c swtpm)"
            """);
        Assert.Contains("groups 2", seen, StringComparison.Ordinal);
        Assert.Contains($"vcpu {vcpu}\n", seen, StringComparison.Ordinal);
        Assert.Contains("swtpm 1", seen, StringComparison.Ordinal);
        Assert.True(Number(seen, "hugepages") >= spec.Guests[0].Memory.KiB, seen);
        Assert.True(Number(seen, "locked") + Number(seen, "pinned") > spec.Guests[0].Memory.KiB * 95 / 100, seen);
    }

    private static long Number(string text, string name) => long.Parse(Regex.Match(text, $"{name} ([0-9]+)").Groups[1].Value);
}
