# shellcheck shell=sh
# The end of the probe: files and receipts, and the order of things.

content() {
  if [ -L "$1" ]; then row file "$1" link "$(readlink "$1")"
  elif [ -f "$1" ]; then row file "$1" "$(stat -c '%a	%U:%G' "$1")" "$(head -c 65536 "$1" | encode)"
  elif [ -e "$1" ]; then row file "$1" other ""
  else row file "$1" absent ""
  fi
}

owned() {
  for receipt in "$state"/*.receipt; do
    [ -f "$receipt" ] || continue
    name=${receipt##*/}
    row receipt "${name%.receipt}" "$(encode <"$receipt")"
  done
}

hardware() {
  system
  processors
  memory
  isolation
  devices
  ports
  displays
  messages
  row end
}

# setup CONNECTION [package…] -- [path…] [-- GUEST [medium…]]
setup() {
  storage
  kernels
  trial
  network "$1"
  services
  shift
  packages=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do packages="$packages $1"; shift; done
  [ $# -gt 0 ] && shift
  # shellcheck disable=SC2086  # a list of names
  [ -n "$packages" ] && dpkg-query -W -f='package\t${Package}\t${db:Status-Status}\t${Version}\n' $packages 2>/dev/null
  while [ $# -gt 0 ] && [ "$1" != -- ]; do content "$1"; shift; done
  [ $# -gt 0 ] && shift
  [ $# -gt 0 ] && guest "$@"
  for path in /etc/netplan/*.yaml; do [ -e "$path" ] && content "$path"; done
  owned
}

# Side by side: one half waits in the pipe until the other is printed, and its last line ends the whole.
hardware | {
  setup "$@"
  cat
}
