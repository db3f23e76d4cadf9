using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Preflight;

/// <summary>
/// The first command of an update. It asks the host again what the plan was made from, and stops before the first write if any of it has changed since: the boot,
/// the links of the SSH session and of the default route, the disks the host lives on, displays, keyboards, the devices with their drivers, and the guests that run.
/// </summary>
/// <remarks>
/// What it asks for is in its command's input, and so is different whenever the host is (the boot's ID, the guests). So that an unchanged host is an empty preview,
/// it is that of the last update while no other concern differs, and the present one if any does.
/// </remarks>
public sealed class PreflightConcern : IDependentConcern
{
    /// <summary>Its name.</summary>
    public const string Preflight = "preflight";

    private static readonly ConcernScript Own = new("preflight.sh") { Parts = ["probe-rows.sh", "probe-devices.sh", "probe-storage.sh", "probe-network.sh", "running-guests.sh"] };

    private const string ReliedOn = "what the plan was made from";

    // The rest of what is mounted may come and go.
    private static readonly string[] Vital = ["/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "swap"];

    /// <inheritdoc/>
    public string Name => Preflight;

    /// <inheritdoc/>
    public ConcernScript Script => Own;

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Guests.Count > 0 || ConcernList.OfHost.Any(c => c is not PreflightConcern && c.IsWanted(spec));

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts) => Plan(facts is null ? "" : string.Join("; ", Questions(spec, facts)));

    /// <inheritdoc/>
    ConcernState IDependentConcern.Compare(MachineSpec spec, HostFacts? facts, IReadOnlyList<ConcernState> others)
    {
        var receipt = facts?.Receipt(Name);
        return receipt is not null && receipt.Settings.TryGetValue(ReliedOn, out var before) && others.All(o => o.InSync)
            ? new(Plan(before), [], receipt.Token, receipt.Remark)
            : DriftDetector.Afresh(Plan(spec, facts), facts);
    }

    /// <summary>What it asks, a fact each: <c>boot ID</c>, <c>device ADDRESS ID DRIVER GROUP</c>.</summary>
    internal static IReadOnlyList<string> Questions(MachineSpec spec, HostFacts facts)
    {
        var given = Binding.Plan(spec, facts).Functions.Select(f => facts.Device(f.Address)).OfType<PciFacts>().ToList();
        var network = facts.Network;
        var links = network.SshPath.Links.Concat(network.SshLink is { } session ? network.Below(session) : []).DistinctBy(l => l.Name);
        return
        [
            $"boot {facts.Boot.BootId}",
            .. network.DefaultRoutes.Select(r => $"route {r.Link}").Distinct(),
            .. links.Select(l => $"link {l.Name} {Word($"{l.Pci}")} {Word(l.Master)}").Order(StringComparer.Ordinal),
            .. facts.Disks.Where(d => Vital.Contains(d.Mount) || given.Any(g => g.Address == d.Controller)).Select(d => $"disk {d.Mount} {d.Device} {d.Controller}").Distinct().Order(StringComparer.Ordinal),
            .. given.Select(g => $"device {g.Address} {g.Id} {Word(g.Driver)} {Word($"{g.Group}")}"),
            .. facts.Pci.Where(p => p.Class.StartsWith("0300", StringComparison.Ordinal) || p.Class.StartsWith("0380", StringComparison.Ordinal)).Select(p => $"display {p.Address}"),
            .. !given.Any(g => g.IsUsb) ? [] : (facts.Usb ?? []).Where(u => u.IsKeyboard).Select(u => $"keyboard {u.Controller}").Distinct(),
            .. facts.Isolation.RunningGuests.Select(g => $"guest {g}"),
        ];
    }

    private static ConcernPlan Plan(string questions) => new()
    {
        Concern = Preflight,
        Script = Own,
        Settings = [new(ReliedOn, questions, questions)],
        Variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["RELIED_ON"] = questions },
    };

    private static string Word(string text) => text.Length > 0 ? text : "-";
}
