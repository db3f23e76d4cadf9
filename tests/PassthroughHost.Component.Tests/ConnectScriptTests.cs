using System.Diagnostics;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>connect.sh as it is, with the programs that the test puts on its PATH.</summary>
public sealed class ConnectScriptTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("connect").FullName;

    private readonly Dictionary<string, string> variables = new()
    {
        ["PH_HOST"] = "gpu-host",
        ["PH_PORT"] = "22",
        ["PH_USER"] = "ops",
        ["PH_HOST_KEY"] = "ssh-ed25519 AAAA",
        ["PH_COMMAND"] = "sh -s",
    };

    /// <summary>A machine with what connect.sh itself needs, and no more.</summary>
    public ConnectScriptTests()
    {
        Directory.CreateDirectory(At("bin"));
        Directory.CreateDirectory(At("home/.ssh"));
        Directory.CreateDirectory(At("tmp"));
        foreach (var tool in new[] { "sh", "mktemp", "base64", "tr", "cat", "chmod", "rm", "grep", "head" })
        {
            File.CreateSymbolicLink(At($"bin/{tool}"), Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(d => Path.Combine(d, tool)).First(File.Exists));
        }

        Program("ssh", """case $1 in -G) printf 'hostname 10.0.0.7\nuser ops\nproxyjump bastion\n' ;; *) cat >/dev/null; echo 'Connection refused' >&2; exit 255 ;; esac""");
        Program("ssh-add", "exit 2");
        variables["HOME"] = At("home");
        variables["TMPDIR"] = At("tmp");
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_machine_without_xsltproc_and_agent_says_so_although_the_host_cannot_be_read()
    {
        var reading = Read();
        Assert.Equal(("Connection refused", false), (reading.Failure, reading.FailedHere));
        var here = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        Assert.Equal(new OperatorFacts { Agent = AgentKeys.NoAgent, BootId = here }, reading.Operator);

        Program("xsltproc", "exit 0");
        Program("ssh-add", "exit 0");
        Assert.Equal(new OperatorFacts { HasXsltproc = true, Agent = AgentKeys.Some, BootId = here }, Read().Operator);
    }

    [Fact]
    public void The_agent_is_not_asked_when_there_is_something_else_to_log_in_with()
    {
        variables["PH_PASSWORD"] = "p";
        Assert.Equal(AgentKeys.NotAsked, Read().Operator!.Agent);
        variables["PH_PROXY_HOST"] = "bastion";
        variables["PH_PROXY_HOST_KEY"] = "";
        variables["PH_PROXY_PORT"] = "22";
        variables["PH_PROXY_USER"] = "ops";
        Assert.Equal(AgentKeys.NoAgent, Read().Operator!.Agent);
    }

    [Theory]
    [InlineData("2", AgentKeys.Stale)]
    [InlineData("1", AgentKeys.NotAsked)]
    [InlineData("0", AgentKeys.NotAsked)]
    public void An_agent_that_is_named_and_does_not_answer_is_told_also_with_a_password(string code, AgentKeys told)
    {
        Program("ssh-add", $"exit {code}");
        variables["PH_PASSWORD"] = "p";
        variables["SSH_AUTH_SOCK"] = At("gone");
        Assert.Equal(told, Read().Operator!.Agent);
        variables["SSH_AUTH_SOCK"] = "";
        Assert.Equal(AgentKeys.NotAsked, Read().Operator!.Agent);
    }

    [Fact]
    public void The_users_ssh_configuration_is_asked_where_there_is_one()
    {
        File.WriteAllText(At("home/.ssh/config"), "Host gpu-host\n");
        Assert.Equal(("10.0.0.7", "bastion"), (Read().Operator!.SshHostName, Read().Operator!.SshProxyJump));
    }

    [Theory]
    [InlineData("ssh-rsa", true)]
    [InlineData("ssh-ed25519", false)]
    public void A_host_key_is_asked_for_as_the_command_provider_does_and_a_refused_RSA_key_is_told_with_the_remedy(string type, bool isRefused)
    {
        variables["PH_HOST_KEY"] = $"{type} AAAA";
        Program("ssh", """
            case $1 in
              -G) ;;
              *) cat "$2" >"$TMPDIR/../config"
                grep -q '^LogLevel INFO' "$2" && echo 'Unable to negotiate with 10.0.0.7 port 22: no matching host key type found. Their offer: rsa-sha2-512,ssh-ed25519' >&2
                exit 255 ;;
            esac
            """);
        var failure = Read().Failure ?? "";
        Assert.Contains($"\nHostKeyAlgorithms {type}\n", File.ReadAllText(At("config")), StringComparison.Ordinal);
        Assert.Equal(isRefused, failure.Contains("SHA-1", StringComparison.Ordinal) && failure.Contains("ed25519 key", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_for_temporary_files_that_is_full_is_named_and_not_the_host()
    {
        variables["TMPDIR"] = "/no/such/directory";
        Named("/no/such/directory", Read());

        // There is room for a directory, and none for a file in it.
        variables["TMPDIR"] = At("tmp");
        Program("mktemp", "echo /no/such/directory/ph.1");
        Named(At("tmp"), Read());

        static void Named(string directory, Reading reading)
        {
            Assert.True(reading.FailedHere);
            Assert.Contains($"nothing can be written below {directory} on this machine", reading.Failure, StringComparison.Ordinal);
            Assert.Contains("TMPDIR", reading.Failure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_client_and_an_agent_that_does_not_start_are_this_machines_fault()
    {
        variables["PH_KEY"] = "key";
        Program("ssh-agent", "echo 'no room for a socket' >&2; exit 1");
        Assert.Equal(("no ssh-agent can be started on this machine for the private key: no room for a socket", true), (Read().Failure, Read().FailedHere));
        File.Delete(At("bin/ssh"));
        Assert.Contains("apt-get install openssh-client", Read().Failure, StringComparison.Ordinal);
        Assert.True(Read().FailedHere);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        Read();
        Assert.Empty(Directory.GetFileSystemEntries(At("tmp")));
    }

    private string At(string file) => Path.Combine(root, file);

    private void Program(string name, string text)
    {
        File.Delete(At($"bin/{name}"));
        File.WriteAllText(At($"bin/{name}"), $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private Reading Read()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "src/PassthroughHost.Component/Probe/connect.sh"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        start.Environment["PATH"] = At("bin");
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return Reading.Understand(output);
    }
}
