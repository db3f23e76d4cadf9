# shellcheck shell=sh
# Virtual functions, now and at every boot: a unit of ours makes them from a list.
#   PHYSICAL     the devices that are split
#   UNIT_SCRIPT  what the unit runs; also used to remove virtual functions once its file is gone
# What a device had before the first apply is kept as "COUNT AUTOPROBE" (journal.sh, was).
UNIT=passthrough-host-sriov.service

note_before() {
  for address in $PHYSICAL; do
    device=/sys/bus/pci/devices/$address
    [ ! -r "$device/sriov_numvfs" ] || was "$address" "$(cat "$device/sriov_numvfs") $(cat "$device/sriov_drivers_autoprobe" 2>/dev/null || echo 1)"
  done
}

# unsplit ADDRESS COUNT AUTOPROBE: as it was before the first apply
unsplit() {
  device=/sys/bus/pci/devices/$1
  [ -w "$device/sriov_numvfs" ] || return 0
  printf '%s' "$UNIT_SCRIPT" | sh -s -- remove "$1" || fail "removing the virtual functions of $1" "they are in use (above)" "stop the guest that has one, then do this again"
  [ ! -w "$device/sriov_drivers_autoprobe" ] || echo "$3" >"$device/sriov_drivers_autoprobe"
  if [ "$2" != 0 ]; then echo "$2" >"$device/sriov_numvfs"; fi
  say "$1 has $(cat "$device/sriov_numvfs") virtual functions, as before"
}

# Devices that an earlier apply split and this one does not.
give_back_unwanted() {
  for address in $(had | cut -f 1); do
    case " $PHYSICAL " in *" $address "*) continue ;; esac
    # shellcheck disable=SC2046  # two words
    unsplit "$address" $(had | awk -v address="$address" '$1 == address { print $2, $3 }')
    is_before "$address"
  done
}

concern_check() {
  for address in $PHYSICAL; do
    [ -e "/sys/bus/pci/devices/$address/sriov_totalvfs" ] ||
      fail "looking for the SR-IOV capability of $address" "it has none" "switch SR-IOV on in the firmware setup or the card's own configuration, or take it out of machine.sriov"
  done
}

concern_apply() {
  give_back_unwanted
  note_before
  systemctl daemon-reload
  enable_unit $UNIT
  systemctl restart $UNIT ||
    fail "making virtual functions" "$(journalctl --quiet --no-pager -o cat -u $UNIT -n 12 | grep -v '^Failed\|^Starting\|^passthrough-host-sriov' | head -n 6)" "mend what it says, then update again"
  for address in $PHYSICAL; do say "$address has $(cat "/sys/bus/pci/devices/$address/sriov_numvfs") virtual functions"; done
}

# Files are as before this run; the virtual functions follow them where there was a list.
concern_undo() {
  systemctl daemon-reload
  if [ -e /etc/passthrough-host/sriov ]; then systemctl restart $UNIT 2>/dev/null; fi
}

concern_before_revert() {
  PHYSICAL=
  give_back_unwanted
  systemctl --quiet disable --now $UNIT 2>/dev/null
}

concern_revert() { systemctl daemon-reload; }
