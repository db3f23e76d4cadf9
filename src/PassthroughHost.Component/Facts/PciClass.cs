namespace PassthroughInfra.Component.Facts;

/// <summary>
/// PCI class codes in words. Source: PCI Code and ID Assignment Specification, as in the class list at the end of pci.ids.
/// </summary>
public static class PciClass
{
    private static readonly Dictionary<string, string> Subclasses = new(StringComparer.Ordinal)
    {
        ["0100"] = "SCSI controller",
        ["0101"] = "IDE controller",
        ["0104"] = "RAID controller",
        ["0106"] = "SATA controller",
        ["0107"] = "SAS controller",
        ["0108"] = "NVMe drive",
        ["0200"] = "Ethernet controller",
        ["0280"] = "wireless controller",
        ["0300"] = "VGA controller",
        ["0302"] = "3D controller",
        ["0380"] = "display controller",
        ["0401"] = "audio controller",
        ["0403"] = "audio controller",
        ["0600"] = "host bridge",
        ["0601"] = "ISA bridge",
        ["0604"] = "PCI bridge",
        ["0780"] = "communication controller",
        ["0880"] = "system peripheral",
        ["0c03"] = "USB controller",
        ["0c05"] = "SMBus",
        ["1080"] = "encryption controller",
        ["1180"] = "signal processing controller",
        ["1200"] = "processing accelerator",
    };

    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["00"] = "device",
        ["01"] = "storage controller",
        ["02"] = "network controller",
        ["03"] = "display controller",
        ["04"] = "multimedia controller",
        ["05"] = "memory controller",
        ["06"] = "bridge",
        ["07"] = "communication controller",
        ["08"] = "system peripheral",
        ["0b"] = "co-processor",
        ["0c"] = "serial bus controller",
        ["0d"] = "wireless controller",
        ["10"] = "encryption controller",
        ["11"] = "signal processing controller",
        ["12"] = "processing accelerator",
    };

    /// <summary>What a function is, in words: <c>VGA controller</c>, <c>USB controller</c>.</summary>
    public static string Word(PciFacts function) =>
        Subclasses.GetValueOrDefault(Start(function, 4)) ?? Classes.GetValueOrDefault(Start(function, 2)) ?? "device";

    private static string Start(PciFacts function, int length) => function.Class.Length < length ? "" : function.Class[..length];
}
