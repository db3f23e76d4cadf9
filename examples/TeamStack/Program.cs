using System.Text.Json;
using PassthroughInfra.Component;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Values;
using Pulumi;
using Pulumi.Command.Local;

// A stack of another team: the host is one of its components, declared in C# and not in a stack file, and what comes after it uses its outputs.
return await Deployment.RunAsync(() =>
{
    var host = new PassthroughHost("render-host", new PassthroughHostArgs
    {
        Machine = new MachineSpec
        {
            Connection = new ConnectionSpec
            {
                Host = "render-host.internal",
                User = "ops",
                HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM",
            },
            Facts = new Config().Get("facts"),
            Devices =
            [
                new DeviceSpec { Name = "gpu", Address = PciAddress.Parse("01:00.0"), Id = PciId.Parse("10de:1f82") },
                new DeviceSpec { Name = "gpu-audio", Address = PciAddress.Parse("01:00.1"), Id = PciId.Parse("10de:10fa") },
            ],
        },
    });

    // An entry in the team's inventory, made once the host is verified, and taken out with it. Data goes in on stdin, so that no value is shell text.
    var entry = Output.Tuple(host.Ready, host.Devices, host.LibvirtUri)
        .Apply(o => JsonSerializer.Serialize(new { ready = o.Item1, devices = o.Item2, libvirt = o.Item3 }));
    var inventory = new Command(
        "inventory",
        new CommandArgs
        {
            Create = "cat >render-host.json",
            Delete = "rm -f render-host.json",
            Stdin = entry,
        },
        new CustomResourceOptions { DependsOn = { host } });

    return new Dictionary<string, object?>
    {
        ["inventory"] = inventory.Id,
        ["gpu"] = host.Devices.Apply(d => d["gpu"]),
        ["libvirt"] = host.LibvirtUri,
        ["bridge"] = host.Bridge,
        ["guests"] = host.GuestUuids,
        ["drift"] = host.Drift,
    };
});
