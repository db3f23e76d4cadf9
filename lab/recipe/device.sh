# shellcheck shell=bash
# shellcheck disable=SC2154  # $root, $disk and $names are the caller's
# The disk of a virtual host, opened on the machine that builds it. Sourced, not run, by disk.sh and upgrade.sh: as root, in a mount namespace of their own.
#   disk    the raw disk, with its partitions
#   root    the folder on which its first partition is mounted
#   names   a folder for device nodes, not there yet
# attach_disk sets uuid: that of the file system of /.
loop=

close_disk() {
    if [ -n "$loop" ]; then
        umount --recursive "$root" 2>/dev/null || true
        if mountpoint -q /dev/disk; then umount --recursive /dev; fi
        partx --delete "$loop" 2>/dev/null || true
        losetup --detach "$loop"
        loop=
    fi
}
trap close_disk EXIT

attach_disk() {
    loop=$(losetup --find --show "$disk")
    # Not every kernel reads partition tables of loop devices by itself; partx asks it to.
    local partition=/sys/block/${loop##*/}/${loop##*/}p1
    [ -e "$partition" ] || partx --add "$loop"

    # The devices get the names that they have inside the virtual host, in a /dev of this mount namespace's own: GRUB's
    # tools read them from the mount table and write them into grub.cfg, which this way is byte for byte what update-grub
    # writes on the running host.
    mkdir -p "$names" "$root"
    mount -t tmpfs -o mode=755,dev none "$names"
    mkdir -p "$names/disk"
    device_node vda "$(cat "/sys/block/${loop##*/}/dev")"
    device_node vda1 "$(cat "$partition/dev")"
    if [ -e "${partition%1}2" ]; then device_node vda2 "$(cat "${partition%1}2/dev")"; fi
    cp -a /dev/null /dev/zero /dev/random /dev/urandom /dev/full "$names"
    # For dracut, which is written in bash.
    ln -s /proc/self/fd "$names/fd"

    mount -t tmpfs none "$names/disk"
    mkdir -p "$names/disk/by-uuid"
    mount --rbind "$names" /dev

    # shellcheck disable=SC2034  # for the caller
    uuid=$(blkid -o value -s UUID /dev/vda1)
    ln -s ../../vda1 "/dev/disk/by-uuid/$uuid"
    mount /dev/vda1 "$root"
}

# Arguments: name, major:minor.
device_node() {
    mknod "$names/$1" b "${2%:*}" "${2#*:}"
}

# What the host's own programs find when they run in $root.
mount_for_programs() {
    mount --rbind "$names" "$root/dev"
    mount -t proc none "$root/proc"
    mount -t sysfs none "$root/sys"
    # Else grub.cfg gets an entry for the firmware of the machine that builds the image.
    mount -t tmpfs none "$root/sys/firmware"
}
