#!/bin/sh
# Reserves functions for vfio-pci by their address, because another function with the same ID stays with the host. Run before vfio-pci is
# loaded (modprobe.d, "install") and, where it is built in, at the top of the initramfs. Which functions stands on the kernel command line
# (passthrough_host.bind=ADDRESS=ID/SUBSYSTEM,...), so that a boot with the command line of before binds as before. A function that is
# not what was declared is left alone.
# Source: Linux Documentation/ABI/testing/sysfs-bus-pci, driver_override.
[ "${1:-}" = prereqs ] && exit 0
read -r line </proc/cmdline
functions=
for argument in $line; do
  case $argument in passthrough_host.bind=*) functions=${argument#*=} ;; esac
done
IFS=,
for function in $functions; do
  address=${function%%=*}
  device=/sys/bus/pci/devices/$address
  [ -e "$device" ] || continue
  read -r vendor <"$device/vendor"
  read -r product <"$device/device"
  card=${vendor#0x}:${product#0x}
  case $function in
    */*)
      read -r vendor <"$device/subsystem_vendor"
      read -r product <"$device/subsystem_device"
      card=$card/${vendor#0x}:${product#0x}
      ;;
  esac
  [ "$card" = "${function#*=}" ] || continue
  echo vfio-pci >"$device/driver_override"
  # Where vfio-pci is there already, it takes the function now.
  if [ -d /sys/bus/pci/drivers/vfio-pci ] && [ ! -e "$device/driver" ]; then echo "$address" >/sys/bus/pci/drivers_probe; fi
done
exit 0
