# shellcheck shell=sh
# Bridges, VLANs and addresses through netplan.
#   CONFIRM_SECONDS  how long a change stands unconfirmed
#   GUARD_SCRIPT     network-guard.sh, which makes the change and takes it back
#   VLAN_SCRIPT      network-vlan.sh, which the guard reads
#   BRIDGES, VLANS … what the links are to be: network-links.sh
# Where no file is to change and every link is as wanted, none is touched; ports of running guests that were lost are put back.
# The change itself is made by a unit of its own after this has ended, because it may cut this session; network-confirm confirms it.
# `netplan try` is no help here: it refuses bridges with parameters, and leaves the new file behind when it reverts.
# Source: netplan-generate(8), netplan-apply(8), systemd.timer(5).
GUARD=$STATE/network.guard
UNIT=passthrough-host-network-undo
CHANGE_UNIT=passthrough-host-network-change
OWN=/etc/netplan/60-passthrough-host.yaml
AS_WANTED=

concern_check() {
  command -v netplan >/dev/null || fail "looking for netplan" "it is not there" "install netplan.io (packages.manage: true does)"
  if is_pending; then
    fail "starting a change of the network" "an earlier one still waits for its confirmation" "wait until the host has taken it back ($CONFIRM_SECONDS s at most), then update again"
  fi
  rm -rf "$GUARD" "$STATE/network.undone" "$STATE/network.undone.log"
  if [ -z "$(would_change)$(lacking)$(besides)" ]; then
    AS_WANTED=yes
    return 0
  fi
  check_new_files
  arm "$BRIDGES" "$VLANS"
}

# is_pending: whether a change waits for its confirmation. A run that ended before it had started the timer had changed nothing: what it left is taken away,
# the units' files too, which are written before the note that a change waits.
is_pending() {
  [ -d "$GUARD" ] || return 1
  if [ -e "$GUARD/pending" ]; then
    for unit in $UNIT.timer $UNIT.service $CHANGE_UNIT.service; do
      # Anything else, no answer too, may still change the network.
      [ "$(systemctl show -p ActiveState --value "$unit" 2>/dev/null)" = inactive ] || return 0
    done
  fi
  disarm
  return 1
}

# as_wanted ROOT: writes below ROOT what will be in /etc/netplan
as_wanted() {
  (
    root=$1
    managed() { { printf '%s' "$4" >"$root$1" && chmod "$2" "$root$1"; } || exit 1; }
    absent() { rm -f "$root$1"; }
    managed_files
  )
}

as_now() {
  mkdir -p "$1/etc/netplan" || return 1
  for directory in lib run; do
    [ ! -d "/$directory/netplan" ] || { mkdir -p "$1/$directory" && cp -a "/$directory/netplan" "$1/$directory/"; } || return 1
  done
  [ ! -d /etc/netplan ] || cp -a /etc/netplan/. "$1/etc/netplan/"
}

# Files of the last apply that are not wanted any more: their originals come back.
as_dropped() {
  unwanted | while IFS= read -r path; do
    case $(original_kind "$path") in
      kept) cp -a "$STATE/original$path" "$1$path" || exit 1 ;;
      absent) rm -f "$1$path" ;;
    esac
  done
}

# netplan reads the files as they will be, in a directory of their own, before anything changes.
check_new_files() {
  if ! { as_now "$WORK/root" && as_dropped "$WORK/root" && as_wanted "$WORK/root"; }; then
    fail "preparing the new netplan files" "they could not be written to $WORK" "make room in ${WORK%/*}"
  fi
  if ! netplan generate --root-dir "$WORK/root" >"$WORK/netplan" 2>&1; then
    sed "s|$WORK/root||g" "$WORK/netplan" >&2
    fail "checking the new netplan files" "netplan refuses them (above); nothing was changed" "mend the file it names, or what it says of the spec's network"
  fi
}

# listed WORD ITEM…: a line each
listed() {
  word=$1
  shift
  for item; do printf '%s%s\n' "$word" "$item"; done
}

# is_kept LINK: systemd-networkd or NetworkManager has the link, and sets it up again from its files
is_kept() {
  read -r index <"/sys/class/net/$1/ifindex" || return 1
  grep -qs '^NETWORK_FILE=' "/run/systemd/netif/links/$index" || grep -qs '^managed=true' "/run/NetworkManager/devices/$index"
}

