# shellcheck shell=sh
# The units through which this host takes SSH connections. Part of the scripts that refuse new ones for a while.

# active_ssh: those that are active, a line each; these, and no others, are started again
active_ssh() {
  for unit in ssh.socket ssh.service sshd.socket sshd.service; do
    if systemctl is-active --quiet $unit; then printf '%s\n' $unit; fi
  done
}

# refuse_ssh UNIT…: new SSH connections are refused; those that are there, this session among them, go on
refuse_ssh() {
  # The socket first: it would start its service again.
  for unit; do case $unit in *.socket) systemctl stop "$unit" ;; esac; done
  for unit; do case $unit in *.service) systemctl stop "$unit" ;; esac; done
}
