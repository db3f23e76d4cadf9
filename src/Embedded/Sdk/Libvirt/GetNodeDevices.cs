namespace Pulumi.Libvirt;

/// <summary>The names of the host's devices.</summary>
public static class GetNodeDevices
{
    private const string Token = "libvirt:index/getNodeDevices:getNodeDevices";

    public static Task<GetNodeDevicesResult> InvokeAsync(GetNodeDevicesArgs? args = null, InvokeOptions? options = null) =>
        Deployment.Instance.InvokeAsync<GetNodeDevicesResult>(Token, args ?? new GetNodeDevicesArgs(), LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeDevicesResult> Invoke(GetNodeDevicesInvokeArgs? args = null, InvokeOptions? options = null) =>
        Deployment.Instance.Invoke<GetNodeDevicesResult>(Token, args ?? new GetNodeDevicesInvokeArgs(), LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeDevicesResult> Invoke(GetNodeDevicesInvokeArgs args, InvokeOutputOptions options) =>
        Deployment.Instance.Invoke<GetNodeDevicesResult>(Token, args ?? new GetNodeDevicesInvokeArgs(), LibvirtPackage.Defaults.For(options));
}