# save_addresses: those of links that ifupdown, a DHCP client or a person has set up, and whose ports NICs are. systemd-networkd drops them once it has such a link.
# Source: ip-address(8) and ip-route(8), save.
save_addresses() {
  for nic in /sys/class/net/*; do
    nic=${nic##*/}
    [ ! -e "/run/systemd/network/10-netplan-$nic.network" ] || printf '%s\n' "$nic" >>"$GUARD/netplan.before" || return 1
    # One that comes and goes (a guest's) may be gone by now.
    if [ "$nic" = lo ] || is_kept "$nic" || [ ! -e "/sys/class/net/$nic" ]; then continue; fi
    if [ -e "/sys/class/net/$nic/device" ] && master=$(readlink "/sys/class/net/$nic/master"); then
      printf '%s\n' "${master##*/}" >"$GUARD/addresses/$nic.master" || return 1
    fi
    [ -n "$(ip -o address show dev "$nic" scope global 2>/dev/null)" ] || continue
    { ip address save dev "$nic" >"$GUARD/addresses/$nic" && ip route save dev "$nic" >"$GUARD/addresses/$nic.routes"; } || [ ! -e "/sys/class/net/$nic" ] || return 1
    # A kernel without IPv6 (ipv6.disable=1) has no such routes to ask for.
    [ ! -e /proc/net/if_inet6 ] || ip -6 route save dev "$nic" >"$GUARD/addresses/$nic.routes6" || [ ! -e "/sys/class/net/$nic" ] || return 1
  done
}

# save BRIDGES VLANS: the state to come back to
save() {
  mkdir -p "$GUARD/netplan" "$GUARD/original" && chmod 700 "$GUARD" || return 1
  [ ! -d /etc/netplan ] || cp -a /etc/netplan/. "$GUARD/netplan/" || return 1
  [ ! -d "$STATE/original/etc/netplan" ] || cp -a "$STATE/original/etc/netplan/." "$GUARD/original/" || return 1
  [ ! -e "$STATE/originals" ] || copy "$STATE/originals" "$GUARD/originals" || return 1
  [ ! -e "$BEFORE" ] || copy "$BEFORE" "$GUARD/before" || return 1
  [ ! -e "$STATE/$CONCERN.receipt" ] || copy "$STATE/$CONCERN.receipt" "$GUARD/receipt" || return 1
  mkdir -p "$GUARD/addresses" && : >"$GUARD/netplan.before" || return 1
  ssh=$(active_ssh)
  # shellcheck disable=SC2086  # lists
  write_whole "$GUARD/links.before" "$(ls /sys/class/net)$LINE_END" && write_whole "$GUARD/ssh" "${ssh:+$ssh$LINE_END}" &&
    write_whole "$GUARD/wanted" "$(listed 'bridge ' $1)$LINE_END$(listed 'vlan ' $2)$LINE_END" &&
    write_whole "$GUARD/network-vlan.sh" "$VLAN_SCRIPT" && write_whole "$GUARD/network-guard.sh" "$GUARD_SCRIPT" && chmod 700 "$GUARD/network-guard.sh" && sync -f "$GUARD"
}

