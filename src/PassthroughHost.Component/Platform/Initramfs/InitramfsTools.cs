using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Platform;

/// <summary>initramfs-tools, as Debian and Ubuntu have it up to 25.04. Source: initramfs-tools(7), update-initramfs(8).</summary>
internal sealed class InitramfsTools : IInitramfsGenerator
{
    /// <summary>Its hook that puts our files into an initramfs.</summary>
    private const string Hook = "/etc/initramfs-tools/hooks/passthrough-host";

    /// <inheritdoc/>
    public string Name => "initramfs-tools";

    /// <inheritdoc/>
    public string AddressScript => "/etc/initramfs-tools/scripts/init-top/passthrough-host";

    /// <inheritdoc/>
    public string ModuleLists => "/etc/initramfs-tools/modules";

    /// <inheritdoc/>
    public IReadOnlyList<ManagedFile> Files => [new(Hook, EmbeddedScript.Text("initramfs-hook.sh"), "755")];

    /// <inheritdoc/>
    public IReadOnlyList<string> Hooks => [Hook];

    /// <inheritdoc/>
    /// <remarks>None: where the script is told of no generator, it is this one, as in the states of releases that knew no other.</remarks>
    public IEnumerable<KeyValuePair<string, string>> Variables => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Sources => ["/etc/initramfs-tools/"];

    /// <inheritdoc/>
    public string Command(string release) => $"update-initramfs -c -k {release}";

    /// <inheritdoc/>
    public string CommandForAll => "update-initramfs -u -k all: without -k all, only the newest kernel's is made";
}
