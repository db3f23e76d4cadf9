#!/bin/sh
# Changes the host's network apart from any SSH session, and takes the change back where nobody confirms it.
#
#   network-guard.sh change   waits for the run that started it to end, then makes the network as netplan's files say; where that
#                             fails, takes it back at once
#   network-guard.sh undo     puts back netplan's files, their originals, the receipt and the links of before the change
#
# In the guard's directory (this script's): netplan/, original/, originals, before and receipt (as they were), links.before (names of all links), wanted (BRIDGES and
# VLANS of the change), addresses/ (of links that neither networkd nor NetworkManager has, and whose ports NICs are), netplan.before (NICs that netplan had), ssh (units to start again),
# release (the change takes links from NetworkManager), held (the process that started this, has the host's lock and waits), network-vlan.sh; it writes applied and
# log.
# Exit codes: 0 done; 1 failed.
# Source: netplan-apply(8), ip-link(8), systemd.timer(5).
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
guard=${0%/*}
state=${guard%/*}
# shellcheck source=src/PassthroughHost.Component/Concerns/Network/network-vlan.sh
. "$guard/network-vlan.sh"

# Lines "bridge=port" and "vlan=id=link".
bridges() { sed -n 's/^bridge //p' "$guard/wanted"; }
vlans() { sed -n 's/^vlan //p' "$guard/wanted"; }
there() { [ -e "/sys/class/net/$1" ]; }
was_there() { grep -qxF "$1" "$guard/links.before"; }

# defined NAME: whether netplan's present files make such a link
defined() { [ -e "/run/systemd/network/10-netplan-$1.netdev" ] || [ -e "/run/NetworkManager/system-connections/netplan-$1.nmconnection" ]; }

# is_held: the run that started this still has the host's lock. One that was cut off has left it to others.
is_held() {
  holder=
  [ ! -e "$guard/held" ] || read -r holder <"$guard/held"
  [ -n "$holder" ] && [ -d "/proc/$holder" ]
}

# lock: not while a run changes something on this host
lock() {
  exec 9>>"$state/lock"
  is_held || flock -w 60 9
}

open_ssh() { while read -r unit; do systemctl start "$unit"; done <"$guard/ssh"; }

# A VLAN's ID and NIC cannot be changed in place.
drop_changed_vlans() {
  vlans | while IFS='=' read -r name id link; do
    there "$name" || continue
    is_vlan "$name" "$id" "$link" || ip link delete "$name"
  done
}

# NICs and VLANs that an earlier change put into the bridge; guests' own ports stay.
free_other_ports() {
  bridges | while IFS='=' read -r name wanted; do
    for port in "/sys/class/net/$name/brif"/*; do
      port=${port##*/}
      [ -e "/sys/class/net/$port/device" ] || [ -e "/proc/net/vlan/$port" ] || continue
      [ "$port" = "$wanted" ] || ip link set "$port" nomaster
    done
  done
}

# Links of ours that netplan does not make any more: it never deletes one. They were noted before they were made.
drop_undefined() {
  [ ! -r "$state/before" ] || awk -F '\t' '$1 == "network" { print $2 }' "$state/before" | while read -r name; do
    if there "$name" && ! defined "$name"; then ip link delete "$name"; fi
  done
}

# set_up_by_ifupdown: NICs that netplan has given up get their addresses from ifupdown again. One that has kept its own is left alone.
# Source: interfaces(5), ifup(8).
set_up_by_ifupdown() {
  command -v ifup >/dev/null || return 0
  while read -r nic; do
    [ ! -e "/run/systemd/network/10-netplan-$nic.network" ] || continue
    [ -z "$(ip -o address show dev "$nic" scope global)" ] || continue
    { ifquery --list && ifquery --list --allow=hotplug; } </dev/null | grep -qxF "$nic" || continue
    echo "ifupdown sets $nic up again"
    ifdown --force "$nic" </dev/null
    ifup --force "$nic" </dev/null
  done <"$guard/netplan.before"
}

# restore_addresses: what was set up outside of any file
restore_addresses() {
  for saved in "$guard/addresses"/*.master; do
    [ -e "$saved" ] || continue
    nic=${saved##*/}
    nic=${nic%.master}
    read -r master <"$saved"
    if there "$nic" && there "$master" && [ ! -e "/sys/class/net/$master/lower_$nic" ]; then
      ip link set "$nic" master "$master" && ip link set "$nic" up
    fi
  done
  for saved in "$guard/addresses"/*.routes; do
    [ -e "$saved" ] || continue
    nic=${saved%.routes}
    there "${nic##*/}" || continue
    ip link set "${nic##*/}" up
    ip address restore <"$nic"
    # A route by way of a gateway needs the one to the gateway's network first.
    for again in 1 2; do
      ip route restore <"$saved"
      [ ! -e "${saved}6" ] || ip -6 route restore <"${saved}6"
    done
  done
}

change() {
  # The run that started this ends first, and its exit code reaches the operator.
  lock
  sleep 1
  [ -e "$guard/pending" ] || exit 0
  drop_changed_vlans
  free_other_ports
  netplan apply || return 1
  drop_undefined
  set_up_by_ifupdown
  if [ -e "$guard/release" ] && systemctl is-active --quiet NetworkManager; then systemctl restart NetworkManager; fi
  return 0
}

