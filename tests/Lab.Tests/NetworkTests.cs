using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The network of a lab host: what goes over the wire, and what happens to a change that cuts the operator off.</summary>
[Trait("Category", "Lab")]
public sealed class NetworkTests
{
    private const string Everything = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; find /etc /var/lib/passthrough-host -type d 2>/dev/null | sort; ls -l /etc/netplan; ls /sys/class/net; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";

    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task A_VLAN_bridge_sends_tagged_frames_heals_from_drift_and_leaves_nothing_behind(string iommu)
    {
        var spec = LabHost.NetworkSpec("\"link\": \"enp8s0\", \"vlan\": 3000, \"bridge\": \"br3000\", \"addresses\": [\"10.0.0.37/24\"], \"gateway\": \"10.0.0.1\", \"nameservers\": [\"172.16.64.71\"], \"releaseFromNetworkManager\": true");
        var host = await LabHost.PristineAsync("net-vlan", iommu);
        await host.MustAsync("mkdir -p /etc/netplan; printf 'network:\\n  version: 2\\n  renderer: NetworkManager\\n' >/etc/netplan/01-network-manager-all.yaml");
        var before = await host.MustAsync(Everything);

        await host.ChangeNetworkAsync(spec);
        using (var wire = new UdpClient(new IPEndPoint(IPAddress.Loopback, await host.UplinkPortAsync())))
        {
            await host.SshAsync("ip neigh flush dev br3000; ping -c 2 -W 1 10.0.0.1");
            Assert.Equal(3000, await VlanOfRequestForAsync(wire, IPAddress.Parse("10.0.0.1")));
        }

        await host.MustAsync("test ! -e /etc/netplan/01-network-manager-all.yaml && ip -4 route show default dev br3000 | grep -q 'via 10.0.0.1 ' && test ! -e /var/lib/passthrough-host/network.guard && ! systemctl cat passthrough-host-network-undo.timer");
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        await host.MustAsync("ip addr add 10.0.0.99/24 dev br3000; ip link delete vlan3000");
        var drift = (await host.PlanAsync(spec))["network"].Differences;
        Assert.All(drift, d => Assert.Equal(Cause.Drift, d.Cause));
        Assert.Contains("br3000 addresses: 10.0.0.37/24 10.0.0.99/24 -> 10.0.0.37/24", drift.Select(d => d.Text));
        Assert.Contains("vlan3000: (none) -> VLAN 3000 on enp8s0", drift.Select(d => d.Text));
        await host.ChangeNetworkAsync(spec);
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        foreach (var concern in new[] { "network-confirm", "network" })
        {
            var (code, output) = await host.RevertAsync(spec, concern);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    [Fact]
    public async Task A_bridge_that_was_deleted_is_healed_with_the_port_of_a_guest_that_runs_in_it()
    {
        const string domain = "<domain type='qemu'><name>other</name><memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>"
            + "<devices><interface type='bridge'><source bridge='br8'/><target dev='guest8'/></interface></devices></domain>";
        var spec = LabHost.NetworkSpec("\"link\": \"enp8s0\", \"bridge\": \"br8\", \"addresses\": [\"10.0.0.37/24\"]");
        var host = await LabHost.PristineAsync("net-guest");
        await host.ChangeNetworkAsync(spec);
        await host.MustAsync("cat >/tmp/other.xml && virsh define /tmp/other.xml && virsh start --paused other && test -e /sys/class/net/br8/brif/guest8", domain);
        var process = await host.MustAsync("cat /run/libvirt/qemu/other.pid");
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        await host.MustAsync("ip link delete br8");
        Assert.All((await host.PlanAsync(spec)).Differences, d => Assert.Equal(Cause.Drift, d.Cause));
        await host.ChangeNetworkAsync(spec);
        Assert.Equal("enp8s0 guest8", await host.MustAsync("echo $(ls /sys/class/net/br8/brif)"));
        Assert.Equal(process, await host.MustAsync("cat /run/libvirt/qemu/other.pid"));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        // Somebody else makes the bridge again: the guest, which is in no stack, is still outside it. No link is touched to mend that.
        await host.MustAsync("ip link delete br8; netplan apply");
        await host.WaitAsync("ip -o addr show dev br8 | grep -q 10.0.0.37/24 && test -e /sys/class/net/br8/brif/enp8s0", TimeSpan.FromSeconds(60));
        var lost = Assert.Single((await host.PlanAsync(spec))["network"].Differences);
        Assert.Equal((Cause.Drift, "port guest8 of the running guest other: in no bridge -> in br8"), (lost.Cause, lost.Text));
        var bridge = await host.MustAsync("cat /sys/class/net/br8/ifindex");
        var (code, output) = await host.ApplyAsync(spec, "network");
        Assert.True(code == 0, output);
        Assert.Contains("no link is touched", output, StringComparison.Ordinal);
        Assert.Equal("enp8s0 guest8", await host.MustAsync("echo $(ls /sys/class/net/br8/brif)"));
        (code, output) = await host.ApplyAsync(spec, "network-confirm");
        Assert.True(code == 0, output);
        Assert.Equal(bridge, await host.MustAsync("cat /sys/class/net/br8/ifindex"));
        Assert.Empty((await host.PlanAsync(spec)).Differences);
        await host.LabAsync("down");
    }

    [Fact]
    public async Task A_change_that_cuts_the_operator_off_is_taken_back_by_the_host_itself_when_no_confirmation_comes()
    {
        // The management NIC is netplan's, as on an ordinary server; the change takes it into a bridge that cannot be reached.
        var spec = LabHost.NetworkSpec("\"link\": \"enp7s0\", \"bridge\": \"br7\", \"addresses\": [\"10.99.0.2/24\"], \"confirmTimeoutSeconds\": 40");
        var host = await LabHost.PristineAsync("net-cut");
        await host.MustAsync(
            """
            mv /etc/systemd/network/10-lab-management.network /root/
            printf 'network:\n  version: 2\n  ethernets:\n    enp7s0:\n      dhcp4: true\n' >/etc/netplan/00-installer.yaml
            chmod 600 /etc/netplan/00-installer.yaml
            netplan apply
            """);
        await host.WaitAsync("networkctl status enp7s0 | grep -q netplan-enp7s0", TimeSpan.FromSeconds(60));
        var before = await host.MustAsync(Everything);

        Assert.Contains((await host.PlanAsync(spec)).Findings, f => f.Severity == Severity.Warning && f.Problem.Contains("carries this SSH connection", StringComparison.Ordinal));
        var (code, output) = await host.ApplyAsync(spec, "network");
        Assert.True(code == 0, output);

        // Nobody confirms: the operator's machine has died.
        var watch = Stopwatch.StartNew();
        var refused = 0;
        while ((await host.SshAsync("true")).Code != 0)
        {
            refused++;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40 + 60), "the host did not come back");
        }

        Assert.True(refused > 0 && watch.Elapsed > TimeSpan.FromSeconds(30), "the change did not cut anything off");
        await host.WaitAsync("test ! -e /var/lib/passthrough-host/network.guard", TimeSpan.FromSeconds(30));
        Assert.Contains((await host.PlanAsync(spec)).Findings, f => f.Problem.Contains("took its last change of the network back", StringComparison.Ordinal));
        (code, output) = await host.ApplyAsync(spec, "network-confirm");
        Assert.Equal(1, code);
        Assert.Contains("the host has taken it back, its old files are in /etc/netplan again", output, StringComparison.Ordinal);
        await host.MustAsync("rm -rf /var/lib/passthrough-host");
        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    [Fact]
    public async Task A_file_that_netplan_refuses_stops_the_change_before_anything_is_written()
    {
        var spec = LabHost.NetworkSpec("\"link\": \"enp8s0\", \"bridge\": \"br0\", \"addresses\": [\"10.0.0.37/24\"]");
        var host = await LabHost.PristineAsync("net-bad");
        await host.MustAsync("printf 'network:\\n  version: 2\\n  ethernets:\\n    enp5s0: { dhcp9: true }\\n' >/etc/netplan/99-other.yaml");
        var before = await host.MustAsync(Everything);
        var (code, output) = await host.ApplyAsync(spec, "network");
        Assert.Equal(1, code);
        Assert.Contains("netplan refuses them", output, StringComparison.Ordinal);
        Assert.Contains("/etc/netplan/99-other.yaml", output, StringComparison.Ordinal);
        await host.MustAsync("rm -rf /var/lib/passthrough-host");
        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    // The VLAN ID of an ARP request for an address, as it is on the wire; 0 where it is untagged. Source: IEEE 802.1Q, RFC 826.
    private static async Task<int> VlanOfRequestForAsync(UdpClient wire, IPAddress target)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var frame = (await wire.ReceiveAsync(bound.Token)).Buffer;
            var tagged = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == 0x8100;
            var type = tagged ? 16 : 12;
            if (frame.Length >= type + 30 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(type)) == 0x0806 && frame.AsSpan(type + 26, 4).SequenceEqual(target.GetAddressBytes()))
            {
                return tagged ? BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(14)) & 0xfff : 0;
            }
        }
    }
}
