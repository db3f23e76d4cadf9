namespace Pulumi.Libvirt;

/// <summary>What libvirt knows of the host.</summary>
public static class GetNodeInfo
{
    private const string Token = "libvirt:index/getNodeInfo:getNodeInfo";

    public static Task<GetNodeInfoResult> InvokeAsync(InvokeOptions? options = null) =>
        Deployment.Instance.InvokeAsync<GetNodeInfoResult>(Token, InvokeArgs.Empty, LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeInfoResult> Invoke(InvokeOptions? options = null) =>
        Deployment.Instance.Invoke<GetNodeInfoResult>(Token, InvokeArgs.Empty, LibvirtPackage.Defaults.For(options));

    public static Output<GetNodeInfoResult> Invoke(InvokeOutputOptions options) =>
        Deployment.Instance.Invoke<GetNodeInfoResult>(Token, InvokeArgs.Empty, LibvirtPackage.Defaults.For(options));
}
