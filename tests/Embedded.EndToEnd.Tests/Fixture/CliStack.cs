using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests.Fixture;

/// <summary>A project in a directory of its own, worked on with the built command line as a person works on it.</summary>
internal sealed class CliStack : IDisposable
{
    public const string Name = "dev";
    public const string Passphrase = "correct horse";

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };
    // ./test names the one that ./passthrough starts, compiled ahead: half of what these tests take is starting it.
    private static readonly string Cli =
        System.Environment.GetEnvironmentVariable("PASSTHROUGH_TEST_CLI") is { Length: > 0 } built ? built : Path.Combine(AppContext.BaseDirectory, "passthrough.dll");
    private static readonly string Program = typeof(CliStack).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "EndToEndProgram").Value!;

    private readonly LoopbackSshd? host;
    private readonly int port;

    /// <param name="host">The host of the commands that are not local.</param>
    /// <param name="port">Another port to reach it by than its own.</param>
    public CliStack(LoopbackSshd? host = null, int? port = null)
    {
        this.host = host;
        this.port = port ?? host?.Port ?? 0;
        // As an assembly of its own, the program is not built anew.
        File.WriteAllText(Path.Combine(Root, "Pulumi.yaml"), $"name: e2e\nruntime:\n  name: dotnet\n  options:\n    binary: {Program}\n");
    }

    /// <summary>The project's directory; its state is in <c>.pulumi</c> there.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("e2e-").FullName;

    /// <summary>A directory that plays the host's file system.</summary>
    public string HostDirectory => Directory.CreateDirectory(Path.Combine(Root, "host")).FullName;

    public string StackFile => Path.Combine(Root, $"Pulumi.{Name}.yaml");

    public string StateFile => Path.Combine(Root, ".pulumi", "stacks", "e2e", $"{Name}.json");

    public StateDocument State => StateDocument.Read(StateFile);

    /// <summary>Variables that the command line is started with besides.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the private key is left to a secret of the configuration, <c>privateKey</c>.</summary>
    public bool KeyIsSecret { get; set; }

    /// <summary>Whether the environment says nothing of the passphrase.</summary>
    public bool WithoutPassphrase { get; set; }

    /// <summary>Writes the stack file: what the program is to make. What else is there, such as secrets, is kept.</summary>
    public CliStack Declare(params DeclaredCommand[] commands)
    {
        // JSON is YAML, on one line each.
        var kept = File.Exists(StackFile) ? File.ReadAllLines(StackFile).Where(l => !l.StartsWith("config:", StringComparison.Ordinal) && !l.StartsWith("  e2e:resources", StringComparison.Ordinal) && !l.StartsWith("  e2e:connection", StringComparison.Ordinal)) : [];
        var connection = host is null ? null : new DeclaredConnection
        {
            Host = "127.0.0.1",
            Port = port,
            User = System.Environment.UserName,
            PrivateKey = KeyIsSecret ? "" : host.UserKey,
            HostKey = host.HostKeyLine,
        };
        File.WriteAllLines(StackFile,
        [
            "config:",
            $"  e2e:resources: {JsonSerializer.Serialize(commands, Json)}",
            .. connection is null ? [] : new[] { $"  e2e:connection: {JsonSerializer.Serialize(connection, Json)}" },
            .. kept,
        ]);
        return this;
    }

    /// <summary>Starts the command line.</summary>
    /// <remarks>A shell's background job ignores Ctrl-C, and so would all that it starts: env makes it count again.</remarks>
    public CliRun Start(params string[] arguments) => new(StartInfo("env", ["--default-signal=INT,QUIT", "dotnet", Cli, .. arguments]), "");

    /// <summary>Runs the command line to its end with an input.</summary>
    public Task<CliResult> FeedAsync(string input, params string[] arguments) => new CliRun(StartInfo("dotnet", [Cli, .. arguments]), input).WaitAsync();

    /// <summary>Runs the command line to its end on a terminal, at which somebody types.</summary>
    public Task<CliResult> OnTerminalAsync(string typed, params string[] arguments) => StartOnTerminal(typed, arguments).WaitAsync();

    /// <summary>Starts the command line on a terminal, which is gone when the run that is given is killed.</summary>
    public CliRun StartOnTerminal(string typed, params string[] arguments)
    {
        var line = string.Join(' ', ((string[])["dotnet", Cli, .. arguments]).Select(a => $"'{a}'"));
        var start = StartInfo("script", ["--quiet", "--return", "--flush", "--command", $"stty cols 100 rows 40; {line}", "/dev/null"]);
        start.Environment["TERM"] = "xterm";
        return new CliRun(start, typed);
    }

    /// <summary>Runs the command line on a terminal, and presses Ctrl-C when it asks.</summary>
    /// <param name="question">What it asks; it has no end of line, so it is looked for in all that is on the terminal.</param>
    public Task<CliResult> InterruptedAtAsync(string question, params string[] arguments)
    {
        var seen = Path.Combine(Root, "seen");
        File.WriteAllText(seen, "");
        // The brackets keep the pattern from being found in the command itself, which script writes down too.
        var line = string.Join(' ', ((string[])["env", "--default-signal=INT,QUIT", "dotnet", Cli, .. arguments]).Select(a => $"'{a}'"));
        var script = $"exec 3<&0; {line} <&3 & cli=$!; until grep -q '[{question[0]}]{question[1..]}' {seen}; do sleep 0.1; done; sleep 0.3; kill -INT $cli; wait $cli";
        // The terminal's input stays open: nobody types, and nobody has gone either.
        var start = StartInfo("bash", ["-c", "rm -f \"$3\"; mkfifo \"$3\"; exec script --quiet --return --flush --command \"$1\" \"$2\" <> \"$3\"", "bash", script, seen, Path.Combine(Root, "typed")]);
        start.Environment["TERM"] = "xterm";
        return new CliRun(start, "").WaitAsync();
    }

    /// <summary>
    /// Runs a shell script in which <c>cli</c> is the command line, in a mount namespace of its own: what it mounts is seen by nobody else
    /// and is gone with it.
    /// </summary>
    public Task<CliResult> InMountNamespaceAsync(string script) => InNamespacesAsync(["--mount"], script);

    /// <summary>Runs a shell script in which <c>cli</c> is the command line, in namespaces of its own (unshare(1)).</summary>
    public Task<CliResult> InNamespacesAsync(string[] namespaces, string script)
    {
        string[] apart = System.Environment.IsPrivilegedProcess ? namespaces : ["--user", "--map-root-user", .. namespaces];
        return new CliRun(StartInfo("unshare", [.. apart, "sh", "-c", $"cli() {{ dotnet {Cli} \"$@\"; }}\n{script}"]), "").WaitAsync();
    }

    /// <summary>Runs the command line to its end.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => Start(arguments).WaitAsync();

    /// <summary><c>up</c> without a question and without a preview.</summary>
    public Task<CliResult> UpAsync(params string[] arguments) => RunAsync(["up", "--yes", "--skip-preview", .. arguments]);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private ProcessStartInfo StartInfo(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PULUMI_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        if (!WithoutPassphrase)
            start.Environment["PULUMI_CONFIG_PASSPHRASE"] = Passphrase;
        start.Environment["PULUMI_HOME"] = Path.Combine(Root, "home");
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }
}
