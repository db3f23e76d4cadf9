using System.Diagnostics;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A stack applied with this checkout, and from then on used with a newer one, of which two scripts have another command: that is no change of the host and interrupts
/// nothing, and the next change and destroy run the newer scripts.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class ToolUpgradeTests : IDisposable
{
    // Left by the newer release's scripts.
    private const string Trace = "/run/newer-release";

    private readonly DirectoryInfo _newer = Directory.CreateTempSubdirectory("newer-release");

    private readonly ReadersCheckout _reader = new();

    public void Dispose()
    {
        _reader.Dispose();
        _newer.Delete(recursive: true);
    }

    [Fact]
    public async Task Another_command_in_a_script_is_no_change_of_the_host_and_the_next_change_and_destroy_run_it()
    {
        MakeNewer();
        using var newer = new ReadersCheckout(_newer.FullName);
        var host = await LabHost.PristineAsync("tool-upgrade");
        var before = await host.MustAsync(HostFingerprint.Command);
        await host.WriteStackAsync(_reader, Machine("10.0.0.37/24"));
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes 2>&1");
        var untouched = await host.MustAsync(Untouched);

        // The same state and stack, and the newer scripts.
        newer.Variables["PassthroughCompileAhead"] = "false";
        newer.Variables["PULUMI_BACKEND_URL"] = $"file://{_reader.At("")}";
        await host.WriteStackAsync(newer, Machine("10.0.0.37/24"));
        await newer.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes 2>&1");
        Assert.Contains("in sync", await newer.SaysAsync(0, "./passthrough drift --stack gpu-host --strict 2>&1"), StringComparison.Ordinal);
        Assert.Equal(untouched, await host.MustAsync(Untouched));
        await host.MustAsync($"! grep -q {Trace} /var/lib/passthrough-host/scripts/*.sh");

        // An update brings them, and runs none.
        await newer.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes --expect-no-changes 2>&1");
        await host.MustAsync($"grep -q {Trace} /var/lib/passthrough-host/scripts/network.sh && test ! -e {Trace}");
        Assert.Equal(untouched, await host.MustAsync(Untouched));
        await newer.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes 2>&1");

        // The next change runs them, of what is changed alone.
        await host.WriteStackAsync(newer, Machine("10.0.0.38/24"));
        await newer.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
        Assert.Equal(["host: network apply", "host: network-confirm apply", "host: preflight apply", "network: apply"], (await host.MustAsync($"sort -u {Trace}")).Split('\n'));
        await host.MustAsync($"ip -4 -o addr show dev br3000 | grep -q 10.0.0.38/24 && rm {Trace}");
        await newer.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes 2>&1");

        // So does what takes it back.
        await newer.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes 2>&1");
        var ran = (await host.MustAsync($"sort -u {Trace}")).Split('\n');
        Assert.Superset(new HashSet<string>(["host: boot revert", "host: memory revert", "host: network revert", "network: revert"]), ran.ToHashSet());
        Assert.All(ran, line => Assert.EndsWith("revert", line, StringComparison.Ordinal));
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));
        await host.LabAsync("down");
    }

    private static string Untouched => $"{LabHost.NetworkState("br3000")}; cat /proc/sys/kernel/random/boot_id; stat -c '%n %y' /etc/default/grub.d/* /etc/netplan/* /boot/initrd.img-* /boot/grub/grub.cfg /var/lib/passthrough-host/*.receipt";

    private static string Machine(string address) =>
        $$"""
            packages: { manage: false }
            network: { link: enp8s0, vlan: 3000, bridge: br3000, addresses: [{{address}}] }
            hugePages: { size: 2M, count: 16 }
        """;

    // This checkout's sources as they are built, with a command more in what every concern runs, in what makes a change of the network and in what takes it back.
    private void MakeNewer()
    {
        using var copy = Process.Start(
            "sh", ["-c", "tar -C \"$1\" --exclude=node_modules -cf - src stacks schema lab/variants LICENSE passthrough Pulumi.yaml Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig | tar -C \"$2\" -xf -", "sh", LabHost.Root, _newer.FullName]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
        Add("Planning/host.sh", "  migrate\n  recover\n", "host: $CONCERN $VERB");
        Add("Concerns/Network/network.sh", "concern_apply() {\n", "network: apply");
        Add("Concerns/Network/network.sh", "concern_revert() {\n", "network: revert");
    }

    private void Add(string script, string after, string line)
    {
        var path = Path.Combine(_newer.FullName, "src/PassthroughHost.Component", script);
        var text = File.ReadAllText(path);
        Assert.Equal(2, text.Split(after).Length);
        File.WriteAllText(path, text.Replace(after, $"{after}  echo \"{line}\" >>{Trace}\n", StringComparison.Ordinal));
    }
}
