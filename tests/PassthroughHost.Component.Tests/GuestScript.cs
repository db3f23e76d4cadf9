using System.Diagnostics;
using System.Xml.Linq;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>guest.sh as it is, on a libvirtd of a test's own; only the places on the host are others.</summary>
internal sealed class GuestScript(PrivateLibvirt libvirt)
{
    /// <summary>The guest's UUID.</summary>
    public const string Uuid = "6f1d3a54-8c1e-4b7a-9d53-0c4b2e7a9f10";

    /// <summary>Whether it meets no libvirt that answers.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What the script keeps of the guest.</summary>
    public string Kept => Path.Combine(libvirt.Root, "state/guest/g");

    /// <summary>A definition of the guest.</summary>
    public static string Document(int mebibytes, string firmware = "") =>
        $"""
        <domain type="qemu">
          <name>g</name>
          <uuid>{Uuid}</uuid>
          <memory unit="MiB">{mebibytes}</memory>
          <vcpu>1</vcpu>
          <os><type arch="x86_64" machine="q35">hvm</type>{firmware}</os>
          <features><acpi/></features>
          <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model="none"/></devices>
        </domain>

        """;

    /// <summary>Its state in virsh's words.</summary>
    public string State() => libvirt.Virsh("domstate", "g").Trim();

    /// <summary>What an element of its definition, or of what runs, says.</summary>
    public string Live(string element, string how = "--inactive") =>
        XElement.Parse(how == "--inactive" ? libvirt.Virsh("dumpxml", "--inactive", "g") : libvirt.Virsh("dumpxml", "g")).Element(element)!.Value;

    /// <summary>The number of its process.</summary>
    public Task<string> ProcessAsync() => File.ReadAllTextAsync(Path.Combine(Runtime, "g.pid"));

    /// <summary>Runs it, and it succeeds.</summary>
    public async Task<string> SucceedsAsync(string verb, string document, params (string Name, string Value)[] variables)
    {
        var (code, output) = await RunAsync(verb, document, variables);
        Assert.True(code == 0, output);
        return output;
    }

    /// <summary>Runs it, and it fails.</summary>
    public async Task<string> FailsAsync(string verb, string document, params (string Name, string Value)[] variables)
    {
        var (code, output) = await RunAsync(verb, document, variables);
        Assert.True(code == 1, $"it succeeded:\n{output}");
        return output;
    }

    // Where a libvirtd in session mode keeps what qemu:///system keeps in /run/libvirt/qemu.
    private string Runtime => Path.Combine(libvirt.Root, "run/libvirt/qemu/run");

    private async Task<(int Code, string Output)> RunAsync(string verb, string document, (string Name, string Value)[] changed)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["AUTOSTART"] = "no",
            ["DEFINITION"] = document,
            ["DEVICES"] = "",
            ["GUEST"] = "g",
            ["PROTECT"] = "no",
            ["RESTART"] = "never",
            ["RESTART_SECONDS"] = "2",
            ["START"] = "leave",
            ["UUID"] = Uuid,
            ["WAITS"] = "no",
        };
        foreach (var (name, value) in changed)
        {
            variables[name] = value;
        }

        var script = HostScript.Text(new() { Concern = "guest-g", Script = new("guest.sh"), Variables = variables })
            .Replace("/var/lib/passthrough-host", $"{libvirt.Root}/state", StringComparison.Ordinal)
            .Replace("/run/passthrough-host.work", $"{libvirt.Root}/work", StringComparison.Ordinal)
            .Replace("/run/passthrough-host-boot-check", $"{libvirt.Root}/boot-check", StringComparison.Ordinal)
            .Replace("/var/lib/libvirt/swtpm", $"{libvirt.Root}/swtpm", StringComparison.Ordinal)
            .Replace("/etc/apparmor.d/libvirt", $"{libvirt.Root}/apparmor", StringComparison.Ordinal)
            .Replace("/run/libvirt/qemu/", Runtime + "/", StringComparison.Ordinal)
            .Replace("/sys/bus/pci/devices", $"{libvirt.Root}/sys/devices", StringComparison.Ordinal)
            .Replace("/etc/libvirt/qemu/", $"{libvirt.Root}/config/libvirt/qemu/", StringComparison.Ordinal)
            .Replace("qemu:///system", IsSilent ? libvirt.Uri.Replace("libvirt-sock", "no-such-sock", StringComparison.Ordinal) : libvirt.Uri, StringComparison.Ordinal)
            .Replace("[ \"$(id -u)\" -eq 0 ] ||", ": ||", StringComparison.Ordinal);
        using var process = Process.Start(new ProcessStartInfo("sh", ["-s", "--", verb, "token"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
