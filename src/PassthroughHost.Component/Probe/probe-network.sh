# shellcheck shell=sh
# Part of the probe, for any login: links, addresses and routes.

# link_kind DIRECTORY NAME: what kind of link it is, into $kind; empty for a plain one
link_kind() {
  kind=
  if [ -d "$1/bridge" ]; then kind=bridge
  elif [ -e "/proc/net/vlan/$2" ]; then kind=vlan
  elif [ -d "$1/bonding" ]; then kind=bond
  elif [ -e "$1/tun_flags" ]; then kind=tun
  else
    case $switches in *" $2 "*) kind=openvswitch; return 0 ;; esac
    [ ! -r "$1/uevent" ] || while IFS='=' read -r key value; do [ "$key" != DEVTYPE ] || kind=$value; done <"$1/uevent"
    # One end of a pair whose other end is in a container: its number is that of no link here (rtnetlink(7), IFLA_LINK).
    if [ -z "$kind" ] && [ ! -e "$1/device" ]; then
      take "$1/ifindex"; own=$value
      take "$1/iflink"
      case $value in '' | 0 | "$own") ;; *) grep -qsx "$value" /sys/class/net/*/ifindex || kind=veth ;; esac
    fi
  fi
}

# way_to CLIENT SERVER: the link that answers to the other end of a connection leave by, into $way. The address that the operator dialled need not be this
# host's own (NAT), and the host's own need not be on the link (a router's on lo).
way_to() {
  case $1 in
    '') way= ;;
    *%*) way=${1#*%} ;;
    *)
      way=$(ip -o route get "$1" from "$2" 2>/dev/null)
      case $way in *' dev '*) way=${way#*' dev '}; way=${way%% *} ;; *) way= ;; esac
      ;;
  esac
}

# network_file DIRECTORY: the file by which systemd-networkd sets a link up, into $network_file; empty where it leaves it alone
# (systemd's sd_network_link_get_network_file reads the same)
network_file() {
  network_file=
  take "$1/ifindex"
  [ ! -r "/run/systemd/netif/links/$value" ] || while IFS='=' read -r key value; do [ "$key" != NETWORK_FILE ] || network_file=$value; done <"/run/systemd/netif/links/$value"
}

network() {
  # shellcheck disable=SC2086  # four words
  set -- $1
  client=${1:-}
  server=${3:-}
  way_to "$client" "$server"
  row ssh "$client" "$server" "$way"
  switches=
  if [ -d /sys/class/net/ovs-system ]; then
    switches=" $(ip -o link show type openvswitch 2>/dev/null | while read -r _ name _; do printf '%s ' "${name%:}"; done)"
  fi
  for dir in /sys/class/net/*; do
    name=${dir##*/}
    [ -e "$dir/address" ] || continue
    take "$dir/address"; mac=$value
    take "$dir/operstate"; operstate=$value
    take "$dir/mtu"; mtu=$value
    function_of "net/$name"
    master=; [ -e "$dir/master" ] && { master=$(cd -P "$dir/master" && pwd); master=${master##*/}; }
    link_kind "$dir" "$name"
    lower=; for l in "$dir"/lower_*; do [ -e "$l" ] && lower="$lower${lower:+ }${l##*/lower_}"; done
    take "$dir/flags"; enabled=on; [ $((${value:-1} & 1)) = 1 ] || enabled=off
    hardware=no; [ ! -e "$dir/device" ] || hardware=yes
    network_file "$dir"
    row link "$name" "$mac" "$operstate" "$mtu" "$pci" "$master" "$kind" "$lower" "$enabled" "$hardware" "$network_file"
  done
  have ip || return 0
  found=$(printf '%s\n' 'addr show' 'route show default' | ip -o -batch - 2>/dev/null)
  # "2: eth0    inet 192.0.2.7/24 … scope global …", "default via 192.0.2.1 dev eth0 …"; several ways at once are "default \ nexthop via … dev eth0 … \ nexthop …"
  while read -r number dev family address rest; do
    case $number:$family in
      default:*)
        rest=" $dev $family $address $rest "
        while :; do
          case $rest in *' dev '*) ;; *) break ;; esac
          before=${rest%%' dev '*}
          gateway=; case $before in *'via '*) gateway=${before##*via }; gateway=${gateway#inet6 }; gateway=${gateway%% *} ;; esac
          rest=${rest#*' dev '}
          row route "${rest%% *}" "$gateway"
        done
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
