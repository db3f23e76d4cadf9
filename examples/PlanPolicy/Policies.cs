using System.Xml.Linq;
using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PlanPolicy;

/// <summary>What a company might ask of every host, on top of what the component itself refuses. Plans are values, so a rule is a function.</summary>
internal static class Policies
{
    /// <summary>Everything that breaks a rule, one line each.</summary>
    public static IEnumerable<string> Check(MachineSpec machine, HostPlan plan)
    {
        if (machine.Connection.HostKey == ConnectionSpec.AcceptAnyHostKey)
        {
            yield return "the host key must be pinned";
        }

        if (machine.AcceptLoss.Count > 0)
        {
            yield return $"nothing the host needs is given up: {string.Join(", ", machine.AcceptLoss.Select(a => a.Brief))}";
        }

        foreach (var argument in machine.Boot.KernelArguments.Where(a => a.StartsWith("mitigations=", StringComparison.Ordinal)))
        {
            yield return $"the processor's mitigations stay as the distribution has them, not {argument}";
        }

        foreach (var file in plan.Concerns.SelectMany(c => c.Plan.Files).Where(f => f.Content is null))
        {
            yield return $"no file of the distribution is put aside: {file.Path}";
        }

        // The guests as libvirt gets them, with all that the spec's keys and their extraXml come to.
        var guests = machine.Guests.Select(g => XElement.Parse(plan.GuestDefinition($"{g.Name}")));
        foreach (var screen in guests.Descendants("graphics").Where(g => (string?)g.Attribute("listen") is not (null or "127.0.0.1" or "::1")))
        {
            yield return $"a guest's screen is reached on the host's loopback alone, not on {(string?)screen.Attribute("listen")}";
        }

        foreach (var finding in plan.Errors)
        {
            yield return finding.ToString();
        }
    }
}
