# shellcheck shell=sh
# Guests that were shut down for the host's reboot. For Restart, which stops none unless it is told to, and for Verify.
# Source: virsh(1), domstate, start.
# Guests that were shut down for the reboot; once the boot is verified they are started again.
STOPPED=$STATE/restart.guests

vir() { virsh -q -c qemu:///system "$@" </dev/null; }

# in_a_row: lines on one, with commas
in_a_row() { paste -s -d ',' - | sed 's/,/, /g'; }

# has_no_device GUEST: whether it can run on a host whose devices are not as wanted
has_no_device() {
  if ! xml=$(vir dumpxml "$1" 2>&1); then
    printf '%s' "$xml"
    return 1
  fi
  case $xml in
    *'<hostdev'* | *"type='hostdev'"*)
      printf 'it has devices of the host, and the host is not as wanted'
      return 1
      ;;
  esac
}

# start_stopped [MAY]: guests that were shut down for the reboot run again; those that do not are told, and stay noted
#   MAY  whether a guest may start; prints why not
start_stopped() {
  [ -r "$STOPPED" ] || return 0
  off=
  while IFS= read -r guest; do
    if domain=$(vir domstate "$guest" 2>&1); then
      case $domain in 'shut off'*) ;; *) continue ;; esac
      if ! said=$("${1:-:}" "$guest"); then
        :
      elif said=$(vir start "$guest" 2>&1); then
        say "$guest is started again"
        continue
      fi
    else
      said=$domain
    fi
    off=$off$guest$LINE_END
    printf 'note: %s, which was shut down for the reboot, was not started again: %s\n' "$guest" "$said" >&2
  done <"$STOPPED"
  if [ -n "$off" ]; then write_whole "$STOPPED" "$off"; else rm -f "$STOPPED"; fi
}