# arm BRIDGES VLANS: the units are files, so that a power cut in between does not make the change a lasting one
arm() {
  save "$1" "$2" || {
    rm -rf "$GUARD"
    fail "saving the present network" "$GUARD could not be written" "make room there; nothing was changed"
  }
  if ! said=$(save_addresses 2>&1); then
    printf '%s\n' "$said" >&2
    rm -rf "$GUARD"
    fail "saving the present addresses" "they could not be asked for, or $GUARD not be written (above); nothing was changed" "see ip address, and whether $GUARD has room; then do this again"
  fi
  if ! { write_whole /etc/systemd/system/$UNIT.service "[Unit]
Description=Take back a change of the network that was not confirmed
[Service]
Type=oneshot
ExecStart=/bin/sh $GUARD/network-guard.sh undo
Restart=on-failure
RestartSec=30
" && write_whole /etc/systemd/system/$UNIT.timer "[Unit]
Description=Wait for the confirmation of a change of the network
[Timer]
OnActiveSec=$CONFIRM_SECONDS
AccuracySec=1
[Install]
WantedBy=timers.target
" && write_whole "$GUARD/pending" "$(date +%s)$LINE_END"; }; then
    disarm
    fail "arming the timer that takes the change back" "its units could not be written" "make room in / and $STATE; nothing was changed"
  fi
  sync
  # Read anew once: enable would do it again.
  if ! said=$({ systemctl --quiet --no-reload enable $UNIT.timer && systemctl daemon-reload && systemctl start $UNIT.timer; } 2>&1); then
    printf '%s\n' "$said" >&2
    disarm
    fail "arming the timer that takes the change back" "systemctl failed (above); nothing was changed" "see systemctl status $UNIT.timer"
  fi
}

open_ssh() { [ ! -r "$GUARD/ssh" ] || while read -r unit; do systemctl start "$unit"; done <"$GUARD/ssh"; }

disarm() {
  systemctl stop $UNIT.timer 2>/dev/null
  systemctl --quiet --no-reload disable $UNIT.timer 2>/dev/null
  for file in $UNIT.service $UNIT.timer; do rm -f "/etc/systemd/system/$file" "/etc/systemd/system/$file.new"; done
  open_ssh
  rm -rf "$GUARD"
  systemctl daemon-reload
}

# The change runs in a unit of its own. However that ends, SSH is open afterwards.
hand_over() {
  for file in $CHANGED; do
    [ "$file" = $OWN ] || touch "$GUARD/release"
  done
  units=$(tr '\n' ' ' <"$GUARD/ssh")
  systemd-run --quiet --collect --unit=$CHANGE_UNIT ${units:+"--property=ExecStopPost=/bin/systemctl start $units"} sh "$GUARD/network-guard.sh" change ||
    fail "starting the change" "systemd-run failed" "see systemctl status $CHANGE_UNIT"
}

# What is not there before the change is ours to delete after it: netplan never deletes a link.
note_links() {
  # shellcheck disable=SC2086  # lists
  for name in $(listed '' $BRIDGES $VLANS | cut -d = -f 1 | sort -u); do
    [ -e "/sys/class/net/$name" ] || was "$name" 'not there'
  done
}

# New SSH connections are refused until the change is made, so that the confirmation cannot come over the network of before.
concern_apply() {
  if [ -n "$AS_WANTED" ]; then
    say "the network is as wanted: no link is touched"
    put_ports_back
    return 0
  fi
  note_links
  # shellcheck disable=SC2046  # a list of units
  refuse_ssh $(cat "$GUARD/ssh")
  hand_over
  say "the change is made now; it is taken back in $CONFIRM_SECONDS seconds unless it is confirmed over a new SSH session"
}

concern_undo() { [ ! -d "$GUARD" ] || disarm; }

# Whatever a spec or a receipt says of them.
owns() { case $1 in /etc/netplan/*) ;; *) return 1 ;; esac; }

concern_before_revert() {
  if is_pending; then
    fail "putting the network back" "a change of it still waits for its confirmation" "wait until the host has taken it back ($CONFIRM_SECONDS s at most), then destroy again"
  fi
  # Without a receipt, our file, links that were noted or files that come back are those of an apply whose receipt was deleted: one that was ended in the middle
  # has been taken back by now.
  [ -e "$STATE/$CONCERN.receipt" ] || is_ours $OWN || [ -n "$(had)" ] || nameless_files 2>/dev/null | grep -q . || return 0
  rm -rf "$GUARD"
  arm "" ""
}

# session: "client port" of this SSH session, which sudo does not hand on
session() {
  process=$$
  while [ "${process:-0}" -gt 1 ]; do
    found=$(tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    if [ -n "$found" ]; then
      printf '%s\n' "$found" | cut -d ' ' -f 1,2
      return 0
    fi
    process=$(awk '$1 == "PPid:" { print $2 }' "/proc/$process/status")
  done
}

# Whether what was just said has been acknowledged by the operator's side: the way there and back is open.
heard() {
  queued=$(ss -tnH state established dst "[$1]:$2" 2>/dev/null | awk '{ print $2; exit }')
  [ "$queued" = 0 ]
}

# There is no second command to confirm a revert, so this session is the proof: it must live on over the network of before.
concern_revert() {
  rm -f "$STATE/network.undone" "$STATE/network.undone.log"
  if [ -e "$GUARD/pending" ]; then
    # This run keeps the host's lock meanwhile, and the change is told not to wait for it: no other run is to come between.
    echo $$ >"$GUARD/held" || fail "starting the change" "$GUARD could not be written" "make room there, then destroy again"
    hand_over
    began=$(date +%s)
    while [ ! -e "$GUARD/applied" ] && [ -e "$GUARD/pending" ]; do sleep 1; done
    say "netplan has set up the network of before, in $(($(date +%s) - began)) s"
    # shellcheck disable=SC2046  # two words
    set -- $(session)
    tries=0
    if [ $# -eq 2 ]; then
      sleep 1
      until heard "$1" "$2" || [ $tries -ge 20 ]; do
        tries=$((tries + 1))
        sleep 1
      done
    fi
    if [ ! -e "$GUARD/applied" ] || [ $tries -ge 20 ]; then
      [ ! -e "$GUARD/pending" ] || sh "$GUARD/network-guard.sh" undo
      fail "putting the network back" "$(cat "$STATE/network.undone" 2>/dev/null || echo "this session was cut off"); the network of this stack is in place again" "with the network of before the host cannot be reached from here: destroy over another address of it"
    fi
    disarm
  fi
  is_before
}
