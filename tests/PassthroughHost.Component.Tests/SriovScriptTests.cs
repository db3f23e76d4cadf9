using System.Diagnostics;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Tests;

/// <summary>The unit's script on a tree of plain files in place of sysfs: what it writes where. What the kernel makes of it, the lab shows.</summary>
public sealed class SriovScriptTests : IDisposable
{
    private const string Card = "0000:02:00.0";

    private readonly string _root = Directory.CreateTempSubdirectory("sriov").FullName;

    public SriovScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "pci", "drivers", "vfio-pci"));
        Directory.CreateDirectory(Path.Combine(_root, "pci", "drivers", "igbvf"));
        Directory.CreateDirectory(At(Card, "driver"));
        Directory.CreateDirectory(At(Card, "net", "enp2s0f0"));
        Write("0x8086\n", Card, "vendor");
        Write("0x1521\n", Card, "device");
        Write("0\n", Card, "sriov_numvfs");
        Write("1\n", Card, "sriov_drivers_autoprobe");
        for (var i = 0; i < 3; i++)
        {
            Directory.CreateDirectory(At($"0000:02:1{i}.0"));
            Write("(null)\n", $"0000:02:1{i}.0", "driver_override");
            Directory.CreateSymbolicLink(At(Card, $"virtfn{i}"), $"../0000:02:1{i}.0");
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Each_function_goes_to_whom_the_list_says_and_has_its_MAC_address()
    {
        Run("8086:1521");
        Assert.Equal("3\n", Read(Card, "sriov_numvfs"));
        Assert.Equal("1\n", Read(Card, "sriov_drivers_autoprobe"));
        Assert.Equal(["vfio-pci\n", "(null)\n", "vfio-pci\n"], Enumerable.Range(0, 3).Select(i => Read($"0000:02:1{i}.0", "driver_override")));
        Assert.Equal("link set dev enp2s0f0 vf 0 mac 52:54:00:0a:00:01\nlink set dev enp2s0f0 vf 1 mac 52:54:00:0a:00:02\n", File.ReadAllText(Path.Combine(_root, "ip")));
    }

    [Fact]
    public void The_hosts_driver_that_udev_loads_for_new_functions_gets_none_that_is_a_guests()
    {
        var (code, said) = Run("8086:1521");
        Assert.True(code == 0, said);
        Assert.Equal("vfio-pci igbvf vfio-pci", Drivers());
        Assert.DoesNotContain("igbvf 0000:02:10.0", File.ReadAllText(Path.Combine(_root, "taken")), StringComparison.Ordinal);
        Assert.Equal("0\n0\n", File.ReadAllText(Path.Combine(_root, "probed")));
        Assert.DoesNotContain("igbvf 0000:02:12.0", File.ReadAllText(Path.Combine(_root, "taken")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(21, "0000:02:10.0: igbvf does not let go of it: stop what uses it, then update again")]
    public void A_driver_that_is_still_starting_for_a_function_is_waited_for(int refusals, string wanted)
    {
        Write("3\n", Card, "sriov_numvfs");
        Enumerable.Range(0, 3).ToList().ForEach(i => Directory.CreateSymbolicLink(At($"0000:02:1{i}.0", "driver"), Path.Combine(_root, "pci", "drivers", "igbvf")));
        var (code, said) = Run("8086:1521", refusals);
        Assert.Equal(wanted.Length > 0 ? 1 : 0, code);
        Assert.StartsWith(wanted, said, StringComparison.Ordinal);
        Assert.Equal(wanted.Length > 0 ? "igbvf igbvf vfio-pci" : "vfio-pci igbvf vfio-pci", Drivers());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public void Whether_drivers_take_functions_by_themselves_is_afterwards_as_it_was(string probed)
    {
        Write($"{probed}\n", Card, "sriov_drivers_autoprobe");
        Write("3\n", Card, "sriov_numvfs");
        Run("8086:1521");
        Assert.Equal($"{probed}\n", Read(Card, "sriov_drivers_autoprobe"));
        Assert.Equal("vfio-pci igbvf vfio-pci", Drivers());
    }

    [Fact]
    public void A_function_that_vfio_pci_does_not_take_is_told_at_once()
    {
        var (code, said) = Run("8086:1521", refuses: "0000:02:12.0");
        Assert.Equal(1, code);
        Assert.StartsWith("0000:02:12.0: vfio-pci did not take it; the kernel said:", said, StringComparison.Ordinal);
        Assert.Equal(["0000:02:12.0"], File.ReadAllLines(Path.Combine(_root, "refused")));
    }

    [Fact]
    public void A_card_that_udev_has_not_named_yet_is_waited_for()
    {
        Directory.Move(At(Card, "net", "enp2s0f0"), At(Card, "net", "eth0"));
        var (code, said) = Run("8086:1521");
        Assert.True(code == 0, said);
        Assert.StartsWith("link set dev enp2s0f0 vf 0 mac 52:54:00:0a:00:01\n", File.ReadAllText(Path.Combine(_root, "ip")), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_device_at_the_address_is_left_alone()
    {
        var (code, said) = Run("8086:1572");
        Assert.Equal(1, code);
        Assert.Contains("it is [8086:1521], not [8086:1572]: left alone", said, StringComparison.Ordinal);
        Assert.Equal("0\n", Read(Card, "sriov_numvfs"));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal("(null)\n", Read($"0000:02:1{i}.0", "driver_override")));
    }

    private string At(params string[] path) => Path.Combine([_root, "pci", "devices", .. path]);

    private void Write(string text, params string[] path) => File.WriteAllText(At(path), text);

    private string Read(params string[] path) => File.ReadAllText(At(path));

    private string Drivers() => string.Join(' ', Enumerable.Range(0, 3).Select(i => Path.GetFileName(new DirectoryInfo(At($"0000:02:1{i}.0", "driver")).LinkTarget)));

    // What the kernel does: a driver that is asked for takes a function, by its override first; one that udev has loaded takes all that are free once
    // autoprobe is on. Letting go of one fails so many times.
    private string Kernel(int refusals, string refuses) =>
        $$"""

        sleep() { :; }
        ip() {
          case $* in *eth0*) mv {{At(Card, "net")}}/eth0 {{At(Card, "net")}}/enp2s0f0; echo 'Cannot find device "eth0"'; return 1 ;; esac
          echo "$@" >>'{{_root}}/ip'
          cat "$pci/devices/{{Card}}/sriov_drivers_autoprobe" >>'{{_root}}/probed'
        }
        take() {
          [ ! -e "$1/driver" ] || return 0
          [ "${1##*/}" != '{{refuses}}' ] || { [ -z "$asked" ] || echo "${1##*/}" >>'{{_root}}/refused'; return 0; }
          read -r by <"$1/driver_override"
          [ "$by" = vfio-pci ] || by=igbvf
          [ "$by" = vfio-pci ] || [ "$(cat "$pci/devices/{{Card}}/sriov_drivers_autoprobe")" = 1 ] || return 0
          echo "$by ${1##*/}" >>'{{_root}}/taken'
          ln -s "$pci/drivers/$by" "$1/driver"
        }
        asked=
        probe() { asked=yes; take "$1"; asked=; }
        autoprobe() {
          echo "$2" >"$pci/devices/$1/sriov_drivers_autoprobe"
          [ "$2" = 0 ] || for each in "$pci/devices/$1"/virtfn*; do take "$(readlink -f "$each")"; done
        }
        refusals={{refusals}}
        unbind() {
          [ $refusals = 0 ] || { refusals=$((refusals - 1)); return 1; }
          rm "$1/driver"
        }

        case ${1:-} in

        """;

    private (int Code, string Said) Run(string id, int refusals = 0, string refuses = "none")
    {
        File.WriteAllText(
            Path.Combine(_root, "list"),
            $"# a list\ndevice {Card} {id} 3\nfunction {Card} 0 guest 52:54:00:0a:00:01\nfunction {Card} 1 host 52:54:00:0a:00:02\nfunction {Card} 2 guest -\n");
        var script = EmbeddedScript.Text("sriov-unit.sh")
            .Replace("\npci=/sys/bus/pci\n", $"\npci='{_root}/pci'\n", StringComparison.Ordinal)
            .Replace("\nlist=/etc/passthrough-host/sriov\n", $"\nlist='{_root}/list'\n", StringComparison.Ordinal)
            .Replace("\ncase ${1:-} in\n", Kernel(refusals, refuses), StringComparison.Ordinal);
        Assert.Contains($"pci='{_root}/pci'", script, StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-s", "--", "make"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        shell.StandardInput.Write(script);
        shell.StandardInput.Close();
        var said = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, said);
    }
}
