#!/bin/sh
# Puts vfio-pci into the initramfs, and notes which binding went in with it. Run by mkinitramfs for each kernel.
# Source: initramfs-tools(7), "HOOK SCRIPTS".
PREREQ=""
case "${1:-}" in
  prereqs)
    echo "$PREREQ"
    exit 0
    ;;
esac

# shellcheck disable=SC1091
. /usr/share/initramfs-tools/hook-functions

manual_add_modules vfio-pci vfio vfio_iommu_type1

state=/var/lib/passthrough-host/initramfs
if [ -d "$state" ]; then
  sha256sum </etc/modprobe.d/passthrough-host.conf | cut -c 1-64 >"$state/${version:-unknown}"
fi
