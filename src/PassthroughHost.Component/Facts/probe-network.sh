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
  printf '%s\n' 'addr show' 'route show default' | ip -o -batch - 2>/dev/null | awk '
    $1 == "default" { dev = ""; via = ""; for (i = 2; i < NF; i++) { if ($i == "dev") dev = $(i + 1); if ($i == "via") via = $(i + 1) } printf "route\t%s\t%s\n", dev, via; next }
    $3 == "inet" || $3 == "inet6" { scope = ""; for (i = 5; i <= NF; i++) if ($i == "scope") scope = $(i + 1); printf "address\t%s\t%s\t%s\n", $2, $4, scope }'
  [ -r /proc/net/vlan/config ] && awk -F ' *\\| *' 'NR > 2 { printf "vlan\t%s\t%s\t%s\n", $1, $2, $3 }' /proc/net/vlan/config
}
