using System.Text.Json.Nodes;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>Changes that make another machine of a recorded one: what its owner might have in it, or how its kernel might show it.</summary>
internal static class MachineChanges
{
    public static IReadOnlyDictionary<string, Func<RealMachine, RealMachine>> All { get; } = new Dictionary<string, Func<RealMachine, RealMachine>>(StringComparer.Ordinal)
    {
        ["the other display boots"] = m => m.With("the other display boots", j =>
        {
            var displays = Displays(j);
            var boot = displays.FindIndex(d => (bool?)d["bootVga"] == true);
            foreach (var d in displays)
                d.Remove("bootVga");
            if (displays.Count > 0)
                displays[(boot + 1) % displays.Count]["bootVga"] = true;
        }),
        ["no display is known to boot"] = m => m.With("no display is known to boot", j => Displays(j).ForEach(d => d.Remove("bootVga"))),
        ["all names are missing"] = m => m.With("all names are missing", j => Pci(j).ForEach(p => p["name"] = "")),
        ["the IOMMU is off"] = m => m.With("the IOMMU is off", j => Pci(j).ForEach(p => p.Remove("group"))),
        ["one group holds everything"] = m => m.With("one group holds everything", j => Pci(j).ForEach(p => p["group"] = 0)),
        ["every function has its own group"] = m => m.With("every function has its own group", j =>
        {
            var group = 0;
            Pci(j).ForEach(p => p["group"] = group++);
        }),
        ["with a BMC"] = m => m.With("with a BMC", j =>
        {
            Add(j, "0000:f0:1c.0", "060400", "8086:a190", null, 900);
            Add(j, "0000:f1:00.0", "060400", "1a03:1150", "0000:f0:1c.0", 901);
            Add(j, "0000:f2:00.0", "030000", "1a03:2000", "0000:f1:00.0", 901);
        }),
        ["without its processor's graphics"] = m => m.With("without its processor's graphics", j => Remove(j, p => Kind(p, "03") && (p["parent"] is null || Vendor(p) == "1002"))),
        ["without any display"] = m => m.With("without any display", j => Remove(j, p => Kind(p, "03"))),
        ["with one more card"] = m => m.With("with one more card", j =>
        {
            Add(j, "0000:f4:01.0", "060400", "8086:a2e7", null, 910);
            Add(j, "0000:f5:00.0", "030000", "10de:2684", "0000:f4:01.0", 911);
            Add(j, "0000:f5:00.1", "040300", "10de:22ba", "0000:f4:01.0", 911);
        }),
        ["with a card for computing"] = m => m.With("with a card for computing", j =>
        {
            Add(j, "0000:f4:01.0", "060400", "8086:a2e7", null, 910);
            Add(j, "0000:f5:00.0", "030200", "10de:2236", "0000:f4:01.0", 911);
        }),
        ["with an Arc whose sound is on another bus"] = m => m.With("with an Arc whose sound is on another bus", j =>
        {
            Add(j, "0000:f4:01.0", "060400", "8086:a2e7", null, 910);
            Add(j, "0000:f5:00.0", "060400", "8086:4fa0", "0000:f4:01.0", 911);
            Add(j, "0000:f6:01.0", "060400", "8086:4fa4", "0000:f5:00.0", 912);
            Add(j, "0000:f6:04.0", "060400", "8086:4fa4", "0000:f5:00.0", 913);
            Add(j, "0000:f7:00.0", "030000", "8086:56a0", "0000:f6:01.0", 914);
            Add(j, "0000:f8:00.0", "040300", "8086:4f90", "0000:f6:04.0", 915);
        }),
        ["with a USB card that has the only keyboard"] = m => m.With(
            "with a USB card that has the only keyboard",
            j =>
            {
                Add(j, "0000:f4:02.0", "060400", "8086:a2e8", null, 920);
                Add(j, "0000:f9:00.0", "0c0330", "1b21:2142", "0000:f4:02.0", 921);
            },
            new Dictionary<string, IReadOnlyList<string>> { ["0000:f9:00.0"] = ["keyboard: Model M"] }),
        ["with a dock that is plugged in"] = m => m.With("with a dock that is plugged in", j =>
        {
            Add(j, "0000:f4:03.0", "060400", "8086:a2e9", null, 930);
            Add(j, "0000:fa:00.0", "060400", "8086:15ea", "0000:f4:03.0", 931);
            Add(j, "0000:fb:00.0", "060400", "8086:15ea", "0000:fa:00.0", 932);
            Add(j, "0000:fb:02.0", "060400", "8086:15ea", "0000:fa:00.0", 933);
            Add(j, "0000:fc:00.0", "088000", "8086:15eb", "0000:fb:00.0", 934, "thunderbolt");
            Add(j, "0000:fd:00.0", "0c0330", "8086:15ec", "0000:fb:02.0", 935);
            Add(j, "0000:fd:01.0", "0c0330", "1b73:1100", "0000:fb:02.0", 935);
        }),
        ["its root is behind VMD"] = m => m.With("its root is behind VMD", j =>
        {
            Add(j, "0000:f4:0e.0", "010400", "8086:467f", null, 940);
            Add(j, "10001:e0:06.0", "060400", "8086:464d", "0000:f4:0e.0", 940);
            Add(j, "10001:e1:00.0", "010802", "144d:a80a", "10001:e0:06.0", 940);
            foreach (var disk in j["disks"]!.AsArray())
                disk!["controller"] = "10001:e1:00.0";
        }),
        ["every second thread is off"] = m => m.With("every second thread is off", j =>
        {
            foreach (var core in Cpus(j).GroupBy(c => ((int)c["package"]!, (int)c["core"]!)))
            {
                foreach (var thread in core.Skip(1))
                {
                    thread["online"] = false;
                    (thread["core"], thread["package"], thread["sharedCache"]) = (0, 0, "");
                }
            }
        }),
        ["with as many slow cores"] = m => m.With("with as many slow cores", j =>
        {
            var (cpus, next) = (Cpus(j), Cpus(j).Count);
            j["cpu"]!["vendor"] = "GenuineIntel";
            for (var i = 0; i < Math.Min(cpus.Count, 16); i++)
            {
                var slow = cpus[0].DeepClone().AsObject();
                (slow["number"], slow["core"]) = (next + i, 1000 + i);
                j["cpu"]!["cpus"]!.AsArray().Add(slow);
            }
        }),
        ["without its card"] = m => m.With("without its card", j =>
        {
            var slots = Displays(j).Where(d => d["parent"] is not null && Vendor(d) is "10de" or "1002").Select(Slot).ToHashSet();
            Remove(j, p => slots.Contains(Slot(p)) && Vendor(p) != "1022");
        }),
        ["with a Radeon behind a switch of its own"] = m => m.With("with a Radeon behind a switch of its own", j =>
        {
            Add(j, "0000:f4:01.0", "060400", "8086:a2e7", null, 910);
            Add(j, "0000:f5:00.0", "060400", "1002:1478", "0000:f4:01.0", 911);
            Add(j, "0000:f6:00.0", "060400", "1002:1479", "0000:f5:00.0", 912);
            Add(j, "0000:f7:00.0", "030000", "1002:744c", "0000:f6:00.0", 913);
            Add(j, "0000:f7:00.1", "040300", "1002:ab30", "0000:f6:00.0", 914);
            Add(j, "0000:f7:00.2", "0c0330", "1002:7446", "0000:f6:00.0", 915);
            Add(j, "0000:f7:00.3", "0c8000", "1002:7444", "0000:f6:00.0", 916);
        }),
        ["with two cards alike"] = m => m.With("with two cards alike", j =>
        {
            foreach (var (port, bus, group) in ((string, string, int)[])[("f4", "f5", 910), ("f8", "f9", 920)])
            {
                Add(j, $"0000:{port}:01.0", "060400", "8086:a2e7", null, group);
                Add(j, $"0000:{bus}:00.0", "030000", "10de:2684", $"0000:{port}:01.0", group + 1);
                Add(j, $"0000:{bus}:00.1", "040300", "10de:22ba", $"0000:{port}:01.0", group + 1);
            }
        }),
        ["with a card in a box on a Thunderbolt port"] = m => m.With("with a card in a box on a Thunderbolt port", j =>
        {
            Add(j, "0000:f4:03.0", "060400", "8086:a2e9", null, 930);
            Add(j, "0000:fa:00.0", "060400", "8086:15ea", "0000:f4:03.0", 931);
            Add(j, "0000:fb:00.0", "060400", "8086:15ea", "0000:fa:00.0", 932);
            Add(j, "0000:fb:01.0", "060400", "8086:15ea", "0000:fa:00.0", 933);
            Add(j, "0000:fc:00.0", "088000", "8086:15eb", "0000:fb:00.0", 934, "thunderbolt");
            Add(j, "0000:fd:00.0", "030000", "10de:2684", "0000:fb:01.0", 935)["name"] = Box;
            Add(j, "0000:fd:00.1", "040300", "10de:22ba", "0000:fb:01.0", 935)["name"] = Box;
        }),
        ["with a card the kernel calls removable"] = m => m.With("with a card the kernel calls removable", j =>
        {
            Add(j, "0000:f4:01.0", "060400", "8086:a2e7", null, 910);
            Add(j, "0000:f5:00.0", "030000", "10de:2684", "0000:f4:01.0", 911)["removable"] = true;
            Add(j, "0000:f5:00.1", "040300", "10de:22ba", "0000:f4:01.0", 911)["removable"] = true;
        }),
        ["with a USB card that nothing hangs on"] = m => m.With("with a USB card that nothing hangs on", j =>
        {
            Add(j, "0000:f4:02.0", "060400", "8086:a2e8", null, 920);
            Add(j, "0000:f9:00.0", "0c0330", "1912:0014", "0000:f4:02.0", 921);
        }),
        ["no output has a monitor"] = m => m.With("no output has a monitor", j => Displays(j).ForEach(d => d["connectors"] = new JsonArray(new JsonObject { ["name"] = "DP-1", ["connected"] = false }))),
        ["the displays that do not boot have no outputs"] = m => m.With("the displays that do not boot have no outputs", j =>
            Displays(j).Where(d => (bool?)d["bootVga"] != true).ToList().ForEach(d => d["connectors"] = new JsonArray())),
        ["its connection is over a bond"] = m => m.With("its connection is over a bond", j =>
        {
            var network = j["network"]!;
            var links = network["links"]!.AsArray().Select(l => l!.AsObject()).ToList();
            if (links.FirstOrDefault(l => l["pci"] is not null && l["addresses"]?.AsArray().Any(a => ((string)a!).StartsWith($"{network["sshServerAddress"]}/", StringComparison.Ordinal)) == true) is not { } session)
                return;
            var ports = links.Where(l => l["pci"] is not null).ToList();
            network["links"]!.AsArray().Add(new JsonObject { ["name"] = "bond0", ["mac"] = "02:00:00:00:ff:01", ["state"] = "up", ["mtu"] = 1500, ["kind"] = "bond", ["addresses"] = session["addresses"]!.DeepClone(), ["lower"] = new JsonArray([.. ports.Select(l => JsonValue.Create((string)l["name"]!))]) });
            ports.ForEach(l => (l["addresses"], l["master"]) = (new JsonArray(), "bond0"));
            foreach (var route in network["defaultRoutes"]!.AsArray())
                route!["link"] = "bond0";
        }),
        ["devices say which node they are on"] = m => m.With("devices say which node they are on", j =>
        {
            var nodes = Cpus(j).Select(c => (int?)c["node"] ?? 0).Distinct().Order().ToList();
            Pci(j).ForEach(p => p["node"] = nodes[(Convert.ToInt32(((string)p["address"]!).Split(':')[1], 16) * nodes.Count / 256) % nodes.Count]);
        }),
        ["a hybrid processor without SMT"] = m => m.With("a hybrid processor without SMT", j =>
        {
            var cores = Cpus(j).GroupBy(c => ((int)c["package"]!, (int?)c["die"] ?? 0, (int)c["core"]!, (int?)c["node"] ?? 0)).Select(g => g.ToList()).ToList();
            j["cpu"]!["vendor"] = "GenuineIntel";
            foreach (var (core, i) in cores.Select((c, i) => (c, i)))
            {
                core[0]["kind"] = i < (cores.Count + 1) / 2 ? "performance" : "efficient";
                foreach (var thread in core.Skip(1))
                    j["cpu"]!["cpus"]!.AsArray().Remove(thread);
            }
        }),
        ["cores of unlike capacity"] = m => m.With("cores of unlike capacity", j =>
        {
            foreach (var (core, i) in Cpus(j).GroupBy(c => ((int)c["package"]!, (int?)c["die"] ?? 0, (int)c["core"]!, (int?)c["node"] ?? 0)).Select((c, i) => (c, i)))
            {
                foreach (var thread in core)
                    thread["capacity"] = i % 3 == 2 ? 512 : 1024 - (i % 3 * 30);
            }
        }),
        ["with a cache for every two cores"] = m => m.With("with a cache for every two cores", j =>
        {
            foreach (var (core, i) in Cpus(j).GroupBy(c => ((int)c["package"]!, (int)c["core"]!)).Select((c, i) => (c, i)))
            {
                foreach (var thread in core)
                    thread["sharedCache"] = $"{core.Key.Item1}.{i / 2}";
            }
        }),
    };

