#!/bin/sh
# Changes the host's network apart from any SSH session, and takes the change back where nobody confirms it.
#
#   network-guard.sh change   waits for the run that started it to end, then makes the network as netplan's files say; where that
#                             fails, takes it back at once
#   network-guard.sh undo     puts back netplan's files, their originals, the receipt and the links of before the change
#
# In the guard's directory (this script's): netplan/, original/, originals and receipt (as they were), links.before (names of all links), wanted (BRIDGES and
# VLANS of the change), ssh (units to start again), release (the change takes links from NetworkManager); it writes applied and log.
# Exit codes: 0 done; 1 failed.
# Source: netplan-apply(8), ip-link(8), systemd.timer(5).
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
guard=${0%/*}
state=${guard%/*}

# Lines "bridge=port" and "vlan=id=link".
bridges() { sed -n 's/^bridge //p' "$guard/wanted"; }
vlans() { sed -n 's/^vlan //p' "$guard/wanted"; }
there() { [ -e "/sys/class/net/$1" ]; }
was_there() { grep -qxF "$1" "$guard/links.before"; }

# defined NAME: whether netplan's present files make such a link
defined() { [ -e "/run/systemd/network/10-netplan-$1.netdev" ] || [ -e "/run/NetworkManager/system-connections/netplan-$1.nmconnection" ]; }

open_ssh() { while read -r unit; do systemctl start "$unit"; done <"$guard/ssh"; }

# A VLAN's ID and NIC cannot be changed in place.
drop_changed_vlans() {
  vlans | while IFS='=' read -r name id link; do
    there "$name" || continue
    if ! grep -qs "VID: ${id}[^0-9]" "/proc/net/vlan/$name" || [ ! -e "/sys/class/net/$name/lower_$link" ]; then ip link delete "$name"; fi
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

# Links of ours that netplan does not make any more: it never deletes one. $state/network.links names those that were made.
drop_undefined() {
  [ -r "$state/network.links" ] || return 0
  while read -r name; do
    if there "$name" && ! defined "$name"; then ip link delete "$name"; fi
  done <"$state/network.links"
}

note_links() {
  { cat "$state/network.links" 2>/dev/null; bridges | cut -d = -f 1; vlans | cut -d = -f 1; } | sort -u >"$state/network.links.new"
  # What stood there before and was not ours is not ours to delete.
  while read -r name; do
    if grep -qsxF "$name" "$state/network.links" || ! was_there "$name"; then printf '%s\n' "$name"; fi
  done <"$state/network.links.new" >"$state/network.links.newer"
  mv "$state/network.links.newer" "$state/network.links"
  rm -f "$state/network.links.new"
}

change() {
  # The run that started this ends first, and its exit code reaches the operator.
  exec 9>>"$state/lock"
  flock -w 60 9
  sleep 1
  [ -e "$guard/pending" ] || exit 0
  drop_changed_vlans
  free_other_ports
  note_links
  netplan apply || return 1
  drop_undefined
  if [ -e "$guard/release" ] && systemctl is-active --quiet NetworkManager; then systemctl restart NetworkManager; fi
  return 0
}

# What the change noted of netplan's original files, or forgot, is as it was; other files' originals are left alone.
put_originals_back() {
  rm -rf "$state/original/etc/netplan"
  if [ -n "$(ls -A "$guard/original")" ]; then mkdir -p "$state/original/etc/netplan" && cp -a "$guard/original/." "$state/original/etc/netplan/"; fi
  { grep -sv '	/etc/netplan/' "$state/originals"; grep -s '	/etc/netplan/' "$guard/originals"; } >"$state/originals.new"
  mv "$state/originals.new" "$state/originals"
  [ -s "$state/originals" ] || rm -f "$state/originals"
}

undo() {
  exec 9>>"$state/lock"
  flock -w 60 9
  [ -e "$guard/pending" ] || exit 0
  echo "taking the change back"
  mkdir -p /etc/netplan
  find /etc/netplan -mindepth 1 -delete
  cp -a "$guard/netplan/." /etc/netplan/
  put_originals_back
  if [ -e "$guard/receipt" ]; then cp -a "$guard/receipt" "$state/network.receipt"; else rm -f "$state/network.receipt"; fi
  vlans | while IFS='=' read -r name _; do there "$name" && ip link delete "$name"; done
  bridges | while IFS='=' read -r name port; do
    there "$name" || continue
    if was_there "$name"; then [ ! -e "/sys/class/net/$name/brif/$port" ] || ip link set "$port" nomaster; else ip link delete "$name"; fi
  done
  netplan apply
  drop_undefined
  bridges | while IFS='=' read -r _ port; do there "$port" && networkctl reconfigure "$port"; done
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
