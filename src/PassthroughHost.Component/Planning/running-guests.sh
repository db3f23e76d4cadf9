# shellcheck shell=sh
# The guests that libvirt runs on this host. Part of the scripts of Preflight, Network, Isolation, Restart and Verify, and of the probe; it uses nothing of theirs.

# running_guests: their names, a line each. libvirt notes each one's process beside its XML; driver.pid is its own.
running_guests() {
  for noted in /run/libvirt/qemu/*.pid; do
    [ -e "${noted%.pid}.xml" ] || continue
    # A guest that ends takes its file away. One whose file may not be read, or is not written yet, is taken to run.
    process=
    { read -r process <"$noted"; } 2>/dev/null || [ -n "$process" ] || [ -e "$noted" ] || continue
    guest=${noted##*/}
    [ ! -d "/proc/$process" ] || printf '%s\n' "${guest%.pid}"
  done
}
