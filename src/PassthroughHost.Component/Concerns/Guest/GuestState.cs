using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What libvirt has of the wanted guest, compared with what it should have.</summary>
/// <param name="declared">What is declared.</param>
/// <param name="definition">The wanted document.</param>
/// <param name="digest">Its digest, as it stands in the receipt once it is applied.</param>
/// <param name="facts">What was read; null where the host could not be read.</param>
/// <param name="waits">Whether the host is to be rebooted by hand first: until then no guest is started or restarted.</param>
internal sealed class GuestState(DeclaredGuest declared, string definition, string digest, HostFacts? facts, bool waits)
{
    private readonly GuestSpec guest = declared.Spec;

    private readonly GuestFacts? found = facts?.Guest;

    private readonly DefinitionFacts? domain = facts?.Guest?.Of(declared.Name);

    private readonly Receipt? receipt = facts?.Receipt(GuestConcern.NameOf(declared.Name));

    private string Name => declared.Name;

    private string Concern => GuestConcern.NameOf(Name);

    /// <summary>The name under which the definition's digest stands in the receipt.</summary>
    public string DefinitionSetting => FormerReceipts.DefinitionOf + Name;

    /// <summary>Whether libvirt has the empty machine that the provider makes, and not the guest: an update ended in between, or the domain was made again.</summary>
    public bool IsEmpty { get; } = EmptyMachine.Is(LiveDefinition.Parse(facts?.Guest?.Of(declared.Name).Definition));

    /// <summary>Whether libvirt has the guest itself.</summary>
    public bool IsDefined => !IsEmpty && domain?.Definition is not null;

    /// <summary>Whether it is not known what libvirt has of it.</summary>
    public bool IsUnread => found?.IsUnknown(receipt is not null || domain!.IsKnown || domain.AsDefined is not null) == true;

    /// <summary>Whether the guest itself has a process; that is known without libvirt.</summary>
    public bool IsActive => IsUnread ? facts!.Isolation.RunningGuests.Contains(Name)
        : found?.Domain(Name) is { IsActive: true } && !EmptyMachine.Is(LiveDefinition.Parse(domain!.Running));

    // Of a stack and a name (GuestIdentity.Uuid): a guest of this project whose notes on the host are lost, and nobody else's domain.
    private bool IsDerived => guest.Uuid?.Value.Version == 5;

    // Taking a domain over stops nothing, whatever the spec says of later changes.
    private bool RestartsNothing => guest.Restart == GuestRestart.Never || waits || (guest.Adopt && domain?.AsDefined is null);

    private string Unread => found!.Libvirt.IsSilent ? "libvirt does not answer" : "there is no virsh";

    private XElement? Running => LiveDefinition.Parse(domain?.Running) is { } running && !EmptyMachine.Is(running) ? running : null;

    // Whether another libvirt wrote what the host keeps of the definition than the one it has now. The release of the host is no measure where the guest says it
    // itself: an update that stopped half-way has noted the new release, and has not come to the guest.
    private bool IsOfOtherLibvirt => domain is { AsDefinedBy.Length: > 0 } && found!.Libvirt.Version.Length > 0 ? domain.AsDefinedBy != found.Libvirt.Version : UpgradedHost.Is(facts);

    // And as it is wanted all the same.
    private bool IsWrittenAnew => IsOfOtherLibvirt && LiveDefinition.Parse(domain?.Definition) is { } live && DomainComparison.ToWanted(live, XElement.Parse(definition)).Count == 0;

    private bool IsApplied => receipt?.Settings.GetValueOrDefault(DefinitionSetting) == digest;

    /// <summary>
    /// What differs, and who made each difference. A libvirt that came with another release writes what was not asked for otherwise than the one before, and nobody
    /// has changed anything by that.
    /// </summary>
    public IReadOnlyList<Difference> Differences()
    {
        if (IsUnread)
        {
            return [new(Concern, Cause.Unread, $"domain {Name}", $"domain {Name}: not known ({Unread}) -> as applied")];
        }

        if (IsEmpty || LiveDefinition.Parse(domain?.Definition) is not { } live)
        {
            var cause = receipt is null || IsEmpty ? Cause.New : IsApplied ? Cause.Drift : Cause.Change;
            return [new(Concern, facts is null ? Cause.New : cause, $"domain {Name}", Whole())];
        }

        var earlier = LiveDefinition.Parse(domain!.AsDefined);
        var drifted = earlier is null ? [] : DomainComparison.ToEarlier(live, earlier);
        var differences = IsApplied && earlier is not null ? drifted : DomainComparison.ToWanted(live, XElement.Parse(definition));
        var paths = drifted.Select(d => d.Path).ToHashSet(StringComparer.Ordinal);
        var asked = IsOfOtherLibvirt ? DomainComparison.ToWanted(live, XElement.Parse(definition)).Select(d => d.Path).ToHashSet(StringComparer.Ordinal) : paths;
        return
        [
            .. differences.Select(d => new Difference(
                Concern,
                receipt is null ? Cause.New
                    : paths.Contains(d.Path) && !asked.Contains(d.Path) ? Cause.Host
                    : paths.Contains(d.Path) || (IsApplied && earlier is null) ? Cause.Drift
                    : Cause.Change,
                $"{Name} {d.Path}",
                d.ToString())),
            // One update notes the libvirt of now: until then what somebody adds is not told from what it adds itself.
            .. receipt is not null && domain.AsDefinedBy.Length > 0 && IsOfOtherLibvirt
                ? [new Difference(Concern, Cause.Host, $"libvirt of {Name}", $"{Name} was defined by libvirt {domain.AsDefinedBy} -> by libvirt {found!.Libvirt.Version}")]
                : Array.Empty<Difference>(),
            .. RestartsNothing ? [] : Pending().Select(d => new Difference(Concern, domain.Adopted is null ? Cause.Drift : Cause.Change, $"running instance of {Name}", $"running instance of {Name} differs from its definition, and is restarted: {d}")),
        ];
    }

