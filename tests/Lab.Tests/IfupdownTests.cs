using System.Diagnostics;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A host whose NICs ifupdown sets up, that of the operator's connection too, as Debian's installer leaves it.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class IfupdownTests
{
    // The static address is the one that QEMU forwards to.
    private const string Installer =
        """
        set -eu
        apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install ifupdown
        rm -f /etc/systemd/network/10-lab-management.network
        printf 'source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n' >/etc/network/interfaces
        printf 'auto enp7s0\niface enp7s0 inet static\n    address 10.0.2.15/24\n    gateway 10.0.2.2\n' >/etc/network/interfaces.d/enp7s0
        systemctl enable networking
        """;

    private const string Reached = "ip -o address show dev enp7s0 scope global; ip route show dev enp7s0";

    [Fact]
    public async Task A_NIC_of_ifupdowns_carries_a_VLAN_beside_its_own_address_and_is_as_before_at_the_end()
    {
        var host = await InstalledAsync("ifupdown");
        var (before, etc) = (await host.MustAsync(Reached), await host.MustAsync(Files));
        var spec = LabHost.NetworkSpec("\"link\": \"enp7s0\", \"vlan\": 42, \"bridge\": \"br42\", \"addresses\": [\"192.0.2.42/24\"]");

        var plan = await host.PlanAsync(spec);
        Assert.Contains(plan.Findings, f => f.Severity == Severity.Info && f.Problem.Contains("/etc/network/interfaces.d/enp7s0, line 2: iface enp7s0 inet static", StringComparison.Ordinal));
        await host.ChangeNetworkAsync(spec);
        Assert.Equal(before, await host.MustAsync(Reached));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot} && ip -o address show dev br42 | grep -q 192.0.2.42/24", TimeSpan.FromMinutes(6));
        Assert.Equal(before, await host.MustAsync(Reached));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        foreach (var concern in new[] { "network-confirm", "network" })
        {
            var (code, output) = await host.RevertAsync(spec, concern);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(Reached));
        Assert.Equal(etc, await host.MustAsync(Files));
        await host.MustAsync("test ! -e /sys/class/net/br42");
        await host.LabAsync("down");
    }

    [Fact]
    public async Task A_bridge_over_a_NIC_of_ifupdowns_is_refused_and_where_its_lines_were_taken_out_the_way_back_is_the_address_it_had()
    {
        var host = await InstalledAsync("ifupdown-port");
        var before = await host.MustAsync(Reached);
        var spec = LabHost.NetworkSpec("\"link\": \"enp7s0\", \"bridge\": \"br7\", \"addresses\": [\"192.0.2.7/24\"], \"confirmTimeoutSeconds\": 40");

        var refused = Assert.Single((await host.PlanAsync(spec)).Findings, f => f.Severity == Severity.Error);
        Assert.Contains("/etc/network/interfaces.d/enp7s0, line 2", refused.Problem, StringComparison.Ordinal);

        await host.MustAsync("printf 'auto enp7s0\\niface enp7s0 inet manual\\n' >/etc/network/interfaces.d/enp7s0");
        Assert.DoesNotContain((await host.PlanAsync(spec)).Findings, f => f.Severity == Severity.Error);
        var (code, output) = await host.ApplyAsync(spec, "network");
        Assert.True(code == 0, output);

        // That bridge cannot be reached, and nobody confirms it.
        var watch = Stopwatch.StartNew();
        await host.WaitAsync("test -e /var/lib/passthrough-host/network.undone && test ! -e /var/lib/passthrough-host/network.guard", TimeSpan.FromMinutes(4));
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(20), "the change did not cut anything off");
        Assert.Equal(before, await host.MustAsync(Reached));
        await host.LabAsync("down");
    }

    private const string Files = "find /etc -type f -print0 | sort -z | xargs -0 sha256sum | grep -vE ' /etc/(ld.so.cache|apt/)'";

    private static async Task<LabHost> InstalledAsync(string name)
    {
        var host = await LabHost.PristineAsync(name);
        await host.MustAsync(Installer);
        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot} && systemctl is-active networking", TimeSpan.FromMinutes(6));
        await host.MustAsync("grep -q enp7s0 /run/network/ifstate* && ! grep -s NETWORK_FILE= /run/systemd/netif/links/$(cat /sys/class/net/enp7s0/ifindex)");
        return host;
    }
}
