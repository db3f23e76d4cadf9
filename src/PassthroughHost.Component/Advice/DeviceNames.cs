using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Advice;

/// <summary>What devices are called, for people and in a stack file.</summary>
public static class DeviceNames
{
    /// <summary>A name for a device that is not taken yet: <c>gpu</c>, <c>gpu-audio</c>, <c>usb-2</c>.</summary>
    public static string InStack(string word, PciFacts function, bool lead, ISet<string> taken)
    {
        var name = lead ? word : $"{word}-{Part(function)}";
        for (var i = 2; !taken.Add(name); i++)
        {
            name = $"{(lead ? word : $"{word}-{Part(function)}")}-{i}";
        }

        return name;
    }

    /// <summary>A card in a sentence: <c>the GeForce GTX 1650 with its audio</c>, <c>the Renesas USB card</c>.</summary>
    public static string InSentence(Candidate card)
    {
        var parts = card.Functions.Where(f => f != card.Lead).Select(Part).Distinct().Where(p => p is "audio" or "usb").Select(p => p == "usb" ? "USB" : p).ToList();
        return $"the {Model(card.Lead)}{(parts.Count > 0 ? $" with its {string.Join(" and ", parts)}" : "")}";
    }

    // pci.ids has the name of the model in brackets at the end: "NVIDIA Corporation TU117 [GeForce GTX 1650]".
    private static string Model(PciFacts function)
    {
        var name = function.Label;
        var vendor = Vendor(name);
        return function.IsUsb ? $"{vendor} USB card"
            : name.EndsWith(']') && name.LastIndexOf('[') is var at and > 0 ? name[(at + 1)..^1]
            : function.IsDisplay && function.Name.Length == 0 ? $"{vendor} graphics card at {function.Address.Brief}"
            : function.IsDisplay ? $"{vendor} {name.Split(' ')[^1]}"
            : $"{vendor} {PciClass.Word(function)} at {function.Address.Brief}";
    }

    private static string Vendor(string name) => name.StartsWith("Advanced Micro Devices", StringComparison.Ordinal) ? "AMD" : name.Split(' ', ',')[0];

    private static string Part(PciFacts function) => function.Class switch
    {
        var c when c.StartsWith("04", StringComparison.Ordinal) => "audio",
        var c when c.StartsWith("0c03", StringComparison.Ordinal) => "usb",
        var c when c.StartsWith("0c80", StringComparison.Ordinal) => "ucsi",
        _ => PciClass.Word(function).Split(' ')[0].ToLowerInvariant(),
    };
}
