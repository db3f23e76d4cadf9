using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// What libvirt writes into a definition by itself: addresses, controllers, defaults spelled out. As it was seen with libvirt 8 to 9, and with
/// 11.3 on a Debian that was upgraded; what a later one adds beyond this is told from a change by the copy that is kept after each definition.
/// </summary>
internal static partial class LibvirtAdditions
{
    private static readonly FrozenSet<string> Elements = FrozenSet.Create(
        "uuid", "metadata", "currentMemory", "iothreadids", "resource", "seclabel", "pm", "os/firmware",
        "devices/emulator", "devices/controller", "devices/memballoon", "devices/audio", "devices/console", "devices/watchdog",
        "devices/disk/driver", "devices/disk/backingStore", "devices/interface/target", "devices/interface/model", "devices/channel/source",
        "devices/graphics/listen", "devices/graphics/image", "devices/video/model/acceleration", "devices/serial/target", "devices/serial/target/model",
        "devices/hostdev/driver", "devices/sound/codec", "devices/tpm/backend/profile", "cpu/topology");

    private static readonly FrozenSet<string> Attributes = FrozenSet.Create(
        "@id", "vcpu/@placement", "os/@firmware", "os/type/@arch", "os/type/@machine", "os/loader/@type", "os/loader/@secure", "os/loader/@readonly", "os/loader/@format",
        "os/nvram/@template", "os/nvram/@templateFormat", "os/nvram/@format", "cpu/@check", "cpu/@match", "cpu/@migratable", "cpu/topology/@dies", "cpu/topology/@clusters",
        "clock/@adjustment", "clock/@basis",
        "devices/disk/driver/@name", "devices/disk/driver/@type", "devices/hostdev/@managed", "devices/tpm/@model", "devices/tpm/backend/@version", "devices/tpm/backend/@persistent_state",
        "devices/graphics/@port", "devices/graphics/@autoport", "devices/graphics/@listen", "devices/graphics/listen/@address",
        "devices/video/model/@ram", "devices/video/model/@vram", "devices/video/model/@vgamem", "devices/video/model/@heads", "devices/video/model/@primary",
        "devices/channel/source/@mode", "devices/channel/source/@path", "devices/serial/target/@type", "devices/serial/target/@port", "devices/console/target/@type", "devices/console/target/@port",
        "devices/controller/@model", "devices/controller/@index", "devices/controller/@ports", "devices/memballoon/@model", "devices/shmem/@role",
        "devices/rng/@model", "devices/rng/backend/@model", "devices/input/@bus", "devices/interface/source/@portid");

    private static readonly FrozenDictionary<string, string> Defaults = new Dictionary<string, string>
    {
        ["on_poweroff"] = "destroy",
        ["on_reboot"] = "restart",
        ["on_crash"] = "destroy",
        ["clock"] = "",
    }.ToFrozenDictionary();

    /// <summary>Whether libvirt has this element by itself, where it was not asked for.</summary>
    /// <param name="path">Its path, with keys.</param>
    /// <param name="node">It.</param>
    public static bool HasElement(string path, DomainNode node)
    {
        var plain = Keys().Replace(path, "");
        return Elements.Contains(plain)
            || plain.StartsWith("devices/controller/", StringComparison.Ordinal)
            || IsPlace(plain, node)
            || (Defaults.TryGetValue(plain, out var value) && node.Value == value && node.Attributes.GetValueOrDefault("offset", "utc") == "utc")
            || (plain == "os/boot" && node.Attributes.GetValueOrDefault("dev") == "hd")
            || (plain == "devices/input" && node.Attributes.GetValueOrDefault("bus") == "ps2");
    }

    /// <summary>Whether libvirt writes this attribute by itself, where it was not asked for.</summary>
    public static bool HasAttribute(string path) => Attributes.Contains(Keys().Replace(path, ""));

    /// <summary>What libvirt writes into a definition that it has already: 12.8 notes, at the first start, the profile that swtpm has given a TPM's state.</summary>
    public static bool ComesWithStart(string path) => Keys().Replace(path, "") == "devices/tpm/backend/profile";

    /// <summary>What only a running instance has, and what differs in it by nature.</summary>
    public static bool IsOfRunningInstance(string path)
    {
        var plain = Keys().Replace(path, "");
        return plain is "@id" or "resource" or "currentMemory" or "vcpu/@current"
            || plain.StartsWith("seclabel", StringComparison.Ordinal)
            || plain.StartsWith("cpu/", StringComparison.Ordinal)
            || plain.StartsWith("devices/console", StringComparison.Ordinal)
            || plain.StartsWith("devices/graphics/", StringComparison.Ordinal)
            || plain.EndsWith("/source", StringComparison.Ordinal) || plain.Contains("/source/@", StringComparison.Ordinal);
    }

    // Where it stands in the guest, and how libvirt calls it.
    private static bool IsPlace(string plain, DomainNode node) =>
        node.Name is "alias" || (node.Name == "address" && plain.StartsWith("devices/", StringComparison.Ordinal) && !plain.EndsWith("source/address", StringComparison.Ordinal));

    [GeneratedRegex("\\[[^]]*\\]")]
    private static partial Regex Keys();
}
