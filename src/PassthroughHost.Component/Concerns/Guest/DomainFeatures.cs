using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Hypervisor features and the clock.</summary>
internal static class DomainFeatures
{
    // In libvirt's order.
    private static readonly HyperVFeature[] Order =
    [
        HyperVFeature.Relaxed, HyperVFeature.Vapic, HyperVFeature.Spinlocks, HyperVFeature.Vpindex, HyperVFeature.Runtime, HyperVFeature.Synic,
        HyperVFeature.Stimer, HyperVFeature.Reset, HyperVFeature.Frequencies, HyperVFeature.Tlbflush, HyperVFeature.Ipi,
    ];

    // Source: QEMU, "Hyper-V Enlightenments": what each requires.
    private static readonly Dictionary<HyperVFeature, HyperVFeature[]> Needs = new()
    {
        [HyperVFeature.Synic] = [HyperVFeature.Vpindex],
        [HyperVFeature.Stimer] = [HyperVFeature.Vpindex, HyperVFeature.Synic],
        [HyperVFeature.Tlbflush] = [HyperVFeature.Vpindex],
        [HyperVFeature.Ipi] = [HyperVFeature.Vpindex],
    };

    /// <summary>Whether the guest has Hyper-V enlightenments: QEMU's emulation has none.</summary>
    public static bool HasHyperV(GuestSpec guest) => guest.Type == GuestType.Kvm && (guest.HyperV.Enabled ?? guest.IsWindows);

    /// <summary>The enlightenments in effect; one whose requirement is left out is left out too.</summary>
    public static IReadOnlyList<HyperVFeature> Enlightenments(GuestSpec guest) =>
        !HasHyperV(guest) ? [] : [.. Order.Where(f => !guest.HyperV.Without.Contains(f) && !Needs.GetValueOrDefault(f, []).Any(guest.HyperV.Without.Contains))];

    /// <summary><c>features</c>.</summary>
    public static XElement Features(GuestSpec guest) => new(
        "features",
        new XElement("acpi"),
        new XElement("apic"),
        HyperV(guest),
        guest.Type == GuestType.Kvm && guest.KvmHidden ? new XElement("kvm", On("hidden")) : null,
        // VMware's I/O port confuses Windows' and Linux' guesses at where they run.
        new XElement("vmport", new XAttribute("state", "off")),
        guest.HasSecureBoot ? On("smm") : null);

    /// <summary><c>clock</c>: Windows keeps the hardware clock in local time.</summary>
    public static XElement Clock(GuestSpec guest)
    {
        var synthetic = HasHyperV(guest);
        return new(
            "clock",
            new XAttribute("offset", guest.IsWindows ? "localtime" : "utc"),
            Timer("rtc", "tickpolicy", "catchup"),
            Timer("pit", "tickpolicy", "delay"),
            Timer("hpet", "present", "no"),
            synthetic ? Timer("hypervclock", "present", "yes") : null);
    }

    private static XElement? HyperV(GuestSpec guest)
    {
        var vendor = guest.Type == GuestType.Kvm ? guest.HyperV.VendorId : null;
        var features = Enlightenments(guest);
        if (features.Count == 0 && vendor is null)
        {
            return null;
        }

        var elements = new List<XElement>();
        foreach (var feature in features)
        {
            var element = On(feature.ToString().ToLowerInvariant());
            if (feature == HyperVFeature.Spinlocks)
            {
                element.Add(new XAttribute("retries", guest.HyperV.SpinlockRetries));
            }

            elements.Add(element);
        }

        if (vendor is not null)
        {
            var after = elements.FindIndex(e => e.Name.LocalName is "frequencies" or "tlbflush" or "ipi");
            elements.Insert(after < 0 ? elements.Count : after, new("vendor_id", new XAttribute("state", "on"), new XAttribute("value", vendor)));
        }

        if (features.Count > 0 && guest.HyperV.Evmcs)
        {
            elements.Add(On("evmcs"));
        }

        return new("hyperv", new XAttribute("mode", "custom"), elements);
    }

    private static XElement On(string name) => new(name, new XAttribute("state", "on"));

    private static XElement Timer(string name, string attribute, string value) => new("timer", new XAttribute("name", name), new XAttribute(attribute, value));
}
