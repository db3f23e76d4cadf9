namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>
/// Every QEMU that libvirt has started for a guest, from its log: the provider starts what it makes, and that must have nothing of the guest. Source: libvirt,
/// "Debug and logging", the log of each QEMU.
/// </summary>
internal static class GuestStarts
{
    /// <summary>The command that tells them, one word for each, in their order: <c>empty</c> has no disk, firmware, NVRAM, network card, TPM or device.</summary>
    public static string Command(string guest) =>
        "awk '/: starting up libvirt/ { n++; what[n] = \"empty\" } /^-(blockdev|drive|netdev|tpmdev)|vfio-pci|pflash/ { what[n] = \"guest\" }"
        + $" END {{ for (i = 1; i <= n; i++) print what[i] }}' /var/log/libvirt/qemu/{guest}.log | tr '\\n' ' '";
}
