using System.Text.RegularExpressions;
using System.Xml.Linq;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>A machine as a picture for a wiki: its IOMMU groups with their devices, what goes to the guest, its CPUs and the guest's pins.</summary>
internal static partial class DoctorPicture
{
    private const int Width = 1120;
    private const int Margin = 28;
    private const int Gap = 16;
    private const int Columns = 3;
    private const int RowHeight = 56;
    private const int HeadHeight = 34;
    private const int LineHeight = 18;
    private const int SentenceWidth = 140;
    private const double CardWidth = (Width - (2 * Margin) - ((Columns - 1) * Gap)) / (double)Columns;

    /// <summary>The picture as SVG.</summary>
    public static string Draw(HostView view)
    {
        var shapes = new List<XElement>();
        double y = Header(view, shapes);
        y = Groups(view, shapes, y + 8);
        y = ProcessorPicture.Draw(view, shapes, Margin, y + 34, Width - (2 * Margin));
        shapes.Add(Svg.Text("faint", Margin, y + 26, Memory(view)));
        return Svg.Document(Width, (int)y + 48, $"{view.Facts.System.HostName}: IOMMU groups, devices and processors", shapes).ToString() + "\n";
    }

    private static double Header(HostView view, List<XElement> shapes)
    {
        var facts = view.Facts;
        shapes.Add(Svg.Text("title", Margin, 46, facts.System.HostName));
        shapes.Add(Svg.Text("", Margin, 70, facts.System.Machine));
        shapes.Add(Svg.Text("faint", Margin, 88, $"{facts.System.PrettyName} · Linux {facts.Boot.Kernel} · {(facts.System.Uefi ? "UEFI" : "BIOS")} · read {DateTimeOffset.FromUnixTimeSeconds(facts.Boot.ReadAt):yyyy-MM-dd}"));
        var lines = Svg.Lines(view.Assessment.Sentence, SentenceWidth).ToList();
        for (var i = 0; i < lines.Count; i++)
            shapes.Add(Svg.Text("head", Margin, 112 + (i * LineHeight), lines[i]));
        var x = (double)Width - Margin;
        foreach (var (style, word) in ((string, string)[])[("board", "part of the board"), ("shared", "shares a group"), ("host", "the host's"), ("free", "can be given away"), ("guest", "the guest's")])
        {
            shapes.AddRange(Svg.Pill(style, x, 42, word));
            x -= (word.Length * 6.1) + 14 + 8;
        }
        return 128 + ((lines.Count - 1) * LineHeight);
    }

    private static double Groups(HostView view, List<XElement> shapes, double top)
    {
        var bottoms = Enumerable.Repeat(top, Columns).ToArray();
        foreach (var group in view.Groups.Where(g => !g.OnlyBridges))
        {
            var devices = group.Devices.Where(d => d.Use != DeviceUse.Bridge).ToList();
            var bridges = group.Devices.Where(d => d.Use == DeviceUse.Bridge).ToList();
            var column = Array.IndexOf(bottoms, bottoms.Min());
            var (x, y) = (Margin + (column * (CardWidth + Gap)), bottoms[column]);
            var height = HeadHeight + (devices.Count * RowHeight) + (bridges.Count > 0 ? 20 : 0) + 4;
            shapes.Add(Svg.Box("card", x, y, CardWidth, height, 8));
            shapes.Add(Svg.Text("head", x + 14, y + 22, group.Number is { } number ? $"IOMMU group {number}" : "in no IOMMU group"));
            if (group.Type.Length > 0)
                shapes.Add(Svg.Text("faint end", x + CardWidth - 14, y + 22, group.Type));
            for (var i = 0; i < devices.Count; i++)
                Device(devices[i], shapes, x, y + HeadHeight + (i * RowHeight));
            if (bridges.Count > 0)
                shapes.Add(Svg.Text("faint", x + 14, y + height - 9, Svg.Fit($"behind {string.Join(", ", bridges.Select(b => $"{b.Function.Address.Brief} {PciClass.Word(b.Function)}"))}", 52)));
            bottoms[column] += height + Gap;
        }
        var others = view.Groups.Where(g => g.OnlyBridges).Select(g => g.Number is { } number ? $"{number}" : "none").ToList();
        if (others.Count > 0)
            shapes.Add(Svg.Text("faint", Margin, bottoms.Max() + 8, Svg.Fit($"Groups of bridges alone: {string.Join(", ", others)}", 170)));
        return bottoms.Max() + (others.Count > 0 ? 12 : -Gap);
    }

    private static void Device(DeviceView device, List<XElement> shapes, double x, double y)
    {
        var (function, style) = (device.Function, device.Use.ToString().ToLowerInvariant());
        shapes.Add(Svg.Box(style, x, y + 4, 4, RowHeight - 10, 0));
        shapes.Add(Svg.Text("mono", x + 14, y + 16, function.Address.Brief));
        shapes.Add(Svg.Text("faint", x + 14 + (function.Address.Brief.Length * 7.4) + 8, y + 16, PciClass.Word(function)));
        shapes.AddRange(Svg.Pill(style, x + CardWidth - 12, y + 16, Svg.Fit(Word(device), 18)));
        shapes.Add(Svg.Text("", x + 14, y + 33, Svg.Fit(ShortName(function), 44), function.Label));
        var reset = function.ResetMethods switch { null => "reset not known", [] => "no reset by itself", var methods => $"reset {string.Join("/", methods)}" };
        shapes.Add(Svg.Text("faint", x + 14, y + 48, Svg.Fit($"{function.Id} · {(function.Driver.Length > 0 ? function.Driver : "no driver")} · {reset}{(function.Node >= 0 ? $" · node {function.Node}" : "")}{(function.BootVga == true ? " · boot display" : "")}", 56), device.Note));
    }

    private static string Word(DeviceView device) => device.Use switch
    {
        DeviceUse.Guest => device.Note.StartsWith("for the guest: ", StringComparison.Ordinal) ? device.Note["for the guest: ".Length..] : "given up",
        DeviceUse.Host => "host",
        DeviceUse.Free => "free",
        DeviceUse.Shared => "shared",
        _ => "board",
    };

    // "NVIDIA Corporation TU117 [GeForce GTX 1650]" is the GeForce GTX 1650 of NVIDIA to everybody.
    internal static string ShortName(PciFacts function)
    {
        var name = Company().Replace(Amd().Replace(function.Label, "AMD"), "");
        var bracket = Bracket().Match(name);
        return bracket.Success && bracket.Groups["model"].Value.Any(char.IsDigit) ? $"{name.Split(' ')[0]} {bracket.Groups["model"].Value}"
            : name;
    }

    private static string Memory(HostView view)
    {
        var memory = view.Facts.Memory;
        var pages = view.Assessment.Checks.FirstOrDefault(c => c.Id == "huge-pages-2m")?.Found;
        return $"Memory: {Amounts.OfKiB(memory.TotalKiB)}{(memory.Nodes.Count > 1 ? $" on {memory.Nodes.Count} NUMA nodes" : "")}{(pages is null ? "" : $"; {pages}")}";
    }

    [GeneratedRegex(@",? (Corporation|Corp\.|Co\.,? Ltd\.?|Co Ltd|Ltd\.?|Inc\.?|Technology Corp\.|Semiconductor)(?=[ ,]|$)")]
    private static partial Regex Company();

    [GeneratedRegex(@"^Advanced Micro Devices, Inc\. \[[A-Z/]+\]")]
    private static partial Regex Amd();

    [GeneratedRegex(@"\[(?<model>[^\]]+)\]\s*$")]
    private static partial Regex Bracket();
}
