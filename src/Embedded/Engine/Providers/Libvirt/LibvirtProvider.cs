using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>Makes the provider of the libvirt package, with the behaviour of pulumi-libvirt for domains, over virsh.</summary>
public sealed class LibvirtProviderFactory : IProviderFactory
{
    public string Package => "libvirt";

    public string Version => "0.5.4";

    /// <summary>
    /// Connects at once and only once, in previews too, as the official provider does. One whose URI a preview does not know yet is not
    /// asked anything: a domain that is there shows as an update.
    /// </summary>
    /// <exception cref="ProviderException">There is no URI, or no connection.</exception>
    public async Task<IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation)
    {
        if (inputs.Get("uri") is PropertyUnknown)
            return new LibvirtProvider(null);
        var uri = inputs.GetString("uri") ?? Environment.GetEnvironmentVariable("LIBVIRT_DEFAULT_URI");
        if (string.IsNullOrEmpty(uri))
            throw new ProviderException("The libvirt provider needs a uri, such as qemu:///system or qemu+ssh://root@gpu-host.internal/system.");
        var virsh = new Virsh(LibvirtUri.Parse(uri));
        try
        {
            await virsh.ConnectAsync(cancellation).ConfigureAwait(false);
            return new LibvirtProvider(virsh);
        }
        catch
        {
            await virsh.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>Domains.</summary>
/// <param name="virsh">The way to libvirt; null in a preview that does not know the way yet.</param>
internal sealed class LibvirtProvider(Virsh? virsh) : IProvider
{
    public Task<CheckResult> CheckAsync(CheckRequest request, CancellationToken cancellation)
    {
        RequireDomain(request.Context.Type);
        // As the CLI does: a provider whose configuration is not known yet is asked nothing, and nothing is filled in.
        if (virsh is null)
            return Task.FromResult(CheckResult.Fine(request.NewInputs));
        var problems = new List<CheckProblem>();
        var inputs = DomainInputs.Check(request.OldInputs, request.NewInputs, request.Context.Name, problems);
        return Task.FromResult(new CheckResult(inputs, [.. problems]));
    }

    public Task<DiffResult> DiffAsync(DiffRequest request, CancellationToken cancellation)
    {
        if (virsh is not null)
            return Task.FromResult(DomainInputs.Diff(request.OldInputs, request.NewInputs));
        request.Context.Log.Diagnostic(
            DiagnosticSeverity.Warning, "The address of its provider (uri) is known only when the update runs, so what differs cannot be told in this preview: it is shown as an update.");
        return Task.FromResult(DiffResult.NotKnown);
    }

    public async Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation) => request.Context.IsPreview
        ? new("", DomainResource.Predicted(request.Inputs))
        : await Domains.CreateAsync(request, cancellation).ConfigureAwait(false);

    public Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation) => request.Context.IsPreview
        ? Task.FromResult(request.OldOutputs.Merge(DomainInputs.WithoutMarks(request.NewInputs)))
        : Domains.UpdateAsync(request, cancellation);

    public Task DeleteAsync(DeleteRequest request, CancellationToken cancellation) => Domains.DeleteAsync(request, cancellation);

    public Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation)
    {
        RequireDomain(request.Context.Type);
        return Domains.ReadAsync(request, cancellation);
    }

    public Task<InvokeResult> InvokeAsync(InvokeRequest request, CancellationToken cancellation) => throw new ProviderException(
        $"The embedded engine has no function '{request.Token}', and none of the libvirt package. Use the pulumi CLI for it.");

    public ValueTask DisposeAsync() => virsh?.DisposeAsync() ?? ValueTask.CompletedTask;

    private DomainResource Domains => new(Connected);

    private Virsh Connected => virsh ?? throw new ProviderException("The libvirt provider's uri is not known yet, so nothing can be asked of it in this preview.");

    private static void RequireDomain(string type)
    {
        if (type != DomainResource.Type)
            throw new ProviderException($"The embedded engine has no resource type '{type}'; of the libvirt package it has {DomainResource.Type}. Use the pulumi CLI for the others.");
    }
}
