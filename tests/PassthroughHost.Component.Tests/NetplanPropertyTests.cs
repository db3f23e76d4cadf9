using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Component.Concerns.Network;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Whatever the spec's values are, YAML reads them back as what they were: words that YAML takes for something else above all.</summary>
public sealed class NetplanPropertyTests
{
    /// <summary>A bridge with values that are hard on YAML.</summary>
    public sealed record Sample(string Link, string Bridge, int Vlan, string Address, IReadOnlyList<string> Domains, int Mtu)
    {
        public NetworkSpec Spec() => SpecReader.Read(JsonSerializer.Serialize(new
        {
            connection = new { host = "h", hostKey = "insecure-accept-any" },
            network = new { link = Link, bridge = Bridge, vlan = Vlan, addresses = new[] { Address }, searchDomains = Domains, mtu = Mtu },
        })).Network!;
    }

    public static class Samples
    {
        public static Arbitrary<Sample> All() =>
            (from link in Gen.Elements("eth0", "y", "on", "no", "null", "true", "Yes", "OFF", "e1", "inf", "a.b-c_d")
             from bridge in Gen.Elements("br0", "n", "off", "Null", "False", "nan", "NaN", "br-0.1")
             from vlan in Gen.Choose(1, 4094)
             from host in Gen.Choose(1, 254)
             from six in Gen.Elements(true, false)
             from domains in Gen.Elements("lan", "12", "1.5", "0x1f", "1e3", "true", "no", "null", "07", "2024-01-01", "a-b.example").ListOf()
             from mtu in Gen.Choose(1280, 9000)
             select new Sample(link, bridge, vlan, six ? $"2001:db8::{host:x}/64" : $"10.1.2.{host}/24", [.. domains], mtu)).ToArbitrary();
    }

    [Property(Arbitrary = [typeof(Samples)], MaxTest = 300)]
    public void Values_come_back_from_YAML_as_they_were(Sample sample)
    {
        var network = JsonDocument.Parse(Yaml.ToJson(NetplanFile.Text(sample.Spec()))).RootElement.GetProperty("network");
        var vlan = Assert.Single(network.GetProperty("vlans").EnumerateObject());
        Assert.Equal((sample.Vlan, sample.Link), (vlan.Value.GetProperty("id").GetInt32(), Text(vlan.Value.GetProperty("link"))));
        Assert.Equal(sample.Link, Assert.Single(network.GetProperty("ethernets").EnumerateObject()).Name);
        var bridge = Assert.Single(network.GetProperty("bridges").EnumerateObject());
        Assert.Equal(sample.Bridge, bridge.Name);
        Assert.Equal([vlan.Name], bridge.Value.GetProperty("interfaces").EnumerateArray().Select(Text));
        Assert.Equal([sample.Address], bridge.Value.GetProperty("addresses").EnumerateArray().Select(Text));
        Assert.Equal(sample.Mtu, bridge.Value.GetProperty("mtu").GetInt32());
        Assert.Equal(sample.Domains, bridge.Value.TryGetProperty("nameservers", out var servers) ? servers.GetProperty("search").EnumerateArray().Select(Text) : []);
    }

    // Throws where YAML made a number, a truth value or nothing of it.
    private static string Text(JsonElement element) => element.GetString() ?? throw new InvalidOperationException("null");
}
