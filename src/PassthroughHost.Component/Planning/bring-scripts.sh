# shellcheck shell=sh
# Brings this project's scripts to the host, at each update whose scripts are others than those that are there. A state holds what each concern is to be,
# and runs the host's own copy of how: so a newer release of this project is no change of a host, and what an older one wrote is reverted by the newest.
# The calls "bring CONCERN TEXT" follow, then "brought DIGEST".
# Exit codes: 0 done; 1 could not be written, with the reason on stderr; the scripts of before are there then.
set -u
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
directory=/var/lib/passthrough-host/scripts

refuse() {
  rm -rf "$directory.new"
  printf 'bringing the scripts: %s\n  seen: %s\n  to do: %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# write FILE TEXT
write() {
  if ! { printf '%s' "$2" >"$directory.new/$1" && sync "$directory.new/$1" && [ "$(cat "$directory.new/$1"; printf .)" = "$2." ]; }; then
    refuse "writing $directory.new/$1" "it could not be written in full" "make room in ${directory%/*}, then update again"
  fi
}

bring() { write "$1.sh" "$2"; }

# All of them or none: a run that reads one meanwhile reads it to its end.
brought() {
  write digest "$1"
  for file in "$directory.new"/*.sh; do
    mv -fT "$file" "$directory/${file##*/}" || refuse "placing ${file##*/}" "it could not be moved" "see whether $directory is writable"
  done
  # The digest comes last: it says that all of them are there.
  { sync "$directory" && mv -fT "$directory.new/digest" "$directory/digest" && sync "$directory"; } ||
    refuse "placing the digest of the scripts" "it could not be moved" "see whether $directory is writable, then update again"
  rm -rf "$directory.new"
}

[ "$(id -u)" -eq 0 ] || refuse "starting" "this is user $(id -un), not root" "log in as root, or as a user with passwordless sudo"
# Not while another update runs on this host.
{ mkdir -p "${directory%/*}" && exec 9>>"${directory%/*}/lock"; } || refuse "opening ${directory%/*}/lock" "it could not be written" "see whether the file system is writable and has room"
flock -w 900 9 || refuse "waiting for another run on this host" "it has held ${directory%/*}/lock for 15 minutes" "see which one it is: fuser ${directory%/*}/lock"
rm -rf "$directory.new"
mkdir -p "$directory" "$directory.new" || refuse "making $directory" "mkdir failed" "see whether the file system is writable and has room"
# Until all are there, what is there has no digest.
rm -f "$directory/digest"
