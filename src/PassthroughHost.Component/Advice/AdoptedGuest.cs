using System.Xml;
using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>Something of a domain that no key of a guest says.</summary>
/// <param name="Place">Where it stands in the domain: <c>devices/disk[vda]/driver</c>.</param>
/// <param name="Text">It, word for word; empty where the domain has nothing there and the guest would have something.</param>
public sealed record AdoptedRest(string Place, string Text);

/// <summary>
/// A domain that somebody made by hand, as a guest of a stack file. What no key says is told place by place, and is kept where the file has it under
/// <c>overrides</c>. Pure.
/// </summary>
public sealed record AdoptedGuest
{
    /// <summary>Its name in libvirt.</summary>
    public required string Name { get; init; }

    /// <summary>Why it cannot be taken over, with what to do; empty where it can.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>The guest as an entry of <c>guests</c>, with <c>adopt: true</c> and what the keys say.</summary>
    public StackMap Entry { get; init; } = new([]);

    /// <summary>The same with everything else under <c>overrides</c>: its definition means the same as before.</summary>
    public StackMap Whole { get; init; } = new([]);

    /// <summary>What no key says.</summary>
    public IReadOnlyList<AdoptedRest> Rest { get; init; } = [];

    /// <summary>Translates a domain.</summary>
    /// <param name="definition">Its definition: <c>virsh dumpxml --inactive</c>.</param>
    /// <param name="autostart">Whether it starts with the host.</param>
    /// <param name="machine">What the stack file says of the machine: its devices, by which the guest's are named, and its huge pages.</param>
    /// <param name="facts">What was read of the host.</param>
    public static AdoptedGuest From(string definition, bool autostart, IReadOnlyList<StackEntry> machine, HostFacts facts)
    {
        XElement domain;
        try
        {
            domain = XElement.Parse(definition);
        }
        catch (XmlException e)
        {
            return new() { Name = "", Refusal = $"its definition is no XML: {e.Message}" };
        }

        var name = domain.Element("name")?.Value ?? "";
        if (Refuse(domain, name) is { } reason)
        {
            return new() { Name = name, Refusal = reason };
        }

        var host = Read(machine, []);
        var entries = new AdoptedKeys(domain, autostart, host, facts).Entries();
        var known = facts with { Guest = (facts.Guest ?? new()) with { Guests = [new DefinitionFacts { Name = name, Definition = definition }] } };
        var spec = GuestIdentity.Pin(Read(machine, [new(entries)]), "adopted");
        var planned = DomainXml.Document(new(spec), known).Root!;
        var rest = AdoptedRests.Of(domain, planned);
        return new()
        {
            Name = name,
            Entry = new(entries),
            Whole = rest.Count == 0 ? new(entries) : new([.. entries, new("overrides", rest.Select(Override).ToList(), "What the domain has beyond the keys above. Take out what it is not to keep.")]),
            Rest = rest,
        };
    }

    // What the probe tells in place of an argument with a secret.
    private const string NotRead = "@SECRET@";

    private static string? Refuse(XElement domain, string name) =>
        !GuestName.TryRead(name, out _) ? $"its name is \"{name}\", and here it would have to be {GuestName.Expected}: rename it while it is off (virsh domrename)"
        : domain.Element("uuid") is null ? "its definition has no UUID"
        : (string?)domain.Attribute("type") is not ("kvm" or "qemu") ? $"it is of the type {(string?)domain.Attribute("type")}, and not of QEMU's"
        : (string?)domain.Element("os")?.Element("type")?.Attribute("arch") is not (null or "x86_64") ? "it is no x86_64 machine"
        : domain.Element("devices") is null ? "its definition has no devices"
        : domain.Descendants("cookies").Any() ? "a network disk of it has cookies, which libvirt shows to nobody and would lose"
        : domain.Descendants().Any(e => e.Name.LocalName == "arg" && (string?)e.Attribute("value") == NotRead)
            ? "an argument of its qemu:commandline holds a secret, which would come into the stack file: put it into a file that QEMU reads (secret,file=…)"
        : null;

    // Where the stack file is not whole yet, the host stands for itself: how it is reached is not part of what a guest is.
    private static MachineSpec Read(IReadOnlyList<StackEntry> machine, IReadOnlyList<StackMap> guests)
    {
        var reached = new StackMap([new("host", "localhost"), new("hostKey", ConnectionSpec.AcceptAnyHostKey)]);
        return SpecReader.Read(new StackMap([new("connection", reached), .. machine.Where(e => e.Key is not ("connection" or "guests")), new("guests", guests)]).ToJson().ToJsonString());
    }

    private static StackMap Override(AdoptedRest rest) => new(
        [new("at", rest.Place), rest.Text.Length == 0 ? new("absent", true) : new(rest.Place.Contains("/@", StringComparison.Ordinal) || rest.Place.StartsWith('@') ? "value" : "xml", rest.Text)],
        Flow: true);
}
