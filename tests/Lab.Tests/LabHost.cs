using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A lab host for tests: the real scripts of the concerns run on it over SSH, as a command of the stack would run them.</summary>
public sealed class LabHost
{
    /// <summary>The checkout.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private const string TheThree =
        """
              - { name: gpu,       address: "01:00.0", id: "1234:1111" }
              - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
              - { name: usb,       address: "04:00.0", id: "1b36:000d" }
        """;

    private readonly string _name;

    private LabHost(string name) => _name = name;

    private string Folder => Path.Combine(Root, ".lab", _name);

    // Another kind of virtual host (lab/variants), for tests that any of them must pass.
    private static readonly string[] Variant =
        Environment.GetEnvironmentVariable("PASSTHROUGH_LAB_ON") is { Length: > 0 } variant ? ["--on", variant] : [];

    /// <summary>Boots the lab of that name, or takes the one that is up, back to its pristine state.</summary>
    public static async Task<LabHost> PristineAsync(string name, string iommu = "intel", string root = "plain", string[]? options = null)
    {
        var host = new LabHost(name);
        await host.LabAsync("up", ["--iommu", iommu, "--root", root, .. options ?? [], .. Variant]);
        await host.LabAsync("reset");
        return host;
    }

    /// <summary>Runs a verb of the lab's own script: <c>down</c>, <c>power-cycle</c>…</summary>
    public async Task<string> LabAsync(string verb, params string[] options)
    {
        var (code, output) = await RunAsync("bash", [Path.Combine(Root, "lab", "lab.sh"), verb, "--name", _name, .. options], null);
        Assert.True(code == 0, $"lab {verb} failed ({code}):\n{output}");
        return output;
    }

