using System.Diagnostics;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What the network's scripts do to guard a change and to take one back: functions of theirs, with stand-ins for the programs they call.</summary>
public sealed class NetworkGuardTests
{
    [Theory]
    [InlineData("alive", "free")]
    [InlineData("dead", "taken")]
    [InlineData("none", "taken")]
    public void The_guard_does_without_the_hosts_lock_only_while_the_run_that_holds_it_lives(string run, string expected)
    {
        var root = Directory.CreateTempSubdirectory("guard").FullName;
        try
        {
            var text = EmbeddedScript.Text("network-guard.sh");
            var functions = text[text.IndexOf("guard=", StringComparison.Ordinal)..text.IndexOf("\nopen_ssh()", StringComparison.Ordinal)];
            File.WriteAllText(Path.Combine(root, "guard.sh"), $$"""
                set -u
                {{functions.Replace("guard=${0%/*}", $"guard={root}/guard", StringComparison.Ordinal).Replace(". \"$guard/network-vlan.sh\"", "", StringComparison.Ordinal)}}
                mkdir "$guard"
                sleep 0 & gone=$!
                wait $gone
                case $1 in alive) echo $$ >"$guard/held" ;; dead) echo $gone >"$guard/held" ;; esac
                lock
                if flock -n "{{root}}/lock" true; then echo free; else echo taken; fi
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "guard.sh"), run]) { RedirectStandardOutput = true })!;
            Assert.Equal(expected, shell.StandardOutput.ReadToEnd().Trim());
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void The_ports_of_every_guest_that_runs_are_read_and_those_of_no_other()
    {
        using var tree = new SysfsTree();
        const string ports = """
            <domstatus state='running' pid='4711'><domain type='kvm'><devices>
              <interface type='bridge'>
                <source bridge='br3000'/>
                <target dev='vnet3'/>
              </interface>
              <interface type='network'>
                <source network='default' portid='3b1d' bridge="virbr0"/>
                <target dev="vnet4"/>
              </interface>
              <interface type='user'>
                <mac address='52:54:00:00:00:01'/>
              </interface>
              <disk type='file'><source file='/d.qcow2'/><target dev='sda'/></disk>
            </devices></domain></domstatus>
            """;
        foreach (var (guest, process) in new[] { ("win 10", 4711), ("ended", 4712) })
        {
            tree.Write($"run/libvirt/qemu/{guest}.pid", $"{process}\n");
            tree.Write($"run/libvirt/qemu/{guest}.xml", ports);
        }

        tree.Write("proc/4711/status", "\n");
        var said = tree.Run("guest_ports", "../Planning/running-guests.sh", "../Planning/guest-ports.sh");
        Assert.Equal("br3000\tvnet3\twin 10\nvirbr0\tvnet4\twin 10\n", said);
        var facts = ProbeParser.Parse(string.Concat(said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => $"guestport\t{l}\n")) + "end\n");
        Assert.Equal([new("br3000", "vnet3", "win 10"), new("virbr0", "vnet4", "win 10")], facts.Network.GuestPorts);
    }

    /// <summary>A run that was killed between its note and its timer has changed nothing; what systemd does not tell may still change something.</summary>
    [Theory]
    [InlineData("echo inactive", "no, and nothing is left")]
    [InlineData("case $* in *.timer) echo active ;; *) echo inactive ;; esac", "yes")]
    [InlineData("case $* in *undo.service) echo activating ;; *) echo inactive ;; esac", "yes")]
    [InlineData("return 1", "yes")]
    public void A_change_whose_timer_was_never_started_is_not_waited_for(string systemctl, string expected)
    {
        var root = Directory.CreateTempSubdirectory("pending").FullName;
        try
        {
            var text = EmbeddedScript.Text("network.sh");
            var function = text[text.IndexOf("is_pending()", StringComparison.Ordinal)..text.IndexOf("\n# as_wanted", StringComparison.Ordinal)];
            File.WriteAllText(Path.Combine(root, "pending.sh"), $$"""
                set -u
                GUARD={{root}}/guard UNIT=passthrough-host-network-undo CHANGE_UNIT=passthrough-host-network-change
                systemctl() { {{systemctl}}; }
                disarm() { rm -rf "$GUARD"; }
                {{function}}
                mkdir "$GUARD"
                : >"$GUARD/pending"
                if is_pending; then echo yes; elif [ ! -e "$GUARD" ]; then echo 'no, and nothing is left'; fi
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "pending.sh")]) { RedirectStandardOutput = true })!;
            Assert.Equal(expected, shell.StandardOutput.ReadToEnd().Trim());
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("service.new")]
    [InlineData("service", "timer.new")]
    [InlineData("service", "timer")]
    public void What_a_run_left_that_was_killed_while_it_armed_the_timer_is_taken_away(params string[] files)
    {
        var root = Directory.CreateTempSubdirectory("armed").FullName;
        try
        {
            var text = EmbeddedScript.Text("network.sh");
            string Functions(string from, string to) => text[text.IndexOf(from, StringComparison.Ordinal)..text.IndexOf(to, StringComparison.Ordinal)];
            Directory.CreateDirectory(Path.Combine(root, "guard"));
            foreach (var file in files.Where(f => f.Length > 0))
            {
                File.WriteAllText(Path.Combine(root, $"passthrough-host-network-undo.{file}"), "");
            }

            File.WriteAllText(Path.Combine(root, "pending.sh"), $$"""
                set -u
                GUARD={{root}}/guard UNIT=passthrough-host-network-undo CHANGE_UNIT=passthrough-host-network-change
                systemctl() { :; }
                {{Functions("is_pending()", "\n# as_wanted")}}
                {{Functions("open_ssh()", "\n# The change runs").Replace("/etc/systemd/system", root, StringComparison.Ordinal)}}
                ! is_pending && ls "{{root}}"
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "pending.sh")]) { RedirectStandardOutput = true })!;
            Assert.Equal("pending.sh", shell.StandardOutput.ReadToEnd().Trim());
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData("always", "0", "01.yaml operator's", "02.yaml unchanged", "03.yaml old")]
    [InlineData("once ours is gone", "0", "01.yaml operator's", "02.yaml unchanged", "03.yaml old")]
    [InlineData("never", "1", "02.yaml unchanged", "03.yaml new", "99.yaml new")]
    public void The_guard_removes_no_file_of_netplan_before_those_that_are_to_be_there_are_whole(string room, params string[] expected)
    {
        var root = Directory.CreateTempSubdirectory("guard").FullName;
        try
        {
            var text = EmbeddedScript.Text("network-guard.sh");
            var functions = text[text.IndexOf("# put FILE PATH", StringComparison.Ordinal)..text.IndexOf("\n# take_place", StringComparison.Ordinal)];
            File.WriteAllText(Path.Combine(root, "guard.sh"), $$"""
                set -u
                cd "{{root}}"
                guard={{root}}/guard
                mkdir -p guard/netplan netplan
                echo "operator's" >guard/netplan/01.yaml
                echo unchanged | tee guard/netplan/02.yaml >netplan/02.yaml
                echo old >guard/netplan/03.yaml
                for file in 03 60-passthrough-host 99; do echo new >netplan/$file.yaml; done
                cp() { case '{{room}}' in never) return 1 ;; once*) [ ! -e netplan/60-passthrough-host.yaml ] || return 1 ;; esac; command cp "$@"; }
                ln() { return 1; }
                {{functions.Replace("/etc/netplan", $"{root}/netplan", StringComparison.Ordinal)}}
                put_files_back
                echo $?
                cd netplan && for file in .[!.]* *; do [ ! -e "$file" ] || echo "$file $(cat "$file")"; done
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "guard.sh")]) { RedirectStandardOutput = true })!;
            Assert.Equal(expected, shell.StandardOutput.ReadToEnd().Trim().Split('\n'));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>What nobody's files set up: systemd-networkd drops it once it has the NIC, and a change that is taken back brings it back.</summary>
    [Fact]
    public void The_guard_gives_a_NIC_its_addresses_and_routes_back_that_no_file_of_netplan_has()
    {
        Assert.Equal(
            [
                "ip link set enp2s0 master vmbr0", "ip link set enp2s0 up",
                "ip link set enp1s0 up", "ip address restore: addresses", "ip route restore: routes", "ip -6 route restore: routes6",
                "ip route restore: routes", "ip -6 route restore: routes6",
            ],
            RunGuard("restore_addresses", """
                mkdir guard/addresses
                for nic in enp1s0 gone; do
                  echo addresses >guard/addresses/$nic; echo routes >guard/addresses/$nic.routes; echo routes6 >guard/addresses/$nic.routes6
                done
                echo vmbr0 >guard/addresses/enp2s0.master
                there() { [ "$1" != gone ]; }
                ip() { case $* in *restore) echo "ip $*: $(cat)" ;; *) echo "ip $*" ;; esac; }
                """));
    }

    /// <summary>Bonds and bridges have no device, and what is down has nothing to be brought back.</summary>
    [Fact]
    public void What_is_saved_are_links_with_addresses_that_nobody_sets_up_again_and_whose_ports_NICs_are()
    {
        var text = EmbeddedScript.Text("network.sh");
        var functions = text[text.IndexOf("# is_kept LINK", StringComparison.Ordinal)..text.IndexOf("\n# save BRIDGES", StringComparison.Ordinal)];
        var root = Directory.CreateTempSubdirectory("saved").FullName;
        try
        {
            File.WriteAllText(Path.Combine(root, "save.sh"), $$"""
                set -u
                cd "{{root}}"
                GUARD={{root}}/guard
                mkdir -p guard/addresses netif/links managed
                for nic in lo bond0 kept idle port vmbr0; do mkdir -p "net/$nic"; echo 7 >"net/$nic/ifindex"; done
                mkdir -p net/idle/device net/port/device
                echo 3 >net/kept/ifindex
                echo NETWORK_FILE=/etc/systemd/network/kept.network >netif/links/3
                ln -s ../vmbr0 net/port/master
                : >guard/netplan.before
                ip() { case "$*" in '-o address show dev idle '* | '-o address show dev port '*) ;; *) echo "$*" ;; esac; }
                {{functions.Replace("/sys/class/net", $"{root}/net", StringComparison.Ordinal)
                    .Replace("/run/systemd/netif", $"{root}/netif", StringComparison.Ordinal)
                    .Replace("/run/NetworkManager/devices", $"{root}/managed", StringComparison.Ordinal)}}
                save_addresses || exit 1
                cd guard/addresses && for file in *.master *[!6rs]; do echo "$file: $(cat "$file")"; done
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "save.sh")]) { RedirectStandardOutput = true })!;
            Assert.Equal(["port.master: vmbr0", "bond0: address save dev bond0", "vmbr0: address save dev vmbr0"], shell.StandardOutput.ReadToEnd().Trim().Split('\n'));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_NIC_that_netplan_gave_up_without_an_address_is_set_up_by_ifupdown()
    {
        Assert.Equal(
            ["ifupdown sets enp1s0 up again", "ifdown --force enp1s0", "ifup --force enp1s0", "ifupdown sets enp2s0 up again", "ifdown --force enp2s0", "ifup --force enp2s0"],
            RunGuard("set_up_by_ifupdown", """
                printf '%s\n' enp1s0 enp2s0 enp3s0 enp4s0 >guard/netplan.before
                ip() { case $* in *enp3s0*) echo '3: enp3s0 inet 192.0.2.3/24' ;; esac; }
                ifquery() { case $* in *hotplug) echo enp2s0 ;; *) echo lo; echo enp1s0; echo enp3s0 ;; esac; }
                ifdown() { echo "ifdown $*"; }
                ifup() { echo "ifup $*"; }
                """));
    }

    // Lines that a function of the guard's says, with stand-ins for what it calls.
    private static string[] RunGuard(string function, string standIns)
    {
        var root = Directory.CreateTempSubdirectory("guard").FullName;
        try
        {
            var text = EmbeddedScript.Text("network-guard.sh");
            var start = text.IndexOf($"\n{function}()", StringComparison.Ordinal) + 1;
            File.WriteAllText(Path.Combine(root, "guard.sh"), $$"""
                set -u
                cd "{{root}}"
                guard={{root}}/guard
                mkdir guard
                {{standIns}}
                {{text[start..(text.IndexOf("\n}", start, StringComparison.Ordinal) + 2)]}}
                {{function}}
                """);
            using var shell = Process.Start(new ProcessStartInfo("sh", [Path.Combine(root, "guard.sh")]) { RedirectStandardOutput = true })!;
            return shell.StandardOutput.ReadToEnd().Trim().Split('\n');
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
