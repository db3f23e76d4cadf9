using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>What the host cannot do without is refused from its reading, before anything is written.</summary>
[Trait("Category", "Lab")]
public sealed class GateTests
{
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task What_the_host_cannot_do_without_is_refused_with_the_reason(string iommu)
    {
        var host = await LabHost.PristineAsync("gates", iommu);
        await RefusesAsync(host, "07:00.0", "1af4:1041", "carries this SSH connection");
        await RefusesAsync(host, "09:00.0", "1af4:1042", "carries / (");
        await RefusesAsync(host, "01:00.0", "1234:1111", "01:00.1");
        await RefusesAsync(host, "01:00.0", "1234:1111", "is the machine's only display");

        // Given up by name, or declared too, a companion is no obstacle; neither are bridges and root ports.
        Assert.Empty((await host.PlanAsync(Spec("01:00.0", "1234:1111", "\"acceptSiblings\": [\"01:00.1\"], \"acceptLoss\": [\"01:00.0\"],"))).Errors);
        Assert.Empty((await host.PlanAsync(Spec("04:00.0", "1b36:000d"))).Errors);

        // A kernel without vfio-pci, which the next boot could be into.
        await host.MustAsync("cp /boot/vmlinuz-$(uname -r) /boot/vmlinuz-0.0.1-bare");
        await RefusesAsync(host, "04:00.0", "1b36:000d", "0.0.1-bare has no vfio-pci");
        await host.MustAsync("rm /boot/vmlinuz-0.0.1-bare && test ! -e /var/lib/passthrough-host");
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Theory]
    [InlineData("btrfs", "1af4:1042", "09:00.0", "06:00.0")]
    [InlineData("lvm-luks", "1af4:1042", "09:00.0")]
    [InlineData("nvme", "1b36:0010", "09:00.0")]
    public async Task A_root_on_NVMe_or_on_several_disks_or_layers_keeps_every_controller_below_it_with_the_host(string root, string id, params string[] controllers)
    {
        var host = await LabHost.PristineAsync("root-" + root, root: root);
        foreach (var controller in controllers)
        {
            await RefusesAsync(host, controller, id, "carries / (");
        }

        var plan = await host.PlanAsync(Spec("04:00.0", "1b36:000d"));
        Assert.Contains(plan.Preconditions, p => p.Id == "root-disk" && controllers.All(c => p.Seen.Contains(c, StringComparison.Ordinal)));
        Assert.Empty(plan.Errors);
        await host.LabAsync("down");
    }

    private static async Task RefusesAsync(LabHost host, string address, string id, string why)
    {
        var plan = await host.PlanAsync(Spec(address, id));
        Assert.True(plan.Errors.Any(e => e.ToString().Contains(why, StringComparison.Ordinal)), $"{address}: {string.Join("; ", plan.Findings)}");
    }

    private static MachineSpec Spec(string address, string id, string more = "") => SpecReader.Read(
        $$"""
        { "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, {{more}} "packages": { "manage": false },
          "devices": [{ "name": "wanted", "address": "{{address}}", "id": "{{id}}" }] }
        """);
}