    /// <summary>What forbids the plan, and what waits for a restart.</summary>
    public IEnumerable<Finding> Findings()
    {
        var place = declared.Subject;
        if (found is null || IsUnread)
        {
            yield break;
        }

        var uuid = guest.Uuid.ToString();
        if (found.Domain(Name) is { } named && !string.Equals(named.Uuid, uuid, StringComparison.OrdinalIgnoreCase))
        {
            yield return new(
                Severity.Error,
                $"{place}.name",
                $"libvirt has another domain \"{Name}\", with UUID {named.Uuid} (this one's is {uuid})",
                $"give the guest another name, take that domain over with uuid: {named.Uuid} and adopt: true, or remove it by hand (virsh undefine --keep-nvram {Name})");
        }

        if (found.Domains.FirstOrDefault(d => d.Name != Name && string.Equals(d.Uuid, uuid, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            yield return new(Severity.Error, $"{place}.uuid", $"libvirt's domain \"{other.Name}\" has the UUID {uuid}", $"name the guest \"{other.Name}\", or give another uuid");
        }

        foreach (var finding in Adoption(found))
        {
            yield return finding;
        }

        if (IsActive)
        {
            foreach (var finding in Active())
            {
                yield return finding;
            }
        }
    }

    private IEnumerable<Finding> Adoption(GuestFacts read)
    {
        var (place, uuid) = ($"{declared.Subject}.adopt", guest.Uuid.ToString());
        var there = read.Domains.FirstOrDefault(d => d.Name == Name && string.Equals(d.Uuid, uuid, StringComparison.OrdinalIgnoreCase));
        if (!guest.Adopt && domain!.Adopted is not null)
        {
            yield return new(
                Severity.Error,
                place,
                $"{Name} was taken over, and its definition from before is kept on the host",
                "write adopt: true again, or take the guest out of the list: it then goes back to that definition");
        }
        else if (!guest.Adopt && there is not null && receipt is null && domain!.AsDefined is null && !domain.IsKnown && !IsEmpty && !IsDerived)
        {
            yield return new(
                Severity.Error,
                place,
                $"libvirt has a domain {Name} with this UUID that is not of this stack",
                $"write adopt: true (with uuid: {there.Uuid}) to take it over as it is, or give the guest another name and uuid");
        }
        else if (guest.Adopt && domain!.Adopted is null && read.Libvirt.Answers && (there is null || receipt is not null || !there.Persistent))
        {
            yield return receipt is not null && there is not null
                ? new(Severity.Error, place, $"{Name} is a guest of this stack already", "leave adopt out")
                : there is null
                    ? new(Severity.Error, place, $"libvirt has no domain {Name} with the UUID {uuid} to take over", "leave adopt out for a guest that is to be made; see virsh list --all --uuid --name")
                    : new(Severity.Error, place, $"{Name} is transient: it has no definition that outlives it", $"define it first (virsh dumpxml {Name}, virsh define)");
        }
        else if (guest.Adopt && domain!.Adopted is null && there is not null)
        {
            yield return new(
                Severity.Info,
                place,
                $"{Name} is taken over as it is, and {(there.IsActive ? "runs on" : guest.Start == GuestStart.Leave ? "stays off" : "is started, as its start says")}; destroy gives it its former definition back");
        }

        foreach (var at in facts is null || (guest.Adopt && AdoptedDefinition.Of(guest, facts) is null) ? [] : DomainXml.Build(declared, facts).Unplaced)
        {
            yield return new(Severity.Warning, $"{declared.Subject}.overrides", $"the definition has nothing that {at} is within", "take it out of overrides, or mend the place");
        }
    }

    private IEnumerable<Finding> Active()
    {
        var place = $"{declared.Subject}.restart";
        if (RestartsNothing)
        {
            if (Pending() is { Count: > 0 } pending)
            {
                yield return new(Severity.Warning, place, $"{Name} runs with an older definition; pending until it is shut down and started again: {string.Join("; ", pending)}");
            }

            if (ChangesWhatRuns())
            {
                yield return new(Severity.Info, place, $"{Name} is running: what changes in its definition waits for its next start");
            }
        }
        else if (ChangesWhatRuns())
        {
            yield return new(
                Severity.Warning,
                place,
                $"{Name} is running, and this update restarts it{(guest.Restart == GuestRestart.Force ? $"; after {guest.ShutdownTimeoutSeconds} s it is switched off" : "")}",
                "restart: never leaves it running, and the change pending");
        }
    }

    // Where somebody changed only the definition, the update puts back what the instance already runs with.
    private bool ChangesWhatRuns() => Differences().Count > 0 && (!IsApplied || Pending().Count > 0);

    // Held against what an update leaves as the definition: the one that was applied, where that is still wanted. The copy of that may be an
    // older libvirt's, and what runs is the present one's.
    private IReadOnlyList<DomainDifference> Pending()
    {
        var definition = (IsApplied && !IsWrittenAnew ? LiveDefinition.Parse(domain?.AsDefined) : null) ?? (IsEmpty ? null : LiveDefinition.Parse(domain?.Definition));
        return Running is { } running && definition is not null ? DomainComparison.ToDefinition(running, definition) : [];
    }

    private string Whole() => FileDiff.Unified(new() { Path = $"domain {Name}", Kind = FileKind.Absent }, new ManagedFile($"domain {Name}", definition));
}
