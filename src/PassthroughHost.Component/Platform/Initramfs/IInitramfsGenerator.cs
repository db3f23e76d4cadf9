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

    /// <summary>The files by which it puts <see cref="ModprobeFiles.DropIn"/> and <see cref="AddressScript"/> into an initramfs.</summary>
    IReadOnlyList<ManagedFile> Files { get; }

    /// <summary>Those of the files after whose change every initramfs is made again, whatever is in it.</summary>
    IReadOnlyList<string> Hooks { get; }

    /// <summary>The shell variables its script piece is told beside <c>HOOK</c>.</summary>
    IEnumerable<KeyValuePair<string, string>> Variables { get; }

    /// <summary>For people: the command that makes the initramfs of a kernel.</summary>
    /// <param name="release">The kernel's release; null for every kernel's.</param>
    string Command(string? release);
}

/// <summary>The initramfs generators that are known.</summary>
internal static class InitramfsGenerators
{
    private static readonly IInitramfsGenerator[] Known = [new InitramfsTools()];

    /// <summary>The one a plan is made for where none is known to fit: the preconditions tell.</summary>
    public static IInitramfsGenerator Default => Known[0];

    /// <summary>The script pieces of all of them: which of them is used is told by a variable, for a script has nothing of its host in it.</summary>
    public static IReadOnlyList<string> Scripts { get; } = ["initramfs-tools.sh", "initramfs.sh"];

    /// <summary>The files that any of them may have.</summary>
    public static IEnumerable<string> Paths => Known.SelectMany(g => g.Files.Select(f => f.Path).Prepend(g.AddressScript)).Distinct();

    /// <summary>The one a plan is made for.</summary>
    public static IInitramfsGenerator Of(HostFacts? facts) => (facts is null ? null : Find(facts).Adapter) ?? Default;

    /// <summary>Which one makes the initramfs. A hook of a program that is there runs whenever a kernel comes, and makes the initramfs its own way: the last one's stays.</summary>
    public static PlatformMatch<IInitramfsGenerator> Find(HostFacts facts)
    {
        var others = (facts.Boot.InitramfsMakers ?? (facts.System.Tools.Contains("dracut") ? ["dracut"] : [])).Where(m => m != "initramfs-tools").ToList();
        var ours = facts.System.Tools.Contains("update-initramfs") && facts.Boot.InitramfsMakers?.Contains("initramfs-tools") != false;
        return (ours, others.Count) switch
        {
            (true, 0) => new(Default, "initramfs-tools makes the initramfs"),
            (true, _) => new(
                Default,
                $"initramfs-tools and {string.Join(" and ", others)} both make an initramfs when a kernel is installed, and whose counts is not known",
                $"remove one of the two: apt-get purge {others[0]}, or see /etc/kernel/postinst.d") { IsUncertain = true },
            (_, 0) => new(
                null,
                facts.System.Tools.Contains("update-initramfs") ? "update-initramfs is there, and nothing of initramfs-tools runs when a kernel is installed" : "there is no update-initramfs",
                "install initramfs-tools (dracut is not supported yet)"),
            _ => new(null, $"{others[0]} makes the initramfs, and not initramfs-tools", $"install initramfs-tools in its place ({others[0]} is not supported yet)"),
        };
    }
}
