using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Cli.Tests.Support;

namespace PassthroughInfra.Cli.Tests;

/// <summary>How a rehearsal drives the lab and either engine, with programs that play these.</summary>
public sealed class RehearsalTests : IDisposable
{
    private static readonly string[] Story = ["preview", "up --yes --skip-preview", "preview --expect-no-changes", "preview --expect-no-changes", "up --yes --skip-preview", "preview --expect-no-changes", "destroy --yes"];

    private readonly RehearsalStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task The_embedded_engine_is_taken_through_the_whole_story()
    {
        var (code, output) = await stage.RunAsync();
        Assert.True(code == 0, output);
        Assert.Equal(
            ["passthrough lab reset", "passthrough preview --stack", "passthrough up --stack", "passthrough destroy --stack", "passthrough lab down"],
            stage.Calls.Where(c => c != "passthrough lab ssh").Distinct().Order(StringComparer.Ordinal).OrderBy(c => Array.FindIndex([.. stage.Calls], x => x == c)));
        Assert.Contains("all 11 steps as they should be", output, StringComparison.Ordinal);
        Assert.Contains("Seen under the embedded engine:", output, StringComparison.Ordinal);
        Assert.False(stage.IsLabUp);
        Assert.Equal("lab reset --iommu intel", stage.Reset);
    }

