using System.Collections.Immutable;
using System.Text.Json;
using Pulumi;
using Pulumi.Command.Remote;
using Pulumi.Command.Remote.Inputs;
using Pulumi.Libvirt;

namespace PassthroughInfra.Embedded.Sdk.Tests.Programs;

/// <summary>A program with a value of every kind, every way to name a resource, and every option.</summary>
public static class Shapes
{
    public static Task<int> RunAsync() => Deployment.RunAsync(() =>
    {
        var provider = new Provider("lv", new ProviderArgs { Uri = "qemu+ssh://root@hv/system" });
        var command = new Command("c", new CommandArgs
        {
            Connection = new ConnectionArgs { Host = "h" },
            Create = "true",
            Logging = Logging.Stderr,
        });
        _ = AnyDomain.Get("existing", "dom-uuid");
        _ = new Domain("d", new DomainArgs { Memory = 1 }, new CustomResourceOptions { Provider = provider });
        _ = new StackReference("org/other/prod");

        var remote = new RemoteComponent("rc", new RemoteComponentArgs
        {
            V = new Dictionary<string, object>
            {
                ["k"] = Output.CreateSecret("S"),
                ["r"] = command,
                ["x"] = command.Stdout,
            },
        }, new ComponentResourceOptions { Providers = { provider } });

        _ = new AnyResource("any", new AnyResourceArgs
        {
            Json = new Dictionary<string, object> { ["k"] = new object[] { 1, 2 } },
            V = new Dictionary<string, object?>
            {
                ["assetArchive"] = new AssetArchive(new Dictionary<string, AssetOrArchive>
                {
                    ["a"] = new StringAsset("q"),
                    ["d"] = new FileArchive("./dir"),
                }),
                ["b"] = true,
                ["customRes"] = command,
                ["d"] = 1.5,
                ["fileAsset"] = new FileAsset("./f"),
                ["i"] = 1,
                ["id"] = command.Id,
                ["list"] = new object[] { 1, Output.CreateSecret(2), command.Stdout },
                ["nothing"] = null,
                ["remoteAsset"] = new RemoteAsset("http://x"),
                ["s"] = "s",
                ["secret"] = Output.CreateSecret("S"),
                ["secretUnknown"] = Output.CreateSecret(command.Stdout),
                ["stringAsset"] = new StringAsset("txt"),
                ["unknownOrKnown"] = command.Stdout,
            },
        }, new CustomResourceOptions
        {
            AdditionalSecretOutputs = { "v" },
            Aliases = { new Alias { Name = "old" } },
            CustomTimeouts = new CustomTimeouts { Create = TimeSpan.FromMinutes(5) },
            DeleteBeforeReplace = true,
            DeletedWith = command,
            DependsOn = { command },
            IgnoreChanges = { "v" },
            RetainOnDelete = true,
        });
        _ = new AnyResource("known", new AnyResourceArgs(), new CustomResourceOptions { Urn = "urn:pulumi:dev::demo::command:remote:Command::c" });

        var node = LibvirtFunctions.Node(new InvokeOutputOptions { Provider = provider, DependsOn = { command } });
        var device = LibvirtFunctions.Device(command.Stdout);
        return new Dictionary<string, object?>
        {
            ["cmd"] = command,
            ["comp"] = remote,
            ["nd"] = device.Apply(info => info.Path),
            ["ni"] = node.Apply(info => info.CpuModel),
        };
    });

    private sealed class RemoteComponentArgs : Pulumi.ResourceArgs
    {
        [Input("v")]
        public Input<Dictionary<string, object>>? V { get; set; }
    }

    private sealed class RemoteComponent(string name, RemoteComponentArgs args, ComponentResourceOptions? options)
        : ComponentResource("demo:index:Remote", name, args, options, remote: true);

    private sealed class AnyResourceArgs : Pulumi.ResourceArgs
    {
        [Input("json", json: true)]
        public Input<Dictionary<string, object>>? Json { get; set; }

        [Input("v")]
        public Input<Dictionary<string, object?>>? V { get; set; }
    }

    private sealed class AnyResource(string name, AnyResourceArgs args, CustomResourceOptions? options)
        : CustomResource("demo:index:Any", name, args, options);
}
