# shellcheck shell=sh
# What the links are, compared with what they are to be. Part of the scripts of Network and NetworkConfirm.
#   BRIDGES    bridge=port, separated by spaces
#   VLANS      vlan=id=link
#   ADDRESSES  link=address/length
#   GATEWAYS   link=gateway
#   MTUS       link=bytes
#   STATIC     links that have no IPv4 addresses but those of ADDRESSES
# Source: ip-address(8), ip-route(8); Linux Documentation/ABI/testing/sysfs-class-net.

# lacking: what a link of the spec lacks, a line each
lacking() {
  for triple in $VLANS; do
    IFS='=' read -r name id link <<END
$triple
END
    is_vlan "$name" "$id" "$link" || echo "$name is not VLAN $id on $link"
  done
  for pair in $BRIDGES; do
    name=${pair%%=*}
    if [ ! -d "/sys/class/net/$name/bridge" ]; then
      echo "there is no bridge $name"
    elif [ ! -e "/sys/class/net/$name/brif/${pair#*=}" ]; then
      echo "${pair#*=} is not in $name"
    elif read -r flags <"/sys/class/net/$name/flags" && [ $((flags & 1)) = 0 ]; then
      echo "$name is switched off"
    fi
  done
  for pair in $ADDRESSES; do
    name=${pair%%=*}
    ip -o addr show dev "$name" 2>/dev/null | awk '{ print $4 }' | grep -qxF "${pair#*=}" || echo "$name has no ${pair#*=}"
  done
  for pair in $GATEWAYS; do
    name=${pair%%=*}
    family=-4
    case ${pair#*=} in *:*) family=-6 ;; esac
    ip $family route show default dev "$name" 2>/dev/null | grep -qF "via ${pair#*=} " || echo "no default route over $name by ${pair#*=}"
  done
}

# besides: what a link has that is not the spec's, a line each; guests' own ports come and go
besides() {
  for pair in $BRIDGES; do
    name=${pair%%=*}
    for port in "/sys/class/net/$name/brif"/*; do
      port=${port##*/}
      [ "$port" != "${pair#*=}" ] || continue
      if [ -e "/sys/class/net/$port/device" ] || [ -e "/proc/net/vlan/$port" ]; then echo "$port is in $name"; fi
    done
  done
  for pair in $MTUS; do
    name=${pair%%=*}
    read -r bytes 2>/dev/null <"/sys/class/net/$name/mtu" || bytes=none
    [ "$bytes" = "${pair#*=}" ] || echo "the MTU of $name is $bytes"
  done
  for name in $STATIC; do
    for address in $(ip -4 -o addr show dev "$name" 2>/dev/null | awk '{ print $4 }'); do
      case " $ADDRESSES " in *" $name=$address "*) ;; *) echo "$name has $address" ;; esac
    done
  done
}

# A bridge that was deleted and made again has no port but its own: those of guests that run are put back.
put_ports_back() {
  guest_ports | while IFS='	' read -r name port guest; do
    case " $BRIDGES" in *" $name="*) ;; *) continue ;; esac
    if [ ! -e "/sys/class/net/$port" ] || [ ! -d "/sys/class/net/$name/bridge" ] || [ -e "/sys/class/net/$name/brif/$port" ]; then continue; fi
    # That of a guest which is not this project's may be elsewhere on purpose.
    if [ -e "/sys/class/net/$port/master" ] && [ ! -d "$STATE/guest/$guest" ]; then continue; fi
    if ip link set "$port" master "$name" && ip link set "$port" up; then say "$port of $guest is in $name again"; else say "note: $port of $guest could not be put into $name"; fi
  done
}
