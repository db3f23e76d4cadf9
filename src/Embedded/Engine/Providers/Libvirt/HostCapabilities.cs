using System.Xml.Linq;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>What a libvirt can run (https://libvirt.org/formatcaps.html).</summary>
/// <param name="document">The output of <c>virsh capabilities</c>.</param>
internal sealed class HostCapabilities(XDocument document)
{
    /// <summary>The machine's own architecture, such as <c>x86_64</c>.</summary>
    public string HostArchitecture => document.Root?.Element("host")?.Element("cpu")?.Element("arch")?.Value ?? "x86_64";

    public static async Task<HostCapabilities> ReadAsync(Virsh virsh, CancellationToken cancellation) =>
        new(XDocument.Parse(await virsh.RunAsync("tell its capabilities", cancellation, "capabilities").ConfigureAwait(false)));

    /// <summary>The emulator for guests of an architecture.</summary>
    /// <exception cref="ProviderException">There is none.</exception>
    public string Emulator(string architecture) => Guest(architecture).Element("emulator")?.Value
        ?? throw new ProviderException($"libvirt names no emulator for guests of the architecture {architecture}. Install one (for x86_64: qemu-system-x86), or set emulator.");

    /// <summary>The machine type that a name stands for (<c>q35</c> is <c>pc-q35-7.2</c>); the name itself where it stands for none.</summary>
    public string CanonicalMachine(string architecture, string machine) =>
        Guest(architecture).Descendants("machine").FirstOrDefault(m => m.Value == machine)?.Attribute("canonical")?.Value ?? machine;

    /// <summary>The name that stands for a machine type, the other way round.</summary>
    public string MachineName(string architecture, string canonical) =>
        Guest(architecture).Descendants("machine").FirstOrDefault(m => m.Attribute("canonical")?.Value == canonical)?.Value ?? canonical;

    private XElement Guest(string architecture) =>
        document.Descendants("guest").Where(g => g.Element("os_type")?.Value == "hvm").Elements("arch").FirstOrDefault(a => a.Attribute("name")?.Value == architecture)
        ?? throw new ProviderException($"libvirt has no emulator for guests of the architecture {architecture}. Install one (for x86_64: qemu-system-x86), or change arch.");
}
