using System.Globalization;
using System.Text;

namespace PassthroughInfra.Component.Facts;

/// <summary>The probe's output is not what the probe prints: cut short, or from something else.</summary>
public sealed class ProbeException(string message) : Exception(message);

/// <summary>Reads what probe.sh prints.</summary>
public static class ProbeParser
{
    private static readonly char[] Space = [' '];

    // What Linux asks for before it takes devices for isolated (drivers/pci, REQ_ACS_FLAGS): source validation, request redirect,
    // completion redirect, upstream forwarding; each only where the port can control it.
    private const int AcsNeeded = 0x01 | 0x04 | 0x08 | 0x10;

    /// <summary>Reads a whole reading.</summary>
    /// <exception cref="ProbeException">It is incomplete or malformed.</exception>
    public static HostFacts Parse(string text)
    {
        var rows = Rows.From(text);
        if (rows.All("end").Count == 0)
        {
            throw new ProbeException("the reading of the host was cut short");
        }

        try
        {
            return Read(rows);
        }
        catch (FormatException e)
        {
            throw new ProbeException("the reading of the host cannot be understood: " + e.Message);
        }
    }

    private static HostFacts Read(Rows rows)
    {
        var names = rows.All("name").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.First()[2]);
        var sriov = rows.All("sriov").ToLookup(r => r[1]);
        var ports = rows.All("port").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.First());
        var devices = new DeviceRows(rows);
        var changers = rows.All("changer").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.Select(r => new ChangedBy(Long(r[2]), r[3], r[4], r[5])).First());

        // Linux shows reset_method only for functions that can be reset, since 5.15: where none shows it, the kernel is too old to say.
        var saysReset = rows.All("pci").Any(r => r[11].Length > 0);
        return new()
        {
            System = ReadSystem(rows),
            Boot = ReadBoot(rows),
            Cpu = ReadCpu(rows),
            Memory = ReadMemory(rows),
            Isolation = ReadIsolation(rows),
            Pci = devices.Named([.. rows.All("pci").Select(r => devices.Complete(ReadPci(r, names, sriov, ports.GetValueOrDefault(r[1]), saysReset))).OrderBy(p => p.Address)]),
            Usb = rows.All("usbs").Count == 0 ? null : [.. rows.All("usb").Select(r => new UsbFacts(PciAddress.Parse(r[1]), r[2], r[4].Trim(), Words(r[3]))).OrderBy(u => u.Controller).ThenBy(u => u.Id, StringComparer.Ordinal)],
            GroupTypes = rows.All("group").ToDictionary(r => Int(r[1]), r => r[2]),
            Network = ReadNetwork(rows),
            Disks = [.. rows.All("disk").Select(r => new DiskFacts(r[1], r[2], PciAddress.Parse(r[3]))).Distinct()],
            OtherDisks = rows.All("storage").Count == 0 ? null : [.. ReadOtherDisks(rows).Distinct()],
            Display = new()
            {
                Framebuffers = [.. rows.All("framebuffer").Select(r => r[2])],
                DrmDevices = [.. rows.All("drm").Select(r => r[2])],
            },
            Services = new()
            {
                DefaultTarget = rows.One("target")[1],
                States = rows.All("service").ToDictionary(r => r[1], r => r[2]),
            },
            Packages = [.. rows.All("package").Select(r => new PackageFacts(r[1], r[2] == "installed", r[3]))],
            Files = [.. rows.All("file").Select(r => ReadFile(r) with { ChangedBy = changers.GetValueOrDefault(r[1]) }).DistinctBy(f => f.Path)],
            Receipts = [.. rows.Text("receipt").GroupBy(l => l.Name, l => l.Line).Select(g => Receipt.Parse(g.Key, g)).OfType<Receipt>()],
            Originals = [.. rows.Text("kept").Select(l => l.Line)],
            Interrupted = rows.All("interrupted").Select(r => r[1]).FirstOrDefault() ?? "",
            Scripts = rows.All("scripts").Select(r => r[1]).FirstOrDefault() ?? "",
            BootCheck = ReadBootCheck(rows),
            KernelMessages = [.. rows.Text("message").Select(l => l.Line)],
            HandMade = HandMadeRows.Read(rows),
            Guest = GuestRows.Read(rows),
        };
    }

    private static SystemFacts ReadSystem(Rows rows)
    {
        var os = rows.One("os");
        var machine = rows.One("machine");
        return new()
        {
            Distribution = os[1],
            Version = os[2],
            Codename = os[3],
            PrettyName = os[4],
            Product = rows.One("product")[1],
            Architecture = os[5],
            HostName = rows.One("hostname")[1],
            Machine = string.Join(' ', Enumerable.Range(1, 4).Select(i => machine[i]).Where(t => t.Length > 0).Distinct()),
            Chassis = Int(rows.One("chassis")[1]),
            Uefi = rows.One("firmware")[1] == "uefi",
            Virtualization = rows.One("virtualization")[1],
            AcpiTables = [.. rows.All("acpi").Select(r => r[1])],
            Tools = [.. rows.All("tool").Select(r => r[1])],
            UserId = Int(rows.One("uid")[1]),
        };
    }

    private static BootFacts ReadBoot(Rows rows)
    {
        var boot = rows.One("boot");
        var free = rows.One("bootfree");
        return new()
        {
            BootId = boot[1],
            StartedAt = Long(boot[2]),
            ReadAt = Long(boot[3]),
            Kernel = rows.One("kernel")[1],
            CommandLine = rows.WholeText("cmdline")?.Trim() ?? "",
            Kernels =
            [
                .. rows.All("installed").Select(r => new KernelFacts
                {
                    Release = r[1],
                    VfioPci = r[2] switch { "builtin" => VfioPresence.Builtin, "module" => VfioPresence.Module, _ => VfioPresence.Missing },
                    InitramfsBytes = Long(r[3]),
                    InitramfsMadeAt = Long(r[4]),
                    InitramfsConfiguration = r[5],
                    InitramfsNotedAt = Long(r[6]),
                }),
            ],
            Hypervisor = rows.All("hypervisor").Select(r => r[1]).FirstOrDefault() ?? "",
            Loader = rows.One("LoaderInfo")[1],
            Stub = rows.One("StubInfo")[1],
            InitramfsMakers = rows.All("initramfs").Select(r => Words(r[1])).FirstOrDefault(),
            ModuleRules = [.. rows.Text("modprobe").Select(l => new FileLine(l.Name, l.Line.Trim()))],
            GrubSettings = [.. rows.Text("grubline").Select(l => new FileLine(l.Name, l.Line.Trim()))],
            GrubConfigMadeAt = Long(rows.One("grubcfg")[1]),
            Entries = [.. rows.All("entry").Select(r => new GrubEntry(r[1], r[2]))],
            GrubEnvironment = rows.All("grubenv").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.Last()[2]),
            FreeKiB = Long(free[1]),
            Mount = free[2],
            GrubDevice = rows.One("grubdisk")[1],
            GrubFileSystem = rows.One("grubdisk")[2],
            Verified = rows.WholeText("verified")?.Trim(),
            Trial = rows.All("trial").Select(ReadTrial).FirstOrDefault(),
            Tried = rows.Text("tried").Select(l => l.Line).ToList() is [var tried, .. var reasons] ? new(tried, reasons) : null,
        };
    }

    private static BootCheckFacts? ReadBootCheck(Rows rows)
    {
        var held = rows.Text("held").GroupBy(l => l.Name, l => l.Line).Select(g => new HeldGuest(g.Key, Long(g.First()), [.. g.Skip(1)])).ToList();
        var released = rows.All("released").Select(r => r[1]).ToList();
        var refused = rows.All("refused").Select(r => r[1]).ToList();
        var notes = rows.Text("bootnote").Select(l => l.Line).ToList();
        return held.Count + released.Count + refused.Count + notes.Count == 0 ? null : new() { Held = held, Released = released, Refused = refused, Notes = notes };
    }

    private static TrialFacts ReadTrial(Row row) => new()
    {
        State = row[1] switch { "running" => TrialState.Running, "armed" => TrialState.Armed, "failed" => TrialState.Failed, _ => TrialState.Prepared },
        EarlyDigest = row[2],
        Unverified = row[3] == "1",
        Arguments = row.From(4).Trim(),
    };

    private static CpuFacts ReadCpu(Rows rows)
    {
        var cpu = rows.One("cpu");
        var kinds = new Dictionary<int, CoreKind>();
        foreach (var (word, kind) in ((string, CoreKind)[])[("core", CoreKind.Performance), ("atom", CoreKind.Efficient), ("lowpower", CoreKind.LowPower)])
        {
            foreach (var number in rows.All("cputype").Where(r => r[1] == word).SelectMany(r => CpuSet.TryRead(r[2], out var set) ? set.Cpus : []))
            {
                kinds[number] = kind;
            }
        }

        return new()
        {
            Vendor = cpu[1],
            Model = cpu[2],
            VirtualizationFlag = cpu[3],
            Cpus =
            [
                .. rows.All("core").Select(r => new LogicalCpu
                {
                    Number = Int(r[1]),
                    Package = Int(r[2]),
                    Die = Int(r[3]),
                    Core = Int(r[4]),
                    Node = Int(r[5]),
                    Online = r[6] != "0",
                    SharedCache = r[7],
                    SharedCacheKiB = r[8].EndsWith('K') ? Long(r[8][..^1]) : 0,
                    Siblings = r[9],
                    Kind = kinds.GetValueOrDefault(Int(r[1])),
                    Capacity = Int(r[10]),
                }).OrderBy(c => c.Number),
            ],
        };
    }

    private static MemoryFacts ReadMemory(Rows rows)
    {
        var memory = rows.One("memory");
        var pages = rows.All("hugepages").ToLookup(r => r[1], r => new HugePageFacts(Long(r[2]), Long(r[3]), Long(r[4])));
        return new()
        {
            TotalKiB = Long(memory[1]),
            AvailableKiB = Long(memory[2]),
            Nodes =
            [
                .. rows.All("node").Select(r => new NodeFacts
                {
                    Number = Int(r[1]),
                    TotalKiB = Long(r[2]),
                    FreeKiB = Long(r[3]),
                    Cpus = r[4],
                    HugePages = [.. pages[r[1]].OrderBy(p => p.SizeKiB)],
                }).OrderBy(n => n.Number),
            ],
        };
    }

    private static IsolationFacts ReadIsolation(Rows rows) =>
        rows.All("isolation") is not [var row, ..] ? new() : new()
        {
            Isolated = row[1],
            NoHzFull = row[2] is "(null)" ? "" : row[2],
            UnifiedCgroups = row[3] == "yes",
            ServiceCpus = row[4],
            RunningGuests = [.. rows.All("running").Select(r => r[1]).Order(StringComparer.Ordinal)],
        };

    private static PciFacts ReadPci(Row row, Dictionary<string, string> names, ILookup<string, Row> sriov, Row? port, bool saysReset) => new()
    {
        VfOffset = sriov[row[1]].Select(s => Int(s[2])).FirstOrDefault(),
        VfStride = sriov[row[1]].Select(s => Int(s[3])).FirstOrDefault(),
        VfDevice = sriov[row[1]].Select(s => s[4]).FirstOrDefault("").PadLeft(4, '0') is var id && id != "0000" ? id : "",
        Address = PciAddress.Parse(row[1]),
        Id = PciId.Parse(row[2]),
        Subsystem = PciId.TryRead(row[3], out var subsystem) ? subsystem : default,
        Class = row[4],
        Driver = row[5],
        Group = row[6].Length > 0 ? Int(row[6]) : null,
        Node = row[7].Length > 0 ? Int(row[7]) : -1,
        BootVga = row[8].Length > 0 ? row[8] == "1" : null,
        TotalVfs = Int(row[9]),
        NumVfs = Int(row[10]),
        ResetMethods = saysReset ? Words(row[11]) : null,
        DriverOverride = row[12] == "(null)" ? "" : row[12],
        Modules = Words(row[13]),
        Parent = PciAddress.TryRead(row[14], out var parent) ? parent : null,
        Port = port?[2] switch { null => PciPort.None, "4" => PciPort.RootPort, "5" => PciPort.UpstreamPort, "6" => PciPort.DownstreamPort, _ => PciPort.ConventionalBridge },
        Acs = port is null || port[2].Length == 0 ? null : port[3].Length > 0 && (Int(port[3]) & AcsNeeded & ~Int(port[4])) == 0,
        Rom = row[15] == "1",
        PhysicalFunction = PciAddress.TryRead(row[16], out var physical) ? physical : null,
        Removable = row[17] switch { "removable" => true, "fixed" => false, _ => null },
        Name = names.GetValueOrDefault(row[2], ""),
    };

    private static NetworkFacts ReadNetwork(Rows rows)
    {
        var addresses = rows.All("address").Where(r => r[3] != "link").ToLookup(r => r[1], r => r[2]);
        var vlans = rows.All("vlan").ToDictionary(r => r[1], r => Int(r[2]));
        return new()
        {
            SshClientAddress = rows.One("ssh")[1],
            SshServerAddress = rows.One("ssh")[2],
            SshRoute = rows.One("ssh")[3],
            Tunnels = [.. rows.All("tunnel").Select(r => new TunnelFacts(r[1], r[2], r[3]))],
            GuestPorts = [.. rows.All("guestport").Select(r => new GuestPortFacts(r[1], r[2], r[3]))],
            DefaultRoutes = [.. rows.All("route").Select(r => new RouteFacts(r[1], r[2]))],
            Links =
            [
                .. rows.All("link").Select(r => new LinkFacts
                {
                    Name = r[1],
                    Mac = r[2],
                    State = r[3],
                    Mtu = Int(r[4]),
                    Pci = PciAddress.TryRead(r[5], out var pci) ? pci : null,
                    Master = r[6],
                    Kind = r[7],
                    Lower = Words(r[8]),
                    Enabled = r[9] != "off",
                    IsHardware = r[10] switch { "yes" => true, "no" => false, _ => null },
                    NetworkFile = r[11],
                    VlanId = vlans.TryGetValue(r[1], out var id) ? id : null,
                    Addresses = [.. addresses[r[1]]],
                }),
            ],
        };
    }

    private static IEnumerable<OtherDiskFacts> ReadOtherDisks(Rows rows) =>
    [
        .. rows.All("disk-elsewhere").Select(r => new OtherDiskFacts(r[1], r[2], DiskPlace.Elsewhere)),
        .. rows.All("disk-network").Select(r => new OtherDiskFacts(r[1], r[2], DiskPlace.Network, r[3], r[4])),
        .. rows.All("disk-unknown").Select(r => new OtherDiskFacts(r[1], r[2], DiskPlace.Unknown, "", r[3])),
    ];

    private static FileFacts ReadFile(Row row) => row[2] switch
    {
        "absent" => new() { Path = row[1], Kind = FileKind.Absent },
        "link" => new() { Path = row[1], Kind = FileKind.Link, Content = row[3] },
        "other" => new() { Path = row[1], Kind = FileKind.Other },
        _ => new() { Path = row[1], Kind = FileKind.Regular, Mode = row[2], Owner = row[3], Content = Decode(row[4]), ModifiedAt = Long(row[5]) },
    };

    internal static string[] Words(string text) => text.Split(Space, StringSplitOptions.RemoveEmptyEntries);

    internal static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    private static int Int(string text) => (int)Long(text);

    internal static long Long(string text) =>
        text.Length == 0 ? 0 : long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    internal sealed class Row(string[] fields)
    {
        public string this[int index] => index < fields.Length ? fields[index] : "";

        /// <summary>What begins with a field and goes on to the end of the line, tabs included.</summary>
        public string From(int index) => string.Join('\t', fields.Skip(index));
    }

    internal sealed class Rows(ILookup<string, Row> rows)
    {
        public static Rows From(string text) =>
            new(text.Split('\n').Select(l => l.Split('\t')).ToLookup(f => f[0], f => new Row(f)));

        public List<Row> All(string kind) => [.. rows[kind]];

        public Row One(string kind) => rows[kind].FirstOrDefault() ?? new Row([]);

        /// <summary>The lines of a kind of text, each with the name of what it is of.</summary>
        public IEnumerable<(string Name, string Line)> Text(string kind) => rows["text"].Where(r => r[1] == kind).Select(r => (r[2], r.From(3)));

        /// <summary>The text of a kind that there is one of, or one for each name; null where there is none.</summary>
        public string? WholeText(string kind, string name = "") => Text(kind).Where(l => l.Name == name).Select(l => l.Line).ToList() is { Count: > 0 } lines ? string.Join('\n', lines) : null;
    }
}
