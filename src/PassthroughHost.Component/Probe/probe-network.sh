# shellcheck shell=sh
# Part of the probe, for any login: links, addresses and routes.

network() {
  # shellcheck disable=SC2086  # four words
  set -- $1
  client=${1:-}
  server=${3:-}
  row ssh "$client" "$server"
  for dir in /sys/class/net/*; do
    name=${dir##*/}
    [ -e "$dir/address" ] || continue
    take "$dir/address"; mac=$value
    take "$dir/operstate"; operstate=$value
    take "$dir/mtu"; mtu=$value
    function_of "net/$name"
    master=; [ -e "$dir/master" ] && { master=$(cd -P "$dir/master" && pwd); master=${master##*/}; }
    kind=; [ -d "$dir/bridge" ] && kind=bridge; [ -e "/proc/net/vlan/$name" ] && kind=vlan
    lower=; for l in "$dir"/lower_*; do [ -e "$l" ] && lower="$lower${lower:+ }${l##*/lower_}"; done
    take "$dir/flags"; enabled=on; [ $((${value:-1} & 1)) = 1 ] || enabled=off
    row link "$name" "$mac" "$operstate" "$mtu" "$pci" "$master" "$kind" "$lower" "$enabled"
  done
  have ip || return 0
  found=$(printf '%s\n' 'addr show' 'route show default' | ip -o -batch - 2>/dev/null)
  # "2: eth0    inet 192.0.2.7/24 … scope global …", "default via 192.0.2.1 dev eth0 …"
  while read -r number dev family address rest; do
    case $number:$family in
      default:*)
        rest="$dev $family $address $rest "
        gateway=; case $rest in *'via '*) gateway=${rest#*via }; gateway=${gateway%% *} ;; esac
        rest=${rest#*dev }
        row route "${rest%% *}" "$gateway"
        ;;
      *:inet | *:inet6)
        rest=${rest#*scope }
        row address "$dev" "$address" "${rest%% *}"
        ;;
    esac
  done <<FOUND
$found
FOUND
}
