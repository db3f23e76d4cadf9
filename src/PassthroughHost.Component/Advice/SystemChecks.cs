using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Advice;

/// <summary>Distribution, login, kernels and boot loader.</summary>
internal static class SystemChecks
{
    private static readonly string[] GrubTools = ["grub-mkconfig", "grub-script-check"];

    public static IEnumerable<Check> Of(HostFacts facts)
    {
        var system = facts.System;
        var container = HostChecks.IsContainer(facts);
        return
        [
            .. HostAssessment.From(CheckArea.System, "distribution", HostChecks.Distribution(facts), system.PrettyName),
            .. Architecture(system),
            .. HostAssessment.From(CheckArea.System, "machine", HostChecks.Container(facts), Machine(system)),
            .. HostAssessment.From(CheckArea.System, "login", HostChecks.Login(facts), "it has root rights"),
            .. container ? [] : Boot(facts),
        ];
    }

    /// <summary>Whether it is x86-64, as far as is known.</summary>
    public static bool IsX86(SystemFacts system) => system.Architecture is "amd64" or "x86_64" or "";

    private static string Machine(SystemFacts system) =>
        (system.Machine.Length > 0 ? system.Machine : "its firmware does not name it")
        + (system.Virtualization is "" or "none" ? "" : $", itself a virtual machine ({system.Virtualization})");

    private static IEnumerable<Check> Architecture(SystemFacts system)
    {
        yield return system.Architecture switch
        {
            "amd64" or "x86_64" => new(CheckArea.System, "architecture", Verdict.Good, "x86-64"),
            "" => new(CheckArea.System, "architecture", Verdict.Unknown, "dpkg does not say", "see dpkg --print-architecture on it"),
            var other => new(CheckArea.System, "architecture", Verdict.Bad, $"it is {other}", "only x86-64 (amd64) with VT-d or AMD-Vi is supported"),
        };
    }

    private static IEnumerable<Check> Boot(HostFacts facts)
    {
        yield return new(CheckArea.System, "firmware", Verdict.Good, facts.System.Uefi ? "booted through UEFI" : "booted through a BIOS");
        var missing = GrubTools.Where(t => !facts.System.Tools.Contains(t)).ToList();
        if (missing.Count > 0 || facts.Boot.GrubConfigMadeAt == 0)
        {
            yield return new(
                CheckArea.System,
                "boot-loader",
                Verdict.Bad,
                missing.Count > 0 ? $"there is no {string.Join(" and no ", missing)}" : "there is no /boot/grub/grub.cfg",
                "only machines that boot through GRUB 2 are supported: install grub2, or see how this one boots");
        }
        else
        {
            yield return new(CheckArea.System, "boot-loader", Verdict.Good, $"GRUB 2, {facts.Boot.Entries.Count} kernel lines in its menu");
        }

        var module = facts.Boot.Kernels.Any(k => k.VfioPci == VfioPresence.Module);
        if (facts.Boot.Kernels.Count == 0)
        {
            yield return new(CheckArea.System, "kernels", Verdict.Unknown, "no kernel is in /boot", "see how this machine boots: kernels are looked for as /boot/vmlinuz-*");
        }
        else
        {
            foreach (var check in HostAssessment.From(CheckArea.System, "kernels", HostChecks.Kernels(facts), string.Join(", ", facts.Boot.Kernels.Select(Kernel))))
            {
                yield return check;
            }
        }

        if (!facts.System.Tools.Contains("update-initramfs"))
        {
            yield return new(CheckArea.System, "initramfs", module ? Verdict.Bad : Verdict.Caution, "there is no update-initramfs", "install initramfs-tools (dracut is not supported yet)");
        }
        else
        {
            yield return Room(facts.Boot);
        }
    }

    private static string Kernel(KernelFacts kernel) => $"{kernel.Release} with vfio-pci {(kernel.VfioPci == VfioPresence.Builtin ? "built in" : "as a module")}";

    // As Concerns/Boot/boot.sh asks for it: each new initramfs stands beside its old one until it is whole.
    private static Check Room(BootFacts boot)
    {
        if (boot.FreeKiB == 0 && boot.Kernels.Count == 0)
        {
            return new(CheckArea.System, "boot-room", Verdict.Unknown, "the room in /boot is not known", "see df /boot");
        }

        var needed = (boot.Kernels.Select(k => k.InitramfsBytes).DefaultIfEmpty(0).Max() / 1024 * 13 / 10) + 16384;
        return boot.FreeKiB >= needed
            ? new(CheckArea.System, "boot-room", Verdict.Good, $"{Amounts.OfKiB(boot.FreeKiB)} are free for a new initramfs of {Amounts.OfKiB(needed)}")
            : new(CheckArea.System, "boot-room", Verdict.Bad, $"{Amounts.OfKiB(boot.FreeKiB)} are free in {boot.Mount}, and a new initramfs needs {Amounts.OfKiB(needed)}", "remove old kernels: apt-get autoremove --purge");
    }
}