    /// <summary>What is in a box of its own, by its name.</summary>
    public const string Box = "NVIDIA Corporation AD102 [in a box]";

    private static List<JsonObject> Pci(JsonObject facts) => [.. facts["pci"]!.AsArray().Select(p => p!.AsObject())];

    private static List<JsonObject> Displays(JsonObject facts) => [.. Pci(facts).Where(p => Kind(p, "03"))];

    private static List<JsonObject> Cpus(JsonObject facts) => [.. facts["cpu"]!["cpus"]!.AsArray().Select(c => c!.AsObject())];

    private static bool Kind(JsonObject p, string start) => ((string)p["class"]!).StartsWith(start, StringComparison.Ordinal);

    private static string Vendor(JsonObject p) => ((string)p["id"]!)[..4];

    private static string Slot(JsonObject p) => ((string)p["address"]!)[..^2];

    private static void Remove(JsonObject facts, Func<JsonObject, bool> which)
    {
        foreach (var p in Pci(facts).Where(which))
            facts["pci"]!.AsArray().Remove(p);
    }

    // Groups are only there where the machine has some.
    private static JsonObject Add(JsonObject facts, string address, string kind, string id, string? parent, int group, string driver = "")
    {
        var added = new JsonObject { ["address"] = address, ["id"] = id, ["class"] = kind, ["name"] = "", ["driver"] = driver, ["modules"] = new JsonArray() };
        if (parent is not null)
            added["parent"] = parent;
        if (Pci(facts).Any(p => p["group"] is not null))
            added["group"] = group;
        facts["pci"]!.AsArray().Add(added);
        return added;
    }
}
