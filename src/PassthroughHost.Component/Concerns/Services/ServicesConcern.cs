using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Services;

/// <summary>Whether the host starts a desktop (walk-through, row 15). Source: systemd.special(7), <c>default.target</c>.</summary>
public sealed class ServicesConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "services";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("services.sh");

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Desktop is not null;

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var target = spec.Desktop == true ? "graphical.target" : "multi-user.target";
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [new("default target", facts is null ? "not read" : facts.Services.DefaultTarget, target)],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["TARGET"] = target },
            Findings = facts is null ? [] : [.. Check(spec, facts)],
        };
    }

    private static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        if (spec.Desktop == false && facts.Services.DisplayManager is { } unit)
        {
            yield return new(Severity.Info, "machine.desktop", "a desktop runs now and is left running", $"it is gone after the next boot; `systemctl start {unit}` brings it back by hand");
        }
        else if (spec.Desktop == true && facts.Services.DisplayManager is null)
        {
            yield return new(Severity.Info, "machine.desktop", "no desktop runs now", "it starts at the next boot, or now with `systemctl start display-manager`");
        }
    }
}
