using System.Text.Json.Nodes;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>
/// What must never be advised, whatever the machine: each rule read off the recorded JSON, with lists of its own. A rule gives what breaks it.
/// </summary>
internal static class ExpertRules
{
    // Bridges, memory, system peripherals, SMBus, cryptographic and signal processors, dummy functions, USB4 host interfaces.
    private static readonly string[] Parts = ["06", "05", "0880", "0806", "0807", "0c05", "10", "11", "13", "0c0340"];
    private static readonly string[] Bmc = ["1a03", "102b", "19e5", "19a2", "18ca"];
    private static readonly string[] Virtual = ["1af4", "1b36", "1234", "15ad", "80ee", "1414", "1ab8"];

    /// <summary>Everything that is wrong with a proposal.</summary>
    public static IEnumerable<string> Broken(RealMachine machine, MachineSpec spec)
    {
        var pci = machine.Pci.ToDictionary(Address);
        var given = spec.Devices.Select(d => $"{d.Address}").ToList();
        return
        [
            .. AnotherDisplay(pci, given),
            .. LastDisplay(pci, given),
            .. PartsOfTheSystem(pci, given),
            .. Keyboards(machine, given),
            .. HostNeeds(machine, given),
            .. Groups(pci, given),
            .. HalfACore(machine, spec),
            .. TinyGuest(machine, spec),
        ];
    }

    private static IEnumerable<string> AnotherDisplay(Dictionary<string, JsonObject> pci, List<string> given) =>
        given.Where(a => Class(pci[a]).StartsWith("03", StringComparison.Ordinal) && !IsCard(pci[a], pci)).Select(a => $"1: {a} {pci[a]["id"]} is no card, and is proposed")
            .Concat(given.Where(a => (bool?)pci[a]["removable"] == true || (string?)pci[a]["name"] == MachineChanges.Box).Select(a => $"1: {a} can be unplugged, and is proposed"));

    private static IEnumerable<string> LastDisplay(Dictionary<string, JsonObject> pci, List<string> given)
    {
        var pictures = pci.Values.Where(p => Class(p)[..4] is "0300" or "0380" && ((bool?)p["bootVga"] == true || p["connectors"] is not JsonArray { Count: 0 })).Select(Address).ToList();
        return pictures.Any(given.Contains) && pictures.All(given.Contains) ? [$"2: {string.Join(", ", pictures)}: every display goes"] : [];
    }

    private static IEnumerable<string> PartsOfTheSystem(Dictionary<string, JsonObject> pci, List<string> given)
    {
        foreach (var a in given)
        {
            var (kind, vendor) = (Class(pci[a]), Vendor(pci[a]));
            if (Parts.Any(p => kind.StartsWith(p, StringComparison.Ordinal)))
                yield return $"3: {a} of class {kind} is a part of the system";
            if (vendor == "1022" || pci[a]["parent"] is null)
                yield return $"3: {a} {pci[a]["id"]} is the processor's or the chipset's";
            if (kind.StartsWith("0c03", StringComparison.Ordinal) && vendor == "8086")
                yield return $"3: {a} {pci[a]["id"]} is Intel's own controller, or one that vanishes with a plug";
            if (kind.StartsWith("0106", StringComparison.Ordinal))
                yield return $"3: {a} is a SATA controller nobody named";
        }
    }

    private static IEnumerable<string> Keyboards(RealMachine machine, List<string> given)
    {
        var keyboards = machine.Usb.Where(c => c.Value.Any(d => d.StartsWith("keyboard: ", StringComparison.Ordinal))).Select(c => c.Key).ToList();
        if (keyboards.Count > 0 && keyboards.All(given.Contains))
            yield return "4: every USB keyboard goes";
        foreach (var (controller, devices) in machine.Usb.Where(c => given.Contains(c.Key)))
        {
            if (devices.FirstOrDefault(d => d.Contains("Virtual Keyboard", StringComparison.Ordinal) || d.Contains("SMCI HID", StringComparison.Ordinal) || d.Contains("vhub", StringComparison.Ordinal)) is { } virtually)
                yield return $"4: {controller} has the BMC's {virtually}";
        }
    }

