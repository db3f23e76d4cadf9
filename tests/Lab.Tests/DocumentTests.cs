using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>Commands that README and docs/ show, with a host to work on.</summary>
[Trait("Category", "Lab")]
public sealed class DocumentTests(DocumentTests.OneHost lab) : IClassFixture<DocumentTests.OneHost>, IDisposable
{
    private const string Pages = "/proc/sys/vm/nr_hugepages";

    private readonly ReadersCheckout _reader = new();

    private LabHost Host => lab.Host;

    public void Dispose() => _reader.Dispose();

    [Trait("Length", "long")]
    [Fact]
    public async Task The_pulumi_CLI_takes_a_host_from_login_to_destroy_and_drift_is_told_in_between()
    {
        var before = await Host.MustAsync(HostFingerprint.Command);
        var (port, hostKey, keyFile) = await Host.AccessAsync();
        _reader.Write(
            "Pulumi.gpu-host.yaml",
            $$"""
            config:
              passthrough-infra:machine:
                connection: { host: 127.0.0.1, port: {{port}}, user: ops, hostKey: "{{hostKey}}", privateKeyFile: "{{keyFile}}" }
                packages: { manage: false }
                hugePages: { size: 2M, count: 32 }

            """);
        foreach (var command in CommandBlock.Named("pulumi-cli").Commands)
        {
            await _reader.SaysAsync(0, command);
            Assert.Equal(command == "pulumi up" ? "32" : "0", await Host.MustAsync($"cat {Pages}"));
            if (command == "pulumi up")
            {
                await DriftIsToldAsync();
            }
        }

        Assert.Empty(HostFingerprint.Differences(before, await Host.MustAsync(HostFingerprint.Command)));
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_machine_of_a_fleet_that_cannot_be_reached_stops_no_other()
    {
        var (port, hostKey, keyFile) = await Host.AccessAsync();
        _reader.Write(
            "stacks/Fleet/Pulumi.demo.yaml",
            $$"""
            config:
              passthrough-infra:fleet:
                defaults:
                  connection: { host: 127.0.0.1, user: ops, hostKey: "{{hostKey}}", privateKeyFile: "{{keyFile}}" }
                  packages: { manage: false }
                  hugePages: { size: 2M, count: 24 }
                machines:
                  away: { connection: { port: 1 } }
                  here: { connection: { port: {{port}} } }

            """);
        // Both commands on one state.
        _reader.Variables["PULUMI_BACKEND_URL"] = $"file://{_reader.At("home")}";
        foreach (var command in CommandBlock.Named("fleet").Commands)
        {
            var output = await _reader.SaysAsync(1, command);
            Assert.Matches("away +refused: ops@127.0.0.1:1 could not be read", output);
            Assert.Matches("here +(ready|in sync)", output);
            Assert.Equal("24", await Host.MustAsync($"cat {Pages}"));
        }

        // Nothing of the machine that is there is planned again, and nothing of the other is lost.
        Assert.Matches("here +in sync", await _reader.SaysAsync(0, "./passthrough preview --stack demo -C stacks/Fleet"));
        await _reader.SaysAsync(0, "./passthrough destroy --stack demo -C stacks/Fleet");
        Assert.Equal("0", await Host.MustAsync($"cat {Pages}"));
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task The_timer_looks_for_drift_every_hour_and_the_journal_has_what_was_found()
    {
        const string units = "/etc/systemd/system";
        const string dropIn = $"{units}/passthrough-drift.service.d/passphrase.conf";
        string[] files = [$"{units}/passthrough-drift.service", $"{units}/passthrough-drift.timer", dropIn];
        foreach (var file in files)
        {
            await Host.MustAsync($"mkdir -p {Path.GetDirectoryName(file)}; cat >{file}", CommandBlock.FileShown("docs/drift.md", file));
        }

        // In place of a checkout: says what it was called with, by whom and where, and that somebody changed a host.
        const string checkout = "/srv/passthrough-infra";
        await Host.MustAsync(
            $"mkdir -p {checkout}; cat >{checkout}/passthrough; chmod 755 {checkout}/passthrough; echo secret >/etc/passthrough-drift.passphrase; chmod 600 /etc/passthrough-drift.passphrase",
            "#!/bin/sh\necho \"$(id -un) in $PWD: $* with $(cat \"$PULUMI_CONFIG_PASSPHRASE_FILE\")\"\necho 'gpu-host: drift on the host (boot)'\nexit 2\n");
        Assert.Equal("", await Host.MustAsync($"systemd-analyze verify {string.Join(' ', files[..2])}"));

        var block = CommandBlock.Named("drift-timer").Commands;
        foreach (var command in block.Where(c => !c.Contains("journalctl", StringComparison.Ordinal)))
        {
            await AsOpsAsync(command);
        }

        // An hour later. Where the clock jumps, systemd counts the timer's random delay anew, from when the host was booted (timer_enter_waiting):
        // so the run comes within RandomizedDelaySec and AccuracySec, and only on a host that has been up that long at once.
        Assert.Equal("active", await Host.MustAsync("systemctl is-active passthrough-drift.timer"));
        await Host.MustAsync("date -s '+70 minutes' >/dev/null");
        await Host.WaitAsync("systemctl is-failed --quiet passthrough-drift.service", TimeSpan.FromMinutes(9));
        var journal = await AsOpsAsync(Assert.Single(block, c => c.Contains("journalctl", StringComparison.Ordinal)));
        Assert.Contains($"ops in {checkout}: drift --all --quiet with secret", journal, StringComparison.Ordinal);
        Assert.Contains("gpu-host: drift on the host (boot)", journal, StringComparison.Ordinal);
        Assert.Contains("status=2", journal, StringComparison.Ordinal);
        Assert.Contains("passthrough-drift.service", await Host.MustAsync("systemctl --failed --no-pager"), StringComparison.Ordinal);
        await Host.MustAsync($"systemctl disable --quiet --now passthrough-drift.timer; systemctl reset-failed passthrough-drift.service; rm -r {string.Join(' ', files)} {Path.GetDirectoryName(dropIn)} {checkout} /etc/passthrough-drift.passphrase; systemctl daemon-reload");
    }

    // As the user that the page's `sudo` is for.
    private Task<string> AsOpsAsync(string command) => Host.MustAsync("sudo -u ops -i sh", command + "\n");

    // The commands of the page, and the one that the timer and the cron line run.
    private async Task DriftIsToldAsync()
    {
        _reader.Variables["PULUMI_BACKEND_URL"] = $"file://{_reader.At("home/pulumi-state")}";
        var timers = CommandBlock.FileShown("docs/drift.md", "/etc/systemd/system/passthrough-drift.service").Split('\n')
            .Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal)).Replace("ExecStart=/srv/passthrough-infra/", "./", StringComparison.Ordinal);
        foreach (var command in CommandBlock.Named("drift").Commands)
        {
            Assert.Matches("gpu-host +ops@127.0.0.1:[0-9]+ +in sync", await _reader.SaysAsync(0, command));
        }

        Assert.Equal("", await _reader.SaysAsync(0, timers));
        await Host.MustAsync($"echo 10 >{Pages}");
        foreach (var command in CommandBlock.Named("drift").Commands.Append(timers))
        {
            Assert.Contains("huge pages 2M: 10 -> 32", await _reader.SaysAsync(2, command), StringComparison.Ordinal);
        }

        _reader.Variables.Clear();
    }

    /// <summary>One lab for all of it: each test leaves it as it was.</summary>
    public sealed class OneHost : IAsyncLifetime
    {
        /// <summary>The host.</summary>
        public LabHost Host { get; private set; } = null!;

        public async Task InitializeAsync() => Host = await LabHost.PristineAsync("documents");

        public async Task DisposeAsync() => await Host.LabAsync("down");
    }
}
