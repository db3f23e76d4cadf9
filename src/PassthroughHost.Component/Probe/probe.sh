#!/bin/sh
# Reads one machine and prints what it is and how it is set up. Writes nothing.
#
#   sh -s -- BECOME "$SSH_CONNECTION" [package…] -- [path…] [-- GUEST [medium…]]
#
#   BECOME           "sudo" where the part that only root can read needs it, else ""
#   $SSH_CONNECTION  the four words sshd sets, to tell which network link carries this session
#   package          packages whose state is wanted
#   path             files whose content is wanted; DIRECTORY/* for those in it
#   GUESTS           the names of the guests that are wanted, in one word; libvirt is asked only if there are any
#   medium           paths of its disks and ISOs
#
# Output: lines of fields separated by tabs; the first field says what the line is (Facts/ProbeParser.cs reads them). What may hold
# anything is base64, or where its lines are what matters, a line "text<tab>KIND<tab>NAME<tab>its line" for each of them. The last line
# is "end"; without it the reading was cut short.
# A host has hundreds of things to be read, and starting a program is what takes the time: most is read by the shell itself, and the
# rest by one program for all of a kind.
# Exit codes: 0 read; 1 this is no Linux with sysfs, or sudo asks for a password.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
state=/var/lib/passthrough-host
line_end='
'

if [ ! -r /proc/cmdline ] || [ ! -d /sys/kernel ]; then
  echo "this is no Linux with /proc and /sys" >&2
  exit 1
fi
