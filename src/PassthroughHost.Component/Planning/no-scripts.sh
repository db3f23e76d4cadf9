# Without the host's copy of the scripts there is nothing to run: an update brings it. A revert needs none if nothing of this concern is left on the host.
if [ -z "$SCRIPT" ]; then
  state=/var/lib/passthrough-host
  managed() { if grep -qs passthrough-host "$1"; then echo "$1"; fi; }
  absent() { :; }
  vir() { virsh -q -c qemu:///system "$@" 2>/dev/null </dev/null; }
  left() {
    managed_files
    case $CONCERN in
      guest) [ "$(vir domuuid "$GUEST" | tr -d ' \n')" != "$UUID" ] || echo "the guest $GUEST" ;;
      storage) printf '%s\n' "$DIRECTORIES" | cut -f 2 | while read -r pool; do [ -z "$pool" ] || ! vir pool-uuid "$pool" >/dev/null || echo "the storage pool $pool"; done ;;
    esac
  }
  if [ "${1:-}" = revert ] && [ ! -e "$state/$CONCERN.receipt" ]; then
    left=$(left | paste -s -d ' ' -)
    if [ -z "$left" ]; then
      echo "$CONCERN: there is nothing of it on this host"
      exit 0
    fi
    printf '%s: taking it back\n  seen: what the host was before is not known, because %s is gone; still there: %s\n  to do: take that back by hand (docs/host.md), then destroy again\n' "$CONCERN" "$state" "$left" >&2
    exit 1
  fi
  rm -f "$state/scripts/digest"
  printf '%s: looking for %s\n  seen: it is not there\n  to do: update once, which brings it; then do this again\n' "$CONCERN" "$state/scripts/$CONCERN.sh" >&2
  exit 1
fi
