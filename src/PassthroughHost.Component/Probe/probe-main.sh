# shellcheck shell=sh
# The end of the probe: its two parts, side by side. Becoming root takes a slow machine as long as a tenth of the rest, and most can be
# read without.

# as_root BECOME [path…] [-- GUEST [medium…]]
as_root() {
  become=$1
  shift
  ${become:+sudo -n} sh -s -- "$@" <<'PART_FOR_ROOT'
@ROOT@
PART_FOR_ROOT
}

# packages [package…]: their state; and what dpkg itself is made for, into $architecture
packages() {
  architecture=
  listed=$(dpkg-query -W -f='${Package} ${Architecture} ${db:Status-Status} ${Version}\n' dpkg "$@" 2>/dev/null)
  while read -r package made_for status version; do
    if [ "$package" = dpkg ]; then architecture=$made_for; elif [ -n "$package" ]; then row package "$package" "$status" "$version"; fi
  done <<LISTED
$listed
LISTED
}

# open CONNECTION [package…]: what any login may read
open() {
  devices
  network "$1"
  shift
  packages "$@"
  system
  amounts
  cores
  hugepages
  services
  displays
  storage
}

become=$1
connection=$2
shift 2
packages=
while [ $# -gt 0 ] && [ "$1" != -- ]; do packages="$packages $1"; shift; done
[ $# -eq 0 ] || shift
# One part waits in the pipe until the other is printed, and its last line ends the whole. The exit code is root's.
exec 3>&1
# shellcheck disable=SC2086  # a list of names
code=$({ { as_root "$become" "$@" 4>&- 3>&-; echo $? >&4; } | { open "$connection" $packages; cat; } >&3 4>&-; } 4>&1)
exit "$code"
