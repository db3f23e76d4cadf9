using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.BootCheck;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Concerns.Libvirt;
using PassthroughInfra.Component.Concerns.Media;
using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Concerns.Network;
using PassthroughInfra.Component.Concerns.Packages;
using PassthroughInfra.Component.Concerns.Preflight;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Concerns.Services;
using PassthroughInfra.Component.Concerns.Sriov;
using PassthroughInfra.Component.Concerns.Storage;
using PassthroughInfra.Component.Concerns.Verify;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns;

/// <summary>
/// The one list of concerns, in the order they are applied; they are reverted in the opposite order. Those of the host come first; then each guest has its own,
/// which wait for no other guest's.
/// </summary>
public static class ConcernList
{
    /// <summary>Those of the host.</summary>
    public static IReadOnlyList<IConcern> OfHost { get; } =
    [
        new PreflightConcern(),
        new PackagesConcern(),
        new NetworkConcern(),
        new NetworkConfirmConcern(),
        new MemoryConcern(),
        new ServicesConcern(),
        new IsolationConcern(),
        new BootCheckConcern(),
        new BootConcern(),
        new RestartConcern(),
        new VerifyConcern(),
        new SriovConcern(),
        new LibvirtConcern(),
    ];

    /// <summary>Those of a guest.</summary>
    /// <param name="guest">The guest's name.</param>
    public static IReadOnlyList<IGuestConcern> OfGuest(string guest) => [new MediaConcern(guest), new StorageConcern(guest), new GuestConcern(guest)];

    /// <summary>The scripts of all of them; guests share theirs.</summary>
    public static IReadOnlyList<ConcernScript> Scripts { get; } = [.. OfHost.Concat(OfGuest("")).Select(c => c.Script)];

    /// <summary>Those a spec asks for.</summary>
    public static IEnumerable<IConcern> Wanted(MachineSpec spec) =>
        OfHost.Concat(spec.Guests.SelectMany(g => OfGuest($"{g.Name}"))).Where(c => c.IsWanted(spec));
}
