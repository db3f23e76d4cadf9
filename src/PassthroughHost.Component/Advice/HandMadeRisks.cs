using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Advice;

/// <summary>What guides tell people to set and what should not stay: it is left where it is, and no stack ever writes it.</summary>
internal static class HandMadeRisks
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Check> Of(HandMadeSetup setup)
    {
        List<(string Path, string Text)> all = [.. setup.Grub.Select(w => (w.Path, w.Word)), .. setup.Lines.Select(l => (l.Path, l.Text))];
        if (Place(all, t => t.Contains("pcie_acs_override=", StringComparison.Ordinal)) is { } acs)
        {
            yield return Caution(
                "acs-override",
                $"{acs}: with a patched kernel it makes IOMMU groups that the hardware does not have: devices in them still reach each other's memory",
                "take it out and look at the true groups; move the card to another slot, or accept the siblings of the true group by name "
                    + "(acceptSiblings)");
        }

        if (Place(all, t => t.Contains("allow_unsafe_interrupts=1", StringComparison.Ordinal)
            || t.Contains("allow_unsafe_interrupts=Y", StringComparison.Ordinal)) is { } interrupts)
        {
            var remaps = setup.Facts.KernelMessages.Any(m => m.Contains("Enabled IRQ remapping", StringComparison.OrdinalIgnoreCase)
                || m.Contains("Interrupt remapping enabled", StringComparison.OrdinalIgnoreCase));
            yield return Caution(
                "unsafe-interrupts",
                $"{interrupts}: a guest may then send interrupts that the host takes for its own",
                remaps ? "take it out: this kernel remaps interrupts, and nothing needs it"
                    : "take it out, and update the firmware or switch x2APIC on; without interrupt remapping no guest should have devices");
        }

        foreach (var line in setup.Lines.Where(l => l.Path == "/etc/libvirt/qemu.conf"))
        {
            if (line.Text.Split('=', 2) is not [var key, var value])
            {
                continue;
            }

            var word = value.Split('#')[0].Trim().Trim('"', '+');
            switch (key.Trim())
            {
                case "user" when word is not ("libvirt-qemu" or "64055"):
                    yield return Caution(
                        "qemu-as-another-user",
                        $"{line.Path}: \"{line.Text}\": a guest that escapes QEMU has "
                            + $"{(word is "root" or "0" ? "the whole host" : $"everything of {word}")}",
                        "delete the line: libvirt-qemu is enough for evdev and Looking Glass; only a login's own sound server needs more");
                    break;
                case "security_driver" when word.Contains("none", StringComparison.Ordinal):
                    yield return Caution(
                        "no-confinement",
                        $"{line.Path}: \"{line.Text}\": no guest is confined by AppArmor",
                        "delete the line, and allow the one path that was refused in /etc/apparmor.d/local/abstractions/libvirt-qemu");
                    break;
                case "clear_emulator_capabilities" when word == "0":
                    yield return Caution("capabilities-kept", $"{line.Path}: \"{line.Text}\": QEMU keeps root's capabilities", "delete the line");
                    break;
                case "relaxed_acs_check" when word == "1":
                    yield return Caution(
                        "acs-not-checked",
                        $"{line.Path}: \"{line.Text}\": devices behind a switch without ACS are given to guests, although they reach their "
                            + "neighbours past the IOMMU",
                        "delete the line");
                    break;
                default:
                    break;
            }
        }

        foreach (var line in setup.Lines.Where(l => HandMadeSetup.IsIn(l.Path, "/etc/udev/") && (l.Text.Contains("0666", StringComparison.Ordinal)
            || l.Text.Contains("0777", StringComparison.Ordinal))))
        {
            yield return Caution(
                "vfio-for-everybody",
                $"{line.Path}: \"{line.Text}\": every login of the host may take the devices",
                "delete the rule: libvirt gives each guest its own, and needs none");
        }

        if (Place([.. setup.Grub.Select(w => (w.Path, w.Word))], t => t == "mitigations=off") is { } mitigations)
        {
            yield return Caution(
                "mitigations-off",
                $"{mitigations}: guests can read the host's memory through the processor's known faults",
                "take it out, unless nothing on this host has secrets");
        }

        if (Place([.. setup.Grub.Select(w => (w.Path, w.Word))], t => t is "apparmor=0" or "security=none") is { } apparmor)
        {
            yield return Caution("no-confinement", $"{apparmor}: no guest is confined by AppArmor", "take it out");
        }
    }

    private static string? Place(List<(string Path, string Text)> all, Func<string, bool> test) =>
        all.Where(a => test(a.Text)).Select(a => $"{a.Path}: {a.Text}").FirstOrDefault();

    private static Check Caution(string id, string found, string remedy) => new(CheckArea.ByHand, id, Verdict.Caution, found, remedy);
}
