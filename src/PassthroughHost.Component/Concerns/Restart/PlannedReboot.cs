using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Restart;

/// <summary>
/// The reboot as an item of the plan: why the host needs one, which guests run now, and whether this update makes it or puts it off. One that is put off is no
/// difference and fails no update; it is told, with its reasons, until it has happened.
/// </summary>
internal sealed record PlannedReboot
{
    /// <summary>The name under which the receipt keeps that a reboot was put off.</summary>
    public const string Setting = "reboot of the host";

    private const string PutOff = "put off";

    /// <summary>Why; empty if no reboot is needed, or if another would change nothing.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The guests that run now.</summary>
    public required IReadOnlyList<string> Guests { get; init; }

    /// <summary>Whether it is left to the operator, or to an update at which no guest runs.</summary>
    public required bool IsPutOff { get; init; }

    /// <summary>Whether this update reboots the host.</summary>
    public bool IsMade => Reasons.Count > 0 && !IsPutOff;

    /// <summary>The reboot that a spec takes.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null if the host could not be read: then nothing is known.</param>
    public static PlannedReboot Of(MachineSpec spec, HostFacts? facts)
    {
        IReadOnlyList<string> reasons = facts is null || !new BootConcern().IsWanted(spec) ? [] : [.. Lacking(spec, facts)];
        if (reasons.Count > 0 && WasMadeFor(reasons, facts!))
        {
            reasons = [];
        }

        var guests = facts?.Isolation.RunningGuests ?? [];
        return new()
        {
            Reasons = reasons,
            Guests = guests,
            IsPutOff = reasons.Count > 0 && (spec.Boot.Reboot == RebootPolicy.Never || (spec.Boot.Reboot == RebootPolicy.WhenIdle && guests.Count > 0)),
        };
    }

    /// <summary>How long guests may take to shut down for it.</summary>
    public static int GuestSeconds(MachineSpec spec) => spec.Guests.Select(g => g.ShutdownTimeoutSeconds).Append(180).Max();

    /// <summary>What the receipt keeps of it: that it was put off, and then that it was made. Nothing on a host that never put one off.</summary>
    public IEnumerable<Setting> Kept(HostFacts? facts)
    {
        var before = Before(facts);
        if (before is not null || IsPutOff)
        {
            yield return new(Setting, before ?? "none", IsPutOff ? PutOff : "made") { By = Cause.New };
        }
    }

    /// <summary>
    /// What the running kernel is to show. Until a reboot that is put off it is as it should be; then what was put off is to be done, and nobody has changed
    /// anything.
    /// </summary>
    /// <param name="settings">As they are to be in the end.</param>
    /// <param name="concern">Whose they are.</param>
    /// <param name="facts">What was read.</param>
    public IReadOnlyList<Setting> Until(IEnumerable<Setting> settings, string concern, HostFacts? facts)
    {
        var receipt = facts?.Receipt(concern)?.Settings;
        return IsPutOff ? [.. settings.Select(s => s with { Wanted = s.Live! })]
            : Before(facts) == PutOff ? [.. settings.Select(s => receipt?.GetValueOrDefault(s.Name) == s.Live ? s with { By = Cause.New } : s)]
            : [.. settings];
    }

    /// <summary>
    /// What is left to Verify if the host shows all that is wanted: a boot that was made for it and whose verification did not come to its end, which no
    /// receipt tells; or what a reboot was put off for.
    /// </summary>
    /// <param name="settings">What is verified.</param>
    /// <param name="concern">Whose they are.</param>
    /// <param name="facts">What was read.</param>
    public IEnumerable<Difference> Unverified(IEnumerable<Setting> settings, string concern, HostFacts? facts)
    {
        if (facts is null || Reasons.Count > 0 || !settings.All(s => s.InSync))
        {
            yield break;
        }

        if (facts.Boot.Tried is { } tried && tried.BootId != facts.Boot.BootId)
        {
            yield return new(concern, Cause.New, "boot", "the boot after the reboot is not verified yet");
        }
        else if (Before(facts) == PutOff)
        {
            yield return new(concern, Cause.New, "boot", "the reboot that was put off is not needed any more, and the host is not verified yet");
        }
    }

