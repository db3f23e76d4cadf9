using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Devices;

/// <summary>What classes and vendors say by themselves. Source: PCI Code and ID Assignment Specification; pci.ids; the drivers named.</summary>
internal static class DeviceClass
{
    // Memory, bridges, system peripherals, SMBus, cryptographic and signal processors, dummy functions: no guest can use one, or the machine needs it.
    private static readonly string[] Parts = ["05", "06", "08", "0c05", "10", "11", "13"];

    // AMD and its licensee: they sell no card of their own under these; Radeons have 1002.
    private static readonly string[] PlatformVendors = ["1022", "1d94"];

    private static readonly string[] EmulatedVendors = ["1234", "1af4", "1b36", "15ad", "80ee", "1414", "1ab8", "5853"];

    // ASPEED, Huawei iBMC, ServerEngines/Emulex Pilot, XGI: each makes a display for management controllers alone.
    private static readonly string[] ManagementVendors = ["1a03", "19e5", "19a2", "18ca"];

    // Displays that vendors of cards, too, made for server boards: Matrox G200 of iDRAC and iLO (mgag200), ATI's ES1000 and RAGE XL, Silicon Motion's SM750.
    private static readonly string[] ManagementDisplays =
        ["102b:0522", "102b:0524", "102b:0530", "102b:0532", "102b:0533", "102b:0534", "102b:0536", "102b:0538", "1002:515e", "1002:5969", "1002:4752", "126f:0750"];

    private static readonly string[] ManagementDrivers = ["ast", "mgag200", "hibmc-drm", "hibmc_drm"];

    /// <summary>A part that is never given to a guest with a card, whatever it shares a slot with.</summary>
    public static bool IsPart(PciFacts function) => Starts(function, Parts);

    /// <summary>The host's side of a Thunderbolt or USB4 port.</summary>
    public static bool IsUsb4(PciFacts function) => Starts(function, "0c0340") || function.Driver == "thunderbolt";

    /// <summary>A chip of a vendor that makes parts of the platform under this number, and no cards.</summary>
    public static bool IsOfPlatform(PciFacts function) => PlatformVendors.Contains(function.Id.Vendor);

    /// <summary>A device no hardware has.</summary>
    public static bool IsEmulated(PciFacts function) =>
        EmulatedVendors.Contains(function.Id.Vendor) || $"{function.Id}" is "1013:00b8" or "1d0f:1111";

    /// <summary>The display of a management controller.</summary>
    public static bool IsManagementDisplay(PciFacts function) =>
        function.IsDisplay && (ManagementVendors.Contains(function.Id.Vendor) || ManagementDisplays.Contains($"{function.Id}") || ManagementDrivers.Contains(function.Driver));

    /// <summary>A bridge that management controllers have their display behind.</summary>
    public static bool IsManagementBridge(PciFacts function) => function.IsBridge && $"{function.Id}" is "1a03:1150" or "1556:be00";

    /// <summary>HPE's iLO: its functions share the slot of its display, or have one without.</summary>
    public static bool IsLightsOut(PciFacts function) => $"{function.Id}" is "103c:3300" or "103c:3302" or "103c:3306" or "103c:3307" or "103c:22f6" or "103c:193f";

    /// <summary>A display that can show a picture. A 3D controller (0302) has no outputs, and a driver that runs may say that it has none.</summary>
    public static bool ShowsPicture(PciFacts function) =>
        Starts(function, "0300", "0301", "0380") && (function.BootVga == true || function.Connectors is not { Count: 0 });

    /// <summary>Whether a class begins with one of these.</summary>
    public static bool Starts(PciFacts function, params string[] classes) => classes.Any(c => function.Class.StartsWith(c, StringComparison.Ordinal));
}
