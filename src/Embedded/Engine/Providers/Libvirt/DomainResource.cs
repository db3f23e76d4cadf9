using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>
/// <c>libvirt:index/domain:Domain</c>, with the behaviour of the official provider, hard stops included: a deletion ends the guest at
/// once and takes its NVRAM, a creation always starts it, and every update starts it if it is stopped.
/// </summary>
internal sealed class DomainResource(Virsh virsh)
{
    public const string Type = "libvirt:index/domain:Domain";

    private static readonly ImmutableArray<string> ChosenByLibvirt = ["arch", "emulator", "machine"];

    /// <summary>What a preview can say of the outputs.</summary>
    public static PropertyMap Predicted(PropertyMap inputs)
    {
        var outputs = DomainInputs.WithoutMarks(inputs);
        foreach (var key in ChosenByLibvirt.Where(k => outputs.Get(k) is null))
            outputs = outputs.With(key, PropertyValue.Unknown);
        return outputs;
    }

    public async Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        var inputs = request.Inputs;
        var log = request.Context.Log;
        var capabilities = await HostCapabilities.ReadAsync(virsh, cancellation).ConfigureAwait(false);
        var document = DomainDocument.Make(inputs, capabilities);
        var xml = inputs.GetMap("xml")?.GetString("xslt") is { Length: > 0 } xslt
            ? Stylesheet.Apply(xslt, document)
            : document.ToString();
        var name = NameIn(xml);
        log.Status($"defining the domain {name}");
        var id = await virsh.DefineAsync(xml, name, cancellation).ConfigureAwait(false);
        if (inputs.GetBool(DomainInputs.Autostart) is { } autostart)
            await SetAutostartAsync(id, autostart, cancellation).ConfigureAwait(false);
        log.Status($"starting the domain {name}");
        var started = await virsh.TryAsync(cancellation, "start", id).ConfigureAwait(false);
        if (!started.Ok)
        {
            throw new ProviderException(
                $"{virsh.Failure($"start the domain {name}", started).Message} It is defined there, but not in the stack's state, as with the official provider: "
                + $"mend it and run again if the stylesheet sets its UUID, or remove it with `virsh undefine --keep-nvram {name}`.");
        }
        var given = DomainInputs.WithoutMarks(inputs);
        try
        {
            var live = await ReadLiveAsync(id, cancellation, capabilities).ConfigureAwait(false) ?? throw new ProviderException($"The domain {name} ended and went away as soon as it was started.");
            if (inputs.GetBool(DomainInputs.Running) == false)
                await StopAsync(id, cancellation).ConfigureAwait(false);
            return new(id, given.Merge(live).With(DomainInputs.Running, inputs.GetBool(DomainInputs.Running) ?? true));
        }
        catch (ProviderException problem)
        {
            // As with the official provider: it runs, whatever `running` says, and the next update is one of this domain.
            throw new PartialCreationException($"{problem.Message} The domain {name} was defined and started before that.", problem)
            {
                Id = id,
                Outputs = given.With(DomainInputs.Running, true),
            };
        }
    }

    public async Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation)
    {
        var outputs = request.OldOutputs.Merge(DomainInputs.WithoutMarks(request.NewInputs));
        if (request.Context.IsPreview)
            return outputs;
        if (await StateAsync(request.Id, cancellation).ConfigureAwait(false) is not "running")
            await virsh.RunAsync("start the domain", cancellation, "start", request.Id).ConfigureAwait(false);
        var autostart = request.NewInputs.GetBool(DomainInputs.Autostart) ?? false;
        if (autostart != (request.OldInputs.GetBool(DomainInputs.Autostart) ?? false))
            await SetAutostartAsync(request.Id, autostart, cancellation).ConfigureAwait(false);
        return outputs;
    }

    public async Task DeleteAsync(DeleteRequest request, CancellationToken cancellation)
    {
        var state = await virsh.TryAsync(cancellation, "domstate", request.Id).ConfigureAwait(false);
        if (state.IsNotFound)
        {
            throw new ProviderException(
                $"There is no domain {request.Id} on {virsh.Place} to delete, which is an error with the official provider too. Run `refresh`, which takes it out of the stack's state.");
        }
        if (!state.Ok)
            throw virsh.Failure("tell the domain's state", state);
        await StopAsync(request.Id, cancellation).ConfigureAwait(false);
        await virsh.RunAsync("remove the domain", cancellation, "undefine", request.Id, "--nvram").ConfigureAwait(false);
    }

    public async Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation)
    {
        var live = await ReadLiveAsync(request.Id, cancellation).ConfigureAwait(false);
        if (live is null)
            return null;
        // Of the inputs those that the program gave are brought up to date; for one that is only now taken in, all that can be seen.
        var inputs = request.Inputs.Count == 0
            ? live.Merge(PropertyMap.Of((DomainInputs.DefaultsMark, PropertyValue.List())))
            : request.Inputs.Select((key, value) => live.Get(key) ?? value);
        return new(request.Id, inputs, request.Outputs.Merge(live));
    }

    /// <summary>What of the domain the official provider sees; null where it is gone.</summary>
    private async Task<PropertyMap?> ReadLiveAsync(string id, CancellationToken cancellation, HostCapabilities? known = null)
    {
        var dump = await virsh.TryAsync(cancellation, "dumpxml", id).ConfigureAwait(false);
        if (dump.IsNotFound)
            return null;
        if (!dump.Ok)
            throw virsh.Failure("describe the domain", dump);
        var domain = XDocument.Parse(dump.Output).Root!;
        await RequireVolumesAsync(domain, cancellation).ConfigureAwait(false);
        var info = Fields(await virsh.RunAsync("describe the domain", cancellation, "dominfo", id).ConfigureAwait(false));
        var type = domain.Element("os")?.Element("type");
        var architecture = type?.Attribute("arch")?.Value ?? "";
        var capabilities = known ?? await HostCapabilities.ReadAsync(virsh, cancellation).ConfigureAwait(false);
        return PropertyMap.Of(
            (DomainInputs.Name, domain.Element("name")?.Value ?? ""),
            ("description", domain.Element("description")?.Value ?? ""),
            (DomainInputs.Memory, Math.Floor(long.Parse(domain.Element("memory")?.Value ?? "0", CultureInfo.InvariantCulture) / 1024.0)),
            (DomainInputs.Vcpu, double.Parse(domain.Element("vcpu")?.Value ?? "1", CultureInfo.InvariantCulture)),
            ("arch", architecture),
            ("machine", capabilities.MachineName(architecture, type?.Attribute("machine")?.Value ?? "")),
            ("emulator", domain.Element("devices")?.Element("emulator")?.Value ?? ""),
            (DomainInputs.Autostart, info.GetValueOrDefault("Autostart") == "enable"),
            (DomainInputs.Running, info.GetValueOrDefault("State") == "running"));
    }

    /// <summary>The official provider looks up each disk's file among the volumes of the active storage pools; CD-ROMs, block devices and network disks it does not.</summary>
    /// <exception cref="ProviderException">No active pool knows one.</exception>
    private async Task RequireVolumesAsync(XElement domain, CancellationToken cancellation)
    {
        var files = domain.Elements("devices").Elements("disk")
            .Where(d => d.Attribute("type")?.Value == "file" && d.Attribute("device")?.Value != "cdrom")
            .Select(d => d.Element("source")?.Attribute("file")?.Value);
        foreach (var file in files)
        {
            if (file is null)
                continue;
            var found = await virsh.TryAsync(cancellation, "vol-pool", file).ConfigureAwait(false);
            if (found.VolumeNotFound is { } problem)
            {
                throw new ProviderException(
                    $"error retrieving volume for disk: {problem}. Every disk file of a domain has to be a volume of an active storage pool of {virsh.Place}: "
                    + $"is there one of {Path.GetDirectoryName(file)}, is it active (`virsh pool-list --details`), and was it refreshed after the file was made (`virsh pool-refresh`)?");
            }
            if (!found.Ok)
                throw virsh.Failure($"look up the volume {file}", found);
        }
    }

    private async Task<string> StateAsync(string id, CancellationToken cancellation) =>
        (await virsh.RunAsync("tell the domain's state", cancellation, "domstate", id).ConfigureAwait(false)).Trim();

    private async Task StopAsync(string id, CancellationToken cancellation)
    {
        if (await StateAsync(id, cancellation).ConfigureAwait(false) is "running" or "paused")
            await virsh.RunAsync("stop the domain", cancellation, "destroy", id).ConfigureAwait(false);
    }

    private Task<string> SetAutostartAsync(string id, bool autostart, CancellationToken cancellation) => autostart
        ? virsh.RunAsync("set the domain's autostart", cancellation, "autostart", id)
        : virsh.RunAsync("set the domain's autostart", cancellation, "autostart", id, "--disable");

    private static string NameIn(string xml)
    {
        try
        {
            return XDocument.Parse(xml).Root?.Element("name")?.Value ?? throw new ProviderException("What the domain's stylesheet (xml.xslt) makes has no name element.");
        }
        catch (System.Xml.XmlException e)
        {
            throw new ProviderException($"What the domain's stylesheet (xml.xslt) makes is no XML: {e.Message}", e);
        }
    }

    /// <summary>The lines <c>Name:   value</c> that virsh prints.</summary>
    internal static Dictionary<string, string> Fields(string text) => text.Split('\n').Select(l => l.Split(':', 2)).Where(p => p.Length == 2)
        .GroupBy(p => p[0].Trim(), p => p[1].Trim()).ToDictionary(g => g.Key, g => g.First());
}
