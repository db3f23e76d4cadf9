using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>The functions that tell about the machine libvirt runs on.</summary>
internal sealed class NodeFunctions(Virsh virsh)
{
    private const string Info = "libvirt:index/getNodeInfo:getNodeInfo";
    private const string Devices = "libvirt:index/getNodeDevices:getNodeDevices";
    private const string DeviceInfo = "libvirt:index/getNodeDeviceInfo:getNodeDeviceInfo";

    // Texts within a capability (https://libvirt.org/formatnode.html) and the outputs they are; those that are not there are empty.
    private static readonly ImmutableArray<(string Element, string Output)> Texts =
    [
        ("block", "block"), ("bus", "bus"), ("class", "class"), ("description", "description"), ("device", "device"), ("domain", "domain"), ("drive_type", "driveType"),
        ("function", "function"), ("host", "host"), ("logical_block_size", "logicalBlockSize"), ("lun", "lun"), ("model", "model"), ("num_blocks", "numBlocks"),
        ("number", "number"), ("protocol", "protocol"), ("serial", "serial"), ("size", "size"), ("slot", "slot"), ("subclass", "subclass"), ("target", "target"),
        ("unique_id", "uniqueId"), ("interface", "interface"), ("address", "address"),
    ];

    public Task<InvokeResult> CallAsync(InvokeRequest request, CancellationToken cancellation) => request.Token switch
    {
        Info => NodeInfoAsync(cancellation),
        Devices => NodeDevicesAsync(request.Arguments.GetString("capability"), cancellation),
        DeviceInfo => NodeDeviceInfoAsync(request.Arguments.GetString("name") ?? "", cancellation),
        _ => throw new ProviderException($"The embedded engine has no function '{request.Token}'; of the libvirt package it has {Info}, {Devices} and {DeviceInfo}."),
    };

    private async Task<InvokeResult> NodeInfoAsync(CancellationToken cancellation)
    {
        var text = await virsh.RunAsync("describe its machine", cancellation, "nodeinfo").ConfigureAwait(false);
        var fields = DomainResource.Fields(text);
        return InvokeResult.Of(PropertyMap.Of(
            ("id", Id(text)),
            ("cpuModel", fields.GetValueOrDefault("CPU model") ?? ""),
            ("cpuCoresTotal", Number("CPU(s)")),
            ("cpuSockets", Number("CPU socket(s)")),
            ("cpuCoresPerSocket", Number("Core(s) per socket")),
            ("cpuThreadsPerCore", Number("Thread(s) per core")),
            ("numaNodes", Number("NUMA cell(s)")),
            ("memoryTotalKb", Number("Memory size"))));

        double Number(string field) => double.TryParse(fields.GetValueOrDefault(field)?.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private async Task<InvokeResult> NodeDevicesAsync(string? capability, CancellationToken cancellation)
    {
        var text = capability is null
            ? await virsh.RunAsync("list its devices", cancellation, "nodedev-list").ConfigureAwait(false)
            : await virsh.RunAsync($"list its devices of the capability {capability}", cancellation, "nodedev-list", "--cap", capability).ConfigureAwait(false);
        var devices = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal).Select(d => (PropertyValue)d);
        var result = PropertyMap.Of(("id", Id(text)), ("devices", PropertyValue.List(devices)));
        return InvokeResult.Of(capability is null ? result : result.With("capability", capability));
    }

    private async Task<InvokeResult> NodeDeviceInfoAsync(string name, CancellationToken cancellation)
    {
        var xml = await virsh.RunAsync($"describe the device {name}", cancellation, "nodedev-dumpxml", name).ConfigureAwait(false);
        var device = XDocument.Parse(xml).Root!;
        return InvokeResult.Of(PropertyMap.Of(
            ("id", Id(xml)),
            ("name", Text(device, "name")),
            ("path", Text(device, "path")),
            ("parent", Text(device, "parent")),
            ("xml", xml),
            ("devnodes", PropertyValue.List(device.Elements("devnode").Select(d => (PropertyValue)PropertyMap.Of(("path", d.Value), ("type", Attribute(d, "type")))))),
            ("capability", Capability(device.Element("capability") ?? new XElement("capability")))));
    }

    private static PropertyMap Capability(XElement capability)
    {
        var type = Attribute(capability, "type");
        var result = PropertyMap.Of(Texts.Select(t => KeyValuePair.Create(t.Output, (PropertyValue)Text(capability, t.Element))))
            .With("type", type)
            .With("scsiType", type == "scsi" ? Text(capability, "type") : "")
            .With("drmType", type == "drm" ? Text(capability, "type") : "")
            .With("features", PropertyValue.List(capability.Elements("feature").Select(f => (PropertyValue)Attribute(f, "name"))))
            .With("iommuGroup", IommuGroup(capability.Element("iommuGroup")));
        foreach (var key in new[] { "product", "vendor" })
        {
            if (capability.Element(key) is { } named)
                result = result.With(key, PropertyMap.Of(("name", named.Value)).Merge(Attributes(named)));
        }
        foreach (var key in new[] { "hardware", "firmware" })
        {
            if (capability.Element(key) is { } parts)
                result = result.With(key, PropertyMap.Of(parts.Elements().Select(p => KeyValuePair.Create(p.Name.LocalName, (PropertyValue)p.Value))));
        }
        foreach (var key in new[] { "link", "capability" })
        {
            if (capability.Element(key) is { } attributed)
                result = result.With(key, Attributes(attributed));
        }
        return result;
    }

    /// <summary>The IOMMU group: its number is decimal, the addresses in it are hexadecimal, as libvirt writes them.</summary>
    private static PropertyMap IommuGroup(XElement? group) => PropertyMap.Of(
        ("number", group is null ? "0" : Attribute(group, "number")),
        ("addresses", PropertyValue.List((group?.Elements("address") ?? []).Select(a => (PropertyValue)Attributes(a)))));

    private static PropertyMap Attributes(XElement element) => PropertyMap.Of(element.Attributes().Select(a => KeyValuePair.Create(a.Name.LocalName, (PropertyValue)a.Value)));

    private static string Attribute(XElement element, string name) => element.Attribute(name)?.Value ?? "";

    private static string Text(XElement element, string name) => element.Element(name)?.Value ?? "";

    /// <summary>An ID that stays the same while the answer does.</summary>
    private static string Id(string answer) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(answer)).AsSpan(0, 8));
}
