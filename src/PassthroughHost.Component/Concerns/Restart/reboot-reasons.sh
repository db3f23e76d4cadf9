# shellcheck shell=sh
# Why a host is to be rebooted, and whether another reboot could change anything; for Restart, and for Verify where the reboot is the operator's.
#   ARGUMENTS  arguments the running kernel must have
#   BOUND      addresses that must be bound to vfio-pci

# driver_of ADDRESS
driver_of() {
  driver=$(readlink "/sys/bus/pci/devices/$1/driver" 2>/dev/null)
  printf '%s' "${driver##*/}"
}

# why_reboot: a line each
why_reboot() {
  why_arguments
  for address in $BOUND; do
    driver=$(driver_of "$address")
    [ "$driver" = vfio-pci ] || printf '%s is with %s, not vfio-pci\n' "$address" "${driver:-no driver}"
  done
}

why_arguments() {
  running=$(cat /proc/cmdline)
  for argument in $ARGUMENTS; do has "$running" "$argument" || printf 'the running kernel lacks %s\n' "$argument"; done
  # Arguments of an earlier apply that are not wanted any more.
  before=$(awk -F '	' '$1 == "setting" && $2 ~ /kernel.*arguments/ { print $3 }' "$STATE"/*.receipt 2>/dev/null)
  for argument in $before; do
    has "$ARGUMENTS" "$argument" || ! has "$running" "$argument" || printf 'the running kernel still has %s\n' "$argument"
  done
}

# A kernel that was started with the present menu and initramfs will not be another one after a reboot.
already_tried() {
  started=$(awk '$1 == "btime" { print $2 }' /proc/stat)
  [ "$(stat -c %Y /boot/grub/grub.cfg)" -lt "$started" ] || return 1
  newest=$(find /boot -maxdepth 1 -name 'initrd.img-*' -printf '%T@\n' | sort -n | tail -n 1)
  [ "${newest%%.*}" -lt "$started" ]
}
