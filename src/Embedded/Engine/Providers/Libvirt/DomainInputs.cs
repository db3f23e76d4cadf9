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

    private const string NotHere = "the embedded engine has no such input of a domain: give the document by a stylesheet (xml.xslt), or use the pulumi CLI with the official provider";

    // The last two stand for nothing; the bridge to the Terraform provider fills them in all the same.
    private static readonly PropertyMap Defaults = PropertyMap.Of(
        (Memory, 512.0), (Running, true), ("type", "kvm"), (Vcpu, 1.0), ("coreosIgnition", ""), ("fwCfgName", "opt/com.coreos/config"));

    private static readonly ImmutableArray<string> WithoutMeaning = ["coreosIgnition", "fwCfgName"];

    private static readonly FrozenSet<string> Offered = FrozenSet.Create(
        "arch", Autostart, "description", "emulator", "firmware", "fwCfgName", "machine", Memory, Name, Running, "type", Vcpu, "xml", DefaultsMark);

    // A change of anything else is accepted and does nothing, or is done in place.
    private static readonly ImmutableArray<PropertyPath> Replacing =
        [.. new[] { Name, "description", Memory, Vcpu, "firmware", "xml", "fwCfgName" }.Select(PropertyPath.Root.Append)];

    private static readonly ImmutableArray<string> Counts = [Memory, Vcpu];

    /// <summary>Fills in defaults and a name of its own where none is given, and reports what is wrong.</summary>
    /// <param name="resourceName">The logical name, from which one is made.</param>
    public static PropertyMap Check(PropertyMap? old, PropertyMap inputs, string resourceName, List<CheckProblem> problems)
    {
        problems.AddRange(inputs.Where(e => !Offered.Contains(e.Key) && !e.Value.IsNull && !e.Value.Equals(Defaults.Get(e.Key))).Select(e => new CheckProblem(e.Key, NotHere)));
        foreach (var key in Counts)
        {
            if (inputs.Get(key) is { } value && value is not PropertyUnknown && value.AsNumber is not (>= 1 and <= int.MaxValue))
                problems.Add(new(key, $"'{value}' is out of range; expected a whole number of at least 1"));
        }
        if (inputs.GetMap("xml")?.GetString("xslt") is { } xslt && Stylesheet.Problem(xslt) is { } problem)
            problems.Add(new("xml.xslt", problem));
        return WithDefaults(old, PropertyMap.Of(inputs.Where(e => !e.Value.IsNull)), resourceName);
    }

    /// <summary>Every change; one that the official provider cannot do in place replaces, and deletes first where the name was chosen by the program.</summary>
    public static DiffResult Diff(PropertyMap old, PropertyMap @new) =>
        DiffResult.OfInputs(Meant(old), Meant(@new), Replacing, deleteBeforeReplace: !HasOwnName(@new));

    /// <summary>The inputs as a program gave them, and the defaults as such.</summary>
    public static PropertyMap WithoutMarks(PropertyMap map) => PropertyMap.Of(map.Where(e => e.Key != DefaultsMark).Select(e => KeyValuePair.Create(e.Key, WithoutMarks(e.Value))));

    /// <summary>What of the inputs is compared: a state that another engine, or an earlier one, wrote can lack a default or have one more.</summary>
    private static PropertyMap Meant(PropertyMap inputs) => PropertyMap.Of(WithoutMarks(inputs).Where(e => !WithoutMeaning.Contains(e.Key) || !e.Value.Equals(Defaults[e.Key])));

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
        if (filled.GetMap("xml") is { } xml)
            filled = filled.With("xml", xml.With(DefaultsMark, PropertyValue.List()));
        return filled.With(DefaultsMark, PropertyValue.List(marks.Order(StringComparer.Ordinal).Select(m => (PropertyValue)m)));
    }

    /// <summary>Whether the name was made here, so that old and new can be there at once.</summary>
    private static bool HasOwnName(PropertyMap inputs) => inputs.GetList(DefaultsMark)?.Items.Any(i => i.AsString == Name) == true;
}
