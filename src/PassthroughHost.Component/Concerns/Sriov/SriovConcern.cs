using System.Text;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Sriov;

/// <summary>
/// Splits devices into virtual functions, now and at every boot before libvirt starts, and gives those under <c>devices</c> to vfio-pci.
/// It comes after the reboot, because vfio-pci takes nothing without an IOMMU. Source: Linux <c>Documentation/PCI/pci-iov-howto.rst</c> and
/// <c>Documentation/ABI/testing/sysfs-bus-pci</c>, <c>sriov_numvfs</c>, <c>sriov_drivers_autoprobe</c>.
/// </summary>
public sealed class SriovConcern : IConcern
{
    private const string List = "/etc/passthrough-host/sriov";
    private const string Program = "/usr/local/lib/passthrough-host/sriov";
    private const string Unit = "/etc/systemd/system/passthrough-host-sriov.service";

    /// <inheritdoc/>
    public string Name => "sriov";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("sriov.sh") { Texts = [("UNIT_SCRIPT", "sriov-unit.sh")] };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Sriov.Count > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [List, Program, Unit];

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts) => new()
    {
        Concern = Name,
        Script = Script,
        Files = [new(List, Listed(spec, facts)), new(Program, EmbeddedScript.Text("sriov-unit.sh"), "755"), new(Unit, Service)],
        Settings = [.. spec.Sriov.Select(s => Number(s, facts)), .. Given(spec, facts).Select(g => Driver(g.Device, facts))],
        Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PHYSICAL"] = string.Join(' ', spec.Sriov.Select(s => s.Address)),
        },
        Findings = facts is null ? [] : [.. SriovChecks.Check(spec, facts)],
    };

    private static IEnumerable<(DeviceSpec Device, VirtualFunction Function)> Given(MachineSpec spec, HostFacts? facts) =>
        spec.Devices.Select(d => (Device: d, Function: VirtualFunctions.Find(spec, facts, d.Address))).Where(d => d.Function is not null).Select(d => (d.Device, d.Function!));

    private static Setting Number(SriovSpec sriov, HostFacts? facts) => new(
        $"virtual functions of {sriov.Address.Brief}",
        facts is null ? "not read" : facts.Device(sriov.Address) is { } device ? $"{device.NumVfs}" : "(no such device)",
        $"{sriov.Vfs}");

    private static Setting Driver(DeviceSpec device, HostFacts? facts) => new(
        $"driver of {device.Address.Brief} ({device.Name})",
        facts?.Device(device.Address) is { } found ? (found.Driver.Length > 0 ? found.Driver : "(none)") : "(not there yet)",
        "vfio-pci");

    private static string Listed(MachineSpec spec, HostFacts? facts)
    {
        var text = new StringBuilder("# Devices that are split, and whose each virtual function is. Change them in the machine's stack, not here.\n");
        var given = Given(spec, facts).Select(g => g.Function).ToList();
        foreach (var sriov in spec.Sriov)
        {
            text.Append($"device {sriov.Address} {sriov.Id} {sriov.Vfs}\n");
            for (var i = 0; i < sriov.Vfs; i++)
            {
                var whose = given.Any(g => g.Physical == sriov.Address && g.Index == i) ? "guest" : "host";
                if (whose == "guest" || i < sriov.Macs.Count)
                {
                    text.Append($"function {sriov.Address} {i} {whose} {(i < sriov.Macs.Count ? sriov.Macs[i].ToString() : "-")}\n");
                }
            }
        }

        return text.ToString();
    }

    private const string Service =
        $"""
        # Made by passthrough-host.
        [Unit]
        Description=Virtual functions for guests (passthrough-host)
        After=systemd-modules-load.service systemd-udev-trigger.service
        Before=libvirtd.service virtqemud.service

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart={Program} make
        TimeoutStartSec=180

        [Install]
        WantedBy=multi-user.target

        """;
}
