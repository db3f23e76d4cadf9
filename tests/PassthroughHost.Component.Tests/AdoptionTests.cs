using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Hosts that were set up by hand, read by probe-by-hand.sh as it is, as stacks that say the same. The machine is the walk-through's.</summary>
public sealed class AdoptionTests : IDisposable
{
    private static readonly HostFacts Machine = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly ConnectionSpec Connection = new() { Host = "h", HostKey = ConnectionSpec.AcceptAnyHostKey };

    private readonly SysfsTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public void A_host_as_the_walk_through_types_it_is_taken_over_with_no_reboot()
    {
        tree.Write("etc/sysctl.d/10-pages.conf", "vm.nr_hugepages=1024\nvm.swappiness=10\n");
        var facts = Typed("intel_iommu=on iommu=pt vfio-pci.ids=1912:0014,10de:1f82,10de:10fa threadirqs", "01:00.0", "01:00.1", "04:00.0");
        var spec = Adopt(facts, out var adoption);
        Assert.Equal(["usb 04:00.0", "gpu 01:00.0", "gpu-audio 01:00.1"], spec.Devices.Select(d => $"{d.Name} {d.Address.Brief}"));
        Assert.True(spec.Boot.IommuPassthrough);
        Assert.Equal((1024, HugePageAllocation.Runtime), (spec.HugePages!.Count, spec.HugePages.Allocate));
        Assert.Null(spec.Network);
        Assert.Equal(
            [
                "taken over: /etc/default/grub: intel_iommu=on: iommu: intel_iommu=on comes with devices",
                "taken over: /etc/default/grub: iommu=pt: boot.iommuPassthrough",
                "taken over: /etc/default/grub: vfio-pci.ids=1912:0014,10de:1f82,10de:10fa: devices, one for each function with such an ID",
                "taken over: /etc/sysctl.d/10-pages.conf: vm.nr_hugepages=1024: hugePages",
            ],
            adoption.Findings.Select(f => f.ToString()));
        Assert.Empty(Adoption.Reboots(spec, facts));

        // An update would not refuse it: what beats the stack's own is taken over.
        Assert.Empty(HostPlan.Make(spec, facts).Errors);
        Assert.DoesNotContain(HostPlan.Make(spec, facts).Findings, f => $"{f}".Contains("is the one that counts", StringComparison.Ordinal));
        Assert.Contains(HostPlan.Make(spec with { TakeOver = [] }, facts).Findings, f => $"{f}".Contains("is the one that counts", StringComparison.Ordinal));
    }

    [Fact]
    public void A_host_with_modules_by_hand_needs_the_one_reboot_that_is_said()
    {
        tree.Write("etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1f82,10de:10fa disable_vga=1\nsoftdep nouveau pre: vfio-pci\nsoftdep r8169 pre: vfio-pci\nblacklist nouveau\n");
        tree.Write("etc/modules", "vfio\nvfio_iommu_type1\nvfio_pci\nkvmgt\n");
        tree.Write("etc/initramfs-tools/modules", "vfio\nvfio_virqfd\n");
        tree.Write("etc/driverctl.d/pci-0000:04:00.0", "vfio-pci\n");
        var facts = Typed("intel_iommu=on,igfx_off amd_iommu=on kvm.ignore_msrs=1 default_hugepagesz=1G hugepagesz=1G hugepages=4 pcie_acs_override=downstream", "01:00.0", "01:00.1", "04:00.0");
        var spec = Adopt(facts, out var adoption);
        Assert.Equal(["01:00.0", "01:00.1", "04:00.0"], spec.Devices.Select(d => d.Address.Brief));
        Assert.False(spec.Boot.IommuPassthrough);
        Assert.Equal(["intel_iommu=on,igfx_off", "kvm.ignore_msrs=1", "default_hugepagesz=1G"], spec.Boot.KernelArguments);
        Assert.Equal((HugePageSize.OneGibibyte, 4, HugePageAllocation.Boot), (spec.HugePages!.Size, spec.HugePages.Count, spec.HugePages.Allocate));
        Assert.Equal(
            [
                "/etc/default/grub words intel_iommu=on,igfx_off amd_iommu=on kvm.ignore_msrs=1 default_hugepagesz=1G hugepagesz=1G hugepages=4 lines ",
                "/etc/modprobe.d/vfio.conf words ids=10de:1f82,10de:10fa lines softdep nouveau pre: vfio-pci",
                "/etc/modules words  lines vfio|vfio_iommu_type1|vfio_pci",
                "/etc/initramfs-tools/modules words  lines vfio|vfio_virqfd",
                "/etc/driverctl.d/pci-0000:04:00.0 words  lines  aside",
            ],
            spec.TakeOver.Select(t => $"{t.Path} words {string.Join(' ', t.Words)} lines {string.Join('|', t.Lines)}{(t.SetAside ? " aside" : "")}"));
        var left = adoption.Findings.Where(f => f.Word == AdoptionWord.LeftAlone).Select(f => $"{f.Place}: {f.Text}").ToList();
        Assert.Equal(
            [
                "/etc/default/grub: pcie_acs_override=downstream", "/etc/modprobe.d/vfio.conf: softdep r8169 pre: vfio-pci", "/etc/modprobe.d/vfio.conf: blacklist nouveau",
                "/etc/modules: kvmgt",
            ],
            left);
        Assert.Equal(
            ["the running kernel lacks intel_iommu=on", "the running kernel lacks vfio-pci.ids=10de:1f82,10de:10fa,1912:0014"],
            Adoption.Reboots(spec, facts));
    }

