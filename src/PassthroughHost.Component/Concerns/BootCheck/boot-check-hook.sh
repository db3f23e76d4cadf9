#!/bin/sh
# After a boot, keeps guests from starting whose devices are not as they were applied. A hook of libvirt, and what two units run at every boot:
#   40-passthrough-host-boot-check GUEST OPERATION SUBOPERATION EXTRA
#                         prepare: refuses a guest that is held back. The guest's definition is on stdin.
#   … check               the unit before libvirt: compares the boot with what is wanted, and holds guests back
#   … tell                the unit after libvirt: the reason is in each guest's description (virsh desc) as long as the guest is held back
#   … release GUEST       lets a guest start all the same, until the next boot
#   … forget              ends all of it
# What is wanted: /etc/passthrough-host/boot-check. What was found: /run/passthrough-host-boot-check, of this boot alone:
#   notes                 what is not as wanted, a line each
#   good/GUEST            the guest's devices, which were as wanted when they were looked at
#   held/GUEST            since when the guest is held back (seconds since 1970), then the reasons, a line each
#   released/GUEST        it may start
#   refused/GUEST         it was to start and was held back, and has not run since the host's boot
#   ran/GUEST             it has run since the host's boot
# A guest that is held back is looked at again at each start, and starts if its devices are as wanted by then; so is one that was given other devices since, and
# each guest if the boot was not compared (the unit failed, or took too long). Only devices that are in the guest's definition count, and only guests that this
# project defined: until a domain is taken over, it is its owner's.
# It must not call libvirt as a hook: libvirt waits for it. Exit codes: 0 done, or the guest may start; 1 it may not, with the reason on stderr.
# Source: libvirt, "Hooks for specific system management"; Linux Documentation/ABI/testing/sysfs-bus-pci.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
list=/etc/passthrough-host/boot-check
run=/run/passthrough-host-boot-check
kept=/var/lib/passthrough-host/held
definitions=/etc/libvirt/qemu
guests=/var/lib/passthrough-host/guest
sys=/sys
cmdline=/proc/cmdline
# A description that begins with it is this script's (Concerns/Guest/HeldDescription.cs).
mark='[passthrough-host] held back'

note() { logger -t passthrough-host -p daemon.warning "boot check: $*" 2>/dev/null || :; }

vir() { virsh -q -c qemu:///system "$@" </dev/null; }

# is_ours GUEST: this project defined it, or took it over, even if the update that did so was ended in the middle (as kept-guest.sh has it)
is_ours() { own=$guests/$1; [ -e "$own/defined.xml" ] || [ -e "$own/found/taken" ] || { [ -d "$own" ] && [ ! -e "$own/returned" ] && [ ! -d "$own/found" ] && [ ! -d "$own/.found.new" ]; }; }

# given: the addresses of the host's functions in the definition on stdin, each after a space
given() {
  awk -F "['\"]" '
    /<hostdev[ >]/ { device = 1 }
    /<\/hostdev>/ { device = 0 }
    device && /<address domain=/ { printf " %s:%s:%s.%s", substr($2, 3), substr($4, 3), substr($6, 3), substr($8, 3) }'
}

# driver_of DEVICE: into $driver
driver_of() {
  driver=$(readlink "$1/driver" 2>/dev/null)
  driver=${driver##*/}
}

# wrong_with ADDRESS ID: the first thing that is not as it is to be
wrong_with() {
  device=$sys/bus/pci/devices/$1
  vendor=
  product=
  { read -r vendor <"$device/vendor" && read -r product <"$device/device"; } 2>/dev/null || { echo "there is no device at $1"; return; }
  [ "${vendor#0x}:${product#0x}" = "$2" ] || { echo "$1 is [${vendor#0x}:${product#0x}], not [$2]"; return; }
  driver_of "$device"
  [ "$driver" = vfio-pci ] || { echo "$1 is with ${driver:-no driver}, not vfio-pci"; return; }
  [ -e "$device/iommu_group" ] || { echo "$1 is in no IOMMU group"; return; }
  for sibling in "$device"/iommu_group/devices/*; do
    class=
    read -r class 2>/dev/null <"$sibling/class"
    case $class in 0x06*) continue ;; esac
    driver_of "$sibling"
    case $driver in '' | vfio-pci | pci-stub) ;; *) echo "${sibling##*/}, which is in the IOMMU group of $1, is with $driver"; return ;; esac
  done
}

# reasons GUEST DEVICES: why it is not to start
reasons() {
  if [ ! -r "$list" ]; then
    [ -z "$2" ] || echo "what is wanted of its devices is not known: $list cannot be read"
    return
  fi
  of=
  while read -r kind first second; do
    case $kind in
      guest) of=$first ;;
      device) if [ "$of" = "$1" ]; then case "$2 " in *" $first "*) wrong_with "$first" "$second" ;; esac; fi ;;
    esac
  done <"$list"
}

