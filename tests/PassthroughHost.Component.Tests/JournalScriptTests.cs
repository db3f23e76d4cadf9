using System.Diagnostics;
using System.Globalization;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>host.sh and journal.sh as they are, on a host that is a directory: no end of a run costs an original.</summary>
public sealed class JournalScriptTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("journal").FullName;

    public JournalScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "work"));
        Write("original/etc/dropped.conf", "of the operator, dropped in the second spec\n");
        Write("original/etc/changed.conf", "of the operator, changed twice\n");
        Write("original/etc/new.conf", "of the operator, taken in the second spec\n");
        Write("original/etc/aside.conf", "of the operator, put aside\n");
        File.CreateSymbolicLink(Path.Combine(_root, "original/etc/linked.conf"), "changed.conf");
        Write("original/sys/nr_hugepages", "3\n");
        Write("first", Script(
            ("dropped.conf", "first"), ("changed.conf", "first"), ("ours.conf", "first"), ("linked.conf", "first"), ("aside.conf", null)));
        Write("second", Script(
            ("changed.conf", "second"), ("new.conf", "second"), ("deep/er/ours.conf", "second"), ("linked.conf", "second"), ("aside.conf", null)));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Killed_at_any_step_of_an_apply_or_a_revert_no_original_is_lost_and_every_byte_comes_back()
    {
        var (code, said) = Run("1", $"{Steps.Stride(usual: 47, all: 11)}");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 4, said);
    }

    [Fact]
    public void A_number_that_others_set_by_the_files_of_a_killed_update_comes_back_too()
    {
        // A boot, or sysctl --system of a package.
        Write("between", $"[ ! -e {_root}/host/etc/ours.conf ] || echo 7 >{_root}/host/sys/nr_hugepages\n");
        var (code, said) = Run("1", $"{Steps.Stride(usual: 31, all: 7)}");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 4, said);
    }

    [Fact]
    public void On_a_full_file_system_no_file_is_cut_short_and_no_original_is_lost()
    {
        var (code, said) = Run("full", "host state work", Steps.Stride(usual: 2, all: 1) == 1 ? "0 2 5 12" : "2 12");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 3, said);
    }

    [Theory]
    [InlineData("memory", "memory.before", "/sys/a/nr_hugepages=3\n/sys/b/nr_hugepages=0\n", "memory\t/sys/a/nr_hugepages\t3\nmemory\t/sys/b/nr_hugepages\t0\n")]
    [InlineData("sriov", "sriov.before", "0000:02:00.0 4 1\n", "sriov\t0000:02:00.0\t4 1\n")]
    [InlineData("libvirt", "libvirt.member", "ops\n", "libvirt\tops\tno member\n")]
    [InlineData("packages", "packages.installed", "swtpm\novmf\nswtpm\n", "packages\tswtpm\tnot installed\npackages\tovmf\tnot installed\n")]
    [InlineData("network", "network.links", "br3000\nvlan3000\n", "network\tbr3000\tnot there\nnetwork\tvlan3000\tnot there\n")]
    public void What_earlier_versions_noted_of_before_is_taken_over_by_the_concern_it_is_of(string concern, string file, string noted, string expected)
    {
        Write($"state/{file}", noted);
        Write("state/before", "boot\tsomething\telse\n");
        Write("host/sys/nr_hugepages", "7\n");
        Write("first", File.ReadAllText(Path.Combine(_root, "first")).Replace("\nCONCERN=memory\n", $"\nCONCERN={concern}\n", StringComparison.Ordinal));
        using var shell = Process.Start("unshare", ["-Ur", "sh", Path.Combine(_root, "first"), "apply", "token"]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        Assert.Equal(
            $"boot\tsomething\telse\n{expected}",
            File.ReadAllText(Path.Combine(_root, "state/before")));
        Assert.False(File.Exists(Path.Combine(_root, "state", file)));
    }

    [Fact]
    public void After_the_last_revert_only_what_is_kept_of_a_removed_guest_is_left()
    {
        Write("state/scripts/memory.sh", "of this release");
        Write("state/scripts/digest", "abc");
        Write("state/guest/win10/backup/20261129T120000/domain.xml", "<domain/>");
        Write("host/sys/nr_hugepages", "7\n");
        foreach (var verb in (string[])["apply", "revert"])
        {
            using var shell = Process.Start("unshare", ["-Ur", "sh", Path.Combine(_root, "first"), verb, "token"]);
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
            Assert.Equal(verb == "apply", File.Exists(Path.Combine(_root, "state/scripts/memory.sh")));
        }

        Assert.Equal(["guest"], Directory.GetFileSystemEntries(Path.Combine(_root, "state")).Select(Path.GetFileName));
    }

    [Fact]
    public void What_neither_a_spec_nor_a_receipt_names_any_more_comes_back_with_the_last_command_unless_somebody_has_written_it()
    {
        using (var copy = Process.Start("cp", ["-a", Path.Combine(_root, "original"), Path.Combine(_root, "host")]))
        {
            copy.WaitForExit();
        }

        Write("marked", Script(("ours.conf", "# passthrough-host"), ("dropped.conf", "# passthrough-host"), ("changed.conf", "# passthrough-host"), ("linked.conf", null)));
        Write("last", Here(HostScript.Text(new() { Concern = "preflight", Script = new("preflight.sh") { Parts = ["probe-rows.sh", "running-guests.sh"] }, Variables = new Dictionary<string, string> { ["RELIED_ON"] = "" } })));
        Assert.Equal(0, Shell("marked", "apply").Code);
        File.Delete(Path.Combine(_root, "state/memory.receipt"));

        // The spec drops most, and its owner writes one.
        File.WriteAllText(Path.Combine(_root, "host/etc/changed.conf"), "of somebody\n");
        Write("later", Script(("new.conf", "# passthrough-host")));
        Assert.Equal(0, Shell("last", "apply").Code);
        Assert.Equal(0, Shell("later", "apply").Code);
        Assert.Equal(0, Shell("later", "revert").Code);
        Assert.True(File.Exists(Path.Combine(_root, "host/etc/ours.conf")));

        var (code, said) = Shell("last", "revert");
        Assert.True(code == 0, said);
        Assert.Contains($"note: {_root}/host/etc/changed.conf is left as it is", said, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_root, "host/etc/ours.conf")));
        Assert.Equal("of the operator, dropped in the second spec\n", File.ReadAllText(Path.Combine(_root, "host/etc/dropped.conf")));
        Assert.Equal("changed.conf", File.ResolveLinkTarget(Path.Combine(_root, "host/etc/linked.conf"), returnFinalTarget: false)?.Name);
        Assert.Equal("of somebody\n", File.ReadAllText(Path.Combine(_root, "host/etc/changed.conf")));
        Assert.Equal($"kept\t{_root}/host/etc/changed.conf\n", File.ReadAllText(Path.Combine(_root, "state/originals")));
    }

    [Fact]
    public void What_was_kept_of_before_is_gone_and_a_revert_says_what_is_still_there_until_that_is_taken_back_by_hand()
    {
        Write("host/sys/nr_hugepages", "7\n");
        Assert.Equal(0, Shell("first", "apply").Code);
        var ours = Path.Combine(_root, "host/etc/ours.conf");

        // Somebody deleted the receipts and the originals, but not the scripts.
        foreach (var gone in (string[])["memory.receipt", "originals", "before"])
        {
            File.Delete(Path.Combine(_root, "state", gone));
        }

        var (code, said) = Shell("first", "revert");
        Assert.True(code == 1, said);
        Assert.Contains("these are still there as this stack wrote them: ", said, StringComparison.Ordinal);
        Assert.Contains(ours, said, StringComparison.Ordinal);

        // Or all of it.
        Directory.Delete(Path.Combine(_root, "state"), recursive: true);
        Write("without", Here(HostScript.Input(new() { Concern = "memory", Script = new("memory.sh"), Files = [new(ours, "# passthrough-host, as of another release\n")] })));
        File.WriteAllText(ours, "# passthrough-host, and edited by somebody\n");
        (code, said) = Shell("without", "revert");
        Assert.True(code == 1, said);
        Assert.Contains($"still there: {ours}", said, StringComparison.Ordinal);
        File.Delete(ours);
        Assert.Equal((0, "memory: there is nothing of it on this host\n"), Shell("without", "revert"));
        Assert.Contains("update once, which brings it", Shell("without", "apply").Said, StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_after_the_originals_were_deleted_takes_no_file_of_this_project_for_an_original()
    {
        Write("host/sys/nr_hugepages", "7\n");
        Write("marked", Script(("ours.conf", "# passthrough-host, first"), ("same.conf", "# passthrough-host, in both"), ("dropped.conf", "# passthrough-host, dropped")));
        Write("later", Script(("ours.conf", "# passthrough-host, second"), ("same.conf", "# passthrough-host, in both")));
        var (ours, same, dropped) = (Path.Combine(_root, "host/etc/ours.conf"), Path.Combine(_root, "host/etc/same.conf"), Path.Combine(_root, "host/etc/dropped.conf"));
        Assert.Equal(0, Shell("marked", "apply").Code);
        Directory.Delete(Path.Combine(_root, "state"), recursive: true);

        // The same update writes the receipt again; the original stays unknown.
        Assert.Equal(0, Shell("marked", "apply").Code);
        var (code, said) = Shell("marked", "revert");
        Assert.True(code == 1, said);
        Assert.Contains("what was kept of before is gone", said, StringComparison.Ordinal);
        Assert.All(new[] { ours, same, dropped }, f => Assert.Contains(f, said, StringComparison.Ordinal));

        // Neither does one that drops a file pass over it.
        (code, said) = Shell("later", "apply");
        Assert.True(code == 1, said);
        Assert.Contains($"taking {dropped} back", said, StringComparison.Ordinal);
        File.Delete(dropped);
        Directory.Delete(Path.Combine(_root, "state"), recursive: true);

        // Another update writes another file over ours.
        Assert.Equal(0, Shell("later", "apply").Code);
        (code, said) = Shell("later", "revert");
        Assert.True(code == 1, said);
        Assert.Contains(ours, said, StringComparison.Ordinal);
        File.Delete(ours);
        File.WriteAllText(same, "of the operator again\n");
        (code, said) = Shell("later", "revert");
        Assert.True(code == 0, said);
        Assert.False(File.Exists(ours));
        Assert.Equal("of the operator again\n", File.ReadAllText(same));
        Assert.False(File.Exists(Path.Combine(_root, "state/originals")));
    }

    [Fact]
    public void What_a_package_has_brought_since_is_not_overwritten_by_an_older_original()
    {
        var (aside, older) = (Path.Combine(_root, "host/etc/aside.conf"), Path.Combine(_root, "host/etc/aside.conf.before-passthrough-host"));
        // dpkg knows the file of now as the package's.
        var dpkg = "dpkg_query() { case $1 in -S) echo \"netplan-files: $2\" ;; *) printf ' %s %s\\n' '" + aside + "' \"$(md5sum <'" + aside + "' | cut -d ' ' -f 1)\" ;; esac; }\n";
        Write("owned", dpkg + File.ReadAllText(Path.Combine(_root, "first")).Replace("dpkg-query", "dpkg_query", StringComparison.Ordinal));
        Directory.CreateDirectory(Path.Combine(_root, "host/etc"));
        Write("host/sys/nr_hugepages", "7\n");
        foreach (var again in (bool[])[false, true])
        {
            File.WriteAllText(aside, "of the operator, put aside\n");
            Assert.Equal((0, false), (Shell("owned", "apply").Code, File.Exists(aside)));
            File.WriteAllText(aside, "of the upgrade\n");
            var told = "";
            if (again)
            {
                (var code, told) = Shell("owned", "apply");
                Assert.True(code == 0 && !File.Exists(aside), told);
            }

            var revert = Shell("owned", "revert");
            Assert.True(revert.Code == 0, revert.Said);
            Assert.Equal("of the upgrade\n", File.ReadAllText(aside));
            Assert.Equal("of the operator, put aside\n", File.ReadAllText(older));
            Assert.Contains($"to have that instead: mv {older} {aside}", again ? told : revert.Said, StringComparison.Ordinal);
            File.Delete(older);
        }

        // One that somebody wrote is overwritten as ever: dpkg knows another.
        File.WriteAllText(aside, "of the operator, put aside\n");
        Assert.Equal(0, Shell("first", "apply").Code);
        File.WriteAllText(aside, "of somebody\n");
        Assert.Equal(0, Shell("first", "revert").Code);
        Assert.Equal("of the operator, put aside\n", File.ReadAllText(aside));
    }

    private (int Code, string Said) Shell(string script, string verb)
    {
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["-Ur", "sh", Path.Combine(_root, script), verb, "token"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = shell.StandardOutput.ReadToEnd() + shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }

    [Fact]
    public void Who_waits_for_another_run_says_for_which()
    {
        Directory.CreateDirectory(Path.Combine(_root, "state"));
        var text = File.ReadAllText(Path.Combine(_root, "first")).Replace("\n      sleep 2\n", "\n      exit 3\n", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_root, "first"), text);
        using var other = Process.Start("flock", [Path.Combine(_root, "state/lock"), "sh", "-c", $"echo 'boot apply, process 1' >'{_root}/state/lock'; touch '{_root}/held'; exec sleep 60"]);
        SpinWait.SpinUntil(() => File.Exists(Path.Combine(_root, "held")), TimeSpan.FromSeconds(30));
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["-Ur", "sh", Path.Combine(_root, "first"), "apply", "token"]) { RedirectStandardOutput = true })!;
        var said = shell.StandardOutput.ReadToEnd();
        other.Kill(entireProcessTree: true);
        Assert.Equal("waiting for another run on this host, for 0 s: boot apply, process 1\n", said);
    }

    private string Here(string script) => script
        .Replace("/var/lib/passthrough-host", $"{_root}/state", StringComparison.Ordinal)
        .Replace("/run/passthrough-host.work", $"{_root}/work/run", StringComparison.Ordinal);

    private string Script(params (string Name, string? Content)[] files) =>
        Here(HostScript.Text(new()
        {
            Concern = "memory",
            Script = new("memory.sh"),
            Files = [.. files.Select(f => new ManagedFile($"{_root}/host/etc/{f.Name}", f.Content is null ? null : $"{f.Content}\n{string.Concat(Enumerable.Repeat("of ours\n", 40))}"))],
            Variables = new Dictionary<string, string> { ["PAGES"] = $"{_root}/host/sys/nr_hugepages={(files.Length == 5 && files[0].Name[0] == 'd' ? 7 : 2)}", ["PAGE_SIZE"] = "2M" },
        }));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text);
    }

    // File systems are mounted in a namespace of this test's own, where whoever runs it is root.
    private (int Code, string Said) Run(params string[] arguments)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("unshare", [Environment.UserName == "root" ? "-m" : "-Urm", "sh", Path.Combine(Repository.Tests, "Support", "every-step.sh"), _root, .. arguments]) { RedirectStandardOutput = true })!;
        var said = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }
}
