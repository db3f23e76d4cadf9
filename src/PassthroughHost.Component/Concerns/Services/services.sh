# shellcheck shell=sh
# The target the host boots into. A running desktop is left alone, and can be started by hand at any time.
#   TARGET  graphical.target or multi-user.target
# Source: systemctl(1), get-default and set-default; the choice is the link below.
LINK=/etc/systemd/system/default.target

concern_check() {
  [ "$(systemctl show -p LoadState --value "$TARGET")" = loaded ] || fail "looking for $TARGET" "systemd does not know it" "see systemctl list-unit-files --type=target"
}

concern_apply() {
  live=$(systemctl get-default)
  if [ "$live" = "$TARGET" ]; then
    say "the default target is $TARGET"
    return 0
  fi
  keep_original $LINK || fail "keeping the original of $LINK" "it could not be copied to $STATE" "make room there; nothing was changed"
  about_to $LINK any || fail "keeping what $LINK is now" "it could not be copied to $JOURNAL" "make room there; nothing was changed"
  systemctl --quiet set-default "$TARGET" || fail "setting the default target" "systemctl failed (above)" "see systemctl get-default"
  say "default target: $live -> $TARGET, from the next boot on"
}

concern_undo() { :; }

concern_revert() {
  [ -n "$(original_kind $LINK)" ] || return 0
  put_back $LINK
  systemctl daemon-reload
}