# look GUEST DEVICES: whether they are as wanted; if not, $why says why. A note that cannot be written holds nobody back.
look() {
  why=$(reasons "$1" "$2")
  mkdir -p "$run/good" "$run/held" 2>/dev/null
  if [ -n "$why" ]; then
    rm -f "$run/good/$1"
    return 1
  fi
  { printf '%s' "$2" >"$run/good/$1"; } 2>/dev/null || rm -f "$run/good/$1" 2>/dev/null
  return 0
}

# hold GUEST REASONS
hold() {
  { date +%s; printf '%s\n' "$2"; } >"$run/held/.$1" && mv -f "$run/held/.$1" "$run/held/$1"
  note "the guest $1 is held back: $(printf '%s' "$2" | tr '\n' ';')"
}

# The daemon is asked later: it may wait for this script.
tell_later() { systemctl --no-block restart passthrough-host-held.service 2>/dev/null || :; }

# may_start GUEST
may_start() {
  if ! is_ours "$1" || [ -e "$run/released/$1" ]; then return 0; fi
  [ ! -r "$list" ] || grep -qxF "guest $1" "$list" || return 0
  has=$(given)
  if [ ! -e "$run/held/$1" ] && [ -e "$run/good/$1" ] && [ "$(cat "$run/good/$1")" = "$has" ]; then return 0; fi
  if ! look "$1" "$has"; then
    [ -e "$run/held/$1" ] || { hold "$1" "$why"; tell_later; }
    printf 'the guest %s is held back: %s\n' "$1" "$why" >&2
    printf 'once that is mended the guest starts; to start it as it is: %s release %s\n' "$0" "$1" >&2
    return 1
  fi
  if [ -e "$run/held/$1" ]; then
    rm -f "$run/held/$1"
    note "the guest $1 is held back no longer: its devices are as wanted"
    tell_later
  fi
}

# compare: what of the host is not as wanted, a line each
compare() {
  if [ ! -r "$list" ]; then
    echo "what is wanted is not known: $list cannot be read"
    return
  fi
  running=
  read -r running <"$cmdline"
  while read -r kind first second; do
    case $kind in
      argument) case " $running " in *" $first "*) ;; *) echo "the running kernel lacks $first" ;; esac ;;
      pages)
        count=0
        read -r count 2>/dev/null <"$sys/$first"
        [ "$count" -ge "$second" ] || echo "huge pages in $sys/$first: $count, wanted $second"
        ;;
      bridge)
        # Its maker may be at work still.
        waited=0
        while [ ! -d "$sys/class/net/$first/bridge" ] && [ $waited -lt 4 ]; do
          sleep 0.2
          waited=$((waited + 1))
        done
        [ -d "$sys/class/net/$first/bridge" ] || echo "there is no bridge $first"
        ;;
    esac
  done <"$list"
}

