using Moq;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using Pulumi;
using Pulumi.Testing;

namespace PassthroughInfra.Component.Tests;

/// <summary>The component under Pulumi's testing mocks: what it registers, and when it refuses.</summary>
public sealed class PassthroughHostTests
{
    private const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\nnot-a-real-key\n-----END OPENSSH PRIVATE KEY-----\n";

    private static readonly string LabReading = File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"));

    private readonly MockedEngine engine = new();

    [Fact]
    public async Task A_preview_reads_the_host_once_and_registers_a_command_for_each_concern()
    {
        engine.HostAnswers(LabReading);
        await engine.RunAsync(Lab(), preview: true);
        Assert.Equal(["host-boot", "host-packages", "host-preflight", "host-restart", "host-verify"], engine.Commands.Select(c => c.Name!).Order(StringComparer.Ordinal));
        engine.Mocks.Verify(m => m.CallAsync(It.Is<MockCallArgs>(c => c.Token == "command:local:run")), Times.Once);
    }

    [Fact]
    public async Task A_command_is_short_and_carries_what_is_wanted_on_stdin_and_none_of_the_scripts()
    {
        engine.HostAnswers(LabReading);
        await engine.RunAsync(Lab(), preview: true);
        var boot = engine.Commands.Single(c => c.Name == "host-boot").Inputs;
        Assert.Matches("^sudo -n sh -s -- apply [0-9a-f]{16}$", (string)boot["update"]);
        Assert.Equal(boot["create"], boot["update"]);
        Assert.Equal("sudo -n sh -s -- revert", boot["delete"]);
        Assert.Contains("softdep xhci_pci pre: vfio-pci", (string)boot["stdin"], StringComparison.Ordinal);
        Assert.DoesNotContain("concern_apply", (string)boot["stdin"], StringComparison.Ordinal);
        Assert.False(boot.ContainsKey("triggers"));
    }

    [Fact]
    public async Task An_update_brings_the_scripts_where_others_are_on_the_host_and_a_preview_brings_none()
    {
        engine.HostAnswers(LabReading);
        await engine.RunAsync(Lab(), preview: false);
        Assert.Equal(2, engine.Called.Count);
        var brought = (string)engine.Called[1].Args["stdin"];
        Assert.Equal("sudo -n sh -s", ((IDictionary<string, object>)engine.Called[1].Args["environment"])["PH_COMMAND"]);
        Assert.Contains("\nbring boot ", brought, StringComparison.Ordinal);
        var digest = brought.TrimEnd().Split(' ')[^1];

        engine.Called.Clear();
        engine.HostAnswers(LabReading.Replace("\nend", $"\nscripts\t{digest}\nend", StringComparison.Ordinal));
        await engine.RunAsync(Lab(), preview: false);
        Assert.Single(engine.Called);
    }