# put FILE PATH: a copy of it, whole, takes PATH's place. A full file system has no room for a copy, but for another name of the same.
put() {
  fresh=${2%/*}/.passthrough-host.new
  rm -f "$fresh"
  if ! cp -a "$1" "$fresh"; then
    rm -f "$fresh"
    ln -P "$1" "$fresh" || return 1
  fi
  { [ -L "$fresh" ] || sync "$fresh"; } && mv -fT "$fresh" "$2"
}

# below DIRECTORY: everything in it that is no directory
below() { (cd "$1" && find . -mindepth 1 ! -type d ! -name .passthrough-host.new | sed 's|^[.]/||'); }

put_each_back() {
  below "$guard/netplan" | while IFS= read -r name; do
    path=/etc/netplan/$name
    if [ ! -L "$path" ] && cmp -s "$guard/netplan/$name" "$path" && [ "$(stat -c '%a %u %g' "$guard/netplan/$name")" = "$(stat -c '%a %u %g' "$path")" ]; then continue; fi
    mkdir -p "${path%/*}" && put "$guard/netplan/$name" "$path" || exit 1
  done
}

# netplan's files are as they were. None is removed before all that are to be there are there whole.
put_files_back() {
  mkdir -p /etc/netplan || return 1
  if ! put_each_back; then
    # Room for them: ours was made of the spec, and is nobody's only copy.
    [ -e "$guard/netplan/60-passthrough-host.yaml" ] || rm -f /etc/netplan/60-passthrough-host.yaml
    put_each_back || return 1
  fi
  below /etc/netplan | while IFS= read -r name; do
    [ -e "$guard/netplan/$name" ] || [ -L "$guard/netplan/$name" ] || rm -f "/etc/netplan/$name"
  done
  sync /etc/netplan
}

# take_place NAME PATH: what the guard kept is moved there; where it has been, this was done before
take_place() {
  [ -e "$guard/$1" ] || return 0
  if [ -d "$2" ]; then
    rm -rf "$2.gone"
    mv -T "$2" "$2.gone" || return 1
  fi
  mkdir -p "${2%/*}" && mv -fT "$guard/$1" "$2" && sync -f "$2" && rm -rf "$2.gone"
}

# merged FILE CONDITION: its lines of which CONDITION is not true, and those the guard kept of which it is
merged() {
  file=$state/$1
  { [ ! -e "$file" ] || awk -F '\t' "!($2)" "$file"; } >"$file.new" && { [ ! -e "$guard/$1" ] || awk -F '\t' "$2" "$guard/$1"; } >>"$file.new" && sync "$file.new" || return 1
  if [ -s "$file.new" ]; then mv -fT "$file.new" "$file"; else rm -f "$file" "$file.new"; fi
}

# What the change noted of netplan's original files and of links, or forgot, is as it was; what is noted of others is left alone.
put_notes_back() {
  # shellcheck disable=SC2016  # for awk
  take_place original "$state/original/etc/netplan" && merged originals '$2 ~ "^/etc/netplan/"' && merged before '$1 == "network"' || return 1
  if [ -e "$guard/receipt" ]; then put "$guard/receipt" "$state/network.receipt"; else rm -f "$state/network.receipt"; fi
}

undo() {
  lock
  [ -e "$guard/pending" ] || exit 0
  echo "taking the change back"
  # The guard, and with it the only copy, stays until this is done; its unit tries again.
  if ! { put_files_back && put_notes_back; }; then
    echo "netplan's files could not be put back whole: make room in / and $state; it is tried again"
    open_ssh
    exit 1
  fi
  vlans | while IFS='=' read -r name _; do there "$name" && ip link delete "$name"; done
  bridges | while IFS='=' read -r name port; do
    there "$name" || continue
    if was_there "$name"; then [ ! -e "/sys/class/net/$name/brif/$port" ] || ip link set "$port" nomaster; else ip link delete "$name"; fi
  done
  netplan apply
  drop_undefined
  bridges | while IFS='=' read -r _ port; do there "$port" && networkctl reconfigure "$port"; done
  restore_addresses
  if [ -e "$guard/release" ] && systemctl is-enabled --quiet NetworkManager; then systemctl restart NetworkManager; fi
  printf '%s: %s\n' "$(date '+%F %T %Z')" "$1" >"$state/network.undone"
  cp "$guard/log" "$state/network.undone.log" 2>/dev/null
  sync
  open_ssh
  disarm
}

# This removes the units that run it, too; systemd lets what runs end.
disarm() {
  rm -f /etc/systemd/system/passthrough-host-network-undo.timer /etc/systemd/system/passthrough-host-network-undo.service \
    /etc/systemd/system/timers.target.wants/passthrough-host-network-undo.timer
  rm -rf "$guard"
  systemctl daemon-reload
  systemctl stop passthrough-host-network-undo.timer
}

case ${1:-} in
  change)
    if change >"$guard/log" 2>&1; then
      open_ssh
      echo ok >"$guard/applied"
    else
      flock -u 9
      said=$(grep -v 'ovsdb-server' "$guard/log" | tail -n 3 | tr '\n' ' ')
      undo "netplan apply failed: $said" >>"$guard/log" 2>&1
    fi
    ;;
  undo) undo "it was not confirmed in time" >>"$guard/log" 2>&1 ;;
  *)
    echo "say change or undo" >&2
    exit 1
    ;;
esac
