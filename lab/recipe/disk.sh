#!/bin/bash
# Makes the disk of the virtual host out of its packages: partitioned, configured, bootable by GRUB.
# To be run as root, in a mount namespace of its own.
#
# Arguments: ROOTFS (the disk with the installed packages, by rootfs.sh), PARTS (what kind of host it is, words: firmware, generator of the initramfs,
#            like-RELEASE), IDENTITY (folder with the SSH keys `operator` and `host`), OUT (folder that gets disk.raw, vmlinuz and probe.cpio),
#            KERNEL (the package of a kernel that it has in place of Debian's; nothing for that one)
# Exit codes: 0 made; anything else: not made, and OUT is not to be used.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

rootfs=$1 identity=$3 out=$4 kernel=$5
read -r firmware initramfs like <<<"$2"
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$out/root names=$out/dev
disk=$out/disk.raw
# shellcheck source=/dev/null
. "$recipe/device.sh"

# The first partition is where rootfs.sh made a file system.
partition_disk() {
    local edit=(sfdisk --quiet --wipe never --wipe-partitions never)
    if [ "$firmware" = bios ]; then
        echo 'start=2048, type=83, bootable' | "${edit[@]}" --label dos "$disk"
    else
        # 256 MiB more, for the EFI system partition and the second copy of the table.
        truncate --size=+258M "$disk"
        printf '%s\n' "start=2048, size=$((16 * 2097152 - 2048)), type=linux" 'size=256M, type=uefi' | "${edit[@]}" --label gpt "$disk"
    fi
}

open_disk() {
    cp --sparse=auto --reflink=auto "$rootfs" "$disk"
    partition_disk
    attach_disk
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

    # libvirt has a profile compiled four times for each start of a guest, which takes an emulated processor a quarter of the time like this.
    printf 'Optimize=no-expr-simplify\n' >>"$root/etc/apparmor/parser.conf"

    # A host that has booted before: with an identity, and with nothing that waits for a network it has not got.
    rm -f "$root/etc/machine-id"
    systemd_machine_id
    chroot "$root" systemctl --quiet enable ssh systemd-networkd systemd-resolved
    # Nor with what a host does once a day, which a snapshot would find overdue at every boot.
    chroot "$root" systemctl --quiet mask systemd-networkd-wait-online e2scrub_reap.service \
        {apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,logrotate,fstrim}.timer
    chroot "$root" apt-get -q update
    [ -z "$kernel" ] || replace_kernel
    [ -z "$like" ] || "$recipe/parts/$like/configure.sh" "$root"
}

# The initramfs is made later, for all kernels that are there.
replace_kernel() {
    local debians
    # shellcheck disable=SC2016  # the name is dpkg's to expand
    mapfile -t debians < <(chroot "$root" dpkg-query --showformat '${Package}\n' --show 'linux-image-*')
    chroot "$root" env DEBIAN_FRONTEND=noninteractive INITRD=No dpkg --purge "${debians[@]}"
    cp "$kernel" "$root/var/tmp/kernel.deb"
    chroot "$root" env INITRD=No dpkg -i /var/tmp/kernel.deb
    rm "$root/var/tmp/kernel.deb"
}

systemd_machine_id() {
    tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
}

make_bootable() {
    mount_for_programs
    make_tpm_authority >/dev/null &
    local authority=$!
    make_initramfs
    "install_for_$firmware"
    # In the host's own language, which is none.
    chroot "$root" env -u LANG -u LC_ALL update-grub
    wait "$authority"
}

make_initramfs() {
    local kernel
    case $initramfs in
        initramfs-tools) chroot "$root" update-initramfs -c -k all ;;
        dracut)
            # As the hook of Debian's package does it when a kernel comes.
            for kernel in "$root"/boot/vmlinuz-*; do
                kernel=${kernel##*/vmlinuz-}
                chroot "$root" dracut --force "/boot/initrd.img-$kernel" "$kernel"
            done
            ;;
    esac
}

install_for_bios() {
    chroot "$root" grub-install --target=i386-pc /dev/vda
}

# What grub-install does on a host that was booted by UEFI, without mounting the EFI system partition: the builder's kernel may lack VFAT.
# The firmware finds shim at its default place; shim then starts fallback, which makes the boot entry "debian".
# Source: README.fallback of shim; grub-install(8), --uefi-secure-boot.
install_for_uefi() {
    local esp=$out/esp id
    mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian"
    cp "$root/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/BOOT/BOOTX64.EFI"
    cp "$root/usr/lib/shim/fbx64.efi.signed" "$esp/EFI/BOOT/fbx64.efi"
    cp "$root/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/BOOT/mmx64.efi"
    cp "$root/usr/lib/shim/shimx64.efi.signed" "$esp/EFI/debian/shimx64.efi"
    cp "$root/usr/lib/shim/mmx64.efi.signed" "$esp/EFI/debian/mmx64.efi"
    cp "$root/usr/lib/shim/fbx64.efi.signed" "$esp/EFI/debian/fbx64.efi"
    cp "$root/usr/lib/shim/BOOTX64.CSV" "$esp/EFI/debian/"
    cp "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$esp/EFI/debian/grubx64.efi"
    # shellcheck disable=SC2016  # the name is GRUB's
    printf 'search.fs_uuid %s root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n' "$uuid" >"$esp/EFI/debian/grub.cfg"
    # GRUB's modules, as grub-install leaves them beside its menu.
    mkdir -p "$root/boot/grub" "$root/boot/efi"
    cp -r "$root/usr/lib/grub/x86_64-efi" "$root/boot/grub/"
    cp "$root/usr/share/grub/unicode.pf2" "$root/boot/grub/" 2>/dev/null || true
    chroot "$root" grub-editenv /boot/grub/grubenv create

    id=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ' | tr '[:lower:]' '[:upper:]')
    mount --bind "$esp" "$root/mnt"
    # In a file, for mtools asks a device for a geometry, which a loop device has not got.
    truncate --size=256M "$esp/image"
    chroot "$root" mformat -i /mnt/image -F -h 64 -s 32 -T $((256 * 2048)) -N "$id" ::
    chroot "$root" mcopy -s -i /mnt/image /mnt/EFI ::
    umount "$root/mnt"
    dd if="$esp/image" of=/dev/vda2 bs=1M conv=sparse,notrunc status=none
    printf 'UUID=%s /boot/efi vfat umask=0077 0 1\n' "${id:0:4}-${id:4}" >>"$root/etc/fstab"
}

# A host that has given a guest a TPM before: the certificate authority of its TPMs is there. Its keys of 3072 bits take an emulated processor twenty seconds.
# libvirt runs swtpm_setup as this user on Debian.
make_tpm_authority() {
    local state=/tmp/tpm
    chroot "$root" install -d -o tss -g root -m 750 /var/lib/swtpm-localca
    chroot "$root" install -d -o tss "$state"
    chroot "$root" setpriv --reuid tss --regid tss --clear-groups swtpm_setup --tpm2 --tpmstate "$state" --create-ek-cert --overwrite
    rm -rf "${root:?}$state"
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
    chroot "$root" sh -c 'cd /mnt && find . | cpio --quiet -o -H newc' >"$out/probe.cpio.new"
    umount "$root/mnt"
    mv "$out/probe.cpio.new" "$out/probe.cpio"
}

open_disk
make_probe
configure
make_bootable
close_disk
umount --recursive "$names"
rm -rf "${out:?}/root" "${out:?}/dev" "${out:?}/probe" "${out:?}/esp"
