using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Platform;

/// <summary>What makes the initramfs of a host's kernels. Its script piece (<see cref="InitramfsGenerators.Scripts"/>) has the functions that are named for it.</summary>
internal interface IInitramfsGenerator
{
    /// <summary>Its name, as the probe has it.</summary>
    string Name { get; }

    /// <summary>Where the script that binds devices by their addresses stands, on the host and in its initramfs.</summary>
    string AddressScript { get; }

    /// <summary>For people: where an operator names modules that it loads.</summary>
    string ModuleLists { get; }

    /// <summary>The files by which it puts <see cref="ModprobeFiles.DropIn"/> and <see cref="AddressScript"/> into an initramfs.</summary>
    IReadOnlyList<ManagedFile> Files { get; }

    /// <summary>Those of the files after whose change every initramfs is made again, whatever is in it.</summary>
    IReadOnlyList<string> Hooks { get; }

    /// <summary>The shell variables its script piece is told beside <c>HOOK</c>.</summary>
    IEnumerable<KeyValuePair<string, string>> Variables { get; }

    /// <summary>Where its settings are, beside modprobe.d: directories, with a slash at the end, and files.</summary>
    IReadOnlyList<string> Sources { get; }

    /// <summary>For people: the command that makes the initramfs of a kernel.</summary>
    /// <param name="release">The kernel's release.</param>
    string Command(string release);

    /// <summary>For people: the command that makes every kernel's, and what else to know of it.</summary>
    string CommandForAll { get; }
}

/// <summary>The initramfs generators that are known.</summary>
internal static class InitramfsGenerators
{
    private static readonly IInitramfsGenerator[] Known = [new InitramfsTools(), new Dracut()];

    /// <summary>The one a plan is made for where none is known to fit: the preconditions tell.</summary>
    public static IInitramfsGenerator Default => Known[0];

    /// <summary>The script pieces of all of them: which of them is used is told by a variable, for a script has nothing of its host in it.</summary>
    public static IReadOnlyList<string> Scripts { get; } = ["initramfs-makers.sh", "initramfs-tools.sh", "dracut.sh", "initramfs.sh"];

    /// <summary>The files that any of them may have.</summary>
    public static IEnumerable<string> Paths => Known.SelectMany(g => g.Files.Select(f => f.Path).Prepend(g.AddressScript)).Distinct();

    /// <summary>The one a plan is made for.</summary>
    public static IInitramfsGenerator Of(HostFacts? facts) => (facts is null ? null : Find(facts).Adapter) ?? Default;

    /// <summary>
    /// Which one makes the initramfs: the one whose hook runs when a kernel comes (initramfs-makers.sh), for it makes the next kernel's too. dracut's program alone
    /// (Debian's dracut-core, beside initramfs-tools) is none. Where several run, the last one's stays.
    /// </summary>
    public static PlatformMatch<IInitramfsGenerator> Find(HostFacts facts)
    {
        var tools = facts.System.Tools;
        var makers = (facts.Boot.InitramfsMakers ?? Programs(facts)).Where(m => m != "initramfs-tools" || tools.Contains("update-initramfs")).ToList();
        var known = Array.Find(Known, g => makers.Contains(g.Name));
        var others = makers.Where(m => m != known?.Name).ToList();
        return (known, others.Count) switch
        {
            (not null, 0) => new(known, $"{known.Name} makes the initramfs"),
            (not null, _) => new(
                known,
                $"{known.Name} and {string.Join(" and ", others)} both make an initramfs when a kernel is installed, and whose counts is not known",
                $"remove one of the two: apt-get purge {others[0]}, or see /etc/kernel/postinst.d")
            { IsUncertain = true },
            (_, 0) => new(
                null,
                Programs(facts) is [var program, ..] ? $"{program} is there, and nothing of it runs when a kernel is installed"
                    : "nothing makes an initramfs when a kernel is installed",
                "install the package initramfs-tools or dracut"),
            _ => new(null, $"{others[0]} makes the initramfs, and neither initramfs-tools nor dracut", $"install initramfs-tools or dracut in its place ({others[0]} is not supported)"),
        };
    }

    // What a recording of an earlier version tells of them.
    private static string[] Programs(HostFacts facts) =>
    [
        .. facts.System.Tools.Contains("update-initramfs") ? ["initramfs-tools"] : Array.Empty<string>(),
        .. facts.System.Tools.Contains("dracut") ? ["dracut"] : Array.Empty<string>(),
    ];
}
