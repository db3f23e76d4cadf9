#!/bin/sh
# Puts sudo-rs and uutils' programs where Ubuntu 26.04 has them. There it is done by packages of its own; here by diversions, with Ubuntu's names for what
# they stand before (sudo.ws, gnuls). cp, mv and rm are GNU's there too.
#
# Arguments: ROOT (the root file system, not running). Exit codes: 0 done; anything else: not done.
set -eu
root=$1

# instead PROGRAM KEPT PLACE: PLACE, relative to PROGRAM's directory, is run by that name
instead() {
    chroot "$root" dpkg-divert --quiet --local --rename --divert "$2" --add "$1"
    # Not the root file system's own ln: it may be the one that has just been put aside.
    ln -s "$3" "$root$1"
}

for program in sudo visudo; do
    place=$(dirname "$(chroot "$root" sh -c "command -v $program")")
    instead "$place/$program" "$place/$program.ws" "/usr/lib/cargo/bin/$program"
done
for program in "$root"/usr/lib/cargo/bin/coreutils/*; do
    program=${program##*/}
    case $program in cp | mv | rm) continue ;; esac
    [ ! -e "$root/usr/bin/$program" ] || instead "/usr/bin/$program" "/usr/bin/gnu$program" "../lib/cargo/bin/coreutils/$program"
done
