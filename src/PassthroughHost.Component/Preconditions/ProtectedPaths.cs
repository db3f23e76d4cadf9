using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>Whether it is known what the host lives on and what it is reached over. Where not, every function that may carry it is protected (<see cref="DeviceLosses"/>).</summary>
internal static class ProtectedPaths
{
    /// <summary>Both.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts) => SystemPreconditions.IsContainer(facts) ? [] : [Disks(facts), Session(facts.Network)];

    private static Precondition Disks(HostFacts facts)
    {
        var unknown = DeviceLosses.Unknown(facts).ToList();
        if (unknown.Count > 0)
        {
            return new(
                "root-disk",
                PreconditionVerdict.Unknown,
                $"what carries {string.Join(", ", unknown.Select(d => $"{d.Mount} ({d.Device}: {d.Words})").Distinct())} cannot be told",
                "a device that may carry it is refused, unless it is given up by name (acceptLoss)");
        }

        var own = facts.Disks.Where(d => d.Mount == "/").Select(d => $"{d.Device} at {d.Controller.Brief}").Distinct().ToList();
        var other = (facts.OtherDisks ?? []).Where(d => d.Mount == "/").Select(d => d.Kind == DiskPlace.Network ? $"{d.Device}, {d.Words} over {d.Link}" : $"{d.Device}, on no PCI device").Distinct();
        return new("root-disk", PreconditionVerdict.Good, $"/ is on {string.Join(", ", own.Concat(other))}: it stays with the host");
    }

    private static Precondition Session(NetworkFacts network)
    {
        var path = network.SshPath;
        var links = string.Join(", ", path.Links.Select(l => $"{l.Name} ({l.Pci!.Value.Brief})"));
        return path.Unknown.Length > 0
            ? new("ssh-link", PreconditionVerdict.Unknown, $"which link carries the SSH connection is not known: {path.Unknown}", links.Length > 0 ? $"{links} may, and each is refused, unless it is given up by name (acceptLoss)" : "read it over SSH, so that the link is never given away") { IsQuiet = network.SshServerAddress.Length == 0 }
            : new("ssh-link", PreconditionVerdict.Good, $"the SSH connection comes over {(links.Length > 0 ? links : network.SshLink!.Name)}: it stays with the host");
    }
}
