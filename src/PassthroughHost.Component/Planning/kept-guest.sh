# shellcheck shell=sh
# Whose a guest is, by what is kept of it. Part of Guest's script and of the probe; it uses nothing of theirs.

# is_of_project FOLDER: whether the guest whose things are kept there is of this project now. Its backups outlive it (returned is written when it goes), and
# what was found of a domain that was never taken over (found without found/taken, or half kept) makes it nobody's.
is_of_project() {
  if [ -e "$1/defined.xml" ] || [ -e "$1/found/taken" ]; then return 0; fi
  [ -d "$1" ] && [ ! -e "$1/returned" ] && [ ! -d "$1/found" ] && [ ! -d "$1/.found.new" ]
}
