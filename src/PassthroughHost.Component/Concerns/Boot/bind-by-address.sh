#!/bin/sh
# Reserves functions for vfio-pci by their address, because another function with the same ID stays with the host. Run before vfio-pci is
# loaded (modprobe.d, "install") and, where it is built in, at the top of the initramfs. A function that is not what was declared is
# left alone.
# Source: Linux Documentation/ABI/testing/sysfs-bus-pci, driver_override.
[ "${1:-}" = prereqs ] && exit 0
while read -r address id; do
  case $address in '' | '#'*) continue ;; esac
  device=/sys/bus/pci/devices/$address
  [ -e "$device" ] || continue
  read -r vendor <"$device/vendor"
  read -r product <"$device/device"
  [ "${vendor#0x}:${product#0x}" = "$id" ] || continue
  echo vfio-pci >"$device/driver_override"
  # Where vfio-pci is there already, it takes the function now.
  if [ -d /sys/bus/pci/drivers/vfio-pci ] && [ ! -e "$device/driver" ]; then echo "$address" >/sys/bus/pci/drivers_probe; fi
done </etc/passthrough-host/bind-by-address
exit 0
