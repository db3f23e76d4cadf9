using System.Net;
using FsCheck.Xunit;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>The plan of a network and what a machine says to it.</summary>
public sealed class NetworkTests
{
    private const string Aside = "/etc/netplan/01-network-manager-all.yaml";

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly MachineSpec Spec = Read("10.0.0.37/24");

    [Fact]
    public void A_network_as_wanted_and_confirmed_is_in_sync() => Assert.All(HostPlan.Make(Spec, Applied()).Concerns, c => Assert.True(c.InSync, string.Join('\n', c.Differences)));

    [Fact]
    public void A_file_that_was_put_aside_stays_aside()
    {
        var plan = HostPlan.Make(Spec, Applied())["network"].Plan;
        Assert.Null(Assert.Single(plan.Files, f => f.Path == Aside).Content);
    }

    [Fact]
    public void A_file_that_was_put_aside_stays_aside_also_after_the_receipt_was_deleted()
    {
        var facts = Applied() with { Receipts = [], Originals = [Aside, "/etc/default/grub.d/60-passthrough-host.cfg"] };
        var files = HostPlan.Make(Spec, facts)["network"].Plan.Files;
        Assert.Equal([Concerns.Network.NetplanFile.Path, Aside], files.Select(f => f.Path));
        Assert.Null(files[1].Content);

        // One that somebody wrote there since is looked at for what it says.
        Assert.Single(HostPlan.Make(Spec, facts with { Files = [.. facts.Files, File(Aside, "600", "network: { version: 2 }\n")] })["network"].Plan.Files);
    }

    [Fact]
    public void A_change_that_waits_for_its_confirmation_is_confirmed_by_the_next_update()
    {
        var facts = Applied();
        var plan = HostPlan.Make(Spec, facts with { Files = [.. facts.Files, File("/var/lib/passthrough-host/network.guard/pending", "644", "1")] });
        Assert.True(plan["network"].InSync);
        Assert.False(plan["network-confirm"].InSync);
    }

    [Fact]
    public void What_drifts_on_the_host_is_confirmed_anew_once_it_is_mended()
    {
        var facts = Applied();
        var links = facts.Network.Links.Select(l => l.Name == "br3000" ? l with { Addresses = ["10.0.0.99/24"] } : l).ToList();
        var plan = HostPlan.Make(Spec, facts with { Network = facts.Network with { Links = links } });
        Assert.Equal("br3000 addresses: 10.0.0.99/24 -> 10.0.0.37/24", Assert.Single(plan["network"].Differences).Text);
        Assert.Equal([Cause.Drift, Cause.Drift], plan.Differences.Select(d => d.Cause));
    }

    [Fact]
    public void A_change_of_the_spec_is_no_drift_for_the_confirmation_either() =>
        Assert.All(HostPlan.Make(Read("10.0.0.38/24"), Applied()).Differences, d => Assert.Equal(Cause.Change, d.Cause));

    [Fact]
    public void Addresses_that_routers_advertise_are_no_drift()
    {
        var facts = Applied();
        var links = facts.Network.Links.Select(l => l.Name == "br3000" ? l with { Addresses = [.. l.Addresses, "2001:db8::1234/64"] } : l).ToList();
        Assert.Empty(HostPlan.Make(Spec, facts with { Network = facts.Network with { Links = links } }).Differences);
    }

    [Property]
    public bool An_address_reads_what_it_writes_and_is_in_its_own_network(uint address, byte length)
    {
        var cidr = new IpCidr(Address(new IPAddress(address)), length % 33);
        return IpCidr.TryRead(cidr.ToString(), out var read) && read == cidr && cidr.Network.Contains(cidr.Address.Value) && cidr.Overlaps(cidr);
    }

    [Theory]
    [InlineData("10.0.0/24")]
    [InlineData("10/8")]
    [InlineData("10.0.0.1/33")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("fe80::1/129")]
    [InlineData("10.0.0.1/-1")]
    public void What_is_no_address_with_a_prefix_is_refused(string text) => Assert.False(IpCidr.TryRead(text, out _));

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("4094", true)]
    [InlineData("4095", false)]
    [InlineData("007", false)]
    public void A_VLAN_ID_is_from_1_to_4094(string text, bool valid) => Assert.Equal(valid, VlanId.TryRead(text, out _));

    [Theory]
    [InlineData("10.20.0.0/16", true)]
    [InlineData("10.20.0.1/16", false)]
    [InlineData("default", true)]
    public void A_route_leads_to_a_whole_network(string text, bool valid) => Assert.Equal(valid, RouteDestination.TryRead(text, out _));

    private static IpAddress Address(IPAddress address) => IpAddress.TryRead(address.ToString(), out var value) ? value : throw new FormatException();

    private static MachineSpec Read(string address) => SpecReader.Read(Yaml.ToJson(
        $$"""
        connection: { host: gpu-host.internal, hostKey: insecure-accept-any }
        packages: { manage: false }
        network: { link: enp7s0, vlan: 3000, bridge: br3000, addresses: [{{address}}], releaseFromNetworkManager: true }
        """));

    private static FileFacts File(string path, string mode, string content) => new() { Path = path, Kind = FileKind.Regular, Mode = mode, Owner = "root:root", Content = content };

    // The machine after both concerns were applied.
    private static HostFacts Applied()
    {
        var planned = HostPlan.Make(Spec, Bare);
        var change = planned["network"].Plan;
        var written = change.Files.First(f => f.Content is not null);
        var facts = Bare with
        {
            Files = [File(written.Path, written.Mode, written.Content!)],
            Receipts = [Receipt(change)],
            Network = Bare.Network with
            {
                Links =
                [
                    .. Bare.Network.Links,
                    new() { Name = "vlan3000", Kind = "vlan", VlanId = 3000, Lower = ["enp7s0"], Master = "br3000" },
                    new() { Name = "br3000", Kind = "bridge", Lower = ["vlan3000"], Addresses = ["10.0.0.37/24"] },
                ],
            },
        };
        return facts with { Receipts = [Receipt(change), Receipt(HostPlan.Make(Spec, facts)["network-confirm"].Plan)] };
    }

    private static Receipt Receipt(ConcernPlan plan) => new()
    {
        Concern = plan.Concern,
        Token = "t0",
        Digest = DriftDetector.Digest(plan),
        Files = plan.Files.ToDictionary(f => f.Path, DriftDetector.FileDigest),
        Settings = plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
    };
}
