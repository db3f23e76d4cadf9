using Pulumi;
using Pulumi.Command.Remote;
using Pulumi.Command.Remote.Inputs;
using Pulumi.Libvirt.Inputs;

namespace PassthroughInfra.Embedded.Sdk.Tests.Programs;

/// <summary>Arguments of a component, with a secret among them.</summary>
public sealed class GpuVmArgs : Pulumi.ResourceArgs
{
    [Input("host", required: true)]
    public Input<string> Host { get; set; } = null!;

    [Input("memoryMib")]
    public Input<int>? MemoryMib { get; set; }

    [Input("sshKey")]
    public Input<string>? SshKey { get; set; }
}

/// <summary>A component of a command and a domain that depends on the command's output.</summary>
public sealed class GpuVm : ComponentResource
{
    public GpuVm(string name, GpuVmArgs args, ComponentResourceOptions? options = null)
        : base("demo:index:GpuVm", name, args, options)
    {
        var bind = new Command($"{name}-bind", new CommandArgs
        {
            Connection = new ConnectionArgs { Host = args.Host, PrivateKey = args.SshKey },
            Create = "driverctl set-override 0000:01:00.0 vfio-pci",
            Delete = "driverctl unset-override 0000:01:00.0",
            Environment = { { "LANG", "C" } },
            Triggers = new object[] { args.Host, "v1" },
        }, new CustomResourceOptions { Parent = this });
        var domain = new AnyDomain($"{name}-domain", new AnyDomainArgs
        {
            Name = name,
            Description = bind.Stdout,
            Machine = "q35",
            Memory = args.MemoryMib.Apply(mebibytes => mebibytes),
            Vcpu = 8,
            Cpu = new Dictionary<string, string> { ["mode"] = "host-passthrough" },
            Disks = new[] { new Dictionary<string, string> { ["volumeId"] = "/dev/vg0/win" } },
            Xml = new DomainXmlArgs { Xslt = "" },
        }, new CustomResourceOptions { Parent = this, Protect = true });
        BindLog = bind.Stdout;
        DomainName = domain.Name;
        RegisterOutputs(new Dictionary<string, object?> { ["bindLog"] = BindLog, ["domainName"] = DomainName });
    }

    [Output("bindLog")]
    public Output<string> BindLog { get; private set; }

    [Output("domainName")]
    public Output<string> DomainName { get; private set; }

    /// <summary>A program of one such component and a look at the host's device.</summary>
    public static Task<int> RunAsync() => Deployment.RunAsync(() =>
    {
        var device = LibvirtFunctions.Device("pci_0000_01_00_0");
        var key = Output.CreateSecret("KEY");
        var vm = new GpuVm("win11", new GpuVmArgs { Host = "hv1", MemoryMib = 4096, SshKey = key });
        return new Dictionary<string, object?>
        {
            ["devPath"] = device.Apply(info => info.Path),
            ["domain"] = vm.DomainName,
            ["dryRun"] = Deployment.Instance.IsDryRun,
            ["key"] = key,
            ["log"] = vm.BindLog,
        };
    });
}
