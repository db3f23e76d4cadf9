#!/bin/sh
# Before udev looks for drivers: functions are reserved by their address, and vfio-pci is loaded, by kmod (module-setup.sh tells why). If it is built in,
# nothing is there to load. dracut sources this file before it loads force_drivers; the script, which ends by itself, is started as a program.
# Source: dracut.bootup(7); modprobe(8), --ignore-install.
passthrough_script=/usr/lib/dracut/modules.d/90passthrough-host/bind-by-address.sh
if [ -e "$passthrough_script" ]; then "$passthrough_script"; fi
/passthrough-host/modprobe --ignore-install vfio-pci
