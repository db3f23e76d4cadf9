using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>Shows a machine: in colour with a tree on a terminal, the same as plain text elsewhere.</summary>
internal sealed class DoctorText(IAnsiConsole console, Marks marks)
{
    private const int PlainWidth = 140;

    /// <summary>The whole as plain text, with no colours.</summary>
    public static string Plain(HostView view, bool unicode)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = PlainWidth;
        console.Profile.Capabilities.Unicode = unicode;
        new DoctorText(console, new(unicode)).Show(view);
        return string.Join('\n', writer.ToString().ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()));
    }

    /// <summary>Shows it.</summary>
    public void Show(HostView view)
    {
        var facts = view.Facts;
        Line($"[bold]{Markup.Escape(facts.System.HostName)}[/]{Markup.Escape(facts.System.Machine.Length > 0 ? $": {facts.System.Machine}" : "")}");
        Line($"[grey]{Markup.Escape($"{facts.System.PrettyName}, Linux {facts.Boot.Kernel}, {(facts.System.Uefi ? "UEFI" : "BIOS")}; from {view.Source}")}[/]");
        var fit = view.Assessment.IsFit;
        Line($"[{Marks.Colour(fit ? Verdict.Good : Verdict.Bad)}]{marks.Sign(fit ? Verdict.Good : Verdict.Bad)}[/] [bold]{Markup.Escape(view.Assessment.Sentence)}[/]");
        foreach (var area in view.Assessment.Checks.GroupBy(c => c.Area))
        {
            Heading(Title(area.Key));
            console.Write(Checks(area));
        }
        if (view.Assessment.OwnsHardware)
        {
            Heading("IOMMU groups");
            console.Write(Groups(view));
            Heading("Processors");
            console.Write(Processors(view));
        }
        console.WriteLine();
        Conclude(view.Assessment);
    }

    private static string Title(CheckArea area) => area switch
    {
        CheckArea.System => "System",
        CheckArea.Iommu => "IOMMU",
        CheckArea.Devices => "Devices for a guest",
        CheckArea.Cpu => "Processors for a guest",
        CheckArea.Memory => "Memory for a guest",
        CheckArea.Software => "Software and network",
        CheckArea.ByHand => "Set up by hand",
        CheckArea.Upgrade => "Before an upgrade of the distribution",
        _ => "What the stack asks for",
    };

    private Grid Checks(IEnumerable<Check> checks)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(2)).AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        foreach (var check in checks)
        {
            var word = new Markup($"[{Marks.Colour(check.Verdict)}]{marks.Sign(check.Verdict)} {Marks.Word(check.Verdict)}[/]");
            var text = Markup.Escape(check.Found) + (check.Remedy.Length > 0 ? $"\n[grey]{marks.Arrow} {Markup.Escape(check.Remedy)}[/]" : "");
            grid.AddRow(word, new Markup(Markup.Escape(check.Id)), new Markup(text));
        }
        return grid;
    }

    private IRenderable Groups(HostView view)
    {
        if (view.Facts.Pci.Count == 0)
            return new Markup("  no PCI device is to be seen\n");
        var tree = new Tree(view.Facts.System.HostName) { Guide = marks.Unicode ? TreeGuide.Line : TreeGuide.Ascii };
        foreach (var group in view.Groups)
        {
            var title = group.Number is { } number ? $"group {number}" : "in no group";
            if (group.OnlyBridges)
            {
                tree.AddNode(new Markup($"[grey]{Markup.Escape($"{title}: {string.Join(", ", group.Devices.Select(d => $"{d.Function.Address.Brief} {PciClass.Word(d.Function)}"))}")}[/]"));
                continue;
            }
            var node = tree.AddNode(new Markup($"[bold]{title}[/]{(group.Type.Length > 0 ? $" [grey]{Markup.Escape(group.Type)}[/]" : "")}"));
            foreach (var device in group.Devices)
                node.AddNode(Device(device));
        }
        return tree;
    }

    private static Markup Device(DeviceView device)
    {
        var function = device.Function;
        if (device.Use == DeviceUse.Bridge)
            return new($"[grey]{Markup.Escape($"{function} ({PciClass.Word(function)})")}[/]");
        var note = device.Note.Length == 0 ? "" : $"\n[{Colour(device.Use)}]{Markup.Escape(device.Note)}[/]";
        return new($"{Markup.Escape(function.ToString())}\n[grey]{Markup.Escape(Details(function))}[/]{note}");
    }

    private static string Colour(DeviceUse use) => use switch
    {
        DeviceUse.Guest => "fuchsia",
        DeviceUse.Free => "green",
        DeviceUse.Host => "red",
        DeviceUse.Shared => "yellow",
        _ => "grey",
    };

    private static string Details(PciFacts function)
    {
        var parts = new List<string> { PciClass.Word(function), function.Driver.Length > 0 ? $"driver {function.Driver}" : "no driver" };
        if (function.Node >= 0)
            parts.Add($"NUMA node {function.Node}");
        parts.Add(function.ResetMethods switch { null => "reset not known", [] => "no reset by itself", var methods => $"reset by {string.Join(", ", methods)}" });
        if (function.Rom)
            parts.Add("ROM");
        if (function.BootVga == true)
            parts.Add("boot display");
        if (function.Connectors is { } outputs)
            parts.Add(outputs.Count == 0 ? "no outputs" : $"{outputs.Count(o => o.Connected == true)} of {outputs.Count} outputs connected");
        if (function.Bars.MaxBy(b => b.SizeKiB) is { } bar)
            parts.Add($"{Amounts.OfKiB(bar.SizeKiB)} of memory to be mapped{(bar.LargestKiB > bar.SizeKiB ? $", resizable to {Amounts.OfKiB(bar.LargestKiB)}" : "")}");
        if (function.SlotName.Length > 0)
            parts.Add($"slot {function.SlotName}");
        if (function.TotalVfs > 0)
            parts.Add($"up to {function.TotalVfs} virtual functions");
        if (function.PhysicalFunction is { } physical)
            parts.Add($"virtual function of {physical.Brief}");
        return string.Join("; ", parts);
    }

    private static Rows Processors(HostView view)
    {
        var guest = view.GuestCpus.ToHashSet();
        var lines = new List<IRenderable> { new Markup($"  {Markup.Escape(view.Facts.Cpu.Model)}") };
        foreach (var cache in view.Facts.Cpu.Cpus.GroupBy(c => c.Online ? (c.Package, c.Node, c.Die, c.SharedCache) : default((int, int, int, string)?)).OrderBy(g => g.Key is null).ThenBy(g => g.Min(c => c.Number)))
        {
            var cores = cache.GroupBy(CpuCores.Key).OrderBy(g => g.Min(c => c.Number))
                .Select(core => string.Join('+', core.OrderBy(c => c.Number).Select(c =>
                    !c.Online ? $"[grey]({c.Number} off)[/]" : guest.Contains(c.Number) ? $"[green]{c.Number}*[/]" : $"{c.Number}")));
            var place = cache.Key is var (package, node, die, shared) ? $"socket {package}, node {node}, {(shared.Length > 0 ? $"L3 cache of {shared}" : $"die {die}")}: cores" : "offline:";
            lines.Add(new Markup($"  {place} {string.Join("  ", cores)}"));
        }
        if (guest.Count > 0)
            lines.Add(new Markup("  [grey]* a guest would be pinned to these; threads of one core are joined by +[/]"));
        return new(lines);
    }

    private void Conclude(HostAssessment assessment)
    {
        int Count(Verdict verdict) => assessment.Checks.Count(c => c.Verdict == verdict);
        var counts = $"{Count(Verdict.Good)} good, {Count(Verdict.Bad)} bad, {Count(Verdict.Caution)} to be careful about, {Count(Verdict.Unknown)} that cannot be measured";
        Line(assessment.IsFit
            ? $"[green]{marks.Sign(Verdict.Good)} fit[/]: nothing forbids it ({counts})"
            : $"[red]{marks.Sign(Verdict.Bad)} not fit[/]: as it is it cannot be a passthrough host ({counts}): {Markup.Escape(string.Join(", ", assessment.Checks.Where(c => c.Forbids).Select(c => c.Id).Distinct()))}");
    }

    private void Heading(string text)
    {
        console.WriteLine();
        Line($"[bold]{text}[/]");
    }

    private void Line(string markup) => console.MarkupLine(markup);
}
