# shellcheck shell=sh
# Gives a device that was taken from vfio-pci back to it, now, where nobody on the host uses it. Part of Restart's script.
# Source: Linux Documentation/ABI/testing/sysfs-bus-pci: driver_override, drivers_probe, unbind.
PCI=/sys/bus/pci

# open_nodes DEVICE: the nodes of /dev below it that a process has open, or that are mounted, swapped to or held by another block device
open_nodes() {
  find "$1/" -name uevent -exec sed -n 's|^DEVNAME=|/dev/|p' {} + 2>/dev/null | while IFS= read -r node; do
    if [ -n "$(find /proc/[0-9]*/fd -lname "$node" 2>/dev/null | head -n 1)" ] || grep -q "^$node " /proc/mounts /proc/swaps || ls "/sys/class/block/${node#/dev/}/holders/"* >/dev/null 2>&1; then
      printf '%s ' "$node"
    fi
  done
}

# used_by ADDRESS: who on the host uses it, or nothing
used_by() {
  device=$PCI/devices/$1
  [ -e "$device/driver" ] || return 0
  # Who has a disk open inside the kernel (ZFS, Btrfs, LIO) cannot be seen from here: with any disk behind it, it is left to a reboot.
  for disk in $(find "$device/" -path '*/block/*' -name uevent 2>/dev/null | head -n 1); do printf 'a disk (%s) ' "${disk%/uevent}"; done
  case $(driver_of "$1") in
    nvidia*) [ -z "$(find /proc/[0-9]*/fd -lname '/dev/nvidia*' 2>/dev/null | head -n 1)" ] || printf 'a process with /dev/nvidia* ' ;;
  esac
  functions=0
  [ ! -r "$device/sriov_numvfs" ] || read -r functions <"$device/sriov_numvfs"
  [ "$functions" = 0 ] || printf '%s virtual functions ' "$functions"
  for link in "$device"/net/*; do
    [ -e "$link" ] || continue
    read -r flags <"$link/flags"
    [ $((flags & 1)) = 0 ] || printf 'link %s, which is up ' "${link##*/}"
  done
  for child in "$device"/usb*/*-*; do [ ! -e "$child/idVendor" ] || printf 'USB device %s ' "${child##*/}"; done
  for console in "$device"/graphics/fb* "$device"/drm/card*/graphics/fb*; do [ ! -e "$console" ] || printf 'the console on %s ' "${console##*/}"; done
  open_nodes "$device"
}

# rebind ADDRESS
rebind() {
  device=$PCI/devices/$1
  [ -d $PCI/drivers/vfio-pci ] || modprobe vfio-pci || return 1
  override=$(cat "$device/driver_override")
  printf 'vfio-pci\n' >"$device/driver_override"
  [ ! -e "$device/driver" ] || printf '%s\n' "$1" >"$device/driver/unbind"
  printf '%s\n' "$1" >$PCI/drivers_probe
  [ "$override" = vfio-pci ] || printf '\n' >"$device/driver_override"
  [ "$(driver_of "$1")" = vfio-pci ]
}

# rebind_unused: each of BOUND that is not with vfio-pci and that nobody uses
rebind_unused() {
  for address in $BOUND; do
    has=$(driver_of "$address")
    if [ ! -e "$PCI/devices/$address" ] || [ "$has" = vfio-pci ]; then continue; fi
    users=$(used_by "$address")
    if [ -n "$users" ]; then
      say "$address is with $has, and in use: $users"
    elif rebind "$address"; then
      say "$address was with ${has:-no driver}, and is with vfio-pci again"
    else
      say "$address is with ${has:-no driver}; vfio-pci did not take it: $(dmesg 2>/dev/null | grep -F "$address" | tail -n 1)"
    fi
  done
}
