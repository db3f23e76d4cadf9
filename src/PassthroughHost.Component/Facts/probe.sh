#!/bin/sh
# Reads one machine and prints what it is and how it is set up. Writes nothing.
#
#   sh -s -- "$SSH_CONNECTION" [package…] -- [path…] [-- GUEST [medium…]]
#
#   $SSH_CONNECTION  the four words sshd sets, to tell which network link carries this session
#   package          packages whose state is wanted
#   path             files whose content is wanted
#   GUEST            the name of the guest that is wanted; libvirt is asked only where there is one
#   medium           paths of its disks and ISOs
#
# Output: lines of fields separated by tabs; the first field says what the line is (Facts/ProbeParser.cs reads them). Texts that may
# hold anything are base64. The last line is "end"; without it the reading was cut short.
# Exit codes: 0 read; 1 this is no Linux with sysfs.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
state=/var/lib/passthrough-host

if [ ! -r /proc/cmdline ] || [ ! -d /sys/kernel ]; then
  echo "this is no Linux with /proc and /sys" >&2
  exit 1
fi

row() {
  line=$1
  shift
  for field; do line="$line	$field"; done
  printf '%s\n' "$line"
}

# first FILE: its first line, or nothing
first() {
  value=
  if [ -r "$1" ]; then read -r value <"$1" 2>/dev/null || :; fi
  printf '%s' "$value"
}

# take FILE: its first line into $value, without starting a process
take() {
  value=
  if [ -r "$1" ]; then read -r value <"$1" 2>/dev/null || :; fi
}

have() { command -v "$1" >/dev/null 2>&1; }

encode() { base64 | tr -d '\n'; }
