# shellcheck shell=sh
# Guests whose devices are not as wanted after a boot are held back: a hook of libvirt, and the units that prepare it at every boot.
#   HOOK         the hook, which the units run too
#   HOOK_SCRIPT  its text: it also takes back what it did once its file is gone
UNIT=passthrough-host-boot-check.service
TELLER=passthrough-host-held.service

concern_check() { :; }

concern_apply() {
  if [ -n "$CHANGED" ]; then
    systemctl daemon-reload
    reload_hooks
  fi
  enable_unit $UNIT
  # Compared now too: what was held back and is as wanted again may start.
  systemctl restart $UNIT ||
    fail "comparing the host with what is wanted" "$(journalctl --quiet --no-pager -o cat -u $UNIT -n 6 | tr '\n' ';')" "see systemctl status $UNIT, then update again"
  for file in /run/passthrough-host-boot-check/held/*; do
    [ ! -e "$file" ] || say "the guest ${file##*/} is held back: $(sed 1d "$file" | tr '\n' ';')"
  done
}

concern_undo() {
  [ -n "$CHANGED" ] || return 0
  systemctl daemon-reload
  reload_hooks
}

# The descriptions of guests are as they were before the hook goes.
concern_before_revert() {
  systemctl stop $UNIT $TELLER 2>/dev/null
  systemctl --quiet --no-reload disable $UNIT 2>/dev/null
  printf '%s' "$HOOK_SCRIPT" | sh -s -- forget
  for file in "$STATE"/held/*; do
    [ ! -e "$file" ] ||
      fail "giving the guest ${file##*/} its description back" "libvirt did not answer, or did not take it" \
        "see virsh desc ${file##*/}, then do this again; the description is in $file: delete that if it is of no use any more"
  done
}

concern_revert() {
  systemctl daemon-reload
  [ -z "$CHANGED" ] || reload_hooks
}
