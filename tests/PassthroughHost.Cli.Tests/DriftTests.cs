using System.Text;
using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Drift;
using PassthroughInfra.Cli.Tests.Support;
using PassthroughInfra.Cli.Verbs;
using PassthroughInfra.Component.Concerns.Preflight;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Cli.Tests;

/// <summary>Drift told from the stack's own changes, and what the exit code says of it.</summary>
public sealed class DriftTests : IDisposable
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM";

    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_host_as_declared_exits_with_0()
    {
        cli.HostAnswers(Reading("multi-user.target", applied: Spec(desktop: false)));
        Stack("a", desktop: false);
        var (code, output, error) = await cli.RunAsync("drift", "--stack", "a");
        Assert.True(code == 0, error);
        Assert.Contains("in sync", output, StringComparison.Ordinal);
        Assert.Equal("", (await cli.RunAsync("drift", "--stack", "a", "--quiet")).Output);
    }

    [Fact]
    public async Task A_host_that_was_changed_exits_with_2_and_says_what()
    {
        cli.HostAnswers(Reading("graphical.target", applied: Spec(desktop: false)));
        Stack("a", desktop: false);
        var (code, output, _) = await cli.RunAsync("drift", "--stack", "a", "--quiet");
        Assert.Equal(2, code);
        Assert.Contains("a: drift on the host (services)", output, StringComparison.Ordinal);
        Assert.Contains("default target: graphical.target -> multi-user.target", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_file_that_was_changed_is_no_drift_unless_asked_for()
    {
        cli.HostAnswers(Reading("graphical.target", applied: Spec(desktop: true)));
        Stack("a", desktop: false);
        var (code, output, _) = await cli.RunAsync("drift", "--stack", "a", "--json");
        Assert.Equal(0, code);
        Assert.Equal("changePending", (string)JsonNode.Parse(output)!["stacks"]![0]!["status"]!);
        Assert.Equal(2, (await cli.RunAsync("drift", "--stack", "a", "--strict")).Code);
    }

    [Fact]
    public async Task A_host_that_was_never_applied_is_no_drift()
    {
        cli.HostAnswers(Reading("graphical.target", applied: null));
        Stack("a", desktop: false);
        var (code, output, _) = await cli.RunAsync("drift", "--stack", "a");
        Assert.Equal(0, code);
        Assert.Contains("not applied", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_stacks_are_read_and_one_that_fails_does_not_hide_another()
    {
        cli.HostAnswers(Reading("graphical.target", applied: Spec(desktop: false)));
        Stack("a", desktop: false);
        cli.Write("Pulumi.broken.yaml", "config:\n  passthrough-infra:machine: { connection: { host: h } }\n");
        cli.Write("Pulumi.other.yaml", "config:\n  aws:region: eu\n");
        var (code, output, error) = await cli.RunAsync("drift", "--all");
        Assert.Equal((1, ""), (code, error));
        Assert.Contains("a       root@gpu-host  drift         default target", output, StringComparison.Ordinal);
        Assert.Contains("machine.connection.hostKey (Pulumi.broken.yaml:2:44): is missing", output, StringComparison.Ordinal);
        Assert.Contains("other                  not measured", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_machines_of_a_fleet_are_told_apart()
    {
        cli.HostAnswers(Reading("graphical.target", applied: Spec(desktop: false)));
        cli.Write("Pulumi.rack.yaml", $$"""
            config:
              passthrough-infra:fleet:
                defaults: { connection: { host: gpu-host, hostKey: "{{Key}}" }, packages: { manage: false } }
                machines:
                  one: { desktop: false }
                  two: { facts: probe.json, desktop: false }

            """);
        var (code, output, error) = await cli.RunAsync("drift", "--all");
        Assert.Equal((2, ""), (code, error));
        Assert.Matches("rack/one +root@gpu-host +drift +default target", output);
        Assert.Matches("rack/two +gpu-host +not measured +the recorded probe probe.json", output);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_exits_with_1()
    {
        cli.HostRefuses("ssh: connect to host gpu-host port 22: Connection refused");
        Stack("a", desktop: false);
        var (code, output, _) = await cli.RunAsync("drift", "--stack", "a");
        Assert.Equal(1, code);
        Assert.Contains("Connection refused", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_that_the_table_has_no_room_for_is_told_to_its_end()
    {
        cli.HostRefuses($"ssh: {new string('x', 120)}: and what to do about it");
        Stack("a", desktop: false);
        var (_, output, _) = await cli.RunAsync("drift", "--stack", "a");
        Assert.Contains("xxx: and what to do about it\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_has_forgotten_what_the_state_knows_has_drifted()
    {
        var plan = HostPlan.Make(Spec(desktop: false), ProbeParser.Parse(Reading("graphical.target", applied: null)));
        Assert.Equal(DriftStatus.NotApplied, StackDrift.Judge("a", "h", plan, new HashSet<string>()).Status);
        Assert.Equal(DriftStatus.Drift, StackDrift.Judge("a", "h", plan, new HashSet<string> { "services" }).Status);
    }

    [Fact]
    public void A_kernel_that_was_installed_is_told_as_the_hosts_own_change_and_counts_only_where_every_change_does()
    {
        var spec = Machines.Spec("debian-module");
        var applied = AppliedHost.Of(spec, Machines.Facts("debian-module"));
        var kernel = AppliedHost.Current(applied.Boot.Kernels[0], HostPlan.Make(spec, applied)) with { Release = "6.8.0-50-generic" };
        var installed = applied with { Boot = applied.Boot with { Kernels = [.. applied.Boot.Kernels, kernel] } };
        Assert.Equal(DriftStatus.InSync, Judge(applied).Status);
        var told = Judge(installed);
        Assert.Equal((DriftStatus.HostChanged, "host changed", "kernel 6.8.0-50-generic was installed"), (told.Status, told.Word, told.Summary));
        Assert.Equal((0, 2), (DriftVerb.ExitCode([told], all: false, strict: false), DriftVerb.ExitCode([told], all: false, strict: true)));

        var json = JsonNode.Parse(DriftJson.Write([told]))!["stacks"]![0]!;
        Assert.Equal("hostChanged", (string)json["status"]!);
        Assert.Equal(("boot", "host"), ((string)json["differences"]![0]!["concern"]!, (string)json["differences"]![0]!["cause"]!));

        // What somebody did beside it is drift.
        var tampered = installed with { Files = [.. installed.Files.Select(f => f.Path.StartsWith("/etc/default/grub.d/", StringComparison.Ordinal) ? f with { Content = f.Content + "#\n" } : f)] };
        Assert.Equal(DriftStatus.Drift, Judge(tampered).Status);

        StackDrift Judge(HostFacts facts) => StackDrift.Judge("a", "h", HostPlan.Make(spec, facts), new HashSet<string>());
    }

    [Fact]
    public void What_a_silent_libvirt_has_is_neither_in_sync_nor_drift()
    {
        var guests = SpecReader.Read($$"""{ "connection": { "host": "gpu-host", "hostKey": "{{Key}}" }, "guests": [{ "name": "g", "uuid": "0271cfcd-a963-47d5-8a4d-3d68861b4af4", "memory": "1GiB", "cpus": { "cores": 1 }, "interfaces": [], "managedBy": "command" }] }""").Guests;
        var spec = Machines.Spec("debian-module") with { Guests = guests };
        var facts = Machines.Facts("debian-module") with { Receipts = [], Guest = new() { Libvirt = new() { Answers = true, Version = "9.0.0" }, Firmware = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"] } };
        var applied = AppliedHost.Of(spec, facts) with { Guest = facts.Guest with { Libvirt = new() { Version = "9.0.0", Failure = "error: failed to connect" } } };
        var told = Judge(applied);
        Assert.Equal((DriftStatus.Error, 1), (told.Status, DriftVerb.ExitCode([told], all: true, strict: false)));
        Assert.Matches("^libvirt on .* does not answer \\(error: failed to connect\\)", told.Summary);
        Assert.Equal("unread", (string)JsonNode.Parse(DriftJson.Write([told]))!["stacks"]![0]!["differences"]!.AsArray().Single(d => (string)d!["concern"]! == "guest-g")!["cause"]!);

        // What is known to have drifted beside it is told as that.
        var tampered = Judge(applied with { Files = [.. applied.Files.Select(f => f with { Content = f.Content + "#\n" })] });
        Assert.Equal(DriftStatus.Drift, tampered.Status);
        Assert.Contains("of libvirt nothing is known", tampered.Summary, StringComparison.Ordinal);

        StackDrift Judge(HostFacts of) => StackDrift.Judge("a", "h", HostPlan.Make(spec, of), new HashSet<string>());
    }

    [Fact]
    public void A_plan_that_is_forbidden_is_an_error_whatever_differs()
    {
        var facts = Machines.Facts("unsupported-distribution");
        Assert.Equal(DriftStatus.Error, StackDrift.Judge("a", "h", HostPlan.Make(Spec(desktop: false), facts), new HashSet<string>()).Status);
    }

    [Theory]
    [InlineData(0, true, false, DriftStatus.InSync, DriftStatus.NotMeasured)]
    [InlineData(1, false, false, DriftStatus.NotMeasured)]
    [InlineData(0, true, false, DriftStatus.ChangePending, DriftStatus.NotApplied)]
    [InlineData(2, true, true, DriftStatus.ChangePending)]
    [InlineData(2, true, false, DriftStatus.InSync, DriftStatus.Drift)]
    [InlineData(1, true, false, DriftStatus.Drift, DriftStatus.Error)]
    internal void The_exit_code_says_the_worst(int code, bool all, bool strict, params DriftStatus[] statuses) =>
        Assert.Equal(code, DriftVerb.ExitCode([.. statuses.Select(s => new StackDrift("a", "h", s, [], ""))], all, strict));

    private void Stack(string name, bool desktop) => cli.Write(
        $"Pulumi.{name}.yaml",
        $"config:\n  passthrough-infra:machine:\n    connection: {{ host: gpu-host, hostKey: {Key} }}\n    packages: {{ manage: false }}\n    desktop: {(desktop ? "true" : "false")}\n");

    private static MachineSpec Spec(bool desktop) => SpecReader.Read(
        $$"""{ "connection": { "host": "gpu-host", "hostKey": "{{Key}}" }, "packages": { "manage": false }, "desktop": {{(desktop ? "true" : "false")}} }""");

    // A reading of the lab host with another default target, and the receipt of what was applied there.
    private static string Reading(string target, MachineSpec? applied)
    {
        var reading = Machines.LabReading.Replace("target\tgraphical.target", $"target\t{target}", StringComparison.Ordinal);
        if (applied is null)
            return reading;
        var plan = ConcernList.Wanted(applied).Single(c => c is not PreflightConcern).Plan(applied, null);
        string[] receipt = ["token\t0123456789abcdef", $"digest\t{DriftDetector.Digest(plan)}", "time\t1", .. plan.Settings.Select(s => $"setting\t{s.Name}\t{s.Wanted}")];
        return reading.Replace("\nend", string.Concat(receipt.Select(l => $"\ntext\treceipt\tservices\t{l}")) + "\nend", StringComparison.Ordinal);
    }
}
