using System.Text.Json;
using System.Text.RegularExpressions;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>
/// A stack with one guest, as a release left it that knew one (yesterday/: the state of that release, and the host with its receipts), under the release of now:
/// nothing changes, and a second guest comes and goes without a change of the first.
/// </summary>
public sealed partial class GuestsTests : IDisposable
{
    private const string Stack = "yesterday";

    private const string First =
        """
            - name: win10
              type: qemu
              memory: 512MiB
              cpus: { cores: 1, pin: [1] }
              disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 8GiB }
              media: { install: /var/lib/libvirt/images/Win10.iso }
              phase: install
        """;

    private const string FirstOfTwo = First + "\n      devices: [gpu, gpu-audio]";

    private const string Second =
        """
            - { name: second, type: qemu, os: linux, memory: 256MiB, cpus: { cores: 1 }, devices: [], disk: { path: /var/lib/libvirt/images/second.qcow2, size: 1GiB }, protect: false }
        """;

    private static readonly string Recorded = Path.Combine(Repository.Root, "tests", "Reuse.Tests", "yesterday");

    private static readonly string[] Mine = ["host-domain-win10", "host-guest-win10", "host-media-win10", "host-storage-win10"];

    // What is planned over all guests: the question before the first write, and the CPUs that the host keeps off while a guest runs.
    private static readonly string[] OfTheHost = ["host-isolation", "host-preflight"];

