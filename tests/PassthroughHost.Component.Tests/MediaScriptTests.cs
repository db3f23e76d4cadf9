using System.Diagnostics;
using System.Security.Cryptography;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Tests;

/// <summary>media.sh as it is, with a real qemu-img; only the places on the host are others.</summary>
public sealed class MediaScriptTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("media-").FullName;

    private string concern = "media-win10";

    private string Disk => Path.Combine(root, "images", "win10.qcow2");

    private string Iso => Path.Combine(root, "install.iso");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_disk_is_made_once_grown_where_asked_for_and_never_shrunk_or_overwritten()
    {
        Assert.Contains("made", await SucceedsAsync(disks: $"{Disk}\tqcow2\t16777216\tno"), StringComparison.Ordinal);
        Assert.Equal(16777216, await SizeAsync());
        await RunAsync("qemu-img", ["bitmap", "--add", Disk, "mark"]);

        await SucceedsAsync(disks: $"{Disk}\tqcow2\t33554432\tno");
        Assert.Equal(16777216, await SizeAsync());
        Assert.Contains("grew", await SucceedsAsync(disks: $"{Disk}\tqcow2\t33554432\tyes"), StringComparison.Ordinal);
        Assert.Equal(33554432, await SizeAsync());
        Assert.Contains("left as it is", await SucceedsAsync(disks: $"{Disk}\tqcow2\t8388608\tyes"), StringComparison.Ordinal);
        Assert.Equal(33554432, await SizeAsync());

        Assert.Contains("it is qcow2, not raw", await FailsAsync(disks: $"{Disk}\traw\t33554432\tyes"), StringComparison.Ordinal);
        Assert.Contains("mark", (await RunAsync("qemu-img", ["info", Disk])).Output, StringComparison.Ordinal);
        await SucceedsAsync(disks: $"{Disk}\tqcow2\t33554432\tyes", verb: "revert");
        Assert.True(File.Exists(Disk));
        Assert.Equal([Disk], Directory.GetFiles(Path.GetDirectoryName(Disk)!));
    }

    [Fact]
    public async Task A_disk_without_a_size_must_be_there() =>
        Assert.Contains("the spec has no size to make it with", await FailsAsync(disks: $"{Disk}\tqcow2\t0\tno"), StringComparison.Ordinal);

    [Fact]
    public async Task An_ISO_must_be_there_whole_and_the_right_one()
    {
        Assert.Contains("there is no such file", await FailsAsync(isos: $"{Iso}\t"), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Iso, []);
        Assert.Contains("it is empty", await FailsAsync(isos: $"{Iso}\t"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Iso, "an installer");
        await SucceedsAsync(isos: $"{Iso}\t");
        var sum = Convert.ToHexStringLower(SHA256.HashData("an installer"u8));
        Assert.Contains("computing", await SucceedsAsync(isos: $"{Iso}\t{sum}"), StringComparison.Ordinal);

        // It is not read again as long as it is the same file.
        Assert.DoesNotContain("computing", await SucceedsAsync(isos: $"{Iso}\t{sum}"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Iso, "another, longer one");
        Assert.Contains($"not {sum}", await FailsAsync(isos: $"{Iso}\t{sum}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_checked_of_an_ISO_of_two_guests_is_kept_until_both_have_gone()
    {
        var iso = Path.Combine(root, "a b.iso");
        await File.WriteAllTextAsync(iso, "an ISO");
        var sum = Convert.ToHexStringLower(SHA256.HashData("an ISO"u8));
        var checkedIsos = Path.Combine(root, "state", "media.checked");
        foreach (var guest in (string[])["win10", "second"])
        {
            concern = $"media-{guest}";
            Assert.Equal(guest == "win10", (await SucceedsAsync(isos: $"{iso}\t{sum}")).Contains("computing", StringComparison.Ordinal));
        }

        concern = "media-win10";
        await SucceedsAsync(isos: $"{iso}\t{sum}", verb: "revert");
        Assert.Contains(sum, await File.ReadAllTextAsync(checkedIsos), StringComparison.Ordinal);
        concern = "media-second";
        await SucceedsAsync(isos: $"{iso}\t{sum}", verb: "revert");
        Assert.False(Directory.Exists(Path.Combine(root, "state")));
    }

    [Fact]
    public async Task The_receipt_of_a_release_that_knew_one_guest_goes_when_that_guest_has_one_of_its_own_and_with_no_other()
    {
        var state = Directory.CreateDirectory(Path.Combine(root, "state")).FullName;
        foreach (var (kind, line) in new[] { ("guest", "definition of win10\td0"), ("media", $"disk {Disk}\tqcow2 8MiB"), ("storage", "storage pool over /srv\tactive") })
        {
            await File.WriteAllTextAsync(Path.Combine(state, $"{kind}.receipt"), $"token\tt0\ndigest\td0\nsetting\t{line}\n");
        }

        // Another guest comes first: whose the former ones are is noted, and they stay.
        concern = "media-second";
        await SucceedsAsync($"{root}/second.qcow2\tqcow2\t8388608\tno");
        Assert.Equal(["guest.receipt", "media-second.receipt", "media.receipt", "storage.receipt"], Receipts());
        Assert.All((string[])["guest", "media", "storage"], k => Assert.Equal("win10", Receipt.Parse(k, File.ReadAllLines(Path.Combine(state, $"{k}.receipt")))!.Guest));

        concern = "media-win10";
        await SucceedsAsync($"{Disk}\tqcow2\t8388608\tno");
        Assert.Equal(["guest.receipt", "media-second.receipt", "media-win10.receipt", "storage.receipt"], Receipts());
        await SucceedsAsync($"{Disk}\tqcow2\t8388608\tno", verb: "revert");
        Assert.Equal(["guest.receipt", "media-second.receipt", "storage.receipt"], Receipts());

        IEnumerable<string?> Receipts() => Directory.GetFiles(state, "*.receipt").Select(Path.GetFileName).Order(StringComparer.Ordinal);
    }

    private async Task<long> SizeAsync()
    {
        var info = (await RunAsync("qemu-img", ["info", "--output=json", Disk])).Output;
        using var json = System.Text.Json.JsonDocument.Parse(info);
        return json.RootElement.GetProperty("virtual-size").GetInt64();
    }

    private async Task<string> SucceedsAsync(string disks = "", string isos = "", string verb = "apply")
    {
        var (code, output) = await ApplyAsync(disks, isos, verb);
        Assert.True(code == 0, output);
        return output;
    }

    private async Task<string> FailsAsync(string disks = "", string isos = "")
    {
        var (code, output) = await ApplyAsync(disks, isos, "apply");
        Assert.True(code == 1, $"it succeeded:\n{output}");
        return output;
    }

    private Task<(int Code, string Output)> ApplyAsync(string disks, string isos, string verb)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["DISKS"] = disks, ["GUEST"] = "no-such-guest", ["ISOS"] = isos };
        var script = HostScript.Text(new()
        {
            Concern = concern,
            Script = new("media.sh") { Parts = ["guest-disks.sh"] },
            Variables = variables,
            Settings = [.. isos.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(i => new Setting($"ISO {i.Split('\t')[0]}", "there", "there"))],
        })
            .Replace("/var/lib/passthrough-host", $"{root}/state", StringComparison.Ordinal)
            .Replace("/run/passthrough-host.work", $"{root}/work", StringComparison.Ordinal)
            // Who runs this may own the directories that the hypervisor's user would have to pass.
            .Replace("libvirt-qemu", "no-such-user", StringComparison.Ordinal)
            .Replace("[ \"$(id -u)\" -eq 0 ] ||", ": ||", StringComparison.Ordinal);
        return RunAsync("sh", ["-s", "--", verb, "token"], script);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, string stdin = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(stdin);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
