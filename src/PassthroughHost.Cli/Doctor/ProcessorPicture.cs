using System.Xml.Linq;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>The processors in the picture: a box for each L3 cache, in it each core with its threads, the guest's in the guest's colour.</summary>
internal static class ProcessorPicture
{
    private const int Thread = 30;
    private const int CoreGap = 8;
    private const int Padding = 14;

    /// <summary>Draws them; gives where they end.</summary>
    public static double Draw(HostView view, List<XElement> shapes, double left, double top, double width)
    {
        var cpu = view.Facts.Cpu;
        var guest = view.GuestCpus.Select((c, vcpu) => (c, vcpu)).GroupBy(p => p.c).ToDictionary(g => g.Key, g => g.First().vcpu);
        shapes.Add(Svg.Text("head", left, top, cpu.Model.Length > 0 ? cpu.Model : "Processors"));
        shapes.Add(Svg.Text("faint end", left + width, top, guest.Count == 0 ? "" : view.PinsAreChosen ? "filled: a vCPU of the guest is pinned to it" : "filled: proposed for a guest"));
        var (x, y, bottom) = (left, top + 14, top + 14);
        foreach (var cache in cpu.Cpus.GroupBy(c => c.Online ? (c.Package, c.Node, c.Die, c.SharedCache) : default((int, int, int, string)?)).OrderBy(g => g.Key is null).ThenBy(g => g.Min(c => c.Number)))
        {
            var cores = cache.GroupBy(CpuCores.Key).OrderBy(g => g.Min(c => c.Number)).Select(g => g.OrderBy(c => c.Number).ToList()).ToList();
            var perRow = Math.Max(1, (int)((width - (2 * Padding) + CoreGap) / (Thread + CoreGap)));
            var rows = (cores.Count + perRow - 1) / perRow;
            var threads = cores.Max(c => c.Count);
            var coreHeight = (threads * (Thread + 2)) - 2;
            var title = cache.Key is var (package, node, die, shared) ? $"socket {package} · node {node} · {(shared.Length > 0 ? "one L3 cache" : $"die {die}")}" : "offline";
            var boxWidth = Math.Max((2 * Padding) + (Math.Min(cores.Count, perRow) * (Thread + CoreGap)) - CoreGap, (title.Length * 5.8) + (2 * Padding));
            var boxHeight = 30 + (rows * (coreHeight + CoreGap)) - CoreGap + Padding;
            if (x > left && x + boxWidth > left + width)
                (x, y) = (left, bottom + 12);
            shapes.Add(Svg.Box("card", x, y, boxWidth, boxHeight, 8));
            shapes.Add(Svg.Text("faint", x + Padding, y + 20, title));
            for (var i = 0; i < cores.Count; i++)
                Core(cores[i], guest, shapes, x + Padding + (i % perRow * (Thread + CoreGap)), y + 30 + (i / perRow * (coreHeight + CoreGap)));
            bottom = Math.Max(bottom, y + boxHeight);
            x += boxWidth + 12;
        }
        return bottom;
    }

    private static void Core(List<LogicalCpu> threads, Dictionary<int, int> guest, List<XElement> shapes, double x, double y)
    {
        for (var i = 0; i < threads.Count; i++)
        {
            var (cpu, top) = (threads[i], y + (i * (Thread + 2)));
            var pinned = guest.TryGetValue(cpu.Number, out var vcpu);
            shapes.Add(Svg.Box(pinned ? "guest" : "core", x, top, Thread, Thread, 5));
            shapes.Add(Svg.Text(pinned ? "cpu on" : cpu.Online ? "cpu" : "cpu faint", x + (Thread / 2.0), top + 19, $"{cpu.Number}", pinned ? $"vCPU {vcpu} on CPU {cpu.Number}" : cpu.Online ? $"CPU {cpu.Number}" : $"CPU {cpu.Number}, offline"));
        }
    }
}
