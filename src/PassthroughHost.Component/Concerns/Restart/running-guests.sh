# shellcheck shell=sh
# The guests that libvirt runs on this host. For Restart, which stops none unless it is told to, and for Verify.

# running_guests: their names, a line each. libvirt notes each one's process beside its XML; driver.pid is its own.
running_guests() {
  for noted in /run/libvirt/qemu/*.pid; do
    [ -e "${noted%.pid}.xml" ] || continue
    read -r process <"$noted" || [ -n "$process" ] || continue
    guest=${noted##*/}
    [ ! -d "/proc/$process" ] || printf '%s\n' "${guest%.pid}"
  done
}

# in_a_row: lines on one, with commas
in_a_row() { paste -s -d ',' - | sed 's/,/, /g'; }
