# shellcheck shell=sh
# Confirms a change of the network: this session is a new one, made after the change, so the host can be reached.
# What the links are to be: network-links.sh.
# Ends the timer that would take the change back. Where a link is not as wanted, it is taken back at once.
GUARD=$STATE/network.guard
UNIT=passthrough-host-network-undo

concern_check() { :; }

taken_back() {
  [ ! -r "$STATE/network.undone.log" ] || grep -v 'ovsdb-server' "$STATE/network.undone.log" | tail -n 8 >&2
  fail "confirming the change of the network" "the host has taken it back, its old files are in /etc/netplan again ($(cat "$STATE/network.undone"))" "see why it could not be reached: VLAN and port at the switch, address, gateway, cable; then update again"
}

# The change runs under the same lock.
wait_for_change() {
  while [ -e "$GUARD/pending" ] && [ ! -e "$GUARD/applied" ]; do
    flock -u 9
    sleep 1
    flock -w 60 9
  done
}

concern_apply() {
  wait_for_change
  if [ ! -e "$GUARD/pending" ] && [ -e "$STATE/network.undone" ]; then taken_back; fi
  tries=0
  why=$(lacking)
  while [ -n "$why" ] && [ $tries -lt 20 ]; do
    tries=$((tries + 1))
    sleep 1
    why=$(lacking)
  done
  if [ -n "$why" ]; then
    why=$(printf '%s' "$why" | tr '\n' ';')
    if [ -e "$GUARD/pending" ]; then
      grep -v 'ovsdb-server' "$GUARD/log" | tail -n 5 >&2
      systemctl start --no-block $UNIT.service
      fail "looking at the links" "$why; the change is being taken back" "see what else sets these links up (another netplan file, ifupdown, NetworkManager), and the log above"
    fi
    fail "looking at the links" "$why" "update again; if it stays, see networkctl status"
  fi
  if [ -e "$GUARD/pending" ]; then
    systemctl stop $UNIT.timer 2>/dev/null
    systemctl --quiet --no-reload disable $UNIT.timer 2>/dev/null
    rm -f /etc/systemd/system/$UNIT.service /etc/systemd/system/$UNIT.timer
    rm -rf "$GUARD"
    systemctl daemon-reload
    say "the host answers a new SSH session: the change of the network is confirmed and stays"
  else
    say "the network is as wanted"
  fi
  put_ports_back
  for pair in $BRIDGES; do
    name=${pair%%=*}
    grep -qsx 1 "/sys/class/net/${pair#*=}/carrier" || say "note: ${pair#*=} of $name has no carrier: is the cable plugged in?"
  done
}

concern_undo() { :; }

concern_revert() { :; }
