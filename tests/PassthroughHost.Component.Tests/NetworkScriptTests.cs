using System.Globalization;
using PassthroughInfra.Component.Concerns.Network;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// Network's whole script and its guard's on a host that is a directory, in which links are directories and netplan, systemd and ip are stand-ins: what a run leaves
/// that was ended is taken back when the timer is over, and every file and link is in the end as it was.
/// </summary>
public sealed class NetworkScriptTests : IDisposable
{
    private readonly ScriptStage _stage = new();

    public NetworkScriptTests()
    {
        _stage.Write("original/etc/netplan/01-network-manager-all.yaml", "renderer: NetworkManager\n");
        _stage.Write("original/etc/netplan/60-passthrough-host.yaml", "# of the operator\n");
        _stage.Write("original/etc/netplan/90-other.yaml", "# of the operator, put aside in the second spec\n");
        Directory.CreateDirectory(At("original/etc/systemd/system/timers.target.wants"));
        _stage.Write("original/net/eth0/flags", "0x1003\n");
        Directory.CreateDirectory(At("original/made"));

        // A NIC that ifupdown has set up; networkd drops what it has once netplan makes a port of it.
        _stage.Write("original/net/eth0/device/vendor", "0x8086\n");
        _stage.Write("original/net/eth0/addresses", "192.0.2.7/24\n");
        _stage.Program("ifquery", "echo lo; echo eth0");
        _stage.Program("ifdown", ":");
        _stage.Program("ifup", $"echo 192.0.2.7/24 >{At("host/net/eth0/addresses")}");

        // Like netplan it makes what its files say, and deletes no link.
        _stage.Program("netplan", $$"""
            [ "$1" = apply ] || exit 0
            cd "{{At("host")}}" || exit 1
            rm -rf "{{At("host/made")}}"
            mkdir -p "{{At("host/made")}}"
            sed -n 's/^# bridge //p' etc/netplan/60-passthrough-host.yaml | while IFS='=' read -r name port; do
              mkdir -p "net/$name/bridge" "net/$name/brif/$port"
              echo 0x1003 >"net/$name/flags"
              : >"{{At("host/made")}}/10-netplan-$name.netdev"
              : >"{{At("host/made")}}/10-netplan-$port.network"
              rm -f "net/$port/addresses"
            done
            """);
        _stage.Program("ip", $$"""
            case "$1 $2" in
              'link delete') rm -r "{{At("host/net")}}/$3" ;;
              'link set') rm -rf "{{At("host/net")}}"/*/brif/"$3" ;;
              '-o address') cat "{{At("host/net")}}/$5/addresses" 2>/dev/null ;;
              'address save') cat "{{At("host/net")}}/$4/addresses" ;;
              'address restore') cat >{{At("host/net/eth0/addresses")}} ;;
            esac
            """);
        _stage.Program("ss", "echo 0 0");
        _stage.Program("networkctl", ":");
        _stage.Program("sleep", "exec /bin/sleep 0.02");

        // The timer is active until somebody stops it; that its time is over is said by the script that comes between.
        _stage.Program("systemctl", $$"""
            while [ "${1#-}" != "$1" ]; do shift; done
            units={{At("host/etc/systemd/system")}}
            case "$1 $2" in
              'is-active ssh.service') ;;
              'is-active '*) while [ $# -gt 1 ]; do shift; done; [ "$1" = ssh.service ] ;;
              'start passthrough-host-network-undo.timer') [ -e "$units/$2" ] && : >{{At("state/timer.active")}} ;;
              'stop passthrough-host-network-undo.timer') rm -f {{At("state/timer.active")}} ;;
              'enable '*) ln -sf "$units/$2" "$units/timers.target.wants/$2" ;;
              'disable '*) rm -f "$units/timers.target.wants/$2" ;;
              'show '*) while [ $# -gt 1 ]; do shift; done; case $1 in *.timer) [ ! -e {{At("state/timer.active")}} ] ;; *change*) [ ! -e {{At("changing")}} ] ;; esac && echo inactive || echo active ;;
            esac
            """);
        _stage.Program("systemd-run", $$"""
            while [ "${1#--}" != "$1" ]; do shift; done
            : >{{At("changing")}}
            PATH={{At("bin")}}:$PATH setsid sh -c '"$@"; rm {{At("changing")}}' sh "$@" </dev/null >/dev/null 2>&1 9>&- &
            """);
        _stage.Write("first", Script("br0", null));
        _stage.Write("second", Script("br1", "90-other.yaml"));
        _stage.Write("confirm.first", Confirmation("br0"));
        _stage.Write("confirm.second", Confirmation("br1"));

        // A change that was begun is made; nobody confirms it, and the host takes it back.
        const string made = "while [ -e {0} ]; do sleep; done";
        _stage.Write("between", $"""
            PATH={At("bin")}:$PATH
            {string.Format(CultureInfo.InvariantCulture, made, At("changing"))}
            [ ! -e {At("state/timer.active")} ] || sh {At("state")}/network.guard/network-guard.sh undo

            """);

        // Confirmed, the change stays; after a revert the links are those of before.
        _stage.Write("check", $$"""
            PATH={{At("bin")}}:$PATH
            {{string.Format(CultureInfo.InvariantCulture, made, At("changing"))}}
            if [ "$2" = apply ]; then
              sh {{At("confirm")}}.$1 apply token && sh {{At("confirm")}}.$1 revert && rm -rf {{At("work/run")}} || exit 1
            fi
            case "$1 $2" in 'first apply') wanted='br0 eth0' ;; 'second apply') wanted='br1 eth0' ;; *) wanted=eth0 ;; esac
            links=$(cd {{At("host/net")}} && echo *)
            [ "$links" = "$wanted" ] && [ ! -e {{At("state/timer.active")}} ] && [ ! -e {{At("state/network.guard")}} ] || { echo "links: $links"; find {{At("state/timer.active")}} {{At("state")}}; exit 1; }

            """);
    }

