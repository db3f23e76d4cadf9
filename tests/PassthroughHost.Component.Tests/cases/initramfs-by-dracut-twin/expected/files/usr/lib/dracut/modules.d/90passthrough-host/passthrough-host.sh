#!/bin/sh
# Before udev looks for drivers: where vfio-pci is built in, nothing else would run the script (modprobe.d runs it where it is a module). dracut sources this
# file, so that the script, which ends by itself, is started as a program.
# Source: dracut.bootup(7).
/usr/lib/dracut/modules.d/90passthrough-host/bind-by-address.sh
