
namespace PassthroughInfra.Component.Facts;

/// <summary>
/// Names of vendors, for devices that are newer than the host's pci.ids. Source: the list of vendor IDs of the PCI-SIG.
/// </summary>
internal static class PciVendors
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["1000"] = "Broadcom/LSI",
        ["1002"] = "AMD/ATI",
        ["1022"] = "AMD",
        ["102b"] = "Matrox",
        ["1028"] = "Dell",
        ["103c"] = "Hewlett-Packard",
        ["1077"] = "QLogic",
        ["106b"] = "Apple",
        ["10b5"] = "PLX",
        ["10de"] = "NVIDIA",
        ["10ec"] = "Realtek",
        ["10ee"] = "Xilinx",
        ["1106"] = "VIA",
        ["1179"] = "Toshiba",
        ["11ab"] = "Marvell",
        ["11f8"] = "Microchip",
        ["1217"] = "O2 Micro",
        ["1234"] = "QEMU",
        ["126f"] = "Silicon Motion",
        ["12d8"] = "Pericom",
        ["1344"] = "Micron",
        ["1414"] = "Microsoft",
        ["144d"] = "Samsung",
        ["14c3"] = "MediaTek",
        ["14e4"] = "Broadcom",
        ["15ad"] = "VMware",
        ["15b3"] = "Mellanox",
        ["15b7"] = "Sandisk/Western Digital",
        ["168c"] = "Qualcomm Atheros",
        ["177d"] = "Cavium",
        ["17cb"] = "Qualcomm",
        ["1912"] = "Renesas",
        ["1987"] = "Phison",
        ["19e5"] = "Huawei",
        ["1a03"] = "ASPEED",
        ["1af4"] = "Red Hat (virtio)",
        ["1b21"] = "ASMedia",
        ["1b36"] = "Red Hat (QEMU)",
        ["1b4b"] = "Marvell",
        ["1b73"] = "Fresco Logic",
        ["1c5c"] = "SK hynix",
        ["1cc1"] = "ADATA",
        ["1cc4"] = "Union Memory",
        ["1d0f"] = "Amazon",
        ["1d6a"] = "Aquantia",
        ["1d94"] = "Hygon",
        ["1d97"] = "Longsys",
        ["1e0f"] = "KIOXIA",
        ["1e49"] = "Yangtze Memory",
        ["1e4b"] = "MAXIO",
        ["1e95"] = "Solid State Storage Technology",
        ["1ed5"] = "Moore Threads",
        ["2646"] = "Kingston",
        ["8086"] = "Intel",
        ["80ee"] = "VirtualBox",
        ["c0a9"] = "Micron/Crucial",
    };

    /// <summary>The name of a function's vendor; null where it is not in the list.</summary>
    public static string? Name(PciId id) => Names.GetValueOrDefault(id.Vendor);
}