    /// <summary>The same, as it is told.</summary>
    public IEnumerable<Finding> Findings(MachineSpec spec, HostFacts? facts)
    {
        const string subject = "machine.boot.reboot";
        if (Reasons.Count == 0)
        {
            yield break;
        }

        var why = string.Join("; ", Reasons);
        var running = Guests.Count == 0 ? "" : $"; {(Guests.Count == 1 ? "the guest that runs now" : "the guests that run now")}: {string.Join(", ", Guests)}";
        var byHand = BootGuard.IsOn(spec, facts) ? "; a reboot by hand starts the kernel arguments of before, because new ones are tried by the update's own reboot" : "";
        if (IsPutOff)
        {
            yield return new(
                Severity.Warning,
                subject,
                $"a reboot of the host is pending: {why}{running}",
                spec.Boot.Reboot == RebootPolicy.Never
                    ? $"never leaves it to you: once an update has written everything, reboot the host, then update again; that verifies the boot{Then(spec.Guests)}"
                    : $"whenIdle stops no guest, and all else is done: shut {(Guests.Count == 1 ? "it" : "them")} down and update again, which reboots the host and verifies the boot{Then(spec.Guests)}{byHand}");
        }
        else if (Guests.Count > 0)
        {
            yield return new(
                Severity.Warning,
                subject,
                $"this update reboots the host{Unless(spec, facts!)}: {why}{running}",
                $"always shuts {(Guests.Count == 1 ? "it" : "them")} down first, and starts {(Guests.Count == 1 ? "it" : "them")} again afterwards; a guest that is still there after {GuestSeconds(spec)} s means no reboot. whenIdle leaves guests running, and the reboot pending");
        }
        else
        {
            yield return new(Severity.Info, subject, $"this update reboots the host{Unless(spec, facts!)}: {why}; no guest runs now");
        }
    }

    // A device alone may be given back while the host runs (rebind.sh).
    private static string Unless(MachineSpec spec, HostFacts facts) =>
        Arguments(spec, facts).Any() ? "" : ", unless the device can be given back to vfio-pci at once, because nothing uses it";

    private static string Then(IReadOnlyList<GuestSpec> guests)
    {
        var starts = string.Join(" and ", guests.Where(g => g.Start != GuestStart.Leave).Select(g => g.Name));
        var lets = string.Join(" and ", guests.Where(g => g.Start == GuestStart.Leave && g.Autostart).Select(g => g.Name));
        return (starts.Length > 0 ? $" and starts {starts}" : "") + (lets.Length > 0 ? $" and lets {lets} start with the host" : "");
    }

    private static string? Before(HostFacts? facts) => facts?.Receipt("restart")?.Settings.GetValueOrDefault(Setting);

    // As restart.sh has it (made_for). Arguments on trial that were never booted are another reboot's.
    private static bool WasMadeFor(IReadOnlyList<string> reasons, HostFacts facts) =>
        facts.Boot.Tried is { } tried && tried.BootId != facts.Boot.BootId && tried.Reasons.SequenceEqual(reasons)
        && facts.Boot.Trial is not { State: TrialState.Prepared or TrialState.Armed };

    // In the words and the order of reboot-reasons.sh, by which the two know each other's.
    private static IEnumerable<string> Lacking(MachineSpec spec, HostFacts facts) =>
        Arguments(spec, facts)
            .Concat(Binding.Plan(spec, facts).Functions
                .Select(f => (f.Address, facts.Device(f.Address)?.Driver))
                .Where(f => f.Driver != "vfio-pci")
                .Select(f => $"{f.Address} is with {(string.IsNullOrEmpty(f.Driver) ? "no driver" : f.Driver)}, not vfio-pci"))
            .Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Arguments(MachineSpec spec, HostFacts facts)
    {
        var wanted = KernelArguments.Wanted(spec, facts);
        var running = facts.Boot.Arguments();
        return wanted.Except(running).Select(a => $"the running kernel lacks {a}")
            .Concat(KernelArguments.Before(facts).Intersect(running).Except(wanted).Select(a => $"the running kernel still has {a}"));
    }
}
