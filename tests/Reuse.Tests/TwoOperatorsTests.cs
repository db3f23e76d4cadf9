using System.Text.RegularExpressions;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>One state, previewed by two operators: each from a checkout of its own, with a home and a cache directory of its own.</summary>
public sealed partial class TwoOperatorsTests : IDisposable
{
    private const string Stack = "shared";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("two-operators");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("privateKeyFile: keys/id")]
    [InlineData("privateKeyFile: ~/.ssh/gpu-host")]
    [InlineData("user: ops")]
    public async Task What_one_operator_applied_is_no_change_for_another(string login)
    {
        var (anna, bert) = (Operator("anna", login), Operator("bert", login));
        var applied = await anna.RunAsync((operations, options) => operations.UpAsync(options, "up"));
        Assert.True(applied.Result == OperationResult.Succeeded, anna.Shown);

        // Each input is the same text, and what the provider reads of it is there, for each of them.
        foreach (var each in (Someone[])[anna, bert])
        {
            var outcome = await each.RunAsync((operations, options) => operations.PreviewAsync(options));
            Assert.True(outcome.Result == OperationResult.Succeeded, each.Shown);
            Assert.True(outcome.Changes.All(c => c.Key == StepOp.Same), $"{each.Name}: {string.Join(", ", outcome.Changes.Select(c => $"{c.Value} {c.Key}"))}\n{each.Shown}");
            var uri = each.LibvirtUri;
            Assert.StartsWith("gpu-host.internal ssh-ed25519 ", await File.ReadAllTextAsync(each.Expanded(Parameter(uri, "knownhosts"))), StringComparison.Ordinal);
            if (login.StartsWith("privateKeyFile", StringComparison.Ordinal))
            {
                Assert.Equal("not a real key\n", await File.ReadAllTextAsync(each.Expanded(Parameter(uri, "keyfile"))));
            }
        }

        Assert.Equal(anna.LibvirtUri, bert.LibvirtUri);
        var state = string.Join('\n', Directory.GetFiles(Path.Combine(folder.FullName, "state"), "*.json*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain(folder.FullName, state, StringComparison.Ordinal);
        Assert.DoesNotContain(Repository.Root, state, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_operators_with_keys_of_their_own_at_one_place_do_not_take_each_others()
    {
        // Two checkouts of one person: one home, and in each checkout the key of another machine of the same name.
        var (anna, bert) = (Operator("anna", "privateKeyFile: keys/id"), Operator("bert", "privateKeyFile: keys/id", home: "anna"));
        await File.WriteAllTextAsync(Path.Combine(bert.Checkout, "keys", "id"), "another key\n");
        var keys = new List<string>();
        foreach (var each in (Someone[])[anna, bert])
        {
            await each.RunAsync((operations, options) => operations.UpAsync(options, "up"));
            keys.Add(each.Expanded(Parameter(each.LibvirtUri, "keyfile")));
        }

        Assert.Equal(["not a real key\n", "another key\n"], keys.Select(File.ReadAllText));
    }

    private static string Parameter(string uri, string name) =>
        new Uri(uri).Query.TrimStart('?').Split('&').Select(p => p.Split('=')).Where(p => p[0] == name).Select(p => Uri.UnescapeDataString(p[1])).Single();

    private Someone Operator(string name, string login, string? home = null)
    {
        var checkout = Directory.CreateDirectory(Path.Combine(folder.FullName, $"{name}-checkout")).FullName;
        var own = Directory.CreateDirectory(Path.Combine(folder.FullName, $"{home ?? name}-home")).FullName;
        File.WriteAllText(Path.Combine(checkout, "Pulumi.yaml"), $"name: passthrough-infra\nruntime: dotnet\nmain: {Path.Combine(Repository.Root, "stacks", "Machine")}\n");
        foreach (var key in (string[])[Path.Combine(checkout, "keys", "id"), Path.Combine(own, ".ssh", "gpu-host")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(key)!);
            File.WriteAllText(key, "not a real key\n");
        }

        File.WriteAllText(
            Path.Combine(checkout, $"Pulumi.{Stack}.yaml"),
            $$"""
            config:
              passthrough-infra:machine:
                connection:
                  host: gpu-host.internal
                  hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM
                  {{login}}
                devices:
                  - { name: gpu, address: "01:00.0", id: "1234:1111" }
                  - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
                acceptLoss: ["01:00.0"]
                guests:
                  - name: win10
                    type: qemu
                    memory: 512MiB
                    cpus: { cores: 2 }
                    disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 8GiB }
            encryptionsalt: v1:lV2kIHdAS1Q=:v1:g9qeEy6vrNxje6Kl:qJmplF9F9fAJPTA7UPaQlNLOI3SqVQ==

            """);
        return new(name, checkout, own, Path.Combine(folder.FullName, "state"));
    }

    /// <summary>One of them, with an engine whose providers reach no host: the machine always looks the same, and every command does nothing.</summary>
    private sealed partial class Someone(string name, string checkout, string home, string state) : IProviderFactory
    {
        private string shown = "";

        public string Name => name;

        public string Checkout => checkout;

        public string Shown => shown;

        /// <summary>What the libvirt provider was last configured with.</summary>
        public string LibvirtUri { get; private set; } = "";

        string IProviderFactory.Package => "libvirt";

        string IProviderFactory.Version => "0.5.4";

        Task<IProvider> IProviderFactory.ConfigureAsync(PropertyMap inputs, CancellationToken cancellation)
        {
            LibvirtUri = inputs.GetString("uri") ?? "";
            return Task.FromResult<IProvider>(new StillProvider(StillProvider.Untouched));
        }

        /// <summary>A path as the provider expands it.</summary>
        public string Expanded(string path) => Variable().Replace(path, m => Environment(m.Groups[1].Value)!);

        public async Task<DeploymentOutcome> RunAsync(Func<StackOperations, DeploymentOptions, Task<DeploymentOutcome>> work)
        {
            Directory.CreateDirectory(state);
            var workspace = Workspace.Open(checkout, Environment);
            using var opened = workspace.OpenStack(Stack, new PassphraseSource(Environment));
            using var screen = new StringWriter { NewLine = "\n" };
            var operations = new StackOperations(
                opened, new ProviderRegistry(new StillProvider.Factory("command", "1.2.1", StillProvider.Untouched), this), new InHome(new ChildProgram(workspace.Project), Environment),
                new PlainDisplay(new ConsoleWriter(screen, colour: false), showDiff: true), CancellationToken.None, CancellationToken.None);
            var outcome = await work(operations, new DeploymentOptions());
            shown = screen.ToString();
            return outcome;
        }

        private string? Environment(string variable) => variable switch
        {
            "HOME" => home,
            "XDG_CACHE_HOME" => Path.Combine(home, "cache"),
            "PULUMI_BACKEND_URL" => $"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE" => "",
            _ => null,
        };

        [GeneratedRegex(@"\$([A-Z_]+)")]
        private static partial Regex Variable();
    }

    private sealed class InHome(ChildProgram program, Func<string, string?> environment) : IStackProgram
    {
        public Task PrepareAsync(Action<string> progress, CancellationToken kill) => program.PrepareAsync(progress, kill);

        public Task<int> RunAsync(ProgramRun run, CancellationToken kill) => program.RunAsync(
            run with { Environment = run.Environment.Append(new("HOME", environment("HOME")!)).Append(new("XDG_CACHE_HOME", environment("XDG_CACHE_HOME")!)).ToDictionary() }, kill);
    }
}
