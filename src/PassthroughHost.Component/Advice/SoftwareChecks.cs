using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>The hypervisor and the network's tools: what is there, and what an update would install.</summary>
internal static class SoftwareChecks
{
    public static IEnumerable<Check> Of(HostFacts facts, MachineSpec? spec)
    {
        yield return Hypervisor(facts);
        yield return Netplan(facts);
        foreach (var check in PreconditionChecks.Of(CheckArea.Software, facts, spec))
        {
            yield return check;
        }
    }

    private static Check Hypervisor(HostFacts facts)
    {
        string Version(string package) => facts.Packages.FirstOrDefault(p => p.Name == package && p.Installed)?.Version ?? "";
        var libvirt = Version("libvirt-daemon-system");
        var qemu = Version("qemu-system-x86");
        if (libvirt.Length == 0 && !facts.System.Tools.Contains("virsh"))
        {
            return new(CheckArea.Software, "libvirt", Verdict.Note, "libvirt is not installed", "an update installs it, with QEMU, UEFI firmware and the TPM emulator");
        }

        var runs = facts.Services.IsActive("libvirtd") || facts.Services.IsActive("virtqemud");
        return new(
            CheckArea.Software,
            "libvirt",
            Verdict.Good,
            $"libvirt{(libvirt.Length > 0 ? $" {libvirt}" : "")}{(qemu.Length > 0 ? $", QEMU {qemu}" : "")}{(runs ? "" : "; its daemon starts when it is asked")}");
    }

    private static Check Netplan(HostFacts facts) =>
        !facts.System.Tools.Contains("netplan")
            ? new(CheckArea.Software, "netplan", Verdict.Note, "netplan is not installed", "an update installs it where the stack has a network")
        : facts.Services.IsActive("NetworkManager")
            ? new(CheckArea.Software, "netplan", Verdict.Note, "netplan is there, and NetworkManager runs", "for a bridge, network.releaseFromNetworkManager puts NetworkManager's netplan files aside")
        : new(CheckArea.Software, "netplan", Verdict.Good, "netplan is there");
}
