using System.ComponentModel;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>
/// The <c>pulumi</c> on the PATH, with its plugins as it finds them: on a copy of the project whose host is another loopback address, because its libvirt
/// provider reaches port 22 alone, with a file backend of its own. Neither the checkout's files nor PULUMI_HOME are changed.
/// </summary>
internal sealed partial class PulumiRehearsal : RehearsedEngine, IDisposable
{
    /// <summary>The oldest CLI that is tried: its exit codes are looked at, and they were seen with this one.</summary>
    private static readonly Version Oldest = new(3, 274, 0);

    private static readonly string[] Plugins = ["command", "libvirt"];

    private readonly string root;
    private readonly string folder;
    private readonly IPAddress address;
    private readonly Shell shell;
    private PortRelay? relay;
    private string binary = "";
    private string title = "pulumi";

    /// <param name="root">The project's directory.</param>
    /// <param name="address">The loopback address whose port 22 leads to the lab.</param>
    public PulumiRehearsal(string root, IPAddress address)
    {
        this.root = root;
        this.address = address;
        folder = Path.Combine(root, ".lab", "rehearsal-pulumi");
        Directory.CreateDirectory(ProjectDirectory);
        shell = new(
            ProjectDirectory,
            new Dictionary<string, string?>
            {
                ["PULUMI_BACKEND_URL"] = "file://" + State,
                ["PULUMI_CONFIG_PASSPHRASE"] = "",
                ["PULUMI_CONFIG_PASSPHRASE_FILE"] = null,
                ["PULUMI_STACK"] = null,
                ["PULUMI_SKIP_UPDATE_CHECK"] = "true",
                // By these a program is told that the embedded engine runs it, and a command line that it is within an update.
                ["PASSTHROUGH_ENGINE"] = null,
                ["PULUMI_MONITOR"] = null,
                ["PULUMI_ENGINE"] = null,
                ["NO_COLOR"] = "1",
            });
    }

    public override string Title => title;

    public override string State => Path.Combine(folder, "state");

    private string ProjectDirectory => Path.Combine(folder, "project");

    public void Dispose() => relay?.Dispose();

    public override async Task CheckAsync(CancellationToken stopping)
    {
        var missing = new List<string>();
        if (OnPath("pulumi") is not { } pulumi)
        {
            missing.Add("pulumi is not on the PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/)");
        }
        else
        {
            missing.AddRange(await CheckCliAsync(pulumi, stopping));
        }

        if (OnPath("xsltproc") is null)
        {
            missing.Add("xsltproc is not on the PATH, and the libvirt provider runs it: install it (Debian and Ubuntu: apt-get install xsltproc)");
        }

        missing.AddRange(OpenRelay());
        if (missing.Count > 0)
        {
            throw new RehearsalException($"a rehearsal with pulumi cannot be run on this machine:\n    {string.Join("\n    ", missing)}");
        }

        await BuildAsync(stopping);
    }

    public override async Task OpenAsync(CancellationToken stopping)
    {
        Empty(State);
        WriteProject();
        var (shown, code, _) = await VerbAsync(["stack", "init", Stack], stopping);
        if (code != 0)
        {
            throw new RehearsalException($"`{shown}` exited with {code}");
        }
    }

    protected override async Task<(string Shown, int Code, string Output)> VerbAsync(IReadOnlyList<string> arguments, CancellationToken stopping)
    {
        // Without a terminal the CLI asks nothing, but it says so with its own option.
        string[] all = [.. arguments, "--non-interactive", "--color", "never"];
        var shown = $"pulumi {string.Join(' ', arguments)}";
        Console.WriteLine($"  $ {shown}");
        var (code, output) = await shell.RunAsync("pulumi", all, show: true, stopping);
        return (shown, code, output);
    }

    private async Task<List<string>> CheckCliAsync(string pulumi, CancellationToken stopping)
    {
        var missing = new List<string>();
        var (code, said) = await shell.RunAsync("pulumi", ["version"], show: false, stopping);
        var found = VersionText().Match(said);
        if (code != 0 || !found.Success)
        {
            return [$"`pulumi version` ({pulumi}) exited with {code} and said {Quoted(said)}: it is no Pulumi CLI that works"];
        }

        var version = Version.Parse(found.Groups[1].Value);
        if (version < Oldest)
        {
            missing.Add($"{pulumi} is version {version}, and the oldest that can be used is {Oldest}: update it");
        }

        // The CLI takes the language hosts that lie beside it, wherever a link on the PATH leads.
        var beside = Path.Combine(Path.GetDirectoryName(new FileInfo(pulumi).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? pulumi)!, "pulumi-language-dotnet");
        if (!File.Exists(beside) && OnPath("pulumi-language-dotnet") is null)
        {
            missing.Add($"pulumi-language-dotnet, the CLI's language host for .NET, is neither on the PATH nor at {beside}: it comes with the CLI's own archive");
        }

        var installed = await InstalledPluginsAsync(stopping);
        var versions = new List<string>();
        foreach (var plugin in Plugins)
        {
            if (installed.TryGetValue(plugin, out var known))
            {
                versions.Add($"{plugin} {known}");
            }
            else if (OnPath($"pulumi-resource-{plugin}") is { } file)
            {
                versions.Add($"{plugin} of {file}");
            }
            else
            {
                missing.Add($"the plugin {plugin} is neither installed nor on the PATH (pulumi-resource-{plugin}): pulumi plugin install resource {plugin}");
            }
        }

        title = $"pulumi {version} with {string.Join(", ", versions)}";
        return missing;
    }