    private static readonly string[] Others = ["host-domain-second", "host-guest-second", "host-media-second", "host-storage-second"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("yesterday");

    private string shown = "";

    public GuestsTests()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "Pulumi.yaml"), $"name: passthrough-infra\nruntime: dotnet\nmain: {Path.Combine(Repository.Root, "stacks", "Machine")}\n");
        var stacks = Directory.CreateDirectory(Path.Combine(folder.FullName, "state", ".pulumi", "stacks", "passthrough-infra"));
        File.Copy(Path.Combine(Recorded, "state.json"), Path.Combine(stacks.FullName, $"{Stack}.json"));
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_state_of_a_release_that_knew_one_guest_is_no_change()
    {
        Write(First);
        Assert.Empty(await ChangesAsync((operations, options) => operations.PreviewAsync(options)));
        Assert.Empty(await ChangesAsync((operations, options) => operations.RefreshAsync(options, "refresh")));
        Assert.Empty(await ChangesAsync((operations, options) => operations.UpAsync(options, "up")));

        // The update has noted the new names, and nothing else.
        Assert.Equal(Mine, Names().Where(n => n.EndsWith("-win10", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Names(), n => n is "host-domain" or "host-guest" or "host-media" or "host-storage");
        Assert.Empty(await ChangesAsync((operations, options) => operations.PreviewAsync(options)));
    }

    [Fact]
    public async Task What_looks_at_every_boot_is_one_new_resource_and_no_other_change()
    {
        Write(First, holdsGuests: true);

        // The question before the first write is asked as at every update.
        (string, string)[] expected = [("update", "host-preflight"), ("create", "host-boot-check")];
        Assert.Equal(expected, await ChangesAsync((operations, options) => operations.PreviewAsync(options)));
        Assert.Equal(expected, await ChangesAsync((operations, options) => operations.UpAsync(options, "up")));
        Assert.Empty(await ChangesAsync((operations, options) => operations.PreviewAsync(options)));
    }

    [Fact]
    public async Task Its_resources_are_destroyed_under_the_names_they_have()
    {
        Write(First + "\n      protect: false");
        await ChangesAsync((operations, options) => operations.UpAsync(options, "up"));
        var destroyed = await ChangesAsync((operations, options) => operations.DestroyAsync(options, "destroy"));
        Assert.Equal(Mine, destroyed.Select(d => d.Name).Where(n => n.EndsWith("-win10", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_guest_comes_and_goes_beside_the_first_wherever_it_stands_in_the_list(bool before)
    {
        Write(before ? $"{Second}\n{FirstOfTwo}" : $"{FirstOfTwo}\n{Second}");
        foreach (var preview in new[] { true, false })
        {
            var added = await ChangesAsync((operations, options) => preview ? operations.PreviewAsync(options) : operations.UpAsync(options, "up"));
            Assert.Equal(Others, added.Where(c => c.Op == "create").Select(c => c.Name).Order(StringComparer.Ordinal));
            Assert.Equal(OfTheHost, added.Where(c => c.Op == "update").Select(c => c.Name).Order(StringComparer.Ordinal));
            Assert.Equal(6, added.Count);
        }

        // Neither chain waits for the other.
        var dependencies = Resources().ToDictionary(r => r.Name, r => r.Dependencies);
        foreach (var guest in (string[])["win10", "second"])
        {
            Assert.Equal(["host-libvirt"], dependencies[$"host-media-{guest}"]);
            Assert.Equal([$"host-media-{guest}"], dependencies[$"host-storage-{guest}"]);
            Assert.Equal([$"host-storage-{guest}"], dependencies[$"host-domain-{guest}"]);
            Assert.Equal([$"host-domain-{guest}"], dependencies[$"host-guest-{guest}"]);
        }

        Write(First);
        var gone = await ChangesAsync((operations, options) => operations.UpAsync(options, "up"));
        Assert.Equal(Others, gone.Where(c => c.Op == "delete").Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(gone, c => c.Name.EndsWith("-win10", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_guest_in_its_place_does_not_take_its_resources_over()
    {
        Write(Second);
        var planned = await ChangesAsync((operations, options) => operations.PreviewAsync(options), succeeds: false);
        Assert.Equal(Others, planned.Where(c => c.Op == "create").Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(planned, c => c.Op == "update" && c.Name.EndsWith("second", StringComparison.Ordinal));

        // Its protection still holds.
        Assert.Contains("host-domain", shown, StringComparison.Ordinal);
        Assert.Contains("protect", shown, StringComparison.Ordinal);
    }

    private void Write(string guests, bool holdsGuests = false) => File.WriteAllText(
        Path.Combine(folder.FullName, $"Pulumi.{Stack}.yaml"),
        $$"""
        config:
          passthrough-infra:machine:
            connection:
              host: gpu-host.internal
              hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM
              user: ops
            devices:
              - { name: gpu, address: "01:00.0", id: "1234:1111" }
              - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
            acceptLoss: ["01:00.0"]
            isolation: { cpus: auto }
            boot: { holdGuests: {{(holdsGuests ? "true" : "false")}} }
            guests:
        {{string.Join('\n', guests.Split('\n').Select(l => "  " + l))}}
        encryptionsalt: v1:lV2kIHdAS1Q=:v1:g9qeEy6vrNxje6Kl:qJmplF9F9fAJPTA7UPaQlNLOI3SqVQ==

        """);

    // What an operation does to which resource; what stays the same is not shown.
    private async Task<List<(string Op, string Name)>> ChangesAsync(Func<StackOperations, DeploymentOptions, Task<DeploymentOutcome>> work, bool succeeds = true)
    {
        var reading = await File.ReadAllTextAsync(Path.Combine(Recorded, "probe.txt"));
        var workspace = Workspace.Open(folder.FullName, Variable);
        using var opened = workspace.OpenStack(Stack, new PassphraseSource(Variable));
        using var screen = new StringWriter { NewLine = "\n" };
        var operations = new StackOperations(
            opened,
            new ProviderRegistry(new StillProvider.Factory("command", "1.2.1", reading), new StillProvider.Factory("libvirt", "0.5.4", reading)),
            new ChildProgram(workspace.Project),
            new PlainDisplay(new ConsoleWriter(screen, colour: false), showDiff: false),
            CancellationToken.None,
            CancellationToken.None);
        var outcome = await work(operations, new DeploymentOptions());
        shown = screen.ToString();
        Assert.True(outcome.Result == OperationResult.Succeeded == succeeds, shown);
        return [.. Step().Matches(shown).Select(m => (m.Groups[2].Value, m.Groups[1].Value)).Distinct()];
    }

    private string? Variable(string name) => name switch
    {
        "HOME" or "XDG_CACHE_HOME" => folder.FullName,
        "PULUMI_BACKEND_URL" => $"file://{folder.FullName}/state",
        "PULUMI_CONFIG_PASSPHRASE" => "",
        _ => null,
    };

    private IEnumerable<string> Names() => Resources().Select(r => r.Name);

    private List<(string Name, IReadOnlyList<string> Dependencies)> Resources()
    {
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "state", ".pulumi", "stacks", "passthrough-infra", $"{Stack}.json")));
        var deployment = state.RootElement.GetProperty("checkpoint").GetProperty("latest");
        return !deployment.TryGetProperty("resources", out var resources) ? [] :
        [
            .. resources.EnumerateArray().Where(r => r.GetProperty("type").GetString() is "command:remote:Command" or "libvirt:index/domain:Domain").Select(r => (
                Name(r.GetProperty("urn").GetString()!),
                (IReadOnlyList<string>)(r.TryGetProperty("dependencies", out var needs) ? [.. needs.EnumerateArray().Select(n => Name(n.GetString()!))] : []))),
        ];
    }

    private static string Name(string urn) => urn[(urn.LastIndexOf(':') + 1)..];

    [GeneratedRegex(@"^\s*\S+\s+(?:command:remote:Command|libvirt:index/domain:Domain|pulumi:providers:libvirt) (\S+) (create|update|delete|replace)", RegexOptions.Multiline)]
    private static partial Regex Step();
}
