using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What was set up by hand, from files as guides have people write them: read by probe-by-hand.sh as it is, and judged. The machine is the walk-through's.</summary>
public sealed class HandMadeTests : IDisposable
{
    private static readonly HostFacts Machine = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private readonly SysfsTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public void A_host_on_which_nothing_was_set_up_has_nothing_to_tell()
    {
        tree.Write("etc/modprobe.d/passthrough-host.conf", "options vfio-pci ids=10de:17c8\n");
        tree.Write("etc/libvirt/hooks/qemu.d/50-passthrough-host", "#!/bin/sh\nvirsh list\n");
        Assert.Empty(Checks());
        Assert.Empty(HandMadeChecks.Of(Machine));
    }

    [Fact]
    public void A_host_as_the_better_guides_have_it_has_no_mistake_and_is_told_what_is_there()
    {
        tree.Write("etc/modprobe.d/vfio.conf", "softdep nouveau pre: vfio-pci\noptions vfio-pci ids=10de:1f82,10de:10fa\n");
        tree.Write("etc/initramfs-tools/modules", "vfio\nvfio_iommu_type1\nvfio_pci\n");
        tree.Write("etc/sysctl.d/10-pages.conf", "vm.nr_hugepages=1024\n");
        File.SetLastWriteTimeUtc(tree.Path("etc/modprobe.d/vfio.conf"), DateTime.UnixEpoch.AddSeconds(1600000000));
        File.SetLastWriteTimeUtc(tree.Path("etc/initramfs-tools/modules"), DateTime.UnixEpoch.AddSeconds(1600000000));
        var facts = As("module", "intel_iommu=on iommu=pt") with
        {
            Pci = [.. Machine.Pci.Select(p => p.Address.Brief.StartsWith("01:00", StringComparison.Ordinal) ? p with { Driver = "vfio-pci" } : p)],
        };

        Assert.Equal(
            [
                "Note found: /etc/default/grub: intel_iommu=on; iommu=pt",
                "Note found: /etc/modprobe.d/vfio.conf: softdep nouveau pre: vfio-pci; options vfio-pci ids=10de:1f82,10de:10fa",
                "Note found: /etc/initramfs-tools/modules: vfio; vfio_iommu_type1; vfio_pci",
                "Note found: /etc/sysctl.d/10-pages.conf: vm.nr_hugepages=1024",
            ],
            Checks(facts).Select(c => $"{c.Verdict} {c.Id}: {c.Found}"));
    }

