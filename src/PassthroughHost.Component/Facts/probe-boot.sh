# shellcheck shell=sh
# Part of the probe: where the host boots from, its kernels, GRUB, and arguments on trial.

# disks MOUNT BLOCKDEVICE: the PCI function of every disk below it, through partitions, LVM, dm-crypt and md
disks() {
  for slave in "/sys/class/block/$2"/slaves/*; do
    [ -e "$slave" ] || continue
    disks "$1" "${slave##*/}"
  done
  path=$(readlink -f "/sys/class/block/$2")
  address=$(printf '%s\n' "$path" | tr '/' '\n' | grep -E '^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$' | tail -n 1)
  [ -n "$address" ] && row disk "$1" "$2" "$address"
}

storage() {
  while read -r source target _; do
    case $source in /dev/*) ;; *) continue ;; esac
    real=$(readlink -f "$source"); [ -e "/sys/class/block/${real##*/}" ] && disks "$target" "${real##*/}"
  done </proc/mounts
  { read -r _; while read -r source _; do
    case $source in /dev/*) real=$(readlink -f "$source"); [ -e "/sys/class/block/${real##*/}" ] && disks swap "${real##*/}" ;; esac
  done; } </proc/swaps
  row bootfree "$(df -Pk /boot 2>/dev/null | awk 'NR == 2 { print $4 }')" "$(df -Pk /boot 2>/dev/null | awk 'NR == 2 { print $6 }')"
}

# vfio KERNEL: how that kernel has vfio-pci
vfio() {
  if grep -qs '/vfio-pci\.ko' "/lib/modules/$1/modules.builtin"; then echo builtin
  elif grep -qs '/vfio-pci\.ko[.a-z0-9]*:' "/lib/modules/$1/modules.dep"; then echo module
  else echo missing
  fi
}

kernels() {
  for image in /boot/vmlinuz-*; do
    [ -e "$image" ] || continue
    release=${image#/boot/vmlinuz-}
    initrd=/boot/initrd.img-$release
    made="0	0"; [ -e "$initrd" ] && made=$(stat -c '%s	%Y' "$initrd")
    # Our initramfs hook notes which configuration went into an initramfs.
    noted="	0"; [ -r "$state/initramfs/$release" ] && noted="$(first "$state/initramfs/$release")	$(stat -c %Y "$state/initramfs/$release")"
    row installed "$release" "$(vfio "$release")" "$made" "$noted"
  done
  if [ -r /boot/grub/grub.cfg ]; then
    row grubcfg "$(stat -c %Y /boot/grub/grub.cfg)"
    awk '$1 == "linux" { file = $2; sub(".*/", "", file); args = ""; for (i = 3; i <= NF; i++) args = args (i > 3 ? " " : "") $i; key = file SUBSEP args; if (!(key in seen)) { seen[key] = 1; printf "entry\t%s\t%s\n", file, args } }' /boot/grub/grub.cfg
  fi
  df --output=source,fstype /boot/grub 2>/dev/null | { read -r _; read -r source kind; real=$(readlink -f "$source"); row grubdisk "${real##*/}" "$kind"; }
  if have grub-editenv && [ -r /boot/grub/grubenv ]; then grub-editenv list 2>/dev/null | while IFS='=' read -r key text; do row grubenv "$key" "$text"; done; fi
}

# New kernel arguments on trial: what boot-trial.sh keeps of them.
trial() {
  [ -r "$state/proven" ] && row verified "$(encode <"$state/proven")"
  [ -r "$state/trial/marker" ] || return 0
  came=prepared
  if grep -qwF -- "$(first "$state/trial/marker")" /proc/cmdline; then came=running
  elif [ -r "$state/trial/started" ]; then
    came=failed
    [ "$(first "$state/trial/started")" = "$(first /proc/sys/kernel/random/boot_id)" ] && came=armed
  fi
  unverified=0; [ -e "$state/trial/unverified" ] && unverified=1
  row trial "$came" "$(encode <"$state/trial/arguments")" "$(first "$state/trial/digest")" "$unverified"
}
