#!/bin/bash
# Upgrades the distribution of a virtual host that is off, in its disk: the host's own apt and dpkg run on the builder's processor, because an emulated one
# takes hours. What makes the initramfs and GRUB's menu runs as on the host; no service starts. To be run as root, in a mount namespace of its own.
#
# Arguments: DISK (raw, with the root file system in its first partition), FOLDER (for mount points), then apt options, in apt.conf's format: how apt reaches
#            the package sources.
# Input: the package sources of the release, in one-line format.
# The host's own sources are in place again afterwards; its files that a package would replace stay (--force-confold), as for whoever presses Return.
# Exit codes: 0 upgraded; anything else: not, and DISK is not to be used.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

disk=$1 root=$2/root names=$2/dev
shift 2
sources=$(cat)
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$recipe/device.sh"

own=etc/apt/sources.list.d
settings=etc/apt/apt.conf.d/99lab-upgrade

# within COMMAND…: runs it in the host's file system
within() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 chroot "$root" "$@"; }

prepare() {
    mount_for_programs
    mount -t tmpfs none "$root/run"
    # The name server of the builder; the host's /etc/resolv.conf is a link to there.
    mkdir -p "$root/run/systemd/resolve" "$root/run/lock"
    cat /etc/resolv.conf >"$root/run/systemd/resolve/stub-resolv.conf"
    mkdir "$root/run/lab"
    cp -a "$root/$own" "$root/run/lab/"
    find "$root/$own" -type f -delete
    printf '%s\n' "$sources" >"$root/$own/lab-upgrade.list"
    printf '%s\n' "$@" 'Dpkg::Options { "--force-confold"; "--force-confdef"; "--force-unsafe-io"; };' 'Acquire::Languages "none";' >"$root/$settings"
    # Source: Debian, invoke-rc.d(8), "policy-rc.d".
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Source: Debian 13 release notes, chapter 4, "Upgrading the system".
upgrade() {
    # Asked for in a dialogue where nobody has said it yet. Source: Debian, grub-pc.postinst.
    printf 'grub-pc grub-pc/install_devices multiselect /dev/vda\n' | within debconf-set-selections
    within apt-get -q update
    within apt-get -q -y upgrade --without-new-pkgs
    within apt-get -q -y full-upgrade
    within dpkg --audit
}

clean() {
    rm -f "$root/usr/sbin/policy-rc.d" "$root/$settings" "$root/$own/lab-upgrade.list"
    cp -a "$root/run/lab/sources.list.d/." "$root/$own/"
    rm -rf "${root:?}"/var/lib/apt/lists/* "${root:?}"/var/cache/apt/archives/*.deb
    within apt-get -q update
    sync
}

attach_disk
prepare "$@"
upgrade
clean
# A file system that something still uses is none to boot from.
umount --recursive "$root"
close_disk
