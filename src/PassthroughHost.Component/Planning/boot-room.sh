# shellcheck shell=sh
# Room for one more initramfs where /boot is. Part of Boot's script; what the preview says of the room (BootSpace) is computed with the same two numbers, read
# from here.
# An initramfs grows, and what else is written there, GRUB's menu, is not measured.
INITRAMFS_GROWTH_PERCENT=130
BOOT_RESERVE_KIB=16384

free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }

# room_needed KIB: what a new initramfs takes beside one of that size, in KiB
room_needed() { echo $(($1 * INITRAMFS_GROWTH_PERCENT / 100 + BOOT_RESERVE_KIB)); }
