# shellcheck shell=sh
# Waits until libvirt answers: an update plans from what it has. Runs on the host as root, before anything is written.
# A daemon that is stopped is started, as Libvirt's own script would; one that fails, or stops again, is not waited for.
# Exit codes: 0 it answers; 1 it does not, with what became of it.
# Source: systemctl(1), is-active; libvirt, "Daemon unit files".
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
BOUND=900

up() { cut -d . -f 1 /proc/uptime; }

answers() { timeout 30 virsh -q -c qemu:///system uri >/dev/null 2>&1; }

# at_work: whether a daemon runs, or is being started
at_work() {
  for unit in libvirtd virtqemud; do
    case $(systemctl is-active "$unit.service" 2>/dev/null) in active | activating | reloading) return 0 ;; esac
  done
  return 1
}

# start_it: the first that is there, in the order in which one starts the others
start_it() {
  for unit in libvirtd.socket virtqemud.socket libvirtd.service; do
    systemctl cat "$unit" >/dev/null 2>&1 && systemctl start "$unit" 2>/dev/null && return 0
  done
}

begun=$(up)
started=
until answers; do
  if ! at_work; then
    if [ -n "$started" ]; then
      echo "its daemon was started, and does not run" >&2
      exit 1
    fi
    started=yes
    start_it
  fi
  waited=$(($(up) - begun))
  if [ "$waited" -ge "$BOUND" ]; then
    echo "it was waited for, $waited s" >&2
    exit 1
  fi
  sleep 2
done
