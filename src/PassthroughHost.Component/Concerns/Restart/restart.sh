# shellcheck shell=sh
# Reboots the host where the running kernel or a binding is not as wanted, and a reboot can change that.
#   ARGUMENTS  arguments the running kernel must have
#   BOUND      addresses that must be bound to vfio-pci
# Arguments on trial are booted once, through a menu entry of their own (boot-trial.sh).
# The script ends before the reboot begins, with new SSH connections refused, so that the next command cannot meet the old boot.

# made_for REASONS: whether this is the boot that was made for these very reasons; another would change nothing
made_for() {
  [ -r "$TRIED" ] && [ "$(sed 1d "$TRIED")" = "$1" ] && [ "$(head -n 1 "$TRIED")" != "$(boot_id)" ]
}

concern_check() { :; }

concern_apply() {
  rm -f "$STATE/restart.pending"
  # Where the running kernel is the wanted one, a device that was moved since its boot needs none.
  if [ -z "$(why_arguments)" ]; then rebind_unused; fi
  reasons=$(why_reboot | sort -u)
  if [ -z "$reasons" ]; then
    rm -f "$TRIED"
    say "the running kernel is as wanted: no reboot"
    return 0
  fi
  printf '%s\n' "$reasons" | sed 's/^/reboot: /'
  came=$(trial_state)
  if [ "$came" = failed ]; then
    say "no reboot: the trial boot with '$(cat "$TRIAL/arguments")' did not come back"
    return 0
  fi
  if [ "$came" != prepared ] && [ "$came" != armed ] && made_for "$reasons"; then
    say "no reboot: this boot was already made for that, so another would change nothing"
    return 0
  fi
  { write_whole "$TRIED" "$(boot_id)$LINE_END$reasons$LINE_END" && write_whole "$STATE/restart.pending" "$(boot_id)$LINE_END"; } || fail "noting that the host reboots" "$STATE could not be written; nothing was rebooted" "make room there and update again"
  case $came in prepared | armed) arm_trial ;; esac
  sync
  # Should the reboot not come about, SSH is back after five minutes.
  units=$(active_ssh | tr '\n' ' ')
  # shellcheck disable=SC2086  # a list of units
  [ -z "$units" ] || systemd-run --quiet --collect --on-active=300 --unit=passthrough-host-ssh-again systemctl start $units ||
    fail "arming the return of SSH" "systemd-run failed" "reboot the host yourself, then update again"
  # shellcheck disable=SC2086
  refuse_ssh $units
  systemd-run --quiet --collect --on-active=1 --unit=passthrough-host-reboot systemctl reboot || {
    # shellcheck disable=SC2086
    [ -z "$units" ] || systemctl start $units
    fail "starting the reboot" "systemd-run failed" "reboot the host yourself, then update again"
  }
  say "rebooting now"
}

concern_undo() { rm -f "$STATE/restart.pending"; }

concern_revert() { rm -f "$STATE/restart.pending" "$TRIED"; }