    [Fact]
    public void Bridges_stay_whoever_makes_them_and_are_told_word_for_word()
    {
        tree.Write("etc/network/interfaces", "auto lo\niface lo inet loopback\nauto br8\niface br8 inet static\n    address 192.0.2.8/24\n    bridge_ports enp8s0\n    bridge_stp off\n");
        tree.Write("etc/network/interfaces.d/nic", "iface enp7s0 inet dhcp\n");
        tree.Write("etc/network/interfaces.d/vlan", "iface v9 inet manual\n    vlan-raw-device enp7s0\n");
        tree.Write("etc/netplan/01.yaml", "network:\n  bridges:\n    br0: { interfaces: [enp1s0] }\n");
        tree.Write("etc/netplan/60-passthrough-host.yaml", "network:\n  bridges:\n    br9: { interfaces: [enp9s0] }\n");
        tree.Write("etc/NetworkManager/system-connections/br1.nmconnection", "[connection]\ntype=bridge\n[wifi-security]\npsk=hidden\n");
        Adopt(Typed("quiet", "01:00.0"), out var adoption);
        Assert.Equal(
            [
                "/etc/network/interfaces: iface br8 inet static", "/etc/network/interfaces: bridge_ports enp8s0", "/etc/network/interfaces.d/vlan: iface v9 inet manual",
                "/etc/network/interfaces.d/vlan: vlan-raw-device enp7s0", "/etc/netplan/01.yaml: bridges:", "/etc/NetworkManager/system-connections/br1.nmconnection: type=bridge",
            ],
            adoption.Findings.Where(f => f.Why.StartsWith("bridges and VLANs", StringComparison.Ordinal)).Select(f => $"{f.Place}: {f.Text.Trim()}"));
    }

    [Fact]
    public void A_script_of_the_initramfs_that_binds_is_put_aside_and_what_it_bound_is_told_by_the_bindings()
    {
        tree.Write("etc/initramfs-tools/scripts/init-top/vfio.sh", "#!/bin/sh\necho vfio-pci > /sys/bus/pci/devices/0000:04:00.0/driver_override\n");
        tree.Write("etc/rc.local", "echo 1912 0014 > /sys/bus/pci/drivers/vfio-pci/new_id\n");
        tree.Write("etc/libvirt/hooks/qemu", "#!/bin/sh\n");
        var spec = Adopt(Typed("intel_iommu=on", "04:00.0"), out var adoption);
        Assert.Equal(["04:00.0"], spec.Devices.Select(d => d.Address.Brief));
        Assert.Equal("/etc/initramfs-tools/scripts/init-top/vfio.sh", Assert.Single(spec.TakeOver, t => t.SetAside).Path);
        Assert.Contains(adoption.Findings, f => f is { Word: AdoptionWord.LeftAlone, Place: "/etc/rc.local" });
        Assert.Contains(adoption.Findings, f => f is { Word: AdoptionWord.LeftAlone, Place: "/etc/libvirt/hooks/qemu" });
    }

    [Fact]
    public void What_names_no_device_of_the_machine_is_in_the_way_and_nothing_is_guessed()
    {
        tree.Write("etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:ffffffff:ffffffff:ffffffff:00030000:ffff00ff\ninstall vfio-pci /sbin/vfio-pci-override-vga.sh\n");
        var spec = Adopt(Typed("quiet"), out var adoption);
        Assert.Empty(spec.Devices);
        Assert.Empty(spec.TakeOver);
        Assert.Equal([AdoptionWord.InTheWay, AdoptionWord.InTheWay], adoption.Findings.Select(f => f.Word));
    }

    [Fact]
    public void A_host_on_which_nothing_was_set_up_has_nothing_to_take_over()
    {
        Assert.Empty(Adopt(Typed("quiet"), out var adoption).TakeOver);
        Assert.Empty(adoption.Findings);
        Assert.Contains("older version", Assert.Throws<ChoiceException>(() => Adoption.Of(Machine with { HandMade = null })).Message, StringComparison.Ordinal);
        Assert.Contains("--gpu", Assert.Throws<ChoiceException>(() => StackAdvice.Make(Machine, Connection, new() { Adopt = true, Gpu = "01:00.0" })).Message, StringComparison.Ordinal);
    }

    private static MachineSpec Adopt(HostFacts facts, out Adoption adoption)
    {
        var advice = StackAdvice.Make(facts, Connection, new() { Adopt = true });
        adoption = advice.Adoption!;
        return advice.Spec();
    }

    // With arguments in /etc/default/grub that the running kernel has, and functions that vfio-pci has.
    private HostFacts Typed(string arguments, params string[] bound) => Machine with
    {
        Boot = Machine.Boot with
        {
            InitramfsMakers = ["initramfs-tools"],
            GrubSettings = [new("/etc/default/grub", $"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet {arguments}\""), new("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"")],
            Entries = [new("vmlinuz-5.15.0-53-generic", $"ro quiet {arguments}")],
            CommandLine = $"BOOT_IMAGE=/vmlinuz-5.15.0-53-generic ro quiet {arguments}",
        },
        Pci = [.. Machine.Pci.Select(p => bound.Contains(p.Address.Brief) ? p with { Driver = "vfio-pci" } : p)],
        Memory = Machine.Memory with { Nodes = [.. Machine.Memory.Nodes.Select(n => n with { HugePages = [new(2048, 1024, 1024), new(1048576, 4, 4)] })] },
        HandMade = HandMadeRows.Read(ProbeParser.Rows.From(tree.Run("by_hand .", "probe-by-hand.sh"))),
    };
}
