namespace Pulumi.Libvirt;

/// <summary>What libvirt knows of one device of the host.</summary>
public static class GetNodeDeviceInfo
{
    private const string Token = "libvirt:index/getNodeDeviceInfo:getNodeDeviceInfo";

    public static Task<GetNodeDeviceInfoResult> InvokeAsync(GetNodeDeviceInfoArgs args, InvokeOptions? options = null) =>
        Deployment.Instance.InvokeAsync<GetNodeDeviceInfoResult>(Token, args ?? new GetNodeDeviceInfoArgs(), LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeDeviceInfoResult> Invoke(GetNodeDeviceInfoInvokeArgs args, InvokeOptions? options = null) =>
        Deployment.Instance.Invoke<GetNodeDeviceInfoResult>(Token, args ?? new GetNodeDeviceInfoInvokeArgs(), LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeDeviceInfoResult> Invoke(GetNodeDeviceInfoInvokeArgs args, InvokeOutputOptions options) =>
        Deployment.Instance.Invoke<GetNodeDeviceInfoResult>(Token, args ?? new GetNodeDeviceInfoInvokeArgs(), LibvirtPackage.Defaults.For(options));
}
