using PassthroughInfra.Component.Concerns.Guest;
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
    private const string Taken = "domain";

    /// <inheritdoc/>
    public string Name => "libvirt";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("libvirt.sh");

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Guests.Count > 0;

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var provided = DeclaredGuest.Of(spec).Where(g => g.Spec.IsOfProvider).ToList();
        var login = spec.Connection.User != "root" && provided.Count > 0 ? spec.Connection.User : "";
        var libvirt = facts?.Guest?.Libvirt;
        var receipt = facts?.Receipt(Name);

        var taken = facts is null ? [] : provided.Where(g => IsForeign(g, facts)).Select(g => g.Spec.Uuid.ToString()!).ToList();

        // What was taken over once stays in the text: another text would be another update.
        var all = (receipt?.Choices.GetValueOrDefault(Taken)?.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []).Union(taken).ToList();
        var plan = new ConcernPlan
        {
            Concern = Name,
            Script = Script,
            Settings =
            [
                new("libvirt", libvirt is null ? "not read" : libvirt.Answers ? "answers" : "does not answer", "answers") { By = libvirt?.IsSilent == true && receipt is not null ? Cause.Unread : null },
                .. login.Length == 0 ? Array.Empty<Setting>() : [new($"{login} may use libvirt", libvirt is null ? "not read" : libvirt.LoginAllowed ? "yes" : "no", "yes")],
            ],
            Choices = facts is null ? [] : [Choice.Of(Taken, null, all, "has its definition kept first, if there is one", "is taken over no more")],
            Observed = receipt?.Choices.ContainsKey(Taken) == false
                ? [.. taken.Select(u => new Difference(Name, Cause.Change, $"{Taken} {u}", $"{Taken} {u} is taken over: its definition is kept first"))]
                : [],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["LOGIN"] = login,
                ["TAKEN"] = string.Join(' ', all),
            },
        };
        return receipt?.Choices.ContainsKey(Taken) == false && DriftDetector.Compare(plan, facts).InSync ? AsBefore(plan, provided, facts!) : plan;
    }

    // The provider defines an empty machine over a domain that has the guest's UUID: this project's own definitions of it are kept beside it already. If libvirt
    // did not answer, which domains there are is not known: the script keeps the definition of any that is there once it answers.
    private static bool IsForeign(DeclaredGuest guest, HostFacts facts) =>
        facts.Guest is not { } found
        || (found.Of(guest.Name) is { AsDefined: null } own && !EmptyMachine.Is(LiveDefinition.Parse(own.Definition))
            && (!found.Libvirt.Answers || found.Domains.Any(d => string.Equals(d.Uuid, guest.Spec.Uuid.ToString(), StringComparison.OrdinalIgnoreCase))));

    // Until it is applied again: the text of a release that knew one guest, which named its UUID.
    private static ConcernPlan AsBefore(ConcernPlan plan, List<DeclaredGuest> provided, HostFacts facts)
    {
        var owner = provided.FirstOrDefault(g => g.Name == facts.Receipt(plan.Concern)?.Guest)
            ?? provided.FirstOrDefault(g => facts.Receipt(GuestConcern.NameOf(g.Name))?.FormerConcern.Length > 0)
            ?? provided.FirstOrDefault();
        return plan with
        {
            Choices = [],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["LOGIN"] = plan.Variables["LOGIN"], ["UUID"] = owner?.Spec.Uuid.ToString() ?? "" },
        };
    }
}
