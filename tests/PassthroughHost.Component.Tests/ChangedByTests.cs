using System.Diagnostics;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Tests;

/// <summary>Who changed a file of this project: what the probe finds in dpkg's log and in the journal, and how drift tells it.</summary>
public sealed class ChangedByTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("changed").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_command_of_sudo_a_task_of_Ansible_or_an_upgrade_of_the_package_is_named()
    {
        foreach (var file in (string[])["by-hand.conf", "by-ansible.conf", "by-upgrade.conf", "by-nobody.conf"])
        {
            Write($"d/{file}", "x\n");
        }

        // Its mode was changed and changed back; and one that nobody asks for any more.
        Write("d/touched.conf", "x\n");
        Write("e/unasked.conf", "x\n");
        var mark = Run($"{{ stat -c '%a %U:%G' '{_root}/d/touched.conf' && cat '{_root}/d/touched.conf'; }} | sha256sum | cut -d ' ' -f 1").Trim();
        var same = $"file\t{_root}/d/touched.conf\t{mark}\nfile\t{_root}/e/unasked.conf\tabc\n";
        Write("state/boot.receipt", $"token\tt\ntime\t{DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 100}\n{same}" + string.Concat(
            ((string[])["by-hand.conf", "by-ansible.conf", "gone.conf", "by-nobody.conf"]).Select(f => $"file\t{_root}/d/{f}\tabc\n")) + $"file\t{_root}/d/by-upgrade.conf\tabsent\n");
        Write("bin/journalctl", $"""
            #!/bin/sh
            cat <<'END'
            1.1 host sudo[12]:    alice : TTY=pts/0 ; PWD={_root}/d ; USER=root ; COMMAND=/usr/bin/vim by-hand.conf
            1.2 host sudo[13]:    bob : command not allowed ; TTY=pts/0 ; PWD={_root}/d ; USER=root ; COMMAND=/usr/bin/rm by-hand.conf
            1.3 host python3[12]: ansible-ansible.legacy.copy Invoked with dest={_root}/d/by-ansible.conf password=SECRET
            1.4 host sudo[14]:    carol : PWD=/root ; USER=root ; COMMAND=/usr/bin/rm {_root}/d/gone.conf --key=SECRET
            1.5 host sudo[15]:    dave : PWD={_root}/d ; USER=root ; COMMAND=/usr/bin/sh -s -- {_root}/d/by-hand.conf {_root}/d/by-nobody.conf
            END

            """);
        Write("bin/dpkg", "#!/bin/sh\ncase $2 in *by-upgrade.conf) echo \"cloud-init: $2\" ;; esac\n");
        Write("log/dpkg.log", $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} upgrade cloud-init:all 23.1 24.4\n");
        foreach (var program in Directory.GetFiles(Path.Combine(_root, "bin")))
        {
            Executable(program);
        }

        var said = Run($"PATH='{_root}/bin':$PATH; state='{_root}/state'; LOG='{_root}/log'; export LOG\n{EmbeddedScript.Text("probe-rows.sh")}\n{EmbeddedScript.Text("probe-files.sh")}\n"
            + $"looked=$(stat -c '%n\t%s\t%Y\t%a\t%U:%G\t%Z' '{_root}'/d/*)\nchangers\n");
        var rows = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).ToDictionary(f => Path.GetFileName(f[1]), f => string.Join(' ', f.Skip(3)).Trim());
        Assert.Equal("sudo alice vim", rows["by-hand.conf"]);
        Assert.Equal("ansible copy", rows["by-ansible.conf"]);
        Assert.Equal("sudo carol rm", rows["gone.conf"]);
        Assert.Equal("package cloud-init upgrade 24.4", rows["by-upgrade.conf"]);
        Assert.Equal("", rows["by-nobody.conf"]);
        Assert.Equal(5, rows.Count);
        Assert.DoesNotContain("SECRET", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_as_it_was_when_the_receipt_was_written_is_not_looked_into()
    {
        Write("d/same.conf", "x\n");
        Write("state/boot.receipt", $"token\tt\ntime\t{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1}\nfile\t{_root}/d/same.conf\tabc\n");
        Assert.Equal("", Run($"state='{_root}/state'\n{EmbeddedScript.Text("probe-rows.sh")}\n{EmbeddedScript.Text("probe-files.sh")}\n"
            + $"looked=$(stat -c '%n\t%s\t%Y\t%a\t%U:%G\t%Z' '{_root}'/d/*)\nchangers\n"));
    }

    [Theory]
    [InlineData("sudo", "alice", "vim", "\n# 2025-11-30 21:10:00 +0000: alice named it in a command of sudo shortly before (vim)")]
    [InlineData("ansible", "copy", "", "\n# 2025-11-30 21:10:00 +0000: a task of Ansible named it shortly before (its module copy)")]
    [InlineData("package", "cloud-init", "upgrade", "\n# 2025-11-30 21:10:00 +0000: dpkg's upgrade of the package cloud-init, which ships this file")]
    [InlineData("", "", "", "")]
    public void It_is_told_after_the_diff(string kind, string name, string what, string expected) =>
        Assert.Equal(expected, FileDiff.ChangedBy(new() { Path = "/etc/a", Kind = FileKind.Regular, ChangedBy = new(1764537000, kind, name, what) }));

    private static void Executable(string program)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text);
    }

    private static string Run(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-s"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        shell.StandardInput.Write(script);
        shell.StandardInput.Close();
        var said = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return said;
    }
}
