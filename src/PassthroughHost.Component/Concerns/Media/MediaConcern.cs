using System.Globalization;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Media;

/// <summary>
/// A guest's ISOs and disks (walk-through, row 11): ISOs are there and whole, disks are made where they are missing and grown where that is
/// asked for. Nothing is overwritten, shrunk or deleted, by a revert neither.
/// </summary>
/// <param name="guest">The guest's name.</param>
public sealed class MediaConcern(string guest) : IGuestConcern
{
    /// <inheritdoc/>
    public string Name => $"{FormerName}-{guest}";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("media.sh") { Parts = ["guest-disks.sh"] };

    /// <inheritdoc/>
    public string Guest => guest;

    /// <inheritdoc/>
    public string FormerName => "media";

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => DeclaredGuest.Find(spec, guest).Spec is var declared && (declared.AllDisks().Any() || declared.AllCdroms().Any());

    /// <inheritdoc/>
    public IReadOnlyList<string> Media(MachineSpec spec)
    {
        var declared = DeclaredGuest.Find(spec, guest).Spec;
        return [.. declared.AllDisks().Select(d => d.Disk.Path.ToString()), .. declared.AllCdroms().Select(c => c.Image.ToString())];
    }

    /// <summary>A digest over a large ISO takes minutes, and another guest's may be waited for (LOCK_SECONDS in media.sh).</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(120);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var declared = DeclaredGuest.Find(spec, Guest);
        var guest = declared.Spec;
        var disks = guest.AllDisks().Select(d => d.Disk).ToList();
        var isos = Isos(guest).ToList();
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [.. disks.Where(d => d.Size is not null && d.FormatInEffect != DiskFormat.Block).Select(d => Disk(d, facts)), .. isos.SelectMany(i => Iso(i.Path, i.Sha256, facts))],
            Findings = facts?.Guest is { } found ? [.. MediaChecks.Check(declared, found)] : [],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["GUEST"] = guest.Name.ToString(),
                ["DISKS"] = string.Join('\n', disks.Select(d => $"{d.Path}\t{Format(d)}\t{Bytes(d.Size)}\t{(d.Grow ? "yes" : "no")}")),
                ["ISOS"] = string.Join('\n', isos.Select(i => $"{i.Path}\t{i.Sha256}")),
            },
        };
    }

    /// <summary>qemu-img's name of a format.</summary>
    internal static string Format(GuestDiskSpec disk) => disk.FormatInEffect == DiskFormat.Qcow2 ? "qcow2" : "raw";

    private static IEnumerable<(string Path, string Sha256)> Isos(GuestSpec guest) =>
        guest.AllCdroms().Select(c => (
            c.Image.ToString(),
            (c.Image == guest.Media.Install ? guest.Media.InstallSha256 : c.Image == guest.Media.Drivers ? guest.Media.DriversSha256 : null)?.ToString() ?? "")).Distinct();

    private static Setting Disk(GuestDiskSpec disk, HostFacts? facts)
    {
        var wanted = $"{Format(disk)} {disk.Size}";
        return new($"disk {disk.Path}", facts?.Guest is not { } guest ? "not read" : Live(disk, guest.Medium(disk.Path.ToString()), wanted), wanted);
    }

    // What is larger, or smaller and not to be grown, is left as it is: a finding says so.
    private static string Live(GuestDiskSpec disk, MediumFacts live, string wanted) =>
        live.Kind == MediumKind.Absent ? "(none)"
        : disk.Grow && live.VirtualBytes > 0 && live.VirtualBytes < disk.Size!.Value.Bytes ? $"{live.Format} {new MemorySize(live.VirtualBytes)}"
        : wanted;

    private static IEnumerable<Setting> Iso(string path, string sha256, HostFacts? facts)
    {
        var live = facts?.Guest?.Medium(path);
        yield return new($"ISO {path}", live is null ? "not read" : live.Kind == MediumKind.Absent ? "(none)" : "there", "there");
        if (sha256.Length > 0)
        {
            yield return new($"SHA-256 of {path}", live is null ? "not read" : live.Sha256.Length > 0 ? live.Sha256 : "not checked", sha256);
        }
    }

    private static string Bytes(MemorySize? size) => (size?.Bytes ?? 0).ToString(CultureInfo.InvariantCulture);
}
