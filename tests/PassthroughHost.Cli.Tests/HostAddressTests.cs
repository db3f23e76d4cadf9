using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Tests;

public sealed class HostAddressTests
{
    [Theory]
    [InlineData("gpu-host", "root", "gpu-host", 22)]
    [InlineData("ops@gpu-host.internal:2222", "ops", "gpu-host.internal", 2222)]
    [InlineData("ops@192.0.2.7", "ops", "192.0.2.7", 22)]
    [InlineData("[2001:db8::7]:22022", "root", "2001:db8::7", 22022)]
    public void A_machine_is_written_as_for_ssh(string text, string user, string host, int port) => Assert.Equal(new HostAddress(user, host, port), HostAddress.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("a@b@c")]
    [InlineData("host:0")]
    [InlineData("host:70000")]
    [InlineData("host name")]
    [InlineData("host;reboot")]
    public void What_is_no_machine_is_refused(string text) => Assert.Contains("[user@]name[:port]", Assert.Throws<EngineException>(() => HostAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_several_host_keys_the_strongest_kind_is_not_hidden_by_marked_lines()
    {
        const string ed = "AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM";
        var keys = HostKeys.Parse($"# host:22 SSH-2.0\n@revoked h ssh-ed25519 {ed}\nh ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7\nh ssh-ed25519 {ed} comment\nrubbish\n").ToList();
        Assert.Equal(["ssh-ed25519"], keys.Select(k => k.Type));
        Assert.Equal("SHA256:CoIOySvk0baP6ZZRKDzerfCIeuE3oIkR9VeG8VyIUPQ", keys[0].Fingerprint);
    }
}
