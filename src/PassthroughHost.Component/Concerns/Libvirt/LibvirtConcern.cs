using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Libvirt;

/// <summary>
/// libvirt answers, and the SSH connection's login may use it: Pulumi's libvirt provider logs in as that user and knows no sudo. What comes
/// out of this concern's command is what the provider waits for.
/// </summary>
public sealed class LibvirtConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "libvirt";

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Guest is not null;

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var login = spec.Connection.User != "root" && spec.Guest!.ManagedBy == GuestManager.Provider ? spec.Connection.User : "";
        var libvirt = facts?.Guest?.Libvirt;
        return new()
        {
            Concern = Name,
            Script = "libvirt.sh",
            Settings =
            [
                new("libvirt", libvirt is null ? "not read" : libvirt.Answers ? "answers" : "does not answer", "answers"),
                .. login.Length == 0 ? Array.Empty<Setting>() : [new($"{login} may use libvirt", libvirt is null ? "not read" : libvirt.LoginAllowed ? "yes" : "no", "yes")],
            ],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["LOGIN"] = login,
                ["UUID"] = spec.Guest!.ManagedBy == GuestManager.Provider ? spec.Guest.Uuid.ToString()! : "",
            },
        };
    }
}
