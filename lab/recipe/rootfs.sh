#!/bin/bash
# Installs the packages of the virtual host, straight into the file system of its disk. To be run as root, in a mount namespace of its own.
#
# Arguments: OUT (a raw disk of 16 GiB that begins with 1 MiB of nothing, for a partition table and a boot loader, which disk.sh writes),
#            PARTS (what kind of host it is, words: of each what is in parts/WORD), then options of mmdebstrap: how apt reaches the package sources.
# Input: the package sources, in one-line format.
# Exit codes: 0 made; anything else: not made, and OUT is not to be used.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

disk=$1
read -ra parts <<<"$2"
shift 2
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$recipe/bootstrap.sh"
root=$(mktemp -d "$disk.XXXXXX")
trap 'umount "$root" 2>/dev/null || true; rmdir "$root"' EXIT

# words NAME: what is in the files of that name, of all hosts and of the parts of this one
words() {
    local part
    {
        cat "$recipe/$1"
        for part in "${parts[@]}"; do cat "$recipe/parts/$part/$1" 2>/dev/null || true; done
    } | sed 's/#.*//' | xargs
}
packages=$(words packages)
offline=$(words offline-packages)
early=()
for part in "${parts[@]}"; do
    # shellcheck disable=SC2016  # a variable of the hook's
    [ ! -d "$recipe/parts/$part/early" ] || early+=(--essential-hook="cp -r '$recipe/parts/$part/early/.' \"\$1\"")
done

truncate --size=16G "$disk"
mkfs.ext4 -q -F -m 0 -i 65536 -E offset=1048576,lazy_itable_init=0,lazy_journal_init=0 "$disk" $((16 * 1024 - 1))M
# What does not end well is thrown away: nothing is waited for to be on the builder's own disk.
mount -o loop,offset=1048576,noatime,nobarrier,data=writeback "$disk" "$root"
bootstrap "$packages" "$root" "$@" \
    --setup-hook="'$recipe/leave-out.sh' \"\$1\" setup" \
    --extract-hook="'$recipe/leave-out.sh' \"\$1\" extract" \
    --essential-hook="'$recipe/leave-out.sh' \"\$1\" essential" \
    "${early[@]}" \
    --customize-hook="'$recipe/leave-out.sh' \"\$1\" customize" \
    --customize-hook="'$recipe/offline-repository.sh' \"\$1\" $offline"
# What was there for a while only (the packages themselves) takes no place in the copies of this disk.
fstrim "$root" || true