check() {
  mkdir -p "$run/held" || exit 1
  rm -f "$run"/held/* "$run"/good/*
  sed -n 's/^guest //p' "$list" 2>/dev/null | while read -r guest; do
    if ! is_ours "$guest" || [ ! -r "$definitions/$guest.xml" ] || [ -e "$run/released/$guest" ]; then continue; fi
    look "$guest" "$(given <"$definitions/$guest.xml")" || hold "$guest" "$why"
  done
  # Asked before what may take its time: bridges are waited for, and the unit is given up after a while.
  for file in "$run"/held/* "$kept"/*; do
    [ ! -e "$file" ] || { tell_later; break; }
  done
  compare >"$run/notes.new" && mv -f "$run/notes.new" "$run/notes"
  while read -r line; do note "$line"; done <"$run/notes"
}

# describe GUEST TEXT: of its definition
describe() { vir desc --config "$1" --new-desc "$2" >/dev/null 2>&1; }

# describe_live GUEST TEXT: of the guest that was started from a definition in which this script's text was still: by libvirt itself, while it is asked here
describe_live() {
  case $(vir desc --live "$1" 2>/dev/null) in "$mark"*) vir desc --live "$1" --new-desc "$2" >/dev/null 2>&1 ;; esac
}

# description GUEST: nothing if it has none
description() {
  text=$(vir desc --config "$1" 2>/dev/null) || return 1
  [ "$text" = "No description for domain: $1" ] || printf '%s' "$text"
}

# tell: the descriptions of guests that are held back say so, and those of the others are as they were
tell() {
  vir uri >/dev/null 2>&1 || return 1
  for file in "$kept"/*; do
    guest=${file##*/}
    if [ ! -e "$file" ] || [ -e "$run/held/$guest" ]; then continue; fi
    if was=$(description "$guest"); then
      case $was in "$mark"*) describe "$guest" "$(cat "$file")" || continue ;; esac
      describe_live "$guest" "$(cat "$file")" || continue
    else
      # It is of no more use once the domain is gone, which only an answer of libvirt says.
      names=$(vir list --all --name 2>/dev/null) || continue
      ! printf '%s\n' "$names" | grep -qxF -e "$guest" || continue
    fi
    rm -f "$file"
  done
  rmdir "$kept" 2>/dev/null
  for file in "$run"/held/*; do
    [ -e "$file" ] || continue
    guest=${file##*/}
    was=$(description "$guest") || continue
    { read -r since; why=$(tr '\n' ';' | sed 's/;$//; s/;/; /g'); } <"$file"
    # What it was is on disk before it changes.
    case $was in "$mark"*) ;; *) { mkdir -p "$kept" && printf '%s' "$was" >"$kept/$guest" && sync "$kept/$guest"; } || continue ;; esac
    describe "$guest" "$mark since $(date -u -d "@$since" '+%F %H:%M UTC'): $why"
  done
}

if [ $# -ge 3 ]; then
  case $2 in
    prepare)
      if ! may_start "$1"; then
        [ -e "$run/ran/$1" ] || { mkdir -p "$run/refused" && : >"$run/refused/$1"; } 2>/dev/null
        exit 1
      fi
      # It starts, and its description says that it is held back, since an earlier boot: this one was not compared to the end.
      [ ! -e "$kept/$1" ] || [ -e "$run/held/$1" ] || tell_later
      ;;
    started)
      { mkdir -p "$run/ran" && : >"$run/ran/$1"; } 2>/dev/null
      rm -f "$run/refused/$1" 2>/dev/null
      ;;
  esac
  exit 0
fi
case ${1:-} in
  check) check ;;
  tell) tell ;;
  release)
    mkdir -p "$run/released" && : >"$run/released/${2:?a guest is to be named}" || exit 1
    rm -f "$run/held/$2"
    note "the guest $2 may start as it is until the next boot: it was released by hand"
    tell_later
    ;;
  forget)
    rm -rf "$run"
    tell
    ;;
  *) echo "check, tell, release GUEST or forget is expected" >&2; exit 1 ;;
esac