    [Theory]
    [InlineData("menu-not-made-again", "grub: vfio-pci.ids=10de:1f82", "intel_iommu=on", "etc/default/grub has vfio-pci.ids=10de:1f82, and no entry of GRUB's menu")]
    [InlineData("ids-cut-short", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10de:1f82, 10de:10fa", "", "ends at a blank")]
    [InlineData("ids-not-understood", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10de.1f82", "", "10de.1f82 in ids=10de.1f82 is no ID")]
    [InlineData("ids-of-no-device", "etc/modprobe.d/vfio.conf: options vfio-pci ids=1002:687f", "", "names 1002:687f")]
    [InlineData("ids-at-odds", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10de:1f82", "vfio-pci.ids=10de:10fa", "that in /etc/default/grub counts")]
    [InlineData("ids-of-a-bridge", "etc/modprobe.d/vfio.conf: options vfio-pci ids=8086:1901", "", "8086:1901 is PCI bridge 00:01.0")]
    [InlineData("ids-of-a-twin", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10ec:8168", "", "the ID of 06:00.0 and 07:00.0")]
    [InlineData("ids-not-read", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10de:1f82", "", "vfio-pci is built into this kernel")]
    [InlineData("vfio-pci-not-loaded", "", "vfio-pci.ids=10de:1f82,10de:10fa", "nothing loads it", true)]
    [InlineData("function-left-behind", "etc/modprobe.d/vfio.conf: options vfio-pci ids=10de:1f82", "", "01:00.1 (audio controller, snd_hda_intel) shares IOMMU group 1 with 01:00.0")]
    [InlineData("initramfs-not-made-again", "etc/modprobe.d/vfio.conf: softdep nouveau pre: vfio-pci", "", "was changed after the initramfs of 5.15.0-53-generic")]
    [InlineData("initramfs-script-runs-now", "etc/initramfs-tools/scripts/init-top/vfio.sh: echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override", "", "does not know the argument prereqs")]
    [InlineData("file-nobody-reads", "etc/modprob.d/vfio.conf: options vfio-pci ids=10de:1f82", "", "read by nobody")]
    [InlineData("file-nobody-reads", "etc/modprobe.d/vfio: options vfio-pci ids=10de:1f82", "", "names that end in .conf only")]
    [InlineData("line-in-the-wrong-file", "etc/modules: vfio_pci ids=10de:1f82", "", "options are not understood here")]
    [InlineData("line-in-the-wrong-file", "etc/initramfs-tools/modules: softdep nouveau pre: vfio-pci", "", "a line of modprobe.d")]
    [InlineData("blacklist-with-a-star", "etc/modprobe.d/no.conf: blacklist nvidia*", "", "knows no patterns")]
    [InlineData("dracut-list-runs-together", "etc/dracut.conf.d/vfio.conf: add_drivers+=\"vfio vfio_pci\"", "", "begin and end")]
    [InlineData("misspelt", "etc/modprobe.d/no.conf: blacklist noveau", "", "there is no module noveau")]
    [InlineData("misspelt", "", "vfio_pci_ids=10de:1f82", "the kernel's argument is vfio-pci.ids=")]
    [InlineData("arguments-run-together", "", "intel_iommu=oniommu=pt", "two arguments without a blank")]
    [InlineData("framebuffers-in-one-argument", "", "video=vesafb:off,efifb:off", "turns off the first one only")]
    [InlineData("arguments-of-another-loader", "etc/kernel/cmdline: root=/dev/sda1 intel_iommu=on", "", "which GRUB does not read")]
    [InlineData("hook-not-executable", "etc/libvirt/hooks/qemu: #!/bin/bash", "", "is not executable")]
    [InlineData("hook-calls-libvirt", "etc/libvirt/hooks/qemu.d/win10/prepare/begin/start.sh: virsh nodedev-detach pci_0000_01_00_0", "", "calls virsh")]
    [InlineData("hook-address-gone", "etc/libvirt/hooks/kvm.conf: VIRSH_GPU_VIDEO=pci_0000_0a_00_0", "", "names 0a:00.0, and nothing is at that address")]
    [InlineData("acs-override", "", "pcie_acs_override=downstream,multifunction", "groups that the hardware does not have")]
    [InlineData("unsafe-interrupts", "etc/modprobe.d/iommu.conf: options vfio_iommu_type1 allow_unsafe_interrupts=1", "", "interrupts that the host takes for its own")]
    [InlineData("qemu-as-another-user", "etc/libvirt/qemu.conf: user = \"root\"", "", "the whole host")]
    [InlineData("no-confinement", "etc/libvirt/qemu.conf: security_driver = \"none\"", "", "confined by AppArmor")]
    [InlineData("capabilities-kept", "etc/libvirt/qemu.conf: clear_emulator_capabilities = 0", "", "root's capabilities")]
    [InlineData("acs-not-checked", "etc/libvirt/qemu.conf: relaxed_acs_check = 1", "", "past the IOMMU")]
    [InlineData("vfio-for-everybody", "etc/udev/rules.d/10-vfio.rules: SUBSYSTEM==\"vfio\", MODE=\"0666\"", "", "every login")]
    [InlineData("mitigations-off", "", "mitigations=off", "known faults")]
    [InlineData("slice-kept-small", "etc/systemd/system.control/system.slice.d/50-AllowedCPUs.conf: AllowedCPUs=0,6", "", "without --runtime")]
    public void A_mistake_is_named_with_its_remedy(string id, string file, string arguments, string says, bool module = false)
    {
        var facts = As(module ? "module" : "builtin", file.StartsWith("grub: ", StringComparison.Ordinal) ? file["grub: ".Length..] : arguments, menu: arguments);
        if (file.StartsWith("etc/", StringComparison.Ordinal))
        {
            var at = file.IndexOf(": ", StringComparison.Ordinal);
            tree.Write(file[..at], file[(at + 2)..] + "\n");
            if (id.StartsWith("initramfs-script", StringComparison.Ordinal))
            {
                Executable(file[..at]);
            }
        }

        var check = Assert.Single(Checks(facts), c => c.Id == id);
        Assert.Equal(Verdict.Caution, check.Verdict);
        Assert.Contains(says, check.Found + check.Remedy, StringComparison.Ordinal);
        Assert.NotEmpty(check.Remedy);
        Assert.False(check.Forbids);
    }

    [Theory]
    [InlineData("options vfio-pci ids=\"10de:1f82,10de:10fa\"", "ids-not-understood")]
    [InlineData("options vfio-pci ids=10de:ffffffff:ffffffff:ffffffff:00030000:ffff00ff", "ids-not-understood")]
    [InlineData("options pci-stub ids=1912:0014", "ids-at-odds")]
    public void What_is_right_is_no_mistake(string line, string id)
    {
        tree.Write("etc/modprobe.d/vfio.conf", line + "\n");
        Assert.DoesNotContain(Checks(As("module", "vfio-pci.ids=10de:1f82,10de:10fa")), c => c.Id == id);
    }

    [Fact]
    public void A_script_of_the_initramfs_that_nobody_may_execute_is_run_by_nobody()
    {
        tree.Write("etc/initramfs-tools/scripts/init-top/vfio.sh", "echo vfio-pci > driver_override\n");
        Assert.DoesNotContain(Checks(), c => c.Id == "initramfs-script-runs-now");
    }

    [Fact]
    public void Two_guests_on_the_CPUs_that_the_kernel_keeps_free_are_as_they_should_be()
    {
        tree.Write("etc/libvirt/qemu/a.xml", Definition("OVMF_CODE.fd", "01:00.0", "", "2-3"));
        tree.Write("etc/libvirt/qemu/b.xml", Definition("OVMF_CODE.fd", "01:00.0", "", "4-5"));
        var facts = Machine with { Isolation = Machine.Isolation with { Isolated = "2-5" } };
        Assert.DoesNotContain(Checks(facts), c => c.Id == "isolated-unlike-pinned");
        Assert.Contains(Checks(facts with { Isolation = Machine.Isolation with { Isolated = "2-4" } }), c => c.Id == "isolated-unlike-pinned");
    }

    [Fact]
    public void A_hook_that_came_after_the_daemon_started_is_not_run_yet()
    {
        tree.Write("run/libvirtd.pid", "1\n");
        Thread.Sleep(1100);
        tree.Write("etc/libvirt/hooks/qemu", "#!/bin/sh\n");
        Assert.Contains("systemctl restart libvirtd", Assert.Single(Checks(), c => c.Id == "hook-not-loaded").Remedy, StringComparison.Ordinal);
    }

    private void Executable(string path)
    {
        using var chmod = System.Diagnostics.Process.Start("chmod", ["+x", tree.Path(path)]);
        chmod.WaitForExit();
    }

    [Fact]
    public void A_module_that_is_gone_is_told_where_a_kernel_without_it_is_installed()
    {
        tree.Write("etc/modules", "vfio\nvfio_virqfd\n");
        Assert.DoesNotContain(Checks(), c => c.Id == "module-gone");
        var newer = Machine with { Boot = Machine.Boot with { Kernels = [.. Machine.Boot.Kernels, Machine.Boot.Kernels[0] with { Release = "6.8.0-50-generic" }] } };
        Assert.Contains("6.8.0-50-generic", Assert.Single(Checks(newer), c => c.Id == "module-gone").Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Definitions_that_are_at_odds_with_the_host_are_told()
    {
        tree.Write("etc/libvirt/qemu/win10.xml", Definition("OVMF_CODE.fd", "01:00.0", "<rom file='/roms/other.rom'/>", "0,2,3"));
        tree.Write("etc/libvirt/qemu/linux.xml", Definition("OVMF_CODE_4M.fd", "09:00.0", "<rom file='/roms/none.rom'/>", "2"));
        tree.Write("usr/share/OVMF/OVMF_CODE_4M.fd", "firmware");
        tree.Write("nvram/OVMF_CODE_4M.fd", new string('v', 131072));
        tree.Write("etc/libvirt/hooks/qemu.d/windows/prepare/begin/start.sh", "#!/bin/sh\n");
        Directory.CreateDirectory(tree.Path("roms"));
        // The header with its pointer, and the data structure of a card of another kind: 10de:17c8.
        File.WriteAllBytes(tree.Path("roms/other.rom"), [0x55, 0xaa, .. new byte[22], 0x1c, 0, 0, 0, .. "PCIR"u8, 0xde, 0x10, 0xc8, 0x17]);

        var facts = Machine with { Cpu = Machine.Cpu with { Cpus = [.. Machine.Cpu.Cpus.Select(c => c with { Siblings = $"{c.Number / 2 * 2}-{(c.Number / 2 * 2) + 1}" })] } };
        var found = Checks(facts).Where(c => c.Id != "found").Select(c => $"{c.Id}: {c.Found}").ToList();
        string[] expected =
        [
            "firmware-gone: guest win10 boots with /usr/share/OVMF/OVMF_CODE.fd, which is not there",
            "rom-of-another-card: guest win10: /roms/other.rom is of 10de:17c8, and the card at 01:00.0 is 10de:1f82",
            "pinned-to-cpu-0: guest win10",
            "siblings-split: guest win10 has one thread of the core 0/1",
            "huge-pages-too-few: guest win10 has 16384 MiB",
            "firmware-pair-mixed: guest linux: /nvram/OVMF_CODE_4M.fd has 131072 bytes",
            "device-gone: guest linux has the device at 09:00.0, and nothing is there",
            "rom-gone: guest linux has the ROM /roms/none.rom, which is not there",
            "hook-of-no-guest: /etc/libvirt/hooks/qemu.d/windows is named after no guest",
        ];
        Assert.All(expected, e => Assert.Contains(found, f => f.StartsWith(e, StringComparison.Ordinal)));
        Assert.DoesNotContain(found, f => f.Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_read_is_the_same_from_a_recording()
    {
        tree.Write("etc/driverctl.d/pci-0000:01:00.0", "vfio-pci\n");
        tree.Write("etc/libvirt/qemu/win10.xml", Definition("OVMF_CODE.fd", "01:00.0", "", "2"));
        var facts = Machine with { HandMade = HandMade() };
        Assert.Contains(facts.HandMade!.Lines, l => l is { Path: "/etc/driverctl.d/pci-0000:01:00.0", Text: "vfio-pci" });
        Assert.Equal(
            HandMadeChecks.Of(facts).Select(c => c.ToString()),
            HandMadeChecks.Of(RecordedProbe.Read(RecordedProbe.Write(facts))).Select(c => c.ToString()));
    }

    private static string Definition(string firmware, string address, string rom, string cpus) =>
        $"""
        <domain type='kvm'>
          <memory unit='KiB'>16777216</memory>
          <memoryBacking>
            <hugepages/>
          </memoryBacking>
          <cputune>
            <vcpupin vcpu='0' cpuset='{cpus}'/>
          </cputune>
          <os>
            <loader readonly='yes' type='pflash'>/usr/share/OVMF/{firmware}</loader>
            <nvram>/nvram/{firmware}</nvram>
          </os>
          <devices>
            <graphics type='vnc' passwd='secret'/>
            <hostdev mode='subsystem' type='pci' managed='yes'>
              <source>
                <address domain='0x0000' bus='0x{address[..2]}' slot='0x{address[3..5]}' function='0x{address[6..]}'/>
              </source>
              {rom}
              <address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>
            </hostdev>
          </devices>
        </domain>
        """;

    // The walk-through's machine with arguments in /etc/default/grub that are in the menu and in the running kernel, if nothing else is said.
    private static HostFacts As(string presence, string grub, string? menu = null) => Machine with
    {
        Boot = Machine.Boot with
        {
            GrubSettings = [new("/etc/default/grub", $"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet {grub}\"")],
            Entries = [new("vmlinuz-5.15.0-53-generic", $"ro quiet {menu ?? grub}")],
            CommandLine = $"ro quiet {menu ?? grub}",
            Kernels = [.. Machine.Boot.Kernels.Select(k => k with { VfioPci = presence == "module" ? VfioPresence.Module : VfioPresence.Builtin })],
        },
    };

    [Fact]
    public void Definitions_are_read_whole_without_passwords_of_displays_and_without_this_projects_guests()
    {
        const string definition = "<domain type='kvm'>\n  <name>win 10</name>\n  <devices>\n    <graphics type='vnc' port='-1' passwd='it&apos;s me' passwdValidTo='2031-01-01T00:00:00'/>\n"
            + "    <graphics type='spice' passwd='me too'/>\n  </devices>\n</domain>\n";
        tree.Write("etc/libvirt/qemu/win 10.xml", definition);
        tree.Write("etc/libvirt/qemu/own.xml", "<domain type='kvm'><name>own</name></domain>\n");
        tree.Write("etc/libvirt/qemu/networks/default.xml", "<network/>\n");
        tree.Write("var/lib/passthrough-host/guest/own/defined.xml", "");
        tree.Link("etc/libvirt/qemu/autostart/win 10.xml", "/etc/libvirt/qemu/win 10.xml");
        var domain = Assert.Single(HandMade().Domains);
        Assert.Equal(
            new("win 10", true, definition.Replace(" passwd='it&apos;s me'", "", StringComparison.Ordinal).Replace(" passwd='me too'", "", StringComparison.Ordinal)),
            domain);
    }

    [Fact]
    public void What_is_secret_besides_a_displays_password_is_not_read_and_such_a_domain_is_not_taken_over()
    {
        const string name = "<name>g</name>\n<uuid>0d2f9a4e-7f0c-4a77-9f56-0123456789ab</uuid>";
        tree.Write("etc/libvirt/qemu/cookies.xml", $"<domain type='kvm'>\n{name}\n<devices>\n<cookies>\n  <cookie name='a'>hidden</cookie>\n</cookies>\n<disk/>\n</devices>\n</domain>\n");
        tree.Write(
            "etc/libvirt/qemu/arguments.xml",
            $"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n{name}\n<devices/>\n<qemu:commandline>\n<qemu:arg value='secret,id=s,data=hidden'/>\n"
                + "<qemu:arg value='socket,password=hidden'/>\n<qemu:arg value='secret,id=s,file=/x'/>\n</qemu:commandline>\n</domain>\n");
        Assert.DoesNotContain("hidden", Read(), StringComparison.Ordinal);
        var domains = HandMade().Domains;
        Assert.All(domains, d => Assert.DoesNotContain("hidden", d.Definition, StringComparison.Ordinal));
        Assert.Contains(domains, d => d.Definition.Contains("secret,id=s,file=/x", StringComparison.Ordinal));
        Assert.Contains(domains, d => d.Definition.Contains("<disk/>", StringComparison.Ordinal));
        Assert.Equal(
            ["an argument", "a network d"],
            domains.Select(d => AdoptedGuest.From(d.Definition, d.Autostart, [], Machine).Refusal[..11]));
    }

    private string Read() => tree.Run("by_hand .", "../Planning/kept-guest.sh", "probe-by-hand.sh");

    private HandMadeFacts HandMade() => HandMadeRows.Read(ProbeParser.Rows.From(Read()))!;

    private List<Check> Checks(HostFacts? facts = null) => [.. HandMadeChecks.Of((facts ?? Machine) with { HandMade = HandMade() })];
}
