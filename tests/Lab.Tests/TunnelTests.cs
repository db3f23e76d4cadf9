using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>An operator who comes through WireGuard: the network card that the tunnel's packets go over is the host's.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class TunnelTests
{
    // The operator's machine is a network namespace on the uplink's wire: its frames leave by the card (vepa) and are sent back by what is at the wire's other end.
    private const string Tunnel =
        """
        set -e
        apt-get -q update && apt-get install -q -y --no-install-recommends wireguard-tools
        ip addr add 10.9.0.1/24 dev enp8s0; ip link set enp8s0 up
        ip netns add operator
        ip link add far0 link enp8s0 type macvlan mode vepa
        ip link set far0 netns operator
        ip -n operator link set lo up
        ip -n operator addr add 10.9.0.2/24 dev far0; ip -n operator link set far0 up
        umask 077
        wg genkey >/root/near.key; wg genkey >/root/far.key
        ip link add wg0 type wireguard
        wg set wg0 private-key /root/near.key listen-port 51820 peer "$(wg pubkey </root/far.key)" allowed-ips 10.8.0.2/32
        ip addr add 10.8.0.1/24 dev wg0; ip link set wg0 up
        ip -n operator link add wg0 type wireguard
        ip netns exec operator wg set wg0 private-key /root/far.key peer "$(wg pubkey </root/near.key)" allowed-ips 10.8.0.1/32 endpoint 10.9.0.1:51820
        ip -n operator addr add 10.8.0.2/24 dev wg0; ip -n operator link set wg0 up
        ssh-keygen -q -t ed25519 -N '' -f /root/operator && cat /root/operator.pub >>/root/.ssh/authorized_keys
        """;

    private const string Ssh = "ip netns exec operator ssh -F none -i /root/operator -o BatchMode=yes -o ConnectTimeout=30 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR root@10.8.0.1";

    [Fact]
    public async Task The_card_below_WireGuard_stays_with_the_host()
    {
        var host = await LabHost.PristineAsync("tunnel");
        using var stop = new CancellationTokenSource();
        var wire = SendBackAsync(host, stop.Token);
        await host.MustAsync(Tunnel);
        Assert.StartsWith("10.8.0.2 ", await host.MustAsync($"{Ssh} 'echo $SSH_CONNECTION'"), StringComparison.Ordinal);

        var plan = await ThroughAsync(host, "08:00.0", "1af4:1041");
        Assert.Contains(plan.Errors, e => e.ToString().Contains("carries this SSH connection", StringComparison.Ordinal));
        Assert.Contains(plan.Preconditions, p => p is { Id: "ssh-link", Verdict: PreconditionVerdict.Good } && p.Seen.Contains("enp8s0", StringComparison.Ordinal));

        // A card that has nothing to do with it may be given away. Without the tunnel's tool it is not known which card that is: each that is up may be it.
        Assert.Empty((await ThroughAsync(host, "05:00.0", "8086:10d3")).Errors);
        await host.MustAsync("mv /usr/bin/wg /usr/bin/wg.away");
        plan = await ThroughAsync(host, "08:00.0", "1af4:1041");
        Assert.Contains(plan.Preconditions, p => p is { Id: "ssh-link", Verdict: PreconditionVerdict.Unknown } && p.Seen.Contains("wg0", StringComparison.Ordinal));
        Assert.NotEmpty(plan.Errors);
        await stop.CancelAsync();
        await wire;
        await host.LabAsync("down");
    }

    private static async Task<HostPlan> ThroughAsync(LabHost host, string address, string id)
    {
        var spec = SpecReader.Read(
            $$"""
            { "connection": { "host": "127.0.0.1", "user": "root", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
              "devices": [{ "name": "card", "address": "{{address}}", "id": "{{id}}" }] }
            """);
        HostFacts facts = ProbeParser.Parse(await host.MustAsync($"{Ssh} '{ProbeRequest.Command}'", HostReader.Request(spec).Input));
        Assert.Equal(("10.8.0.2", "wg0"), (facts.Network.SshClientAddress, facts.Network.SshRoute));
        return HostPlan.Make(spec, facts);
    }

    // A switch with one port, which sends a frame back where it came from. Only IPv4 and ARP: an IPv6 that hears itself takes its address for somebody else's.
    private static async Task SendBackAsync(LabHost host, CancellationToken stop)
    {
        var from = await host.UplinkPortAsync();
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, from));
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var frame = (await socket.ReceiveAsync(stop)).Buffer;
                if (frame.Length >= 14 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) is 0x0800 or 0x0806)
                {
                    await socket.SendAsync(frame, new IPEndPoint(IPAddress.Loopback, from + 1), stop);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