    public void Dispose() => _stage.Dispose();

    [Fact]
    public void Killed_at_any_step_of_an_update_or_a_revert_every_file_and_link_comes_back()
    {
        var (code, said) = _stage.EveryStep("1", $"{Steps.Stride(usual: 41, all: 13)}");
        Assert.True(code == 0, said);
        Assert.True(int.Parse(said, CultureInfo.InvariantCulture) > 4, said);
    }

    private string Script(string bridge, string? aside)
    {
        var plan = new ConcernPlan
        {
            Concern = "network",
            Script = new NetworkConcern().Script,
            Files =
            [
                new(At("host/etc/netplan/60-passthrough-host.yaml"), $"# passthrough-host\n# bridge {bridge}=eth0\n", "600"),
                ManagedFile.Absent(At("host/etc/netplan/01-network-manager-all.yaml")),
                .. aside is null ? Array.Empty<ManagedFile>() : [ManagedFile.Absent(At($"host/etc/netplan/{aside}"))],
            ],
            Variables = Variables(bridge),
        };
        return Placed(plan);
    }

    private string Confirmation(string bridge) => Placed(new() { Concern = "network-confirm", Script = new NetworkConfirmConcern().Script, Variables = Variables(bridge) });

    private static Dictionary<string, string> Variables(string bridge) => new()
    {
        ["BRIDGES"] = $"{bridge}=eth0",
        ["VLANS"] = "",
        ["ADDRESSES"] = "",
        ["GATEWAYS"] = "",
        ["MTUS"] = "",
        ["STATIC"] = "",
        ["CONFIRM_SECONDS"] = "60",
    };

    private string Placed(ConcernPlan plan) =>
        _stage.Script(plan)
            .Replace("/run/systemd/network/", At("host/made/"), StringComparison.Ordinal)
            .Replace("/sys/class/net", At("host/net"), StringComparison.Ordinal)
            .Replace("=/etc/netplan/", $"={At("host/etc/netplan/")}", StringComparison.Ordinal)
            .Replace(" /etc/netplan", $" {At("host/etc/netplan")}", StringComparison.Ordinal)
            .Replace("\"/etc/netplan/", $"\"{At("host/etc/netplan/")}", StringComparison.Ordinal)
            .Replace("\"$1/etc/netplan", $"\"$1{At("host/etc/netplan")}", StringComparison.Ordinal)
            .Replace("original/etc/netplan", $"original{At("host/etc/netplan")}", StringComparison.Ordinal)
            .Replace("^/etc/netplan/", $"^{At("host/etc/netplan/")}", StringComparison.Ordinal)
            .Replace("/etc/systemd/system/", At("host/etc/systemd/system/"), StringComparison.Ordinal);

    private string At(string path) => _stage.At(path);
}
