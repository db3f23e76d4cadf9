# shellcheck shell=sh
# The end of the probe: files and receipts, and the order of things.

# content PATH: what it is; a regular file joins $regular
content() {
  if [ -L "$1" ]; then row file "$1" link "$(readlink "$1")"
  elif [ -f "$1" ]; then regular="$regular$1
"
  elif [ -e "$1" ]; then row file "$1" other ""
  else row file "$1" absent ""
  fi
}

# contents: of each file in $regular at most 64 KiB
contents() {
  [ -n "$regular" ] || return 0
  (
    IFS='
'
    set -f
    # shellcheck disable=SC2086  # a path a line
    stat -c '%a	%U:%G	%s	%n' $regular 2>/dev/null
  ) | while IFS='	' read -r mode owner size path; do
    if [ "$size" -le 65536 ]; then text=$(base64 -w 0 "$path"); else text=$(head -c 65536 "$path" | base64 -w 0); fi
    row file "$path" "$mode" "$owner" "$text"
  done
}

receipts() {
  set -- "$state"/*.receipt
  [ ! -e "$1" ] || awk 'FNR == 1 { name = FILENAME; sub(".*/", "", name); sub("[.]receipt$", "", name) } { print "text\treceipt\t" name "\t" $0 }' "$@"
}

machine() {
  system
  processors
  memory
  isolation
  devices
  ports
  displays
  messages
  storage
  kernels
  trial
  row end
}

# setup CONNECTION [package…] -- [path…] [-- GUEST [medium…]]
setup() {
  network "$1"
  services
  shift
  packages=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do packages="$packages $1"; shift; done
  [ $# -gt 0 ] && shift
  # shellcheck disable=SC2086  # a list of names
  [ -n "$packages" ] && dpkg-query -W -f='package\t${Package}\t${db:Status-Status}\t${Version}\n' $packages 2>/dev/null
  regular=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do content "$1"; shift; done
  for path in /etc/netplan/*.yaml; do [ -e "$path" ] && content "$path"; done
  contents
  receipts
  [ $# -gt 0 ] && shift
  [ $# -gt 0 ] && guest "$@"
}

# Side by side: one half waits in the pipe until the other is printed, and its last line ends the whole.
machine | {
  setup "$@"
  cat
}
