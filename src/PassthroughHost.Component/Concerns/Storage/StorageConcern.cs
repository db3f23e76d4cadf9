using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Storage;

/// <summary>
/// The directory of each disk file of a guest is a storage pool of libvirt, and active: Pulumi's libvirt provider looks up every file disk of a domain as a volume, at
/// each refresh, and fails where no active pool knows its path. A pool that the host has is used as it is; else one is made. Nothing in it is ever
/// deleted. Source: terraform-provider-libvirt 0.8, <c>resource_libvirt_domain.go</c>; libvirt, "Storage Management", Directory pool.
/// </summary>
/// <remarks>
/// It is a concern of its own, and not a part of media: media knows qemu-img and the user's files, also where commands define the guest and no provider
/// looks anything up; this one is about libvirt, and is taken back where media is not.
/// </remarks>
/// <param name="guest">The guest's name.</param>
public sealed class StorageConcern(string guest) : IGuestConcern
{
    private const string Active = "active";
    private const string Known = "known to libvirt";

    /// <inheritdoc/>
    public string Name => $"{FormerName}-{guest}";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("storage.sh");

    /// <inheritdoc/>
    public string Guest => guest;

    /// <inheritdoc/>
    public string FormerName => "storage";

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => DeclaredGuest.Find(spec, guest).Spec is { IsOfProvider: true } declared && DiskFiles.Of(declared).Any();

    /// <inheritdoc/>
    public IReadOnlyList<string> Media(MachineSpec spec) => [.. DiskFiles.Of(DeclaredGuest.Find(spec, guest).Spec)];

    /// <summary>Another guest's run may be waited for (LOCK_SECONDS in storage.sh).</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(75);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var declared = DeclaredGuest.Find(spec, guest);
        var disks = DiskFiles.Of(declared.Spec).ToList();
        var directories = disks.Select(DiskFiles.Directory).Distinct(StringComparer.Ordinal).ToList();
        var isUnread = facts?.Guest?.IsUnknown(facts.Receipt(Name) is not null) == true;
        var pools = directories.Select(d => isUnread ? Unread(d) : Pool(d, facts)).ToList();
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [.. pools, .. disks.Select(d => Volume(d, pools[directories.IndexOf(DiskFiles.Directory(d))].InSync, facts))],
            Findings = facts is null ? [] : [.. directories.SelectMany(d => Findings(declared, d, facts))],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["DIRECTORIES"] = string.Join('\n', directories.Select(d => $"{d}\t{OwnName(d)}")),
                ["VOLUMES"] = string.Join('\n', disks),
            },
        };
    }

    /// <summary>The name of a pool that is made for a directory.</summary>
    internal static string OwnName(string directory) => $"passthrough-host-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..8]}";

    private static PoolFacts? Found(string directory, HostFacts? facts) => facts?.Guest?.Pools.FirstOrDefault(p => p.Target == directory);

    private static Setting Unread(string directory) => new($"storage pool over {directory}", "not known", Active) { By = Cause.Unread };

    // The pool's name is not part of what is wanted: before libvirt is installed nobody can say whether the host will have one.
    private static Setting Pool(string directory, HostFacts? facts) => new(
        $"storage pool over {directory}",
        facts?.Guest is null ? "not read"
            : Found(directory, facts) is not { } pool ? "(none)"
            : !pool.Active ? $"{pool.Name}, off"
            : pool.Name == OwnName(directory) && !pool.Autostart ? $"{pool.Name}, does not start with the host"
            : Active,
        Active);

    // Where the pool itself is to be made or started, what it knows follows from that.
    private static Setting Volume(string disk, bool hasPool, HostFacts? facts) => new(
        $"volume {disk}",
        !hasPool || facts?.Guest is not { } guest || guest.Medium(disk).Pool.Length > 0 ? Known : "unknown to libvirt",
        Known);

    private static IEnumerable<Finding> Findings(DeclaredGuest guest, string directory, HostFacts facts)
    {
        // Started now, it would be mounted over the directory in which the disk has just been made.
        if (Found(directory, facts) is { Active: false } pool && pool.Type != "dir")
        {
            yield return new(
                Severity.Error,
                $"{guest.Subject}.disk",
                $"libvirt's pool {pool.Name} over {directory} is of the type {pool.Type}, and off: what it would mount there is not mounted",
                $"start it (virsh pool-start {pool.Name}), or take it out of libvirt, then update again");
        }
    }
}
