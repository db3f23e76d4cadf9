#!/bin/sh
# Splits devices into virtual functions as /etc/passthrough-host/sriov says.
#   sriov make            makes them, and gives each to vfio-pci or to the host's driver
#   sriov remove ADDRESS  removes those of one device; refuses while a guest has one
# Exit codes: 0 done; 1 something could not be done, with the reason on stderr.
# Source: Linux Documentation/ABI/testing/sysfs-bus-pci, sriov_numvfs, sriov_drivers_autoprobe, driver_override.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
list=/etc/passthrough-host/sriov
pci=/sys/bus/pci
code=0
# Seconds to wait for others that are at work on devices (drivers, udev), for all of them together.
patience=20

wrong() {
  printf '%s\n' "$*" >&2
  code=1
}

# Fails where there was enough waiting.
wait_a_moment() {
  [ "$patience" -gt 0 ] || return 1
  patience=$((patience - 1))
  sleep 1
}

# vfio_user FUNCTION…: the process that has one of these open for a guest, if any
vfio_user() {
  for function; do
    group=$(readlink "$function/iommu_group") || continue
    open=$(find /proc/[0-9]*/fd -lname "/dev/vfio/${group##*/}" 2>/dev/null | head -n 1)
    [ -z "$open" ] || { open=${open#/proc/}; printf '%s' "${open%%/*}"; return; }
  done
}

# remove ADDRESS
remove() {
  device=$pci/devices/$1
  if [ ! -e "$device/sriov_numvfs" ] || [ "$(cat "$device/sriov_numvfs")" = 0 ]; then return 0; fi
  user=$(vfio_user "$device"/virtfn*)
  if [ -n "$user" ]; then
    wrong "$1: process $user has one of its virtual functions ($(tr '\0' ' ' <"/proc/$user/cmdline" | cut -c 1-60)…): stop that guest first"
    return 1
  fi
  echo 0 >"$device/sriov_numvfs" || { wrong "$1: its virtual functions could not be removed"; return 1; }
}

# create ADDRESS ID COUNT: leaves autoprobe off, for the functions to be claimed; what it was before is in probed
create() {
  device=$pci/devices/$1
  # Its driver may come a moment later than this unit.
  waited=0
  while [ ! -e "$device/driver" ] && [ $waited -lt 30 ]; do
    sleep 1
    waited=$((waited + 1))
  done
  [ -e "$device" ] || { wrong "$1: there is no such device"; return 1; }
  read -r vendor <"$device/vendor"
  read -r product <"$device/device"
  [ "${vendor#0x}:${product#0x}" = "$2" ] || { wrong "$1: it is [${vendor#0x}:${product#0x}], not [$2]: left alone"; return 1; }
  [ -e "$device/driver" ] || { wrong "$1: it has no driver, and only its driver can split it"; return 1; }
  [ -e "$device/sriov_numvfs" ] || { wrong "$1: it shows no SR-IOV capability: switch it on in the firmware setup or the card's own configuration"; return 1; }
  has=$(cat "$device/sriov_numvfs")
  if [ "$has" != "$3" ]; then remove "$1" || return 1; fi
  probed=$(cat "$device/sriov_drivers_autoprobe" 2>/dev/null)
  autoprobe "$1" 0
  if [ "$has" != "$3" ] && ! echo "$3" >"$device/sriov_numvfs"; then
    wrong "$1: $3 virtual functions could not be made; the kernel said: $(dmesg 2>/dev/null | grep -F "$1" | tail -n 2 | tr '\n' ';')"
    autoprobe "$1" "${probed:-1}"
    wrong "    its driver may not know SR-IOV; with \"not enough MMIO\": switch on \"Above 4G decoding\" in the firmware setup, or add pci=realloc to boot.kernelArguments"
    return 1
  fi
}

# autoprobe ADDRESS 0|1: whether drivers take its functions by themselves
autoprobe() { [ ! -e "$pci/devices/$1/sriov_drivers_autoprobe" ] || echo "$2" >"$pci/devices/$1/sriov_drivers_autoprobe"; }

# claim ADDRESS INDEX WHOSE: reserves it for a guest, or leaves it to the host's driver. Done while autoprobe is off: the host's driver, which udev loads
# for the new functions, would take each that is free when it comes.
claim() {
  function=$(readlink -f "$pci/devices/$1/virtfn$2") || { wrong "$1: there is no virtual function $2"; return 1; }
  wanted=
  [ "$3" != guest ] || wanted=vfio-pci
  read -r override <"$function/driver_override"
  [ "$override" != '(null)' ] || override=
  if [ "$override" != "$wanted" ]; then printf '%s\n' "$wanted" >"$function/driver_override"; fi
}

driver_of() {
  driver=$(readlink "$1/driver")
  printf '%s' "${driver##*/}"
}

# A driver that is still starting for a function may have let go of it by itself.
unbind() { { echo "${1##*/}" >"$1/driver/unbind"; } 2>/dev/null; }

# Waits for a driver that is still starting for it.
probe() { echo "${1##*/}" >"$pci/drivers_probe"; }

# hand_over ADDRESS INDEX WHOSE: to the driver that it is claimed for
hand_over() {
  function=$(readlink -f "$pci/devices/$1/virtfn$2") || return 1
  if [ "$3" = guest ] && [ ! -d "$pci/drivers/vfio-pci" ]; then modprobe vfio-pci || { wrong "vfio-pci could not be loaded"; return 1; }; fi
  while :; do
    has=$(driver_of "$function")
    case $3:$has in
      guest:vfio-pci) return 0 ;;
      host:vfio-pci | guest:?*)
        user=$(vfio_user "$function")
        [ -z "$user" ] || { wrong "${function##*/}: process $user has it: stop that guest first"; return 1; }
        unbind "$function"
        ;;
      host:?*) return 0 ;;
    esac
    probe "$function"
    has=$(driver_of "$function")
    # The host may have no driver for it, or one that comes later.
    case $3:$has in
      guest:)
        wrong "${function##*/}: vfio-pci did not take it; the kernel said: $(dmesg 2>/dev/null | grep -F "${function##*/}" | tail -n 2 | tr '\n' ';')"
        return 1
        ;;
      guest:vfio-pci) return 0 ;;
      guest:* | host:vfio-pci) ;;
      host:*) return 0 ;;
    esac
    wait_a_moment || break
  done
  wrong "${function##*/}: $has does not let go of it: stop what uses it, then update again"
}

