#!/bin/sh
# What the root file system of the virtual host is made without: manuals and the like, and every initramfs but the last. A hook of mmdebstrap.
#
# mmdebstrap's own way to leave files out (--dpkgopt=path-exclude=…) filters each package in Perl, file by file: three minutes instead of half a one.
#
# Arguments: ROOT (the root file system being made), and which step of mmdebstrap has been reached: setup, extract, essential or customize.
# Exit codes: 0 done; anything else: not done.
set -eu
root=$1
own=$root/etc/dpkg/dpkg.cfg.d/lab-leave-out
case $2 in
    setup)
        mkdir -p "${own%/*}"
        printf 'path-exclude=/usr/share/%s/*\n' man doc locale >"$own"
        ;;
    extract)
        # These were unpacked without dpkg, which knows what is to be left out.
        rm -rf "$root/usr/share/man" "$root/usr/share/doc" "$root/usr/share/locale"
        ;;
    essential)
        # Each package with a part in it would make the initramfs again; disk.sh makes it once all is configured.
        # dracut's package has either program too, from 108 on.
        for maker in /usr/sbin/update-initramfs /usr/bin/dracut; do
            chroot "$root" dpkg-divert --quiet --local --rename --divert "$maker.kept" --add "$maker"
            ln -s /bin/true "$root$maker"
        done
        ;;
    customize)
        rm -f "$own"
        for maker in /usr/sbin/update-initramfs /usr/bin/dracut; do
            rm -f "$root$maker"
            chroot "$root" dpkg-divert --quiet --local --rename --remove "$maker"
        done
        ;;
esac
