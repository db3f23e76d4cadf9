using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>The inputs of <c>libvirt:index/domain:Domain</c>: defaults, rules, and what a change of each means.</summary>
internal static class DomainInputs
{
    public const string Name = "name";
    public const string Memory = "memory";
    public const string Vcpu = "vcpu";
    public const string Running = "running";
    public const string Autostart = "autostart";

    /// <summary>Where the Pulumi bridge to Terraform providers records which inputs are defaults of its own.</summary>
    public const string DefaultsMark = "__defaults";

    private const string Place = "the embedded engine cannot do it; use the pulumi CLI with the official provider for that";

    private static readonly PropertyMap Defaults = PropertyMap.Of(
        ("fwCfgName", "opt/com.coreos/config"), (Memory, 512.0), (Running, true), ("type", "kvm"), (Vcpu, 1.0));

    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        "arch", Autostart, "bootDevices", "cloudinit", "cmdlines", "consoles", "coreosIgnition", "cpu", "description", "disks", "emulator", "filesystems", "firmware",
        "fwCfgName", "graphics", "initrd", "kernel", "machine", Memory, "metadata", Name, "networkInterfaces", "nvram", "qemuAgent", Running, "tpm", "type", Vcpu,
        "video", "xml", DefaultsMark);

    // A change of anything else is accepted and does nothing, or is done in place.
    private static readonly ImmutableArray<PropertyPath> Replacing =
    [
        .. new[] { Name, "description", Memory, Vcpu, "firmware", "nvram", "tpm", "graphics", "xml", "fwCfgName", "filesystems", "cmdlines", "consoles" }.Select(PropertyPath.Root.Append),
    ];

    private static readonly ImmutableArray<string> Counts = [Memory, Vcpu];

    private static readonly ImmutableArray<string> NotOfferedAtAll = ["cloudinit", "coreosIgnition"];

    private static readonly FrozenDictionary<string, ImmutableArray<string>> NotOffered = new Dictionary<string, ImmutableArray<string>>
    {
        ["disks"] = ["volumeId", "url"],
        ["networkInterfaces"] = ["networkId", "hostname", "addresses", "waitForLease"],
    }.ToFrozenDictionary();

    /// <summary>Fills in defaults and a name of its own where none is given, and reports what is wrong.</summary>
    /// <param name="resourceName">The logical name, from which one is made.</param>
    public static PropertyMap Check(PropertyMap? old, PropertyMap inputs, string resourceName, List<CheckProblem> problems)
    {
        foreach (var key in inputs.Keys.Where(k => !Known.Contains(k)))
            problems.Add(new(key, "a domain has no such input"));
        foreach (var key in NotOfferedAtAll.Where(k => inputs.Get(k) is not null))
            problems.Add(new(key, Place));
        foreach (var (key, fields) in NotOffered)
        {
            foreach (var (item, i) in DomainDevices.Maps(inputs, key).Select((m, i) => (m, i)))
                problems.AddRange(fields.Where(f => item.Get(f) is { } value && value.AsBool != false).Select(f => new CheckProblem($"{key}[{i}].{f}", Place)));
        }
        foreach (var key in Counts)
        {
            if (inputs.Get(key) is { } value && value is not PropertyUnknown && value.AsNumber is not (>= 1 and <= int.MaxValue))
                problems.Add(new(key, $"'{value}' is out of range; expected a whole number of at least 1"));
        }
        foreach (var (disk, i) in DomainDevices.Maps(inputs, "disks").Select((d, i) => (d, i)))
        {
            if (disk.Get("file") is null && disk.Get("blockDevice") is null && disk.Get("volumeId") is null && disk.Get("url") is null)
                problems.Add(new($"disks[{i}]", "expected a file or a blockDevice"));
        }
        if (inputs.GetMap("graphics")?.GetString("type") is { } graphics && graphics is not ("spice" or "vnc" or "none"))
            problems.Add(new("graphics.type", $"'{graphics}' is none of spice, vnc, none"));
        if (inputs.GetMap("xml")?.GetString("xslt") is { } xslt && Stylesheet.Problem(xslt) is { } problem)
            problems.Add(new("xml.xslt", problem));
        return WithDefaults(old, PropertyMap.Of(inputs.Where(e => !e.Value.IsNull)), resourceName);
    }

    /// <summary>Every change; one that the official provider cannot do in place replaces, and deletes first where the name was chosen by the program.</summary>
    public static DiffResult Diff(PropertyMap old, PropertyMap @new) =>
        DiffResult.OfInputs(WithoutMarks(old), WithoutMarks(@new), Replacing, deleteBeforeReplace: !HasOwnName(@new));

    /// <summary>The inputs as a program gave them, and the defaults as such.</summary>
    public static PropertyMap WithoutMarks(PropertyMap map) => PropertyMap.Of(map.Where(e => e.Key != DefaultsMark).Select(e => KeyValuePair.Create(e.Key, WithoutMarks(e.Value))));

    private static PropertyValue WithoutMarks(PropertyValue value) => value switch
    {
        PropertyMap map => WithoutMarks(map),
        PropertyList list => PropertyValue.List(list.Items.Select(WithoutMarks)),
        _ => value,
    };

    private static PropertyMap WithDefaults(PropertyMap? old, PropertyMap inputs, string resourceName)
    {
        var filled = Defaults.Merge(inputs);
        var marks = Defaults.Keys.Where(k => !inputs.ContainsKey(k)).ToList();
        if (!inputs.ContainsKey(Name))
        {
            marks.Add(Name);
            filled = filled.With(Name, old is not null && HasOwnName(old) && old.GetString(Name) is { } kept ? kept : $"{resourceName}-{RandomNumberGenerator.GetHexString(7, lowercase: true)}");
        }
        return filled.With(DefaultsMark, PropertyValue.List(marks.Order(StringComparer.Ordinal).Select(m => (PropertyValue)m)));
    }

    /// <summary>Whether the name was made here, so that old and new can be there at once.</summary>
    private static bool HasOwnName(PropertyMap inputs) => inputs.GetList(DefaultsMark)?.Items.Any(i => i.AsString == Name) == true;
}
