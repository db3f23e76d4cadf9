#!/bin/sh
# Keeps the host's services, users and interrupts off the guests' CPUs while a guest runs. A hook of libvirt, run for every guest:
#   50-passthrough-host GUEST OPERATION SUBOPERATION EXTRA
#     started, reconnect  confines the host to host_cpus
#     release             gives the CPUs back once the last guest that counts is gone
#     give-back           gives them back at once (not libvirt's: for this project's own scripts)
# Which CPUs and guests: /etc/passthrough-host/isolation. What was there before: /run/passthrough-host-isolation, gone with a reboot as
# the confinement is.
# Always exits 0 and says what went wrong in the journal: a guest that is not isolated is better than one that does not start.
# It must not call libvirt, which waits for it. Source: libvirt, "Hooks for specific system management"; Linux
# Documentation/core-api/irq/irq-affinity.rst.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
configuration=/etc/passthrough-host/isolation
state=/run/passthrough-host-isolation
units='system.slice user.slice init.scope'
guest=${1:-}

note() { logger -t passthrough-host "isolation: $*" 2>/dev/null || :; }

# Interrupts that may come to a guest's CPU go to the host's. Those of vfio are the guest's own devices, and those the kernel manages
# cannot be moved.
irqs_away() {
  for file in /proc/irq/[0-9]*/smp_affinity_list; do
    irq=${file%/smp_affinity_list}
    for action in "$irq"/vfio*; do [ ! -e "$action" ] || continue 2; done
    read -r list 2>/dev/null <"$file" && printf '%s %s\n' "${irq##*/}" "$list"
  done | awk -v away="$guest_cpus" -v host="$host_cpus" -v noted="$state/irqs" '
    function expand(list, set,   parts, ends, n, i, c) {
      n = split(list, parts, ",")
      for (i = 1; i <= n; i++) {
        split(parts[i], ends, "-")
        for (c = ends[1] + 0; c <= (parts[i] ~ /-/ ? ends[2] : ends[1]) + 0; c++) { set[c] = 1; if (c > highest) highest = c }
      }
    }
    BEGIN {
      expand(away, guest)
      while ((getline line < noted) > 0) { split(line, field, " "); known[field[1]] = 1 }
    }
    {
      split("", now); rest = ""; moves = 0
      expand($2, now)
      for (c = 0; c <= highest; c++) if (c in now) { if (c in guest) moves = 1; else rest = rest (rest == "" ? "" : ",") c }
      if (moves) print $1, ($1 in known ? "known" : $2), (rest == "" ? host : rest)
    }' | while read -r irq before after; do
    { printf '%s\n' "$after" >"/proc/irq/$irq/smp_affinity_list"; } 2>/dev/null || continue
    [ "$before" = known ] || printf '%s %s\n' "$irq" "$before" >>"$state/irqs"
  done
}

confine() {
  mkdir -p "$state" || return
  : >"$state/guest.$guest"
  for unit in $units; do
    [ -e "$state/$unit" ] || systemctl show -p AllowedCPUs --value "$unit" >"$state/$unit"
    systemctl set-property --runtime "$unit" "AllowedCPUs=$host_cpus" || note "$unit could not be confined to $host_cpus"
  done
  [ "$irqs" != yes ] || irqs_away
  note "$guest runs: the host has $host_cpus"
}

give_back() {
  [ -d "$state" ] || return 0
  read -r online </sys/devices/system/cpu/online
  for unit in $units; do
    [ -e "$state/$unit" ] || continue
    read -r before <"$state/$unit"
    # An empty list alone would leave the last one in the kernel's file.
    systemctl set-property --runtime "$unit" "AllowedCPUs=${before:-$online}" || note "$unit could not be given ${before:-$online}"
    [ -n "$before" ] || systemctl set-property --runtime "$unit" AllowedCPUs=
  done
  if [ -r "$state/irqs" ]; then
    while read -r irq before; do { printf '%s\n' "$before" >"/proc/irq/$irq/smp_affinity_list"; } 2>/dev/null; done <"$state/irqs"
  fi
  rm -rf "$state"
  note "the host has every CPU again"
}

# Guests that start and stop at the same time take turns.
exec 9>"$state.lock" && flock -w 20 9
case ${2:-} in
  started | reconnect)
    # shellcheck disable=SC1090
    [ -r "$configuration" ] && . "$configuration" || exit 0
    case $guests in '' | *"/$guest/"*) confine ;; esac
    ;;
  release)
    rm -f "$state/guest.$guest"
    for other in "$state"/guest.*; do [ ! -e "$other" ] || exit 0; done
    give_back
    ;;
  give-back) give_back ;;
esac
exit 0