    /// <summary>Runs a command as root; its standard output and error together.</summary>
    public async Task<(int Code, string Output)> SshAsync(string command, string? stdin = null)
    {
        var (port, _, _) = await AccessAsync();
        return await RunAsync(
            "ssh",
            ["-F", "none", "-i", Path.Combine(Folder, "id_ed25519"), "-p", $"{port}", "-o", $"UserKnownHostsFile={Path.Combine(Folder, "known_hosts")}", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-o", "LogLevel=ERROR", "root@127.0.0.1", command],
            stdin);
    }

    /// <summary>The loopback UDP port at which the frames of the uplink NIC (enp8s0) arrive.</summary>
    public async Task<int> UplinkPortAsync() => (await EnvironmentAsync()).GetProperty("uplinkReceive").GetInt32();

    /// <summary>How a stack reaches it, as user <c>ops</c>.</summary>
    public async Task<(int Port, string HostKey, string KeyFile)> AccessAsync()
    {
        var environment = await EnvironmentAsync();
        return (environment.GetProperty("port").GetInt32(), environment.GetProperty("hostKey").GetString()!, environment.GetProperty("privateKeyFile").GetString()!);
    }

    /// <summary>Writes a checkout's stack <c>gpu-host</c> for this host, and the key it is reached with.</summary>
    /// <param name="machine">The rest of the machine, indented by four.</param>
    /// <param name="devices">Its devices, indented by six.</param>
    internal async Task WriteStackAsync(ReadersCheckout reader, string machine, string devices = TheThree)
    {
        var (port, hostKey, keyFile) = await AccessAsync();
        reader.Variables["PULUMI_CONFIG_PASSPHRASE"] = "";
        reader.Write("keys/lab", await File.ReadAllTextAsync(keyFile));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(reader.At("keys/lab"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        reader.Write(
            "Pulumi.gpu-host.yaml",
            $$"""
            config:
              passthrough-infra:machine:
                connection: { host: 127.0.0.1, port: {{port}}, user: ops, hostKey: {{hostKey}}, privateKeyFile: keys/lab }
                devices:
            {{devices}}
                acceptLoss: ["01:00.0"]
            {{machine}}
            encryptionsalt: v1:lV2kIHdAS1Q=:v1:g9qeEy6vrNxje6Kl:qJmplF9F9fAJPTA7UPaQlNLOI3SqVQ==

            """);
    }

    /// <summary>Runs a command that must succeed.</summary>
    public async Task<string> MustAsync(string command, string? stdin = null)
    {
        var (code, output) = await SshAsync(command, stdin);
        Assert.True(code == 0, $"`{command}` exited with {code}:\n{output}");
        return output.Trim();
    }

    /// <summary>Leaves guests that run next to no processor time: one without a system keeps its firmware busy, and with it the emulated processor.</summary>
    public Task SlowGuestsAsync() =>
        MustAsync("for scope in $(systemctl list-units --plain --no-legend 'machine-qemu*' | cut -d ' ' -f 1); do systemctl set-property --runtime \"$scope\" CPUQuota=4%; done");

    /// <summary>Reads the host as the component does.</summary>
    public async Task<HostFacts> ReadAsync(MachineSpec spec) => ProbeParser.Parse(await MustAsync(ProbeRequest.Command, HostReader.Request(spec).Input));

    /// <summary>Plans from a fresh reading.</summary>
    public async Task<HostPlan> PlanAsync(MachineSpec spec) => HostPlan.Make(spec, await ReadAsync(spec));

    /// <summary>Applies one concern from a fresh reading, as its command would.</summary>
    public async Task<(int Code, string Output)> ApplyAsync(MachineSpec spec, string concern)
    {
        var state = (await PlanAsync(spec))[concern];
        return await SshAsync(HostScript.Apply("root", state), HostScript.Text(state.Plan));
    }

    /// <summary>Reverts one concern, as the delete of its command would.</summary>
    public async Task<(int Code, string Output)> RevertAsync(MachineSpec spec, string concern) =>
        await SshAsync(HostScript.Revert("root"), HostScript.Text((await PlanAsync(spec))[concern].Plan));

    /// <summary>The command that prints what a change of the network or of SSH would leave another: links and their carriers, the daemons' processes, the runs of the change's unit.</summary>
    /// <param name="bridge">The stack's bridge.</param>
    public static string NetworkState(string bridge) =>
        $"head -n 1 /sys/class/net/{{{bridge},enp8s0}}/{{ifindex,carrier_changes}}; systemctl show -p Id -p InvocationID -p ExecMainPID ssh systemd-networkd;"
        + " journalctl -q -b -o cat -u passthrough-host-network-change -u passthrough-host-network-undo.timer";

    /// <summary>A machine with nothing but a network. Argument: its keys, as JSON has them between the braces.</summary>
    public static MachineSpec NetworkSpec(string network) => SpecReader.Read(
        $$"""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "network": { {{network}} } }""");

    /// <summary>Makes a change of the network, and confirms it over a new connection.</summary>
    public async Task ChangeNetworkAsync(MachineSpec spec)
    {
        var (code, output) = await ApplyAsync(spec, "network");
        Assert.True(code == 0, output);
        await WaitAsync("true", TimeSpan.FromSeconds(60));
        (code, output) = await ApplyAsync(spec, "network-confirm");
        Assert.True(code == 0, output);
        Assert.Contains("is confirmed and stays", output, StringComparison.Ordinal);
    }

    /// <summary>Waits until SSH answers and a condition holds.</summary>
    public async Task WaitAsync(string condition, TimeSpan bound)
    {
        var watch = Stopwatch.StartNew();
        while ((await SshAsync(condition)).Code != 0)
        {
            Assert.True(watch.Elapsed < bound, $"`{condition}` did not come true within {bound}; serial log:\n{await LabAsync("serial")}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>The whole log of the serial console since the lab was booted.</summary>
    public async Task<string> SerialAsync()
    {
        var said = await LabAsync("serial");
        var path = said[(said.LastIndexOf('(') + 1)..said.LastIndexOf(')')];
        return await File.ReadAllTextAsync(path);
    }

    /// <summary>Waits until the serial console says something.</summary>
    public async Task WaitForSerialAsync(string words, TimeSpan bound)
    {
        var from = (await SerialAsync()).Length;
        var watch = Stopwatch.StartNew();
        while (!(await SerialAsync())[from..].Contains(words, StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < bound, $"the serial console did not say '{words}' within {bound}:\n{await LabAsync("serial")}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<JsonElement> EnvironmentAsync() => JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(Folder, "env.json")));

    private static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, string? stdin)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(stdin);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all; its exit code tells.
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
