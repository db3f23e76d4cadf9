using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Tests.Support;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Tests;

/// <summary>doctor and init as they are typed: arguments, files, messages and exit codes.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM";

    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_fit_machine_exits_with_0_and_is_saved_as_a_stack_can_load_it()
    {
        cli.HostAnswers(Machines.LabReading);
        var (code, output, _) = await cli.RunAsync("doctor", "--host", "ops@gpu-host", "--host-key", Key, "--save", "lab.json", "--svg", "lab.svg");
        Assert.Equal(0, code);
        Assert.Contains("✔ fit", output, StringComparison.Ordinal);
        Assert.Equal(RecordedProbe.Write(Machines.Facts("lab")), File.ReadAllText(cli.At("lab.json")));
        Assert.Contains("IOMMU group 12", File.ReadAllText(cli.At("lab.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_is_not_fit_exits_with_2()
    {
        cli.Write("container.json", RecordedProbe.Write(Machines.Facts("container")));
        var (code, output, _) = await cli.RunAsync("doctor", "--facts", "container.json", "--json");
        Assert.Equal(2, code);
        Assert.False((bool)JsonNode.Parse(output)!["fit"]!);
    }

    [Theory]
    [InlineData("ssh: connect to host gpu-host port 22: Connection refused", "no SSH server does at that port")]
    [InlineData("ssh: connect to host gpu-host port 22: Connection timed out", "whether the machine is up")]
    [InlineData("ssh: Could not resolve hostname gpu-host: Name or service not known", "The name is not known here")]
    [InlineData("ops@gpu-host: Permission denied (publickey).", "--identity-file")]
    [InlineData("sudo: a password is required", "/etc/sudoers.d/ops")]
    [InlineData("No ED25519 host key is known for ph-host and you have requested strict checking.\nHost key verification failed.", "Compare with 'ssh-keygen")]
    public async Task A_machine_that_cannot_be_read_exits_with_1_and_says_what_to_do(string said, string remedy)
    {
        cli.HostRefuses(said);
        var (code, output, error) = await cli.RunAsync("doctor", "--host", "ops@gpu-host", "--host-key", Key);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(remedy, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reading_that_was_cut_short_is_no_reading()
    {
        cli.HostAnswers(Machines.LabReading[..2000]);
        var (code, _, error) = await cli.RunAsync("doctor", "--host", "ops@gpu-host", "--host-key", Key);
        Assert.Equal(1, code);
        Assert.Contains("cut short", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_nobody_has_vouched_for_is_shown_and_not_taken()
    {
        cli.HostAnswers(Machines.LabReading);
        cli.HostShows(Key);
        var (code, output, error) = await cli.RunAsync("doctor", "--host", "ops@gpu-host");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains($"--host-key '{Key}'", error, StringComparison.Ordinal);
        Assert.Contains("SHA256:CoIOySvk0baP6ZZRKDzerfCIeuE3oIkR9VeG8VyIUPQ", error, StringComparison.Ordinal);

        (code, _, error) = await cli.RunAsync("doctor", "--host", "ops@gpu-host", "--accept-new-host-key");
        Assert.Equal(0, code);
        Assert.Contains("warning: ops@gpu-host is trusted by the key it shows", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_known_hosts_is_taken()
    {
        cli.HostAnswers(Machines.LabReading);
        cli.Write("home/.ssh/known_hosts", $"gpu-host {Key}\n");
        var (code, _, error) = await cli.RunAsync("doctor", "--host", "ops@gpu-host");
        // ssh-keygen looks the user's home up in the password database, the file is named to it.
        Assert.True(code == 0, error);
    }

    [Theory]
    [InlineData("No machine is named", "doctor")]
    [InlineData("give one of them", "doctor", "--local", "--facts", "x.json")]
    [InlineData("is not a machine", "doctor", "--host", "-oProxyCommand=reboot")]
    [InlineData("is not a public key", "doctor", "--host", "h", "--host-key", "rubbish")]
    [InlineData("cannot be read as a recorded probe", "doctor", "--facts", "Pulumi.yaml")]
    [InlineData("there is no file", "doctor", "--host", "h", "--host-key", Key, "-i", "missing")]
    [InlineData("name it with --host", "init", "--local", "--yes")]
    [InlineData("--proxy is a bastion on the way to --host", "doctor", "--proxy", "ops@bastion")]
    [InlineData("--proxy: \"a b\" is not a machine", "doctor", "--host", "h", "--host-key", Key, "--proxy", "a b")]
    [InlineData("--proxy-host-key: \"rubbish\" is not a public key", "doctor", "--host", "h", "--host-key", Key, "--proxy", "b", "--proxy-host-key", "rubbish")]
    [InlineData("ssh -J ops@bastion root@h", "doctor", "--host", "h", "--proxy", "ops@bastion", "--proxy-host-key", Key)]
    [InlineData("is not known; write one of windows10", "init", "--host", "h", "--host-key", Key, "--guest-os", "beos")]
    [InlineData("exclude each other", "drift", "--all", "--stack", "x")]
    public async Task A_mistake_is_named(string message, params string[] arguments)
    {
        cli.HostAnswers(Machines.LabReading);
        var (code, _, error) = await cli.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_writes_a_stack_file_and_never_replaces_one_by_itself()
    {
        cli.HostAnswers(Machines.LabReading);
        string[] arguments = ["init", "--host", "ops@gpu-host:2222", "--host-key", Key, "--yes"];
        var (code, output, error) = await cli.RunAsync(arguments);
        Assert.True(code == 0, error);
        Assert.Contains("Pulumi.lab.yaml is written", output, StringComparison.Ordinal);
        var written = File.ReadAllText(cli.At("Pulumi.lab.yaml"));
        Assert.Contains("port: 2222", written, StringComparison.Ordinal);

        cli.Write("Pulumi.lab.yaml", "encryptionsalt: v1:abc=:v1:def\n# mine\n");
        (code, _, error) = await cli.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains("is there already and was left as it is", error, StringComparison.Ordinal);
        Assert.Contains("# mine", File.ReadAllText(cli.At("Pulumi.lab.yaml")), StringComparison.Ordinal);

        (code, _, error) = await cli.RunAsync([.. arguments, "--force"]);
        Assert.Equal(0, code);
        Assert.Contains("kept as", error, StringComparison.Ordinal);
        Assert.Contains("# mine", File.ReadAllText(cli.At("Pulumi.lab.yaml.before-init")), StringComparison.Ordinal);
        Assert.Contains("encryptionsalt: v1:abc=:v1:def", File.ReadAllText(cli.At("Pulumi.lab.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_behind_a_bastion_is_read_and_written_with_it()
    {
        cli.HostAnswers(Machines.LabReading);
        var (code, _, error) = await cli.RunAsync("init", "--host", "ops@gpu-host", "--host-key", Key, "--proxy", "jump@bastion:2222", "--proxy-host-key", Key, "--guest", "win11", "--memory", "1GiB", "--force", "--yes");
        Assert.True(code == 0, error);
        var proxy = File.ReadAllText(cli.At("Pulumi.lab.yaml")).Split("proxy:")[1];
        Assert.Matches($"^\\s+host: bastion\\s+port: 2222\\s+user: jump\\s+hostKey: {Regex.Escape(Key)}", proxy);
        Assert.Contains("managedBy: command", proxy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_refuses_what_an_update_would_refuse()
    {
        cli.Write("facts.json", RecordedProbe.Write(Machines.Facts("firmware-without-iommu")));
        string[] arguments = ["init", "--facts", "facts.json", "--host", "gpu-host", "--host-key", Key, "--yes", "--stack", "x", "--gpu", "01:00.0"];
        var (code, _, error) = await cli.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains("the firmware describes no IOMMU", error, StringComparison.Ordinal);
        Assert.False(File.Exists(cli.At("Pulumi.x.yaml")));
        Assert.Equal(0, (await cli.RunAsync([.. arguments, "--force"])).Code);
    }

    [Fact]
    public async Task The_machine_of_a_stack_is_doctored_from_the_probe_it_names()
    {
        cli.Write("facts.json", RecordedProbe.Write(Machines.Facts("walkthrough")));
        var spec = JsonSerializer.SerializeToNode(Machines.Spec("walkthrough"), SpecReader.Json)!;
        spec["facts"] = "facts.json";
        cli.Write("Pulumi.dev.yaml", $"config:\n  passthrough-infra:machine: {spec.ToJsonString()}\n");
        var (code, output, error) = await cli.RunAsync("doctor", "--stack", "dev");
        Assert.True(code == 0, error);
        Assert.Contains("for the guest: gpu", output, StringComparison.Ordinal);
        Assert.Contains("What the stack asks for", output, StringComparison.Ordinal);
    }
}