    private static IEnumerable<string> HostNeeds(RealMachine machine, List<string> given)
    {
        var pci = machine.Pci.ToDictionary(Address);
        var address = (string?)machine.Json["network"]!["sshServerAddress"];
        var links = machine.Json["network"]!["links"]!.AsArray().Select(l => l!.AsObject()).ToList();
        var over = links.Where(l => l["addresses"]?.AsArray().Any(a => ((string)a!).StartsWith($"{address}/", StringComparison.Ordinal)) == true).ToList();
        var session = over.Concat(links.Where(l => over.Any(o => o["lower"]?.AsArray().Any(n => (string?)n == (string?)l["name"]) == true))).Select(l => (string?)l["pci"]);
        foreach (var needed in machine.Json["disks"]!.AsArray().Select(d => (string?)d!["controller"]).Concat(session).OfType<string>().Distinct())
        {
            for (var at = needed; at is not null && pci.TryGetValue(at, out var function); at = (string?)function["parent"])
            {
                if (given.Contains(at))
                    yield return $"{at} carries the host's disk or connection";
            }
        }
    }

    private static IEnumerable<string> Groups(Dictionary<string, JsonObject> pci, List<string> given) =>
        given.SelectMany(a => pci.Values.Where(p => p["group"] is { } group && pci[a]["group"] is { } own && (int)group == (int)own && !Class(p).StartsWith("06", StringComparison.Ordinal) && !given.Contains(Address(p)))
            .Select(p => $"{Address(p)} shares the group of {a} and stays"));

    private static IEnumerable<string> HalfACore(RealMachine machine, MachineSpec spec)
    {
        var pinned = Pinned(spec);
        foreach (var core in Cores(machine).Where(c => c.Any(pinned.Contains)))
        {
            if (!core.All(pinned.Contains))
                yield return $"5: of the core {string.Join(',', core)} a part is pinned";
            if (core.Contains(0))
                yield return "5: the core of CPU 0 is pinned";
        }
    }

    private static IEnumerable<string> TinyGuest(RealMachine machine, MachineSpec spec)
    {
        var pinned = Pinned(spec);
        var cores = Cores(machine);
        if (cores.Count < 2)
            yield break;
        var node = cores.Where(c => c.Any(pinned.Contains)).Select(c => Node(machine, c[0])).Distinct().ToList();
        if (node.Count != 1)
        {
            yield return $"6: the guest is on {node.Count} nodes";
            yield break;
        }
        var cards = spec.Devices.Select(d => machine.Pci.First(p => Address(p) == $"{d.Address}")).Select(p => (int?)p["node"] ?? -1).Where(n => n >= 0).ToList();
        if (cards.Count > 0 && cards[0] != node[0] && cores.Any(c => !c.Contains(0) && Node(machine, c[0]) == cards[0]))
            yield return $"6: the guest is on node {node[0]}, and its card on node {cards[0]}";
        var near = cores.Where(c => !c.Contains(0) && Node(machine, c[0]) == node[0]).ToList();
        var mine = near.Count(c => c.Any(pinned.Contains));
        if (mine < Math.Min((near.Count + 1) / 2, Math.Max(1, near.Count - 1)))
            yield return $"6: {mine} of {near.Count} cores to be had are the guest's";
    }

    // A display in a slot or soldered down with a port of its own: not the processor's, the chipset's, a BMC's, a hypervisor's.
    private static bool IsCard(JsonObject p, Dictionary<string, JsonObject> pci)
    {
        var slot = Address(p)[..^2];
        return p["parent"] is { } parent
            && !Bmc.Contains(Vendor(p)) && !Virtual.Contains(Vendor(p))
            && !pci.Values.Any(o => Address(o)[..^2] == slot && Vendor(o) == "1022")
            && !(pci.TryGetValue((string)parent!, out var above) && Vendor(above) == "1022" && Address(above) is var at && (at.Contains(":07.", StringComparison.Ordinal) || at.Contains(":08.", StringComparison.Ordinal)) && above["parent"] is null);
    }

    private static HashSet<int> Pinned(MachineSpec spec) => [.. spec.Guests[0].Cpus.Pin?.Sets.SelectMany(s => s.Cpus) ?? []];

    private static List<List<int>> Cores(RealMachine machine) =>
        [.. Online(machine).GroupBy(c => ((int)c["package"]!, (int?)c["die"] ?? 0, (int)c["core"]!, (int?)c["node"] ?? 0)).Select(g => g.Select(c => (int)c["number"]!).Order().ToList())];

    private static int Node(RealMachine machine, int cpu) => (int?)Online(machine).First(c => (int)c["number"]! == cpu)["node"] ?? 0;

    private static IEnumerable<JsonObject> Online(RealMachine machine) => machine.Json["cpu"]!["cpus"]!.AsArray().Select(c => c!.AsObject()).Where(c => (bool?)c["online"] != false);

    private static string Address(JsonObject p) => (string)p["address"]!;

    private static string Class(JsonObject p) => (string)p["class"]!;

    private static string Vendor(JsonObject p) => ((string)p["id"]!)[..4];
}
