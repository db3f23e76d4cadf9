using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Libvirt = Pulumi.Libvirt;

namespace PassthroughInfra.Component;

/// <summary>
/// Each guest as a <c>libvirt:Domain</c>: made by Pulumi's libvirt provider as an empty machine, and owned by it from then on. The definition, at first and at
/// every later change, goes through the guest's command: the provider starts what it makes, and an update or replacement by it would stop the guest and take
/// its NVRAM.
/// </summary>
internal sealed class GuestDomains
{
    // Whatever of it changes later is the command's to do.
    private static readonly string[] Ignored =
    [
        "name", "description", "type", "machine", "memory", "vcpu", "firmware", "nvram", "tpm", "graphics", "video", "xml", "running", "autostart", "cpu", "disks", "networkInterfaces",
        "consoles", "bootDevices", "filesystems", "emulator", "arch", "qemuAgent", "metadata", "cmdlines", "kernel", "initrd",
    ];

    private readonly string _name;
    private readonly Output<HostPlan> _plan;
    private readonly Resource _parent;
    private readonly Libvirt.Provider _provider;

    /// <summary>Registers the provider, one for all guests.</summary>
    /// <param name="name">The component's name.</param>
    /// <param name="spec">What is declared.</param>
    /// <param name="endpoint">The host.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="libvirt">The command after which libvirt answers: at preview the address is known only where it answers already.</param>
    /// <param name="parent">The component.</param>
    public GuestDomains(string name, MachineSpec spec, Endpoint endpoint, string root, Output<HostPlan> plan, Pulumi.Command.Remote.Command libvirt, Resource parent)
    {
        (_name, _plan, _parent) = (name, plan, parent);
        var uri = Output.Tuple(libvirt.Stdout, endpoint.Host.ToOutput()).Apply(t => Address(spec, t.Item2, endpoint.HostKey, root));
        _provider = new Libvirt.Provider($"{name}-libvirt-provider", new() { Uri = uri }, new() { Parent = parent });
    }

    /// <summary>Registers a guest's domain.</summary>
    /// <param name="guest">The guest, its identity written out.</param>
    /// <param name="previous">What comes before the domain.</param>
    public Libvirt.Domain Register(GuestSpec guest, CustomResource previous)
    {
        var options = Options(guest);
        options.Parent = _parent;
        options.Provider = _provider;
        options.DependsOn.Add(previous);
        options.Aliases.Add(Alias(_plan, guest.Name.ToString(), $"{_name}-domain", $"{_name}-domain-{guest.Name}"));
        return new(
            $"{_name}-domain-{guest.Name}",
            new()
            {
                Name = guest.Name.ToString(),
                Type = guest.Type == GuestType.Qemu ? "qemu" : "kvm",
                Machine = guest.Machine,
                Memory = (int)guest.Memory.MiB,
                Vcpu = guest.Cpus.Count,
                // The empty machine is switched off again; the guest's command starts the guest.
                Running = false,
                Autostart = false,
                Xml = new Libvirt.Inputs.DomainXmlArgs { Xslt = _plan.Apply(p => DomainStylesheet.For(EmptyMachine.Document(guest), p.GuestDefinition(guest.Name.ToString()))) },
            },
            options);
    }

    /// <summary>
    /// The name that a guest's resource had while a machine had one guest. Only the guest that was that one may claim it, and the host's receipts tell which: any
    /// other guest goes by its own name alone.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="guest">The guest's name.</param>
    /// <param name="former">The resource's former name.</param>
    /// <param name="own">Its name.</param>
    internal static Output<Alias> Alias(Output<HostPlan> plan, string guest, string former, string own) => plan.Apply(p => new Alias { Name = p.FormerGuest == guest ? former : own });

    private static string Address(MachineSpec spec, string host, string? hostKey, string root)
    {
        try
        {
            return LibvirtAddress.ForProvider(spec.Connection, host, hostKey, root);
        }
        catch (SpecException e)
        {
            throw new RunException(e.Message);
        }
    }

    /// <summary>What keeps the provider from ever touching a guest that is there.</summary>
    internal static CustomResourceOptions Options(GuestSpec guest)
    {
        var options = new CustomResourceOptions
        {
            Protect = guest.Protect,
            // The provider's own deletion switches the guest off and deletes its NVRAM; the command's removes it with care before.
            RetainOnDelete = true,
        };
        options.IgnoreChanges.AddRange(Ignored);
        return options;
    }
}