    [Fact]
    public async Task The_private_key_stands_in_the_connection_and_nowhere_else()
    {
        engine.HostAnswers(LabReading);
        await engine.RunAsync(Lab() with { Connection = Lab().Connection with { PrivateKey = Key } }, preview: true);
        foreach (var command in engine.Commands)
        {
            Assert.Equal(Key, ((IDictionary<string, object>)command.Inputs["connection"])["privateKey"]);
            Assert.DoesNotContain(command.Inputs.Where(i => i.Value is string), i => ((string)i.Value).Contains("not-a-real-key", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("not-a-real-key", (string)Assert.Single(engine.Called).Args["command"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_command_that_waits_for_the_reboot_dials_without_end()
    {
        engine.HostAnswers(LabReading);
        await engine.RunAsync(Lab(), preview: true);
        var limits = engine.Commands.ToDictionary(c => c.Name!, c => Convert.ToInt32(((IDictionary<string, object>)c.Inputs["connection"])["dialErrorLimit"]));
        Assert.Equal(-1, limits["host-verify"]);
        Assert.All(limits.Where(l => l.Key != "host-verify"), l => Assert.Equal(10, l.Value));
    }

    [Fact]
    public async Task An_unreachable_host_is_planned_from_the_spec_at_preview()
    {
        engine.HostIsSilent("ssh: connect to host 127.0.0.1 port 22: Connection refused");
        await engine.RunAsync(Lab(), preview: true);
        Assert.All(engine.Commands, c => Assert.Contains("host-not-read", (string)c.Inputs["update"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unreachable_host_stops_an_update_before_any_write()
    {
        engine.HostIsSilent("ssh: connect to host 127.0.0.1 port 22: Connection refused");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => engine.RunAsync(Lab(), preview: false));
        Assert.Contains("Connection refused", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Nothing was written", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(engine.Commands);
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_told_as_such()
    {
        engine.HostIsSilent("");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => engine.RunAsync(Lab(), preview: false));
        Assert.Contains("the host has not answered for a minute, or it was shut down (ssh exited with 255)", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_is_another_one_stops_the_preview_and_names_both()
    {
        engine.HostAnswers(LabReading);
        var wrong = Lab() with { Devices = [new() { Name = "gpu", Address = PciAddress.Parse("01:00.0"), Id = PciId.Parse("10de:1f82") }] };
        var error = await Assert.ThrowsAnyAsync<Exception>(() => engine.RunAsync(wrong, preview: true));
        Assert.Contains("machine.devices[0] (gpu): at 01:00.0 there is 01:00.0 [1234:1111]", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(engine.Commands);
    }

    [Fact]
    public async Task A_host_that_fails_alone_keeps_its_resources_and_its_commands_only_say_why()
    {
        engine.HostIsSilent("ssh: connect to host 127.0.0.1 port 22: Connection refused");
        var host = await engine.RunAsync(Lab(), preview: false, failsAlone: true);
        Assert.Equal(["host-boot", "host-packages", "host-preflight", "host-restart", "host-verify"], engine.Commands.Select(c => c.Name!).Order(StringComparer.Ordinal));
        Assert.All(engine.Commands, c =>
        {
            Assert.StartsWith("sudo -n sh -s -- refuse ", (string)c.Inputs["update"], StringComparison.Ordinal);
            Assert.Equal("sudo -n sh -s -- revert", c.Inputs["delete"]);
            Assert.Contains("Connection refused", (string)c.Inputs["stdin"], StringComparison.Ordinal);
            Assert.DoesNotContain("concern_apply", (string)c.Inputs["stdin"], StringComparison.Ordinal);
        });
        Assert.Contains("Connection refused", await MockedEngine.ValueAsync(host.Refusal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_forbids_the_plan_stops_a_host_that_fails_alone_at_its_first_command()
    {
        engine.HostAnswers(LabReading);
        var wrong = Lab() with { Devices = [new() { Name = "gpu", Address = PciAddress.Parse("01:00.0"), Id = PciId.Parse("10de:1f82") }] };
        var host = await engine.RunAsync(wrong, preview: true, failsAlone: true);
        Assert.Contains("machine.devices[0] (gpu)", await MockedEngine.ValueAsync(host.Refusal), StringComparison.Ordinal);
        Assert.False(await MockedEngine.ValueAsync(host.InSync));
        Assert.All(engine.Commands, c => Assert.Contains("exit 1", (string)c.Inputs["stdin"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_devices_are_an_output_by_their_names()
    {
        engine.HostAnswers(LabReading);
        var host = await engine.RunAsync(Lab(), preview: true);
        Assert.Equal("0000:04:00.0", (await MockedEngine.ValueAsync(host.Devices))["usb"]);
        Assert.Empty(await MockedEngine.ValueAsync(host.Drift));
        Assert.Empty(await MockedEngine.ValueAsync(host.Refusal));
    }

    [Fact]
    public async Task What_differs_is_an_output()
    {
        engine.HostAnswers(LabReading);
        var host = await engine.RunAsync(Lab(), preview: true);
        Assert.False(await MockedEngine.ValueAsync(host.InSync));
        Assert.Contains("to be applied: package cpu-checker: not installed -> installed", await MockedEngine.ValueAsync(host.Differences));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task On_the_host_itself_a_preview_and_an_update_say_before_they_begin_that_the_reboot_ends_them(bool preview)
    {
        var bootId = LabReading.Split('\n').Single(l => l.StartsWith("boot\t", StringComparison.Ordinal)).Split('\t')[1];
        foreach (var (here, told) in new[] { (bootId, true), ("4f1c1c6e-0000-4000-8000-000000000000", false) })
        {
            engine.HostAnswers(LabReading, $"no\t0\t\t{here}");
            var host = await engine.RunAsync(Lab(), preview);
            Assert.Equal(told, (await MockedEngine.ValueAsync(host.Findings)).Any(f => f.Contains("this machine is the host itself", StringComparison.Ordinal)));
        }
    }

    private static MachineSpec Lab() => SpecReader.Read(Yaml.ToJson(
        """
        connection: { host: 127.0.0.1, user: ops, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM }
        devices:
          - { name: gpu, address: "01:00.0", id: "1234:1111" }
          - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
          - { name: usb, address: "04:00.0", id: "1b36:000d" }
        acceptLoss: ["01:00.0"]
        packages: { extra: [cpu-checker] }
        """));
}
