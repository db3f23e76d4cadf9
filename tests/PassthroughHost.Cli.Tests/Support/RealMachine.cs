using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>
/// A recorded machine of somebody else (machines/README.md) as the JSON it is recorded in, and what hangs on its USB controllers. Rules are
/// checked against this text, so that they know nothing of how the product judges.
/// </summary>
internal sealed class RealMachine(string name, JsonObject facts, IReadOnlyDictionary<string, IReadOnlyList<string>> usb)
{
    public static string Folder { get; } = Path.Combine(Machines.Here, "machines");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "machine-*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Where(f => !f.EndsWith(".usb", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public string Name => name;

    public JsonObject Json => facts;

    /// <summary>What hangs on each controller: <c>keyboard: NuPhy Air75 V2</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Usb => usb;

    /// <summary>The functions, each with its fields.</summary>
    public IReadOnlyList<JsonObject> Pci => [.. facts["pci"]!.AsArray().Select(p => p!.AsObject())];

    public static RealMachine Load(string name)
    {
        var beside = Path.Combine(Folder, $"{name}.usb.json");
        var hanging = (File.Exists(beside) ? JsonNode.Parse(File.ReadAllText(beside))!.AsObject() : [])
            .ToDictionary(c => c.Key, c => (IReadOnlyList<string>)[.. c.Value!.AsArray().Select(t => (string)t!)]);
        return new(name, JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json")))!.AsObject(), hanging);
    }

    /// <summary>The same machine changed: the change has a copy of the JSON.</summary>
    public RealMachine With(string what, Action<JsonObject> change, IReadOnlyDictionary<string, IReadOnlyList<string>>? hanging = null)
    {
        var copy = facts.DeepClone().AsObject();
        change(copy);
        return new($"{name}, {what}", copy, hanging ?? usb);
    }

    /// <summary>The machine as facts. Recorded by an older version, they say nothing of USB devices; read today, they do.</summary>
    public HostFacts Facts(bool withUsb)
    {
        var read = RecordedProbe.Read(facts.ToJsonString());
        return withUsb ? read with { Usb = [.. usb.SelectMany(c => c.Value.Select(d => Device(PciAddress.Parse(c.Key), d)).Where(d => !d.Name.Contains("Host Controller", StringComparison.Ordinal)))] } : read;
    }

    public override string ToString() => name;

    private static UsbFacts Device(PciAddress controller, string text)
    {
        var (kind, product) = (text.Split(": ", 2)[0], text.Split(": ", 2)[1]);
        return new(controller, "ffff:ffff", product, [kind switch
        {
            "keyboard" => "030101",
            "mouse" => "030102",
            "hub" => "090000",
            "bluetooth" => "e00101",
            "sound" => "010100",
            "disk" => "080650",
            _ => "ffffff",
        }]);
    }
}
