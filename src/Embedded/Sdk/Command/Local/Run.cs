namespace Pulumi.Command.Local;

/// <summary>Runs a command on the machine that runs the engine, at every preview and at every update.</summary>
public static class Run
{
    private const string Token = "command:local:run";

    public static Task<RunResult> InvokeAsync(RunArgs args, InvokeOptions? options = null) =>
        Deployment.Instance.InvokeAsync<RunResult>(Token, args ?? new RunArgs(), CommandPackage.Defaults.For(options));

    public static Output<RunResult> Invoke(RunInvokeArgs args, InvokeOptions? options = null) =>
        Deployment.Instance.Invoke<RunResult>(Token, args ?? new RunInvokeArgs(), CommandPackage.Defaults.For(options));

    public static Output<RunResult> Invoke(RunInvokeArgs args, InvokeOutputOptions options) =>
        Deployment.Instance.Invoke<RunResult>(Token, args ?? new RunInvokeArgs(), CommandPackage.Defaults.For(options));
}
