# shellcheck shell=sh
# Part of the probe, for any login: what the host boots from and lives on.

# disks MOUNT BLOCKDEVICE: the PCI function of every disk below it, through partitions, LVM, dm-crypt and md
disks() {
  for slave in "/sys/class/block/$2"/slaves/*; do
    [ -e "$slave" ] || continue
    disks "$1" "${slave##*/}"
  done
  function_of "block/$2"
  [ -n "$pci" ] && row disk "$1" "$2" "$pci"
}

# device FILE: the name of the block device a device file is, into $block
device() {
  block=$1
  [ ! -L "$1" ] || block=$(readlink -f "$1")
  block=${block##*/}
}

storage() {
  while read -r source target _; do
    case $source in /dev/*) ;; *) continue ;; esac
    device "$source"
    [ -e "/sys/class/block/$block" ] && disks "$target" "$block"
  done </proc/mounts
  { read -r _; while read -r source _; do
    case $source in /dev/*) device "$source"; [ -e "/sys/class/block/$block" ] && disks swap "$block" ;; esac
  done; } </proc/swaps
  df -k --output=source,fstype,avail,target /boot /boot/grub 2>/dev/null | {
    read -r _
    read -r _ _ free place && row bootfree "$free" "$place"
    read -r source kind _ && device "$source" && row grubdisk "$block" "$kind"
  }
}
