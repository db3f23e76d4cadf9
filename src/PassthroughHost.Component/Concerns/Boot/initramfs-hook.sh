#!/bin/sh
# Puts vfio-pci and its binding into the initramfs, and notes which binding went in. Run by mkinitramfs for each kernel.
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

script=/etc/initramfs-tools/scripts/init-top/passthrough-host
if [ -e "$script" ]; then
  # modprobe.d names the script at its place on the host; initramfs-tools itself copies it only to /scripts.
  mkdir -p "$DESTDIR${script%/*}"
  cp -p "$script" "$DESTDIR$script"
fi

state=/var/lib/passthrough-host/initramfs
if [ -d "$state" ]; then
  cat /etc/modprobe.d/passthrough-host.conf "$script" 2>/dev/null | sha256sum | cut -c 1-64 >"$state/${version:-unknown}"
fi
exit 0
