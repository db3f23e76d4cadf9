using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What an update needs on the operator's machine is looked at in the preview.</summary>
public sealed class OperatorChecksTests
{
    private static readonly OperatorFacts Complete = new() { HasXsltproc = true, Agent = AgentKeys.Some, SshHostName = "gpu-host.internal" };

    private static readonly string LabReading = File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"));

    [Fact]
    public void A_machine_with_everything_is_told_nothing()
    {
        Assert.Empty(Of(WithGuest(), Complete));
        Assert.Empty(Of(WithGuest(), null));
    }

    [Fact]
    public void Xsltproc_is_needed_for_a_guest_that_the_provider_manages_and_its_package_is_named()
    {
        var without = Complete with { HasXsltproc = false };
        Assert.Contains("apt-get install xsltproc", Assert.Single(Of(WithGuest(), without)), StringComparison.Ordinal);
        Assert.Empty(Of(WithGuest("managedBy: command"), without));

        // The embedded engine's provider transforms by itself.
        Assert.Empty(Of(WithGuest(), without, embedded: true));
        Assert.Empty(Of(Spec(""), without));
    }

    [Theory]
    [InlineData(AgentKeys.NoAgent, "no SSH agent answers on this machine (SSH_AUTH_SOCK)")]
    [InlineData(AgentKeys.None, "the SSH agent of this machine holds no key")]
    public void Without_a_key_the_agent_must_have_one(AgentKeys keys, string said)
    {
        var finding = Assert.Single(Of(Spec(""), Complete with { Agent = keys }));
        Assert.StartsWith("machine.connection: ", finding, StringComparison.Ordinal);
        Assert.Contains(said, finding, StringComparison.Ordinal);
        Assert.Contains("privateKeyFile", finding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection: { host: h, hostKey: KEY }")]
    [InlineData("connection: { host: h, hostKey: KEY, password: p }")]
    [InlineData("connection: { host: h, hostKey: KEY, privateKeyFile: ~/.ssh/id_ed25519 }")]
    public void An_agent_that_does_not_answer_stops_an_update_whatever_there_is_to_log_in_with(string connection)
    {
        var spec = SpecReader.Read(Yaml.ToJson($"{connection.Replace("KEY", Key, StringComparison.Ordinal)}\npackages: {{ manage: false }}\n"));
        foreach (var embedded in new[] { false, true })
        {
            var finding = Assert.Single(Of(spec, Complete with { Agent = AgentKeys.Stale }, embedded));
            Assert.StartsWith("machine.connection: SSH_AUTH_SOCK of this machine names an SSH agent that does not answer", finding, StringComparison.Ordinal);
            Assert.Contains("unset SSH_AUTH_SOCK", finding, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bastion_without_a_key_is_the_one_that_is_named()
    {
        var spec = SpecReader.Read(Yaml.ToJson($"connection: {{ host: h, password: p, hostKey: {Key}, proxy: {{ host: b, hostKey: {Key} }} }}\npackages: {{ manage: false }}\n"));
        Assert.StartsWith("machine.connection.proxy: ", Assert.Single(Of(spec, Complete with { Agent = AgentKeys.NoAgent })), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_libvirt_provider_would_follow_in_the_users_ssh_configuration_is_named()
    {
        Assert.Contains("HostName 10.0.0.7", Assert.Single(Of(WithGuest(), Complete with { SshHostName = "10.0.0.7" })), StringComparison.Ordinal);
        Assert.Contains("ProxyJump bastion", Assert.Single(Of(WithGuest(), Complete with { SshProxyJump = "bastion" })), StringComparison.Ordinal);

        // Only that provider reads it.
        Assert.Empty(Of(WithGuest(), Complete with { SshHostName = "10.0.0.7", SshProxyJump = "bastion" }, embedded: true));
        Assert.Empty(Of(WithGuest("managedBy: command"), Complete with { SshHostName = "10.0.0.7" }));
        Assert.Empty(Of(WithGuest(), Complete with { SshHostName = "GPU-Host.internal" }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_preview_and_an_update_are_refused_before_anything_is_registered(bool preview)
    {
        var engine = new MockedEngine();
        engine.HostAnswers(LabReading, $"no\t2\t{Convert.ToBase64String(Encoding.UTF8.GetBytes("hostname other"))}");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => engine.RunAsync(WithGuest(), preview));
        Assert.Contains("An update could not come to its end from this machine; nothing was written.", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("has no xsltproc", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("no SSH agent answers", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("HostName other", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(engine.Commands);
    }

    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM";

    private static List<string> Of(MachineSpec spec, OperatorFacts? machine, bool embedded = false) => [.. OperatorChecks.Of(spec, machine, embedded).Select(f => f.ToString())];

    private static MachineSpec WithGuest(string more = "") => Spec(
        $$"""
        guests:
          - name: g
            os: linux
            memory: 1GiB
            cpus: { cores: 1 }
            disk: { path: /var/lib/libvirt/images/g.qcow2, size: 1GiB }
            {{more}}
        """);

    private static MachineSpec Spec(string rest) => SpecReader.Read(Yaml.ToJson($"connection: {{ host: gpu-host.internal, hostKey: {Key} }}\npackages: {{ manage: false }}\n{rest}\n"));
}