# address ADDRESS INDEX MAC: network cards; set at the physical function, a guest cannot change it then
address() {
  reason="$1: its link has no name that stays"
  while :; do
    for link in "$pci/devices/$1"/net/*; do break; done
    # udev may be giving it its name.
    if [ -e "$link" ]; then
      said=$(ip link set dev "${link##*/}" vf "$2" mac "$3" 2>&1) && return 0
      if [ -e "$link" ]; then
        wrong "${link##*/}: $3 could not be set for virtual function $2: $said"
        return 1
      fi
    else
      reason="$1: it is no network card of the host's, so $3 cannot be set"
    fi
    wait_a_moment || break
  done
  wrong "$reason"
}

case ${1:-} in
  make)
    while read -r _ physical id count; do
      create "$physical" "$id" "$count" || continue
      for step in claim hand_over; do
        index=0
        while [ "$index" -lt "$count" ]; do
          said=$(grep "^function $physical $index " "$list")
          # shellcheck disable=SC2086  # words
          set -- ${said:-function $physical $index host -}
          if [ $step = claim ] && [ "$5" != - ]; then address "$physical" "$index" "$5"; fi
          $step "$physical" "$index" "$4"
          index=$((index + 1))
        done
        # The host's functions are given to nobody while it is off.
        if [ $step = claim ]; then autoprobe "$physical" 1; else autoprobe "$physical" "${probed:-1}"; fi
      done
    done <<EOT
$(grep '^device ' "$list")
EOT
    ;;
  remove) remove "$2" ;;
  *)
    printf 'usage: %s make | remove ADDRESS\n' "$0" >&2
    code=2
    ;;
esac
exit $code