    [Fact]
    public async Task It_runs_on_the_kind_of_host_that_is_named()
    {
        var (code, output) = await stage.RunAsync("--on", "trixie-uefi");
        Assert.True(code == 0, output);
        Assert.Equal("lab reset --iommu intel --on trixie-uefi", stage.Reset);

        (code, output) = await stage.RunAsync("--on", "hurd");
        Assert.Equal(1, code);
        Assert.Contains("trixie-uefi", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_row_of_the_table_says_where_it_was_run_and_how_it_ended()
    {
        const string Other = "| `btrfs` | Debian | 6 | all 11 steps | 2026-01-01 |";
        stage.Write("docs/rehearsals.md", $"# Rehearsals\n\n| kind | host |\n|---|---|\n{Other}\n| `like-ubuntu-26.04` | old |\n");
        stage.Write(
            "fake/made",
            """
            os Debian GNU/Linux forky
            kernel 7.2.12+deb14-amd64
            firmware BIOS
            sudo-program /usr/lib/cargo/bin/sudo
            coreutils 9.10-1
            dracut 112-7
            grub 2.14-4
            libvirt-daemon-system 12.8.0-1
            netplan.io 1.2.2-3
            qemu-system-x86 1:11.1.2+ds-3
            rust-coreutils 0.12.0-1
            sudo 1.9.17p2-9
            sudo-rs 0.2.15-1
            systemd 262-1

            """);
        var (code, output) = await stage.RunAsync("--on", "like-ubuntu-26.04", "--record");
        Assert.True(code == 0, output);
        var rows = stage.Read("docs/rehearsals.md").Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, rows.Count);
        Assert.Equal(Other, rows[0]);
        Assert.StartsWith(
            "| `like-ubuntu-26.04` | Debian GNU/Linux forky, BIOS | 7.2.12+deb14-amd64 | 2.14 | dracut 112 | 262 | 1.2.2 | 12.8.0 | 11.1.2 | sudo-rs 0.2.15 | uutils 0.12.0 | all 11 steps, ",
            rows[1],
            StringComparison.Ordinal);

        stage.Write("fake/fails", "");
        (code, output) = await stage.RunAsync("--on", "like-ubuntu-26.04", "--record");
        Assert.Equal(1, code);
        Assert.Contains("| step 3 of 11 (up: write, reboot, verify): ", stage.Read("docs/rehearsals.md"), StringComparison.Ordinal);

        // Without the option nothing is written.
        (code, output) = await stage.RunAsync("--on", "btrfs");
        Assert.Contains(Other, stage.Read("docs/rehearsals.md"), StringComparison.Ordinal);
    }

    // The lab itself is asked, which boots nothing for it: 3 is "not up".
    [Fact]
    public async Task Every_name_of_a_kind_of_host_is_one_the_lab_knows()
    {
        Assert.Contains("trixie-uefi", LabVariants.Names());
        foreach (var name in LabVariants.Names())
        {
            Assert.Equal((3, "never-up: down"), await LabAsync("status", "--name", "never-up", "--on", name));
        }

        var (code, output) = await LabAsync("status", "--name", "never-up", "--on", "hurd");
        Assert.Equal(1, code);
        Assert.Contains(string.Join(", ", LabVariants.Names()), output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> LabAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Machines.Root, "lab", "lab.sh"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, (await output + await error).Trim());
    }

    [Fact]
    public async Task Pulumi_is_taken_through_the_same_story_and_a_table_says_what_was_seen()
    {
        if (!MayListenOnPort22())
        {
            Assert.Contains("run as root", (await PulumiAsync()).Output, StringComparison.Ordinal);
            return;
        }

        var (code, output) = await PulumiAsync();
        Assert.True(code == 0, output);
        Assert.Equal(
            ["version", "plugin ls --json", "stack init lab --non-interactive --color never", .. Story.Select(v => $"{v.Split(' ')[0]} --stack lab{string.Concat(v.Split(' ').Skip(1).Select(o => " " + o))} --non-interactive --color never")],
            stage.Calls.Where(c => c.StartsWith("pulumi ", StringComparison.Ordinal)).Select(c => c["pulumi ".Length..]));
        Assert.Contains("Seen under pulumi 3.274.1 with command 1.2.1, libvirt 0.5.4, the program built with the embedded SDK:", output, StringComparison.Ordinal);
        Assert.Matches(@"pulumi preview --stack lab +0 +[\d.ms]+  14 to create\n", output);
        Assert.Matches(@"pulumi preview --stack lab --expect-no-changes +7 +[\d.ms]+  2 to update, 12 unchanged\n", output);
        Assert.Matches(@"pulumi destroy --stack lab --yes +0 +[\d.ms]+  14 deleted\n", output);
        Assert.False(stage.IsLabUp);
        Assert.DoesNotContain(stage.Calls, c => c is "passthrough preview --stack");
    }

    [Fact]
    public async Task Pulumi_gets_a_project_and_a_state_of_its_own()
    {
        if (!MayListenOnPort22())
        {
            return;
        }

        var before = (stage.Read("Pulumi.yaml"), stage.Read("Pulumi.lab.yaml"));
        await PulumiAsync();
        Assert.Equal(before, (stage.Read("Pulumi.yaml"), stage.Read("Pulumi.lab.yaml")));
        Assert.Equal("name: passthrough-infra\ndescription: The project of a rehearsal\nruntime:\n  name: dotnet\n  options:\n    binary: \"/built/Machine.dll\"\n", stage.Read("fake/project"));
        Assert.Equal(
            $"config:\n  passthrough-infra:machine:\n    connection:\n      host: {stage.Address}\n      user: ops\n      hostKeyFile: .lab/lab/host_key.pub\n.lab/lab/host_key.pub\n", stage.Read("fake/stack"));

        // The user's own login, stack and engine are not those of the rehearsal; PULUMI_HOME, with the plugins, is.
        var environment = stage.Read("fake/environment").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains($"PULUMI_BACKEND_URL=file://{stage.At(".lab/rehearsal-pulumi/state")}", environment);
        Assert.Contains("PULUMI_CONFIG_PASSPHRASE=", environment);
        Assert.Contains($"PULUMI_HOME={stage.At("home/.pulumi")}", environment);
        Assert.DoesNotContain(environment, v => v.StartsWith("PULUMI_STACK=", StringComparison.Ordinal) || v.StartsWith("PASSTHROUGH_ENGINE=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bin/pulumi", "pulumi is not on the PATH: install the Pulumi CLI")]
    [InlineData("bin/pulumi-language-dotnet", "pulumi-language-dotnet, the CLI's language host for .NET, is neither on the PATH nor at")]
    [InlineData("bin/xsltproc", "apt-get install xsltproc")]
    public async Task What_is_missing_is_said_before_anything_is_booted(string file, string said)
    {
        File.Delete(stage.At(file));
        await NothingIsBootedAsync(said);
    }

    [Theory]
    [InlineData("version", "v3.60.0", "is version 3.60.0, and the oldest that can be used is 3.274.0")]
    [InlineData("version", "Segmentation fault", "it is no Pulumi CLI that works")]
    [InlineData("plugins", """[{ "name": "command", "kind": "resource", "version": "1.2.1" }]""", "the plugin libvirt is neither installed nor on the PATH (pulumi-resource-libvirt): pulumi plugin install resource libvirt")]
    [InlineData("plugins", "error: no plugins", "wrote no list of plugins: \"error: no plugins\"")]
    [InlineData("broken", "", "`dotnet build stacks/Machine` exited with 1:\nProgram.cs(1,1): error CS1002")]
    public async Task What_does_not_serve_is_said_before_anything_is_booted(string file, string content, string said)
    {
        stage.Write($"fake/{file}", content + "\n");
        if (file != "broken" || MayListenOnPort22())
        {
            await NothingIsBootedAsync(said);
        }
    }

    [Fact]
    public async Task A_plugin_on_the_PATH_serves_too()
    {
        stage.Write("fake/plugins", "[]");
        stage.Write("bin/pulumi-resource-command", "");
        var (_, output) = await PulumiAsync();
        Assert.Contains("the plugin libvirt is neither installed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the plugin command is neither installed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_fails_leaves_the_state_and_no_lab()
    {
        if (!MayListenOnPort22())
        {
            return;
        }

        stage.Write("fake/fails", "");
        var (code, output) = await PulumiAsync();
        Assert.Equal(1, code);
        Assert.Contains("failed           up: write, reboot, verify: `pulumi up --stack lab --yes --skip-preview` exited with 1", output, StringComparison.Ordinal);
        Assert.Matches(@"pulumi up --stack lab --yes --skip-preview +1 ", output);
        Assert.Contains($"The stack's state is kept in {stage.At(".lab/rehearsal-pulumi/state")}", output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(stage.At(".lab/rehearsal-pulumi/state")));
        Assert.Equal("passthrough lab down", stage.Calls[^1]);
    }

    [Fact]
    public async Task With_keep_the_lab_is_left_up()
    {
        stage.Write("fake/fails", "");
        var (code, output) = await stage.RunAsync("--keep");
        Assert.Equal(1, code);
        Assert.True(stage.IsLabUp);
        Assert.Contains("The lab is left up to look at", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_of_a_changed_host_that_ends_well_is_a_failure()
    {
        stage.Write("fake/engine.sh", stage.Read("fake/engine.sh").Replace("exit 7", "exit 0", StringComparison.Ordinal));
        var (code, output) = await stage.RunAsync();
        Assert.Equal(1, code);
        Assert.Contains("exited with 0, and a host that was changed is 7", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM", "embedded")]
    [InlineData("INT", "embedded")]
    [InlineData("TERM", "pulumi")]
    public async Task A_signal_in_the_middle_of_an_update_ends_it_and_takes_the_lab_down(string signal, string engine)
    {
        if (engine == "pulumi" && !MayListenOnPort22())
        {
            return;
        }

        stage.Write("fake/hang-up", "");
        using var process = stage.Start("--engine", engine, "--ssh-address", stage.Address);
        var ending = RehearsalStage.EndAsync(process);
        for (var waited = Stopwatch.StartNew(); !File.Exists(stage.At("fake/hanging")); await Task.Delay(50))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2) && !process.HasExited, "it did not come to the update");
        }

        var watch = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        var (code, output) = await ending;
        Assert.Equal(130, code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"{watch.Elapsed}");
        Assert.False(stage.IsLabUp, output);
        Assert.Equal("passthrough lab down", stage.Calls[^1]);
    }

    [Fact]
    public void The_copy_of_the_stack_file_has_another_address_and_port_22() =>
        Assert.Equal(
            "connection:\n  host: 127.0.0.2 # the lab\n  user: ops\nport: x\n",
            PulumiRehearsal.StackFile("connection:\n  host: 127.0.0.1 # the lab\n  port: 22022\n  user: ops\nport: x\n", IPAddress.Parse("127.0.0.2")));

    [Fact]
    public async Task The_relay_passes_both_directions_on_and_says_who_listens_already()
    {
        using var far = new TcpListener(IPAddress.Loopback, 0);
        far.Start();
        var near = new IPEndPoint(IPAddress.Loopback, FreePort());
        using var relay = new PortRelay(near, (IPEndPoint)far.LocalEndpoint);
        using var client = new TcpClient();
        await client.ConnectAsync(near);
        using var server = await far.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync("ping"u8.ToArray());
        var buffer = new byte[4];
        await server.GetStream().ReadExactlyAsync(buffer);
        Assert.Equal("ping"u8.ToArray(), buffer);
        await server.GetStream().WriteAsync("pong"u8.ToArray());
        server.Close();
        await client.GetStream().ReadExactlyAsync(buffer);
        Assert.Equal("pong"u8.ToArray(), buffer);
        Assert.Equal(0, await client.GetStream().ReadAsync(buffer));

        Assert.Contains("something listens on port", Assert.Throws<PortRelayException>(() => new PortRelay(near, near)).Message, StringComparison.Ordinal);

        // A lab that is down: the connection ends, and the relay goes on.
        far.Stop();
        using var late = new TcpClient();
        await late.ConnectAsync(near);
        Assert.Equal(0, await late.GetStream().ReadAsync(buffer));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<(int Code, string Output)> PulumiAsync() => stage.RunAsync("--engine", "pulumi", "--ssh-address", stage.Address);

    private async Task NothingIsBootedAsync(string said)
    {
        var (code, output) = await PulumiAsync();
        Assert.Equal(1, code);
        Assert.True(output.Contains(said, StringComparison.Ordinal), output);
        Assert.Contains("Nothing was booted.", output, StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Calls, c => c.StartsWith("passthrough lab", StringComparison.Ordinal));
    }

    private bool MayListenOnPort22()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Parse(stage.Address), 22);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
