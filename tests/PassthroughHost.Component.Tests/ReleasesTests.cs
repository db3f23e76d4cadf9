using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

public sealed class ReleasesTests
{
    private static readonly string Document = Path.Combine(Repository.Root, "docs", "releases.md");

    [Fact]
    public void The_table_in_the_documents_is_the_one_that_is_looked_up()
    {
        var rows = Releases.All.Select(r =>
            $"| {r.Name} | {r.Kernel} | {r.VfioPci} | {r.Initramfs} | {r.Grub} | {r.Systemd} | {r.Netplan} | {r.Libvirt} | {r.Qemu} | {r.Sudo} | {r.Programs} |").ToList();
        Assert.Equal(rows, File.ReadAllLines(Document).Where(l => Releases.All.Any(r => l.StartsWith($"| {r.Name} |", StringComparison.Ordinal))));
    }
}
