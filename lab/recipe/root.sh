#!/bin/sh
# Copies the host that runs this to further disks, with another kind of root. Run as root on a virtual host that was booted from the plain image:
# the builder's own kernel may have neither Btrfs nor device-mapper.
#
#   root.sh btrfs DISK DISK   one Btrfs on both, with /boot in it
#   root.sh lvm-luks DISK     /boot on ext4; the rest LUKS, in it a volume group, in it ext4
# Exit codes: 0 made; anything else: not made, and the disks are not to be used.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
kind=$1 disk=$2
target=/mnt

# One initramfs is made, at the end.
install_packages() {
    sed -i 's/^update_initramfs=.*/update_initramfs=no/' /etc/initramfs-tools/update-initramfs.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
    sed -i 's/^update_initramfs=.*/update_initramfs=yes/' /etc/initramfs-tools/update-initramfs.conf
}

uuid() { blkid -o value -s UUID "$1"; }

copy() {
    tar -c --one-file-system --xattrs --acls --exclude=./var/log/journal --exclude=./run -C / . | tar -x --xattrs --acls -C "$target"
    mkdir -p "$target/run"
}

make_btrfs() {
    install_packages btrfs-progs
    for each in "$1" "$2"; do echo 'start=2048, type=83, bootable' | sfdisk --quiet --label dos "$each"; done
    udevadm settle
    mkfs.btrfs --quiet --data single --metadata raid1 "${1}1" "${2}1"
    mount "${1}1" "$target"
    copy
    echo btrfs >>"$target/etc/initramfs-tools/modules"
    printf 'UUID=%s / btrfs defaults 0 0\n' "$(uuid "${1}1")" >"$target/etc/fstab"
}

make_lvm_luks() {
    install_packages cryptsetup-initramfs lvm2
    printf '%s\n' 'start=2048, size=1G, type=83, bootable' 'type=83' | sfdisk --quiet --label dos "$1"
    udevadm settle
    mkdir -p /etc/keys
    head -c 64 /dev/urandom >/etc/keys/root.key
    chmod 400 /etc/keys/root.key
    # The key lies in the initramfs, on a /boot that everybody can read: nobody is there to type one. So its derivation need not be slow either.
    cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /etc/keys/root.key "${1}2"
    cryptsetup open --key-file /etc/keys/root.key "${1}2" lab_crypt
    pvcreate --quiet /dev/mapper/lab_crypt
    vgcreate --quiet lab /dev/mapper/lab_crypt
    lvcreate --quiet --yes --zero n --wipesignatures n --extents 100%FREE --name root lab
    mkfs.ext4 -q -m 0 -i 65536 /dev/lab/root
    mkfs.ext4 -q -m 0 "${1}1"
    mount /dev/lab/root "$target"
    mkdir "$target/boot"
    mount "${1}1" "$target/boot"
    copy
    printf '%s\n' dm_mod dm_crypt >>"$target/etc/initramfs-tools/modules"
    printf 'lab_crypt UUID=%s /etc/keys/root.key luks,discard\n' "$(uuid "${1}2")" >"$target/etc/crypttab"
    echo 'KEYFILE_PATTERN="/etc/keys/*.key"' >>"$target/etc/cryptsetup-initramfs/conf-hook"
    echo 'UMASK=0077' >"$target/etc/initramfs-tools/conf.d/lab-key"
    printf '/dev/mapper/lab-root / ext4 errors=remount-ro 0 0\nUUID=%s /boot ext4 defaults 0 0\n' "$(uuid "${1}1")" >"$target/etc/fstab"
}

shift
case $kind in
    btrfs) make_btrfs "$@" ;;
    lvm-luks) make_lvm_luks "$@" ;;
    *) exit 1 ;;
esac
for each in dev proc sys; do mount --rbind "/$each" "$target/$each"; done
mount -t tmpfs none "$target/run"
# What udev knows of the disks is asked for by LVM and GRUB.
mkdir -p "$target/run/udev"
mount --bind /run/udev "$target/run/udev"
chroot "$target" update-initramfs -u -k all
chroot "$target" grub-install --target=i386-pc "$disk"
chroot "$target" update-grub
sync
