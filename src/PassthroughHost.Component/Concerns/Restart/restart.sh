# shellcheck shell=sh
# Reboots the host where the running kernel or a binding is not as wanted, and a reboot can change that.
#   ARGUMENTS      arguments the running kernel must have
#   BOUND          addresses that must be bound to vfio-pci
#   REBOOT         never: it is left to the operator; whenIdle: not while a guest runs; always: guests are shut down first
#   GUEST_SECONDS  how long they may take for that
# Arguments on trial are booted once, through a menu entry of their own (boot-trial.sh).
# The script ends before the reboot begins, with new SSH connections refused, so that the next command cannot meet the old boot.
# Source: virsh(1), shutdown, dominfo.
# Guests that this run shuts down.
ASKED=

# made_for REASONS: whether this is the boot that was made for these very reasons; another would change nothing
made_for() {
  [ -r "$TRIED" ] && [ "$(sed 1d "$TRIED")" = "$1" ] && [ "$(head -n 1 "$TRIED")" != "$(boot_id)" ]
}

concern_check() { :; }

# planned_put_off: whether the plan has put the reboot off
planned_put_off() { (PASS=receipt; settings) | grep -qx "setting${TAB}reboot of the host${TAB}put off"; }

# put_off WHY: the boot, and what the next one is to bring, are noted
put_off() {
  { write_whole "$TRIED" "$(boot_id)$LINE_END$reasons$LINE_END" && write_whole "$PUT_OFF" "$(boot_id)$LINE_END"; } ||
    fail "noting that the reboot is put off" "$STATE could not be written" "make room there and update again"
  say "the reboot is pending: $1"
}

# each_guest COMMAND…: runs it with each line of $guests
each_guest() {
  while IFS= read -r guest; do [ -z "$guest" ] || "$@" "$guest"; done <<END
$guests
END
}

# One that libvirt knows only while it runs would be gone for good.
is_transient() { ! vir dominfo "$1" 2>/dev/null | grep -q '^Persistent: *no' || printf '%s\n' "$1"; }

ask_to_shut_down() { vir shutdown "$1" >/dev/null 2>&1; }

# A list that is not whole is not an empty one.
not_listed() { fail "looking which guests run" "/run/libvirt/qemu could not be read to its end; nothing was rebooted" "update again"; }

# stop_guests: every guest is shut down, or nothing is rebooted and they run on
stop_guests() {
  guests=$(running_guests) || not_listed
  [ -n "$guests" ] || return 0
  transient=$(each_guest is_transient)
  [ -z "$transient" ] ||
    fail "shutting down guests for the reboot" "$(printf '%s\n' "$transient" | in_a_row) would be lost: libvirt knows it only while it runs; nothing was rebooted" "define it (virsh dumpxml, virsh define) or shut it down, then update again"
  # Those of an earlier reboot that was never verified are still off.
  shut=$({ cat "$STOPPED" 2>/dev/null; printf '%s\n' "$guests"; } | sort -u)
  write_whole "$STOPPED" "$shut$LINE_END" || fail "noting which guests run" "$STATE could not be written; nothing was rebooted" "make room there and update again"
  ASKED=$guests
  say "shutting down for the reboot: $(printf '%s\n' "$guests" | in_a_row)"
  each_guest ask_to_shut_down
  waited=0
  while :; do
    left=$(running_guests) || not_listed
    [ -n "$left" ] || break
    [ $waited -lt "$GUEST_SECONDS" ] ||
      fail "shutting down guests for the reboot" "after $GUEST_SECONDS s still there: $(printf '%s\n' "$left" | in_a_row); nothing was rebooted" "shut them down from inside, then update again"
    sleep 2
    waited=$((waited + 2))
    [ $((waited % 30)) -ne 0 ] || say "the reboot waits for $(printf '%s\n' "$left" | in_a_row) to shut down: $waited s"
  done
}

# may_reboot: as REBOOT says; where it may not be, that is said and noted
may_reboot() {
  case $REBOOT in
    never)
      put_off "boot.reboot: never leaves it to you; reboot the host, then update again: what was written is verified then"
      return 1
      ;;
    whenIdle)
      guests=$(running_guests) || not_listed
      [ -n "$guests" ] || return 0
      guests=$(printf '%s\n' "$guests" | in_a_row)
      put_off "$guests still there, and boot.reboot: whenIdle stops no guest; shut down what runs, then update again: that reboots the host"
      # The receipt would hold what only the reboot brings.
      planned_put_off ||
        fail "rebooting the host" "a guest runs that did not when the update was planned: $guests; nothing was rebooted" "update again, which leaves the reboot pending; or shut down what runs first"
      return 1
      ;;
    *) stop_guests ;;
  esac
}

concern_apply() {
  rm -f "$STATE/restart.pending" "$PUT_OFF"
  # Where the running kernel is the wanted one, a device that was moved since its boot needs none.
  if [ -z "$(why_arguments)" ]; then rebind_unused; fi
  reasons=$(why_reboot | sort -u)
  if [ -z "$reasons" ]; then
    # That of an earlier boot is Verify's to remove: until then the present boot is not verified.
    [ "$(head -n 1 "$TRIED" 2>/dev/null)" != "$(boot_id)" ] || rm -f "$TRIED"
    say "the running kernel is as wanted: no reboot"
    return 0
  fi
  printf '%s\n' "$reasons" | sed 's/^/reboot: /'
  came=$(trial_state "$TRIAL")
  if [ "$came" = failed ]; then
    say "no reboot: the trial boot with '$(cat "$TRIAL/arguments")' did not come back"
    return 0
  fi
  if [ "$came" != prepared ] && [ "$came" != armed ] && made_for "$reasons"; then
    say "no reboot: this boot was already made for that, so another would change nothing"
    return 0
  fi
  may_reboot || return 0
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

# may_run_on GUEST: as it ran before this run; one that is off since an earlier reboot, only if it needs nothing of the host
may_run_on() { printf '%s\n' "$ASKED" | grep -qxF -e "$1" || has_no_device "$1"; }

concern_undo() {
  rm -f "$STATE/restart.pending"
  start_stopped may_run_on
}

concern_revert() {
  [ ! -r "$STOPPED" ] || printf 'note: shut down for a reboot, and not started again by an update since: %s\n' "$(in_a_row <"$STOPPED")" >&2
  rm -f "$STATE/restart.pending" "$TRIED" "$PUT_OFF" "$STOPPED"
}
