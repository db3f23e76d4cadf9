using System.Diagnostics;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Tests.State;

public sealed class FileBackendTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory();
    private readonly List<string> warnings = [];
    private readonly FileBackend backend;

    public FileBackendTests() => backend = new(root.FullName);

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void Files_lie_where_the_CLI_looks_for_them()
    {
        backend.Write("demo", "dev", "{}"u8.ToArray());
        backend.Backup("demo", "dev");
        backend.AddHistory("demo", "dev", "{}"u8.ToArray());
        using (backend.Lock("demo", "dev", warnings.Add))
            Assert.Single(Files("locks/organization/demo/dev", "*.json"));
        Assert.Equal("version: 1\n", File.ReadAllText(Path.Combine(root.FullName, ".pulumi/meta.yaml")));
        Assert.True(File.Exists(Path.Combine(root.FullName, ".pulumi/stacks/demo/dev.json")));
        Assert.True(File.Exists(Path.Combine(root.FullName, ".pulumi/stacks/demo/dev.json.bak")));
        Assert.Matches(@"^dev\.\d{19}\.json$", Files("backups/demo/dev", "*").Single());
        Assert.Equal(2, Files("history/demo/dev", "dev-*.json").Length);
        Assert.Empty(Files("locks/organization/demo/dev", "*"));
    }

    [Fact]
    public void The_backend_of_a_URL_is_a_directory()
    {
        Assert.Equal("/elsewhere", FileBackend.Open("file:///elsewhere?no_tmp_dir=true", "/p").Root);
        Assert.Equal("/p/state", FileBackend.Open("file://./state", "/p").Root);
        Assert.Contains("file://", Assert.Throws<EngineException>(() => FileBackend.Open("s3://bucket", "/p")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_run_is_refused_while_the_first_is_alive()
    {
        using var held = backend.Lock("demo", "dev", warnings.Add);
        var problem = Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add));
        Assert.Contains($"pid {Environment.ProcessId}", problem.Message, StringComparison.Ordinal);
        Assert.Contains("cancel --stack dev", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_of_a_process_that_is_proven_to_have_ended_is_explained_and_removed()
    {
        LeaveLock(DeadPid(), Dns.GetHostName());
        using (backend.Lock("demo", "dev", warnings.Add))
            Assert.Contains("ended without finishing", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_another_process_has_now_holds_no_lock()
    {
        LeaveLock(Environment.ProcessId, Dns.GetHostName(), ticks: 1);
        using (backend.Lock("demo", "dev", warnings.Add))
            Assert.Single(warnings);
    }

    [Theory]
    [InlineData("bootID")]
    [InlineData("namespaces")]
    [InlineData("startTicks")]
    public void A_lock_of_which_nothing_is_proven_is_respected(string missing)
    {
        // As of a CLI, of another container, and of a copy of this machine.
        LeaveLock(DeadPid(), Dns.GetHostName(), change: record => record.Remove(missing));
        Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add));
        if (missing != "startTicks")
        {
            LeaveLock(DeadPid(), Dns.GetHostName(), change: record => record[missing] = "another");
            Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add));
        }
        Assert.Single(StackLock.Break(backend, "demo", "dev"));
    }

    [Fact]
    public void A_lock_whose_time_is_of_a_stepped_clock_is_respected_while_its_process_runs()
    {
        using var held = backend.Lock("demo", "dev", warnings.Add);
        var file = Directory.GetFiles(Path.Combine(root.FullName, ".pulumi/locks/organization/demo/dev")).Single();
        var record = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        record["timestamp"] = DateTimeOffset.Now.AddDays(-400).ToString("O");
        File.WriteAllText(file, record.ToJsonString());
        Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add));
    }

    [Fact]
    public void The_lock_of_another_machine_is_respected_until_it_is_cancelled()
    {
        LeaveLock(1, "elsewhere");
        Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add));
        Assert.Contains("somebody@elsewhere", Assert.Single(StackLock.Break(backend, "demo", "dev")), StringComparison.Ordinal);
        backend.Lock("demo", "dev", warnings.Add).Dispose();
    }

    [Fact]
    public void A_state_that_cannot_be_written_leaves_the_old_one_and_says_why()
    {
        backend.Write("demo", "dev", "old"u8.ToArray());
        // A directory in the temporary file's place stops even root.
        Directory.CreateDirectory(backend.StackFile("demo", "dev") + $".tmp{Environment.ProcessId}");
        var problem = Assert.Throws<EngineException>(() => backend.Write("demo", "dev", "new"u8.ToArray()));
        Assert.Contains("cannot be written", problem.Message, StringComparison.Ordinal);
        Assert.Equal("old", Encoding.UTF8.GetString(backend.Read("demo", "dev")!));
    }

    [Fact]
    public void A_compressed_state_is_refused_not_overlooked()
    {
        backend.Write("demo", "dev", "{}"u8.ToArray());
        File.Move(backend.StackFile("demo", "dev"), backend.StackFile("demo", "dev") + ".gz");
        Assert.Contains(".gz", Assert.Throws<EngineException>(() => backend.Read("demo", "dev")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("meta.yaml", "version: 2\n", "version 2")]
    [InlineData("meta.yaml", "version: 0\n", "pulumi state upgrade")]
    [InlineData("stacks/dev.json", "{}", "pulumi state upgrade")]
    [InlineData("journal/demo/dev/1.json", "{}", "cut off")]
    public void What_another_CLI_keeps_in_another_way_is_refused_not_overlooked(string file, string content, string says)
    {
        var path = Path.Combine(root.FullName, ".pulumi", file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Assert.Contains(says, Assert.Throws<EngineException>(() => backend.Read("demo", "dev")).Message, StringComparison.Ordinal);
        Assert.Contains(says, Assert.Throws<EngineException>(() => backend.Lock("demo", "dev", warnings.Add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_cannot_be_read_is_an_error_that_says_why()
    {
        backend.Write("demo", "dev", "{}"u8.ToArray());
        // Nobody may read the memory at address 0, root neither.
        File.Delete(backend.StackFile("demo", "dev"));
        File.CreateSymbolicLink(backend.StackFile("demo", "dev"), "/proc/self/mem");
        Assert.Contains("cannot be read", Assert.Throws<EngineException>(() => backend.Read("demo", "dev")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_is_for_its_owner_only()
    {
        backend.Write("demo", "dev", "{}"u8.ToArray());
        backend.Backup("demo", "dev");
        foreach (var file in new[] { backend.StackFile("demo", "dev"), backend.StackFile("demo", "dev") + ".bak" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_stack_whose_state_is_compressed_exists()
    {
        backend.Write("demo", "dev", "{}"u8.ToArray());
        File.Move(backend.StackFile("demo", "dev"), backend.StackFile("demo", "dev") + ".gz");
        Assert.True(backend.Exists("demo", "dev"));
        Assert.Equal(["dev"], backend.Stacks("demo"));
    }

    [Fact]
    public void What_a_run_that_was_cut_off_left_half_written_is_removed_and_no_file_of_another_stack()
    {
        // All of these are names that stacks may have, and one is in use by another engine.
        string[] others = ["dev.json", "dev.json.tmp1", "dev.json.bak.tmp2", "dev2"];
        foreach (var stack in (string[])["dev", .. others])
        {
            backend.Write("demo", stack, "{}"u8.ToArray());
            backend.Backup("demo", stack);
            backend.AddHistory("demo", stack, "{}"u8.ToArray());
        }
        var written = Path.Combine(root.FullName, ".pulumi/stacks/demo/dev.json.json.tmp77");
        File.WriteAllText(written, "");
        var kept = All();
        string[] left = ["stacks/demo/dev.json.tmp77", "stacks/demo/dev.json.bak.tmp77", "backups/demo/dev/dev.1.json.tmp77", "history/demo/dev/dev-1.history.json.tmp77"];
        foreach (var file in left)
            File.WriteAllText(Path.Combine(root.FullName, ".pulumi", file), "");
        backend.Lock("demo", "dev", warnings.Add).Dispose();
        Assert.Equal(kept, All());
        // A stack's own name can look like what is half written.
        backend.Lock("demo", "dev.json.tmp1", warnings.Add).Dispose();
        Assert.Equal(kept, All());

        string[] All() => [.. Directory.GetFiles(root.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void A_lock_that_is_in_its_place_but_was_not_written_to_disk_is_not_left_behind()
    {
        var directory = Path.Combine(root.FullName, "locks");
        Assert.Throws<EngineException>(() => StackLock.Take(directory, "dev", warnings.Add, (file, content) =>
        {
            Directory.CreateDirectory(directory);
            File.WriteAllBytes(file, content.Span);
            throw new EngineException("the directory cannot be written to disk");
        }));
        Assert.Empty(Directory.GetFiles(directory));
    }

    [Fact]
    public void Another_users_lock_that_cannot_be_removed_or_read_is_an_error_that_names_it()
    {
        LeaveLock(DeadPid(), Dns.GetHostName());
        var directory = Path.Combine(root.FullName, ".pulumi/locks/organization/demo/dev");
        File.SetUnixFileMode(directory, (UnixFileMode)0b101_101_101);
        AsNobody(() =>
        {
            foreach (var act in (Action[])[() => backend.Lock("demo", "dev", warnings.Add), () => StackLock.Break(backend, "demo", "dev")])
            {
                var error = Assert.Throws<EngineException>(act);
                Assert.Contains("cannot be removed", error.Message, StringComparison.Ordinal);
                Assert.Contains(Path.Combine(directory, "x.json"), error.Message, StringComparison.Ordinal);
            }
        });
        Assert.Empty(warnings);
        File.SetUnixFileMode(directory, UnixFileMode.None);
        AsNobody(() => Assert.Contains("cannot be read", Assert.Throws<EngineException>(() => StackLock.Break(backend, "demo", "dev")).Message, StringComparison.Ordinal));
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_000_000);
    }

    /// <summary>Does something with the file system as a user who may do no more than others (setfsuid(2) counts for one thread).</summary>
    private void AsNobody(Action act)
    {
        File.SetUnixFileMode(root.FullName, (UnixFileMode)0b111_101_101);
        Exception? problem = null;
        var thread = new Thread(() =>
        {
            const uint nobody = 65534;
            if (Environment.IsPrivilegedProcess)
                _ = SetFileSystemUser(nobody);
            try
            {
                act();
            }
            catch (Exception failed)
            {
                problem = failed;
            }
        });
        thread.Start();
        thread.Join();
        if (problem is not null)
            ExceptionDispatchInfo.Throw(problem);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint user);

    /// <summary>A number that no process has.</summary>
    private static int DeadPid()
    {
        using var process = Process.Start("true");
        process.WaitForExit();
        return process.Id;
    }

    private void LeaveLock(int pid, string host, long ticks = 1, Action<JsonObject>? change = null)
    {
        var directory = Directory.CreateDirectory(Path.Combine(root.FullName, ".pulumi/locks/organization/demo/dev"));
        var own = ProcessIdentity.Own()!;
        var record = new JsonObject
        {
            ["pid"] = pid,
            ["username"] = "somebody",
            ["hostname"] = host,
            ["timestamp"] = DateTimeOffset.Now.ToString("O"),
            ["bootID"] = own.BootId,
            ["namespaces"] = own.Namespaces,
            ["startTicks"] = ticks,
        };
        change?.Invoke(record);
        File.WriteAllText(Path.Combine(directory.FullName, "x.json"), record.ToJsonString());
    }

    private string[] Files(string directory, string pattern) =>
        Directory.GetFiles(Path.Combine(root.FullName, ".pulumi", directory), pattern).Select(f => Path.GetFileName(f)!).ToArray();
}
