using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Platform;

/// <summary>
/// dracut, as Ubuntu has it from 25.10 and Debian's package <c>dracut</c> brings it: its hook makes <c>/boot/initrd.img-RELEASE</c> too. Source: dracut(8),
/// dracut.conf(5), dracut.modules(7).
/// </summary>
internal sealed class Dracut : IInitramfsGenerator
{
    private const string DropIn = "/etc/dracut.conf.d/passthrough-host.conf";

    // dracut looks for modules nowhere else.
    private const string Module = "/usr/lib/dracut/modules.d/90passthrough-host";

    /// <inheritdoc/>
    public string Name => "dracut";

    /// <inheritdoc/>
    public string AddressScript => $"{Module}/bind-by-address.sh";

    /// <inheritdoc/>
    public string ModuleLists => "/etc/dracut.conf.d";

    /// <inheritdoc/>
    /// <remarks>dracut 059 makes one dash only of the whole list an underscore, so that the names are written with underscores.</remarks>
    public IReadOnlyList<ManagedFile> Files =>
    [
        new(
            DropIn,
            """
            # Devices of passthrough-host. Change them in the machine's stack, not here.
            # vfio-pci is loaded before udev, so that it takes its devices also where no other driver would ask for it first.
            force_drivers+=" vfio_pci vfio_iommu_type1 "

            """.ReplaceLineEndings("\n")),
        new($"{Module}/module-setup.sh", EmbeddedScript.Text("dracut-module-setup.sh"), "755"),
        new($"{Module}/passthrough-host.sh", EmbeddedScript.Text("dracut-pre-udev.sh"), "755"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> Hooks => [.. Files.Select(f => f.Path)];

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> Variables => [new("GENERATOR", "dracut")];

    /// <inheritdoc/>
    public IReadOnlyList<string> Sources => ["/etc/dracut.conf.d/", "/etc/dracut.conf"];

    /// <inheritdoc/>
    public string Command(string release) => $"dracut --force /boot/initrd.img-{release} {release}";

    /// <inheritdoc/>
    public string CommandForAll => "dracut --force --regenerate-all: without --regenerate-all, only the running kernel's is made";
}
