using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>A host as it is after an update: its files, its receipts, and what is in each initramfs.</summary>
internal static class AppliedHost
{
    /// <summary>The facts after an update and the reboot it made.</summary>
    public static HostFacts Of(MachineSpec spec, HostFacts facts)
    {
        var arguments = HostPlan.Make(spec, facts)["boot"].Plan.Variables["ARGUMENTS"];
        var booted = facts with
        {
            Boot = facts.Boot with
            {
                CommandLine = $"{facts.Boot.CommandLine} {arguments}",
                Verified = arguments,
                Entries = [.. facts.Boot.Entries.Select(e => e with { Arguments = $"{e.Arguments} {arguments}" })],
            },
            Pci = [.. facts.Pci.Select(p => spec.Devices.Any(d => d.Address == p.Address) ? p with { Driver = "vfio-pci" } : p)],
        };
        var plan = HostPlan.Make(spec, booted);
        return booted with
        {
            Boot = booted.Boot with { Kernels = [.. booted.Boot.Kernels.Select(k => Current(k, plan))] },
            Files = [.. plan.Concerns.SelectMany(c => c.Plan.Files).Select(f => new FileFacts { Path = f.Path, Kind = FileKind.Regular, Mode = f.Mode, Owner = "root:root", Content = f.Content! })],
            Receipts = [.. plan.Concerns.Select(c => Receipt(c.Plan, booted))],
        };
    }

    /// <summary>A kernel whose initramfs has the binding that is planned.</summary>
    public static KernelFacts Current(KernelFacts kernel, HostPlan plan) => kernel with { InitramfsConfiguration = plan["boot"].Plan.Variables["EARLY_DIGEST"], InitramfsNotedAt = 0 };

    /// <summary>The receipt that a run of a plan leaves.</summary>
    public static Receipt Receipt(ConcernPlan plan, HostFacts facts) => new()
    {
        Concern = plan.Concern,
        Token = "t0",
        Digest = DriftDetector.Digest(plan),
        Basis = plan.Basis,
        BootId = facts.Boot.BootId,
        Files = plan.Files.ToDictionary(f => f.Path, DriftDetector.FileDigest),
        Settings = plan.Settings.ToDictionary(s => s.Name, s => s.Wanted),
        Choices = plan.Choices.ToDictionary(c => c.Name, c => new ChoiceFacts(c.Given, c.Value)),
    };
}
