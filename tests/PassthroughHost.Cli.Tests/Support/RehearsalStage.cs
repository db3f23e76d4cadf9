using System.Diagnostics;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>
/// A project with a <c>passthrough</c>, a <c>pulumi</c> and a <c>dotnet</c> that only play theirs: they note how they were called, and behave like a lab, an engine
/// and a compiler would in a rehearsal that goes well, or as the test says.
/// </summary>
internal sealed class RehearsalStage : IDisposable
{
    // What both engines do to the host: the stack is absent, applied or drifted.
    private const string Engine =
        """
        state=$(cat "$FAKE/state")
        [ ! -e "$FAKE/hang-$1" ] || { echo "hanging in $1"; : >"$FAKE/hanging"; sleep 60 & wait; }
        case $1 in
          preview)
            case $state in
              absent) printf 'Resources:\n    + 14 to create\n' ;;
              applied) printf 'Resources:\n    14 unchanged\n' ;;
              drifted)
                cat "$FAKE/drift"
                printf 'Resources:\n    ~ 2 to update\n    12 unchanged\n'
                case "$*" in *--expect-no-changes*) exit 7 ;; esac
                ;;
            esac
            ;;
          up)
            [ ! -e "$FAKE/fails" ] || { echo 'error: update failed' >&2; exit 1; }
            case $state in
              absent) echo second >"$FAKE/boot"; printf 'Resources:\n    + 14 created\n' ;;
              drifted) printf 'Resources:\n    ~ 2 updated\n    12 unchanged\n' ;;
            esac
            echo applied >"$FAKE/state"
            ;;
          destroy) echo absent >"$FAKE/state"; printf 'Resources:\n    - 14 deleted\n' ;;
        esac
        """;

    private const string Passthrough =
        """
        #!/bin/sh
        echo "passthrough $1 ${2:-}" >>"$FAKE/calls"
        case "$1 ${2:-}" in
          'lab reset')
            echo "$*" >"$FAKE/reset"
            : >"$FAKE/is-up"
            ;;
          'lab down') rm -f "$FAKE/is-up" ;;
          'lab ssh')
            case $3 in
              *boot_id) cat "$FAKE/boot" ;;
              *dpkg-query*rust-coreutils*) cat "$FAKE/made" ;;
              *PRETTY_NAME*) echo 'Debian, kernel 6, 20 IOMMU groups' ;;
              *sha256sum*) echo 'every file' ;;
              *cmdline*) cat "$FAKE/host" ;;
              *domstate*) cat "$FAKE/guest" ;;
              sed*) echo drifted >"$FAKE/state" ;;
            esac
            ;;
          lab*) ;;
          *) . "$FAKE/engine.sh" ;;
        esac
        """;

    private const string Pulumi =
        """
        #!/bin/sh
        echo "pulumi $*" >>"$FAKE/calls"
        env | grep -E '^(PULUMI|PASSTHROUGH)_' | sort >"$FAKE/environment"
        case $1 in
          version) cat "$FAKE/version" ;;
          plugin) cat "$FAKE/plugins" ;;
          stack) cat Pulumi.yaml >"$FAKE/project"; cat Pulumi.lab.yaml >"$FAKE/stack"; ls .lab/lab/host_key.pub >>"$FAKE/stack" ;;
          *) . "$FAKE/engine.sh" ;;
        esac
        """;

