using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>The kernel command line and the early binding to vfio-pci (walk-through, rows 5 and 8).</summary>
public sealed class BootConcern : IConcern
{
    internal const string InitramfsSetting = "initramfs of ";
    internal const string MenuSetting = "GRUB menu's kernel arguments";

    /// <summary>The scripts its own one needs.</summary>
    internal static readonly IReadOnlyList<string> Scripts = [HandMadeCut.Script, .. BootGuard.Scripts, .. InitramfsGenerators.Scripts, "boot-room.sh"];

    // What the kernel's arguments, the modules and the initramfs are made of.
    private static readonly TakeOverPlace[] Places =
        [TakeOverPlace.Grub, TakeOverPlace.Modprobe, TakeOverPlace.Modules, TakeOverPlace.InitramfsScript, TakeOverPlace.Driverctl];

    /// <inheritdoc/>
    public string Name => "boot";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("boot.sh") { Parts = Scripts };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Devices.Count > 0 || spec.Boot.KernelArguments.Count > 0 || HandMadeCut.Of(spec, Places).Count > 0 || ConcernList.OfHost.Any(c => c.NeedsKernelArguments(spec));

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [BootLoaders.Default.Arguments([]).Path, ModprobeFiles.DropIn, .. InitramfsGenerators.Paths, .. HandMadeCut.Of(spec, Places).Select(t => t.Path)];

    /// <summary>An initramfs with all modules takes minutes on a slow machine, for each kernel.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(90);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var arguments = KernelArguments.Wanted(spec, facts);
        var binding = Binding.Plan(spec, facts);
        var generator = InitramfsGenerators.Of(facts);
        var files = new List<ManagedFile> { BootLoaders.Of(facts).Arguments(arguments) };
        var early = new List<ManagedFile>();
        if (binding.IsEarly)
        {
            early.Add(new(ModprobeFiles.DropIn, Modprobe(binding, generator)));
        }

        if (binding.ByAddress.Count > 0)
        {
            early.Add(new(generator.AddressScript, EmbeddedScript.Text("bind-by-address.sh"), "755"));
        }

        var digest = Digest(early.Select(f => f.Content!));
        List<Setting> initramfs = early.Count > 0 ? [.. Initramfs(facts, generator, Digest([.. early.Select(f => f.Content!), .. OperatorsScript(early, generator, facts)]))] : [];
        // What the script is told of the generator is no news to a host without early binding: it looks for itself.
        var told = early.Count > 0 ? generator : InitramfsGenerators.Default;
        var inInitramfs = string.Join(' ', early.Select(f => f.Path));
        files.AddRange(early);
        if (early.Count > 0)
        {
            files.AddRange(generator.Files);
        }

