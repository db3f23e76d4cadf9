# shellcheck shell=sh
# Part of the probe: where the host boots from, its kernels, GRUB, and arguments on trial.

# disks MOUNT BLOCKDEVICE: the PCI function of every disk below it, through partitions, LVM, dm-crypt and md
disks() {
  for slave in "/sys/class/block/$2"/slaves/*; do
    [ -e "$slave" ] || continue
    disks "$1" "${slave##*/}"
  done
  function_of "/sys/class/block/$2"
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

# vfio KERNEL: how that kernel has vfio-pci
vfio() {
  case $(grep -shoE '/vfio-pci\.ko[.a-z0-9]*(:|$)' "/lib/modules/$1/modules.builtin" "/lib/modules/$1/modules.dep") in
    *:) echo module ;;
    /*) echo builtin ;;
    *) echo missing ;;
  esac
}

kernels() {
  for image in /boot/vmlinuz-*; do
    [ -e "$image" ] || continue
    release=${image#/boot/vmlinuz-}
    initrd=/boot/initrd.img-$release
    # Our initramfs hook notes which configuration went into an initramfs.
    made="0	0"; noted="	0"
    [ ! -e "$initrd" ] || made=$(stat -c '%s	%Y' "$initrd")
    [ ! -r "$state/initramfs/$release" ] || { take "$state/initramfs/$release"; noted="$value	$(stat -c %Y "$state/initramfs/$release")"; }
    row installed "$release" "$(vfio "$release")" "$made" "$noted"
  done
  if [ -r /boot/grub/grub.cfg ]; then
    row grubcfg "$(stat -c %Y /boot/grub/grub.cfg)"
    awk '$1 == "linux" { file = $2; sub(".*/", "", file); args = ""; for (i = 3; i <= NF; i++) args = args (i > 3 ? " " : "") $i; key = file SUBSEP args; if (!(key in seen)) { seen[key] = 1; printf "entry\t%s\t%s\n", file, args } }' /boot/grub/grub.cfg
  fi
  if have grub-editenv && [ -r /boot/grub/grubenv ]; then grub-editenv list 2>/dev/null | while IFS='=' read -r key text; do row grubenv "$key" "$text"; done; fi
}

# New kernel arguments on trial: what boot-trial.sh keeps of them.
trial() {
  [ -r "$state/proven" ] && { take "$state/proven"; row text verified '' "$value"; }
  [ -r "$state/trial/marker" ] || return 0
  came=prepared
  take "$state/trial/marker"; marker=$value
  take "$state/trial/started"; started=$value
  take /proc/sys/kernel/random/boot_id; boot_id=$value
  take /proc/cmdline
  case " $value " in
    *" $marker "*) came=running ;;
    *) [ -z "$started" ] || { came=failed; [ "$started" != "$boot_id" ] || came=armed; } ;;
  esac
  unverified=0; [ -e "$state/trial/unverified" ] && unverified=1
  take "$state/trial/digest"; digest=$value
  take "$state/trial/arguments"
  row trial "$came" "$digest" "$unverified" "$value"
}