    private const string Dotnet =
        """
        #!/bin/sh
        echo "dotnet $1" >>"$FAKE/calls"
        [ ! -e "$FAKE/broken" ] || { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
        echo '{ "Properties": { "TargetPath": "/built/Machine.dll", "PulumiSdk": "embedded" } }'
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("rehearsal");

    public RehearsalStage()
    {
        Write("Pulumi.yaml", "name: passthrough-infra\nruntime: dotnet\nmain: stacks/Machine\n");
        Write("Pulumi.lab.yaml", "config:\n  passthrough-infra:machine:\n    connection:\n      host: 127.0.0.1\n      port: 22022\n      user: ops\n      hostKeyFile: .lab/lab/host_key.pub\n");
        Write(".lab/lab/host_key.pub", "ssh-ed25519 AAAA\n");
        Write("fake/engine.sh", Engine);
        Write("fake/state", "absent\n");
        Write("fake/boot", "first\n");
        Write("fake/version", "v3.274.1\n");
        Write("fake/plugins", """[{ "name": "command", "kind": "resource", "version": "1.2.1" }, { "name": "libvirt", "kind": "resource", "version": "0.5.4" }]""");
        Write("fake/host", "intel_iommu=on iommu=pt\n01:00.0 vfio-pci\n01:00.1 vfio-pci\n04:00.0 vfio-pci\ndefault linux intel_iommu=on\nvlan protocol 802.1Q id 3000\n10.0.0.37/24\ndefault via 10.0.0.1 dev br3000\nHugePages_Total: 160\n");
        Write("fake/guest", "running\ngroups 2\nvcpu on 1\nhuge pages 262144\nswtpm 1\nlab_VARS.fd\npool passthrough-host-d9f4a56c\nstarts empty guest\n");
        Write("fake/drift", "warning: drift on the host (boot)\n-GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX intel_iommu=on iommu=pt quiet\"\n+++ /etc/modprobe.d/passthrough-host.conf\n");
        Program("passthrough", Passthrough);
        Program("bin/pulumi", Pulumi);
        Program("bin/pulumi-language-dotnet", "#!/bin/sh\n");
        Program("bin/xsltproc", "#!/bin/sh\n");
        Program("bin/dotnet", Dotnet);
        foreach (var tool in new[] { "sh", "setsid", "cat", "env", "grep", "sort", "ls", "rm", "sleep" })
        {
            File.CreateSymbolicLink(At($"bin/{tool}"), OnPath(tool));
        }

        // Several checkouts may be tested on one machine at a time.
        Address = $"127.77.{Environment.ProcessId / 256 % 256}.{Environment.ProcessId % 256}";
    }

    /// <summary>The loopback address of this test run.</summary>
    public string Address { get; }

    /// <summary>How the programs were called, in order.</summary>
    public IReadOnlyList<string> Calls => File.Exists(At("fake/calls")) ? File.ReadAllLines(At("fake/calls")) : [];

    /// <summary>Whether the lab is up.</summary>
    public bool IsLabUp => File.Exists(At("fake/is-up"));

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>A path on the stage.</summary>
    public string At(string file) => Path.Combine(folder.FullName, file);

    /// <summary>What a file holds.</summary>
    public string Read(string file) => File.ReadAllText(At(file));

    /// <summary>Writes a file.</summary>
    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllText(At(file), text);
    }

    /// <summary>How the lab was brought back to its pristine state.</summary>
    public string Reset => File.ReadAllText(At("fake/reset")).Trim();

    /// <summary>Rehearses.</summary>
    public async Task<(int Code, string Output)> RunAsync(params string[] options)
    {
        using var process = Start(options);
        return await EndAsync(process);
    }

    /// <summary>Starts a rehearsal.</summary>
    public Process Start(params string[] options)
    {
        // What a shell has put in the background ignores Ctrl-C, and what is started from there does.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,QUIT", OnPath("dotnet"), Path.Combine(AppContext.BaseDirectory, "passthrough.dll"), "rehearse", .. options])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = At("bin");
        start.Environment["FAKE"] = At("fake");
        start.Environment["PULUMI_HOME"] = At("home/.pulumi");
        start.Environment["PULUMI_STACK"] = "another";
        start.Environment["PULUMI_BACKEND_URL"] = "https://api.pulumi.com";
        start.Environment["PASSTHROUGH_ENGINE"] = "embedded";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for its end.</summary>
    public static async Task<(int Code, string Output)> EndAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return (process.ExitCode, await output + await error);
    }

    private static string OnPath(string tool) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(d => Path.Combine(d, tool)).First(File.Exists);

    private void Program(string file, string text)
    {
        Write(file, text + "\n");
        File.SetUnixFileMode(At(file), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
