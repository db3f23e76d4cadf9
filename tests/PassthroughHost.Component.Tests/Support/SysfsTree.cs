using System.Diagnostics;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>A sysfs and procfs of a test's own, and parts of the probe run on it: only the roots are others.</summary>
internal sealed class SysfsTree : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("probe-tree").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Where a file of the tree is.</summary>
    public string Path(string path) => System.IO.Path.Combine(root, path);

    /// <summary>A file.</summary>
    public void Write(string path, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(root, path))!);
        File.WriteAllText(System.IO.Path.Combine(root, path), content);
    }

    /// <summary>A program of the test's own, in <c>bin</c>.</summary>
    public void Program(string name, string text)
    {
        Write($"bin/{name}", $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path($"bin/{name}"), (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>Runs a whole script, as root of a namespace of its own.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="arguments">Its arguments.</param>
    public (int Code, string Said) Shell(string script, params string[] arguments)
    {
        Write("script", script);
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["-Ur", "sh", "-c", "exec sh \"$@\" 2>&1", "sh", Path("script"), .. arguments]) { WorkingDirectory = root, RedirectStandardOutput = true })!;
        var said = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }

    /// <summary>A symbolic link.</summary>
    public void Link(string path, string target)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(root, path))!);
        if (File.Exists(System.IO.Path.Combine(root, path)) || Directory.Exists(System.IO.Path.Combine(root, path)))
        {
            File.Delete(System.IO.Path.Combine(root, path));
        }

        File.CreateSymbolicLink(System.IO.Path.Combine(root, path), target);
    }

    /// <summary>A PCI function, by its path below /sys/devices.</summary>
    public void Function(string path, string id, string kind)
    {
        var directory = $"sys/devices/{path}";
        var (vendor, device) = (id[..4], id[5..]);
        foreach (var (name, content) in new[] { ("vendor", "0x" + vendor), ("device", "0x" + device), ("class", "0x" + kind), ("numa_node", "0") })
        {
            Write($"{directory}/{name}", content + "\n");
        }

        Write($"{directory}/modalias", $"pci:v0000{vendor.ToUpperInvariant()}d0000{device.ToUpperInvariant()}sv00000000sd00000000bc{kind[..2]}sc{kind[2..4]}i{kind[4..]}\n");
        Link("sys/bus/pci/devices/" + System.IO.Path.GetFileName(path), "../../../devices/" + path);
    }

    /// <summary>A block device, by its path below /sys/devices, with what it stands on.</summary>
    public void Block(string path, params string[] slaves)
    {
        var name = System.IO.Path.GetFileName(path);
        Write($"sys/devices/{path}/size", "1\n");
        Link($"sys/class/block/{name}", $"../../devices/{path}");
        foreach (var slave in slaves)
        {
            Link($"sys/devices/{path}/slaves/{slave}", $"/nowhere/{slave}");
            File.Delete(System.IO.Path.Combine(root, $"sys/devices/{path}/slaves/{slave}"));
            Write($"sys/devices/{path}/slaves/{slave}/size", "1\n");
        }
    }

    /// <summary>A partition, by its path below /sys/devices.</summary>
    public void Partition(string path)
    {
        Block(path);
        Write($"sys/devices/{path}/partition", "1\n");
    }

    /// <summary>Runs commands after parts of the probe.</summary>
    /// <param name="commands">What is run.</param>
    /// <param name="parts">The parts, by name.</param>
    public string Run(string commands, params string[] parts) => Run(Repository.Root, commands, [.. parts.Select(p => $"Probe/{p}")]);

    private string Run(string repository, string commands, IReadOnlyList<string> parts)
    {
        var component = System.IO.Path.Combine(repository, "src/PassthroughHost.Component");
        var shared = File.ReadAllText(System.IO.Path.Combine(component, "Probe/probe.sh"));
        string[] files = ["Probe/probe-rows.sh", .. parts];
        var text = string.Join('\n', files.Select(p => File.ReadAllText(System.IO.Path.Combine(component, p.Replace("Probe/../", "", StringComparison.Ordinal)))))
            .Replace("/proc/sys/", "/proc/kernel-settings/", StringComparison.Ordinal)
            .Replace("/sys/", "./sys/", StringComparison.Ordinal).Replace(@"/^\/sys", @"/^[.]\/sys", StringComparison.Ordinal)
            .Replace("/proc/", "./proc/", StringComparison.Ordinal).Replace("/kernel-settings/", "/sys/", StringComparison.Ordinal).Replace("/run/libvirt", "./run/libvirt", StringComparison.Ordinal);
        var script = shared[..shared.IndexOf("if [ ! -r", StringComparison.Ordinal)] + text;
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", script + "\n" + commands }, WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0, output + error.Result);
        return output;
    }
}