    private async Task<Dictionary<string, string>> InstalledPluginsAsync(CancellationToken stopping)
    {
        var (code, said) = await shell.RunAsync("pulumi", ["plugin", "ls", "--json"], show: false, stopping);
        try
        {
            using var list = JsonDocument.Parse(code == 0 ? said : "[]");
            return list.RootElement.EnumerateArray()
                .Where(p => p.GetProperty("kind").GetString() == "resource")
                .GroupBy(p => p.GetProperty("name").GetString()!, p => p.TryGetProperty("version", out var version) ? version.GetString() ?? "" : "")
                .ToDictionary(g => g.Key, g => string.Join(" and ", g));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RehearsalException($"`pulumi plugin ls --json` exited with {code} and wrote no list of plugins: {Quoted(said)}");
        }
    }

    private IEnumerable<string> OpenRelay()
    {
        try
        {
            relay = new(new(address, 22), new(IPAddress.Loopback, LabPort()));
            return [];
        }
        catch (PortRelayException e)
        {
            return [e.Message];
        }
    }

    // Built here and not by the language host: once, and told when it does not build. Which SDK it is built with is the checkout's to say.
    private async Task BuildAsync(CancellationToken stopping)
    {
        Console.WriteLine("  $ dotnet build stacks/Machine");
        var (code, said) = await shell.RunAsync(
            "dotnet",
            ["build", "-nologo", "-v:quiet", "-nodeReuse:false", "-clp:NoSummary", "-t:Build", "-getProperty:TargetPath", "-getProperty:PulumiSdk", Path.Combine(root, "stacks", "Machine")],
            show: false,
            stopping);
        try
        {
            // What it writes beside that is errors.
            using var document = JsonDocument.Parse(code == 0 ? said : "{}");
            var properties = document.RootElement.GetProperty("Properties");
            binary = properties.GetProperty("TargetPath").GetString()!;
            title += $", the program built with the {properties.GetProperty("PulumiSdk").GetString()} SDK";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RehearsalException($"`dotnet build stacks/Machine` exited with {code}:\n{said.Trim()}\n    PulumiSdk=embedded ./passthrough rehearse --engine pulumi builds it without the official packages");
        }
    }

    private void WriteProject()
    {
        File.WriteAllText(
            Path.Combine(ProjectDirectory, "Pulumi.yaml"),
            $"name: {ProjectName().Match(Read("Pulumi.yaml")).Groups[1].Value}\ndescription: The project of a rehearsal\nruntime:\n  name: dotnet\n  options:\n    binary: {JsonSerializer.Serialize(binary)}\n");
        File.WriteAllText(Path.Combine(ProjectDirectory, $"Pulumi.{Stack}.yaml"), StackFile(Read($"Pulumi.{Stack}.yaml"), address));

        // The stack file names the lab's keys relative to the project.
        var keys = Path.Combine(ProjectDirectory, ".lab");
        if (new FileInfo(keys).LinkTarget != Path.Combine(root, ".lab"))
        {
            File.Delete(keys);
            Directory.CreateSymbolicLink(keys, Path.Combine(root, ".lab"));
        }
    }

    /// <summary>The stack file for another address of the lab, at port 22.</summary>
    /// <exception cref="RehearsalException">It is not written as expected.</exception>
    internal static string StackFile(string text, IPAddress address)
    {
        if (!HostLine().IsMatch(text) || !PortLine().IsMatch(text))
        {
            throw new RehearsalException($"Pulumi.{Stack}.yaml has no host: and port: on lines of their own in its connection");
        }

        return PortLine().Replace(HostLine().Replace(text, $"${{before}}{address}"), "");
    }

    private int LabPort() => PortLine().Match(Read($"Pulumi.{Stack}.yaml")) is { Success: true } port
        ? int.Parse(port.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
        : throw new RehearsalException($"Pulumi.{Stack}.yaml names no port of the lab");

    private string Read(string file) => File.ReadAllText(Path.Combine(root, file));

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(d => d.Length > 0).Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    private static string Quoted(string said) => said.Trim() is { Length: > 0 } text ? $"\"{text[..Math.Min(text.Length, 200)]}\"" : "nothing";

    [GeneratedRegex(@"^v?(\d+\.\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionText();

    [GeneratedRegex(@"^name:\s*(\S+)", RegexOptions.Multiline)]
    private static partial Regex ProjectName();

    [GeneratedRegex(@"^(?<before>\s+host:[ \t]*)\S+", RegexOptions.Multiline)]
    private static partial Regex HostLine();

    [GeneratedRegex(@"^\s+port:[ \t]*(\d+)[ \t]*\n", RegexOptions.Multiline)]
    private static partial Regex PortLine();
}
