#!/bin/bash
# One virtual host over all its boots, each in a QEMU process of its own.
#
#   boots.sh SERIAL-LOG [argument of the first boot only…] -- qemu-system-x86_64 -action reboot=shutdown argument…
#
# An emulated processor keeps what it translated. After a reboot within one process the memory is full of the last boot's code, every
# write to such a page has to look for it first, and a boot of half a minute can take five.
# Ends with QEMU's exit code when the host was switched off or QEMU failed; TERM ends both.
set -u
serial=$1
shift
# The kernel's autogroups weigh whole sessions against each other: what nice says within one counts for nothing outside (sched(7), "The autogroup feature").
nice >/proc/self/autogroup 2>/dev/null || true
first=()
while [ "$1" != -- ]; do
    first+=("$1")
    shift
done
shift
trap 'kill "$qemu" 2>/dev/null; wait "$qemu"; exit 143' TERM
while :; do
    "$@" "${first[@]}" &
    qemu=$!
    wait "$qemu" || exit
    first=()
    if tail -c 200 "$serial" | grep -qa 'reboot: Power down'; then exit 0; fi
done
