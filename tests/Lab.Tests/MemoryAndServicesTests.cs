using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>Huge pages and the default target on the real kernel and systemd.</summary>
[Trait("Category", "Lab")]
public sealed class MemoryAndServicesTests
{
    private const string Pages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
    private const string Everything = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; find /etc/systemd /etc/sysctl.d /etc/tmpfiles.d -printf '%p %l %m %u\\n' | sort; cat " + Pages + "; find /var/lib/passthrough-host 2>/dev/null; } | sha256sum";

    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task Huge_pages_and_the_default_target_are_set_persist_and_go_without_a_trace(string iommu)
    {
        var host = await LabHost.PristineAsync("memory", iommu);
        await host.MustAsync("systemctl set-default graphical.target");
        var before = await host.MustAsync(Everything);
        var spec = Spec("\"hugePages\": { \"size\": \"2M\", \"count\": 64 }, \"desktop\": false");

        await SucceedsAsync(host, spec, "memory");
        await SucceedsAsync(host, spec, "services");
        Assert.Equal("64", await host.MustAsync("cat " + Pages));
        Assert.Empty((await host.PlanAsync(spec)).Differences);

        // What a boot would do with the files.
        await host.MustAsync($"echo 0 >{Pages}; systemctl restart systemd-sysctl.service");
        Assert.Equal("64", await host.MustAsync("cat " + Pages));
        Assert.Equal("multi-user.target", await host.MustAsync("systemctl get-default"));

        await host.MustAsync($"echo 10 >{Pages}");
        var drift = Assert.Single((await host.PlanAsync(spec)).Differences);
        Assert.Equal((Cause.Drift, "huge pages 2M: 10 -> 64"), (drift.Cause, drift.Text));

        foreach (var concern in new[] { "services", "memory" })
        {
            var (code, output) = await host.RevertAsync(spec, concern);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    [Fact]
    public async Task Pages_that_cannot_be_had_are_refused_at_preview_and_given_back_at_run_time()
    {
        var host = await LabHost.PristineAsync("memory-short");
        var impossible = Spec("\"hugePages\": { \"count\": 100000 }");
        Assert.Contains((await host.PlanAsync(impossible)).Errors, e => e.Problem.Contains("100000 pages of 2M", StringComparison.Ordinal));

        await host.MustAsync($"echo 3 >{Pages}");
        var before = await host.MustAsync(Everything);
        var (code, output) = await host.ApplyAsync(impossible, "memory");
        Assert.Equal(1, code);
        Assert.Matches("only [0-9]+ could be had", output);
        Assert.Contains("allocate: boot", output, StringComparison.Ordinal);
        Assert.Equal("3", await host.MustAsync("cat " + Pages));
        await host.RevertAsync(impossible, "memory");
        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    private static MachineSpec Spec(string wanted) => SpecReader.Read(
        $$"""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, {{wanted}} }""");

    private static async Task SucceedsAsync(LabHost host, MachineSpec spec, string concern)
    {
        var (code, output) = await host.ApplyAsync(spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
    }
}
