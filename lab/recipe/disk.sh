#!/bin/bash
# Makes the disk of the virtual host out of its packages: partitioned, configured, bootable by GRUB on BIOS.
# To be run as root, in a mount namespace of its own.
#
# Arguments: ROOTFS (the disk with the installed packages, by rootfs.sh), IDENTITY (folder with the SSH keys `operator` and `host`),
#            OUT (folder that gets disk.raw, vmlinuz and probe.cpio)
# Exit codes: 0 made; anything else: not made, and OUT is not to be used.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

rootfs=$1 identity=$2 out=$3
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$out/root
disk=$out/disk.raw
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

open_disk() {
    cp --sparse=auto --reflink=auto "$rootfs" "$disk"
    echo 'start=2048, type=83, bootable' | sfdisk --quiet --wipe never --wipe-partitions never --label dos "$disk"
    loop=$(losetup --find --show "$disk")
    # Not every kernel reads partition tables of loop devices by itself; partx asks it to.
    local partition=/sys/block/${loop##*/}/${loop##*/}p1
    [ -e "$partition" ] || partx --add "$loop"

    # The devices get the names that they have inside the virtual host, in a /dev of this mount namespace's own: GRUB's
    # tools read them from the mount table and write them into grub.cfg, which this way is byte for byte what update-grub
    # writes on the running host.
    mkdir -p "$out/dev/disk/by-uuid" "$root"
    mount -t tmpfs -o mode=755,dev none "$out/dev"
    mkdir -p "$out/dev/disk/by-uuid"
    device_node vda "$(cat "/sys/block/${loop##*/}/dev")"
    device_node vda1 "$(cat "$partition/dev")"
    cp -a /dev/null /dev/zero /dev/random /dev/urandom /dev/full "$out/dev"

    mount -t tmpfs none "$out/dev/disk"
    mkdir -p "$out/dev/disk/by-uuid"
    mount --rbind "$out/dev" /dev

    uuid=$(blkid -o value -s UUID /dev/vda1)
    ln -s ../../vda1 "/dev/disk/by-uuid/$uuid"
    mount /dev/vda1 "$root"
}

# Arguments: name, major:minor.
device_node() {
    mknod "$out/dev/$1" b "${2%:*}" "${2#*:}"
}

configure() {
    cp -r --no-preserve=mode,ownership "$recipe/files/." "$root"
    chmod 440 "$root/etc/sudoers.d/"*
    rm -f "$root/etc/apt/sources.list" "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*

    echo lab >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 lab\n' >"$root/etc/hosts"
    printf 'UUID=%s / ext4 errors=remount-ro 0 0\n' "$uuid" >"$root/etc/fstab"
    ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

    rm -f "$root"/etc/ssh/ssh_host_*
    install -m 600 "$identity/host" "$root/etc/ssh/ssh_host_ed25519_key"
    install -m 644 "$identity/host.pub" "$root/etc/ssh/ssh_host_ed25519_key.pub"
    chroot "$root" useradd --create-home --shell /bin/bash ops
    local home
    for home in root home/ops; do
        install -d -m 700 "$root/$home/.ssh"
        install -m 600 "$identity/operator.pub" "$root/$home/.ssh/authorized_keys"
    done
    chroot "$root" chown -R ops:ops /home/ops/.ssh

    # A host that has booted before: with an identity, and with nothing that waits for a network it has not got.
    rm -f "$root/etc/machine-id"
    systemd_machine_id
    chroot "$root" systemctl --quiet enable ssh systemd-networkd systemd-resolved
    # Nor with what a host does once a day, which a snapshot would find overdue at every boot.
    chroot "$root" systemctl --quiet mask systemd-networkd-wait-online e2scrub_reap.service \
        {apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,logrotate,fstrim}.timer
    chroot "$root" apt-get -q update
}

systemd_machine_id() {
    tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
}

make_bootable() {
    mount --rbind "$out/dev" "$root/dev"
    mount -t proc none "$root/proc"
    mount -t sysfs none "$root/sys"
    # Else grub.cfg gets an entry for the firmware of the machine that builds the image.
    mount -t tmpfs none "$root/sys/firmware"
    chroot "$root" update-initramfs -c -k all
    chroot "$root" grub-install --target=i386-pc /dev/vda
    # In the host's own language, which is none.
    chroot "$root" env -u LANG -u LC_ALL update-grub
}

# What accel.sh tries KVM with: the kernel, and an initramfs whose only program says that it runs.
make_probe() {
    cp "$root"/boot/vmlinuz-* "$out/vmlinuz"
    mkdir -p "$out/probe/bin" "$out/probe/dev"
    cp "$root/bin/busybox" "$out/probe/bin/"
    printf '#!/bin/busybox sh\necho passthrough-lab-probe-ran\n/bin/busybox poweroff -f\n' >"$out/probe/init"
    chmod 755 "$out/probe/init"
    cp -a /dev/console "$out/probe/dev/" 2>/dev/null || mknod "$out/probe/dev/console" c 5 1
    mount --bind "$out/probe" "$root/mnt"
    chroot "$root" sh -c 'cd /mnt && find . | cpio --quiet -o -H newc' >"$out/probe.cpio"
    umount "$root/mnt"
}

open_disk
configure
make_bootable
make_probe
close_disk
umount --recursive "$out/dev"
rm -rf "${out:?}/root" "${out:?}/dev" "${out:?}/probe"