        var takeOver = HandMadeCut.Of(spec, Places);
        return new()
        {
            Concern = Name,
            Script = Script,
            Files = files,
            TakeOver = takeOver,
            Settings = [Menu(arguments, facts), .. initramfs, .. takeOver.Select(t => HandMadeCut.Setting(t, facts)), .. Identity.Remembered(spec, facts)],
            Choices = facts is null ? [] : [.. KernelArguments.Choices(spec, facts), .. early.Count > 0 ? Early(binding, facts) : []],
            Findings = facts is null ? [] :
            [
                .. binding.Findings(facts),
                .. BootGuard.Findings(spec, facts, arguments, early.Count > 0 ? digest : ""),
                .. BootFramebuffer.Findings(spec, facts),
                .. HandMadeCut.Findings(spec, takeOver, facts),
            ],
            Variables = new SortedDictionary<string, string>(told.Variables.ToDictionary(), StringComparer.Ordinal)
            {
                ["ARGUMENTS"] = string.Join(' ', arguments),
                ["AT_ONCE"] = BootGuard.IsOn(spec, facts) ? "" : "yes",
                ["EARLY_FILES"] = inInitramfs,
                ["EARLY_DIGEST"] = early.Count > 0 ? digest : "",
                ["HOOK"] = string.Join(' ', told.Hooks),
            },
        };
    }

    /// <summary>What it asks of a host, for the preconditions.</summary>
    internal static BootDemands Demands(MachineSpec spec, HostFacts facts)
    {
        var binding = Binding.Plan(spec, facts);
        var concern = new BootConcern();
        return new()
        {
            IsWanted = concern.IsWanted(spec),
            Arguments = KernelArguments.Wanted(spec, facts),
            BindsEarly = binding.IsEarly,
            BindsByAddress = binding.ByAddress.Count > 0,
            Initramfs = concern.Plan(spec, facts).Settings.Count(s => s.Name.StartsWith(InitramfsSetting, StringComparison.Ordinal) && !s.InSync),
        };
    }

    private static Setting Menu(IReadOnlyList<string> arguments, HostFacts? facts)
    {
        var wanted = KernelArguments.Text(arguments);
        if (facts is null)
        {
            return new(MenuSetting, "not read", wanted);
        }

        // What is on trial is as good as there: Verify makes it the menu's.
        if (facts.Boot.Trial is { } trial)
        {
            return new(MenuSetting, KernelArguments.Ours(trial.Arguments, arguments, facts), wanted);
        }

        var live = facts.Boot.Entries.Select(e => KernelArguments.Ours(e.Arguments, arguments, facts)).Distinct().ToList();
        return new(MenuSetting, live.FirstOrDefault(l => l != wanted) ?? (live.Count == 0 ? "(no menu)" : wanted), wanted);
    }

    // The hook takes what stands at the script's place, be it the operator's own (wanted_digest in initramfs.sh).
    private static IEnumerable<string> OperatorsScript(IEnumerable<ManagedFile> early, IInitramfsGenerator generator, HostFacts? facts) =>
        facts?.File(generator.AddressScript) is { Kind: FileKind.Regular } script && !early.Any(f => f.Path == script.Path) && facts.Receipt("boot")?.Files.GetValueOrDefault(script.Path) != DriftDetector.FileDigest(script)
            ? [script.Content] : [];

    private static IEnumerable<Setting> Initramfs(HostFacts? facts, IInitramfsGenerator generator, string digest) =>
        (facts?.Boot.Kernels ?? []).Where(k => k.InitramfsBytes > 0).Select(k => new Setting(
            $"{InitramfsSetting}{k.Release}",
            k.InitramfsConfiguration == digest && k.InitramfsMadeAt >= k.InitramfsNotedAt ? "current" : "made without the present binding",
            "current")
        {
            By = IsAsApplied(facts!, generator, k) ? Cause.Change : null,
        });

    // It has the binding of the files that are there, and these are as they were applied: nobody has changed anything.
    private static bool IsAsApplied(HostFacts facts, IInitramfsGenerator generator, KernelFacts kernel)
    {
        // In the order in which the generator's hook reads them.
        var files = new[] { ModprobeFiles.DropIn, generator.AddressScript }.Select(facts.File).Where(f => f.Kind == FileKind.Regular).ToList();
        var applied = facts.Receipt("boot")?.Files;
        return files.Count > 0 && files.All(f => applied?.GetValueOrDefault(f.Path) == DriftDetector.FileDigest(f))
            && kernel.InitramfsConfiguration == Digest(files.Select(f => f.Content)) && kernel.InitramfsMadeAt >= kernel.InitramfsNotedAt;
    }

    private static IEnumerable<Choice> Early(Binding binding, HostFacts facts)
    {
        var given = binding.Functions.Select(f => f.Argument);
        return
        [
            Choice.Of("kernel", null, facts.Boot.Kernels.Select(k => k.Release).Order(StringComparer.Ordinal), "was installed", "was removed"),
            Choice.Of("module", given, binding.Drivers, "could take a device now, and has to wait for vfio-pci", "could take no device any more"),
        ];
    }

    private static string Digest(IEnumerable<string> contents) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(contents))));

    private static string Modprobe(Binding binding, IInitramfsGenerator generator)
    {
        var text = new StringBuilder(
            """
            # Devices of passthrough-host. Change them in the machine's stack, not here.
            # vfio-pci takes its devices (vfio-pci.ids= on the kernel command line) before these drivers can.

            """.ReplaceLineEndings("\n"));
        if (binding.ByAddress.Count > 0)
        {
            text.Append($"install vfio-pci {generator.AddressScript}; /sbin/modprobe --ignore-install vfio-pci $CMDLINE_OPTS\n");
        }

        foreach (var driver in binding.Drivers)
        {
            text.Append($"softdep {driver} pre: vfio-pci\n");
        }

        return text.ToString();
    }
}
