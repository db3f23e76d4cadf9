using System.CommandLine;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Init;

/// <summary>The options of <c>init</c>: what is not to be as proposed.</summary>
internal sealed class InitOptions
{
    private static readonly Dictionary<string, GuestOs> Systems = new(StringComparer.Ordinal)
    {
        ["windows10"] = GuestOs.Windows10,
        ["windows11"] = GuestOs.Windows11,
        ["linux"] = GuestOs.Linux,
    };

    public Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Take what is proposed, without asking." };

    public Option<bool> Force { get; } = new("--force") { Description = "Replace an existing file (a copy is kept), and write even what an update would refuse." };

    private Option<bool> Adopt { get; } = new("--adopt") { Description = "Take over what was set up by hand: the stack says the same, and lists what stays as it is." };

    private Option<string?> Gpu { get; } = new("--gpu") { Description = "The graphics card for the guest: its PCI address, or none." };

    private Option<string?> Usb { get; } = new("--usb") { Description = "The USB controller for the guest: its PCI address, or none." };

    private Option<string[]> Device { get; } = new("--device") { Description = "A further card for the guest, by its PCI address (an NVMe drive, a NIC); may be repeated." };

    private Option<string?> Bridge { get; } = new("--bridge") { Description = "The NIC a bridge for guests is put on: NIC, NIC:VLAN, or none." };

    private Option<string?> Guest { get; } = new("--guest") { Description = "Propose a guest of this name." };

    private Option<string> Os { get; } = new("--guest-os") { Description = "What runs in the guest: windows10, windows11 or linux.", DefaultValueFactory = _ => "windows10" };

    private Option<string?> Memory { get; } = new("--memory") { Description = "The guest's memory: 12GiB. Default: half of what the host can spare, at most 16GiB or 2GiB for each of its cores." };

    private Option<int?> Cpus { get; } = new("--cpus") { Description = "How many CPUs the guest has. Default: what the planner finds best." };

    private Option<string> DiskSize { get; } = new("--disk-size") { Description = "The size of the guest's disk.", DefaultValueFactory = _ => "120GiB" };

    private Option<string?> InstallIso { get; } = new("--install-iso") { Description = "What the guest is installed from: a file on the machine." };

    private Option<string?> DriversIso { get; } = new("--drivers-iso") { Description = "The virtio drivers for Windows (virtio-win.iso): a file on the machine." };

    /// <summary>A system as it is written in options and stack files.</summary>
    public static string Name(GuestOs os) => Systems.First(s => s.Value == os).Key;

    /// <summary>Adds them to the verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Yes, Force, Adopt, Gpu, Usb, Device, Bridge, Guest, Os, Memory, Cpus, DiskSize, InstallIso, DriversIso])
            command.Options.Add(option);
    }

    /// <summary>What was decided.</summary>
    /// <exception cref="EngineException">A value is none of its kind.</exception>
    public AdviceChoices Read(ParseResult parsed) => new()
    {
        Adopt = parsed.GetValue(Adopt),
        Gpu = parsed.GetValue(Gpu),
        Usb = parsed.GetValue(Usb),
        Devices = parsed.GetValue(Device) ?? [],
        Bridge = parsed.GetValue(Bridge),
        Guest = parsed.GetValue(Guest),
        GuestOs = Systems.TryGetValue(parsed.GetValue(Os)!, out var os) ? os : throw new EngineException($"--guest-os: \"{parsed.GetValue(Os)}\" is not known; write one of {string.Join(", ", Systems.Keys)}."),
        Memory = parsed.GetValue(Memory) is { } memory ? Amount("--memory", memory) : null,
        Cpus = parsed.GetValue(Cpus) is { } cpus ? cpus > 0 ? cpus : throw new EngineException($"--cpus: {cpus} is no number of CPUs.") : null,
        DiskSize = Amount("--disk-size", parsed.GetValue(DiskSize)!),
        InstallIso = parsed.GetValue(InstallIso),
        DriversIso = parsed.GetValue(DriversIso),
    };

    private static MemorySize Amount(string option, string text) =>
        MemorySize.TryRead(text, out var size) ? size : throw new EngineException($"{option}: \"{text}\" is not {MemorySize.Expected}.");
}
