#!/bin/sh
# Puts vfio-pci and its binding into the initramfs, and a file whose name is the digest of that binding, by which a list of what is in an initramfs tells
# it. Run by mkinitramfs for each kernel.
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

manual_add_modules vfio_iommu_type1
# Loaded before udev, so that it takes its devices also where no other driver would ask for it first.
force_load vfio-pci

script=/etc/initramfs-tools/scripts/init-top/passthrough-host
if [ -e "$script" ]; then
  # modprobe.d names the script at its place on the host; initramfs-tools itself copies it only to /scripts.
  mkdir -p "$DESTDIR${script%/*}"
  cp -p "$script" "$DESTDIR$script"
fi

mkdir -p "$DESTDIR/passthrough-host"
: >"$DESTDIR/passthrough-host/$(cat /etc/modprobe.d/passthrough-host.conf "$script" 2>/dev/null | sha256sum | cut -c 1-64)"
exit 0
