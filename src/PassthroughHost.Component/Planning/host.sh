# shellcheck shell=sh
# The part of every concern's script that is the same: one writer, the originals, the receipt, and the order of things.
#
#   sh -s -- apply TOKEN [REMARK]   makes the host as wanted; token and remark go into the receipt
#   sh -s -- revert                 puts every file back as it was before the first apply
#
# The concern's own script follows, and defines
#   concern_check    refuses before anything is written
#   concern_apply    after the files are written; $CHANGED names those that were
#   concern_undo     after an apply failed and the files were put back
#   concern_before_revert  optional: before the originals come back
#   concern_revert   after the originals are back; $CHANGED names the files that came back
# then the data: CONCERN, DIGEST, the concern's variables, managed_files and settings. Every value in it was quoted by Planning/Shell.cs.
#
# Exit codes: 0 done; 1 refused or failed, with what was tried, what was seen and what to do on stderr.
set -u
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
DEBIAN_FRONTEND=noninteractive
export PATH LC_ALL DEBIAN_FRONTEND
STATE=/var/lib/passthrough-host
CHANGED=
WORK=
ASIDE=

say() { printf '%s\n' "$*"; }

# fail WHAT SEEN DO
fail() {
  printf '%s: %s\n  seen: %s\n  to do: %s\n' "$CONCERN" "$1" "$2" "$3" >&2
  exit 1
}

# patiently LABEL COMMAND…: runs a long command, says every half minute that it is still at it, and shows its output only if it fails
patiently() {
  label=$1
  shift
  "$@" >"$WORK/output" 2>&1 &
  await "$label" $! "$WORK/output"
}

# aside COMMAND…: starts one beside what follows, until await_aside
aside() {
  "$@" >"$WORK/aside" 2>&1 &
  ASIDE=$!
}

# await_aside LABEL: like patiently, for the command that was started aside
await_aside() {
  child=$ASIDE
  ASIDE=
  await "$1" "$child" "$WORK/aside"
}

# await LABEL PROCESS OUTPUT
await() {
  began=$(date +%s)
  told=$began
  while kill -0 "$2" 2>/dev/null; do
    sleep 1
    now=$(date +%s)
    if [ $((now - told)) -ge 30 ]; then
      say "$1: still at it after $((now - began)) s"
      told=$now
    fi
  done
  wait "$2"
  code=$?
  [ $code -eq 0 ] || tail -n 15 "$3" >&2
  return $code
}

concern_before_revert() { :; }

# original_kind PATH: "kept" or "absent", or nothing where PATH was never written
original_kind() { [ -r "$STATE/originals" ] && awk -F '	' -v path="$1" '$2 == path { print $1; exit }' "$STATE/originals"; }

# keep_original PATH: once, before the first write
keep_original() {
  [ -z "$(original_kind "$1")" ] || return 0
  kind=absent
  if [ -e "$1" ] || [ -L "$1" ]; then
    kind=kept
    mkdir -p "$STATE/original${1%/*}"
    cp -a "$1" "$STATE/original$1.new" && mv -T "$STATE/original$1.new" "$STATE/original$1" || return 1
    sync "$STATE/original$1" 2>/dev/null
  fi
  printf '%s\t%s\n' "$kind" "$1" >>"$STATE/originals"
  sync "$STATE/originals"
}

# make_directory PATH: with its parents, noting what was made so that revert can take it away
make_directory() {
  [ -d "$1" ] && return 0
  make_directory "${1%/*}" || return 1
  mkdir "$1" && printf '%s\n' "$1" >>"$STATE/directories"
}

# place PATH FILE: moves FILE to PATH in one step, durable
place() {
  sync "$2" && mv -fT "$2" "$1" && sync "${1%/*}"
}

# remember PATH: what is there now, so that a failed apply can go back
remember() {
  count=$((count + 1))
  if [ -e "$1" ] || [ -L "$1" ]; then cp -a "$1" "$WORK/before.$count"; fi
  printf '%s\t%s\n' "$count" "$1" >>"$WORK/written"
}

# managed PATH MODE DIGEST CONTENT
managed() {
  if [ "$PASS" = receipt ]; then
    printf 'file\t%s\t%s\n' "$1" "$3"
    return 0
  fi
  printf '%s' "$4" >"$WORK/wanted"
  if [ ! -L "$1" ] && [ -f "$1" ] && cmp -s "$WORK/wanted" "$1" && [ "$(stat -c '%a %U:%G' "$1")" = "$2 root:root" ]; then
    printf '%s\n' "$1" >>"$WORK/kept"
    return 0
  fi
  keep_original "$1" || fail "keeping the original of $1" "it could not be copied to $STATE" "make room there; nothing was changed in $1"
  remember "$1"
  make_directory "${1%/*}" || fail "making the directory of $1" "mkdir failed" "see whether the file system is writable"
  temporary=$(mktemp "${1%/*}/.passthrough-host.XXXXXX") || fail "writing $1" "no temporary file could be made beside it" "see whether the file system is writable and has room"
  if ! { cat "$WORK/wanted" >"$temporary" && chown root:root "$temporary" && chmod "$2" "$temporary" && place "$1" "$temporary"; }; then
    rm -f "$temporary"
    fail "writing $1" "it could not be written in full" "see whether the file system is writable and has room"
  fi
  CHANGED="$CHANGED $1"
  say "wrote $1"
}

# absent PATH: an original is put aside
absent() {
  if [ "$PASS" = receipt ]; then
    printf 'file\t%s\tabsent\n' "$1"
    return 0
  fi
  [ -e "$1" ] || [ -L "$1" ] || return 0
  keep_original "$1" || fail "keeping the original of $1" "it could not be copied to $STATE" "make room there; $1 is untouched"
  remember "$1"
  rm -f "$1" && sync "${1%/*}"
  CHANGED="$CHANGED $1"
  say "put $1 aside"
}

# setting NAME WANTED
setting() {
  if [ "$PASS" = receipt ]; then printf 'setting\t%s\t%s\n' "$1" "$2"; fi
}

# put_back PATH: the original, or nothing where there was nothing
put_back() {
  kind=$(original_kind "$1")
  case $kind in
    kept)
      temporary=$(mktemp -u "${1%/*}/.passthrough-host.XXXXXX")
      if ! { cp -a "$STATE/original$1" "$temporary" && place "$1" "$temporary"; }; then
        fail "putting $1 back" "it could not be written" "its original is $STATE/original$1"
      fi
      ;;
    absent) if [ -e "$1" ] || [ -L "$1" ]; then rm -f "$1" && sync "${1%/*}"; fi ;;
    *) return 0 ;;
  esac
  CHANGED="$CHANGED $1"
  awk -F '	' -v path="$1" '$2 != path' "$STATE/originals" >"$STATE/originals.new" && mv "$STATE/originals.new" "$STATE/originals"
  rm -f "$STATE/original$1"
  say "put $1 back as it was"
}

# Files of the last apply that are not wanted any more.
drop_unwanted() {
  [ -r "$STATE/$CONCERN.receipt" ] || return 0
  PASS=receipt
  managed_files | cut -f 2 >"$WORK/paths"
  PASS=
  awk -F '	' '$1 == "file" { print $2 }' "$STATE/$CONCERN.receipt" | grep -vxF -f "$WORK/paths" >"$WORK/unwanted" || :
  while IFS= read -r path; do
    remember "$path"
    put_back "$path"
  done <"$WORK/unwanted"
}

write_receipt() {
  PASS=receipt
  {
    printf 'token\t%s\nremark\t%s\ndigest\t%s\ntime\t%s\n' "$TOKEN" "$REMARK" "$DIGEST" "$(date +%s)"
    managed_files
    settings
  } >"$STATE/$CONCERN.receipt.new"
  PASS=
  place "$STATE/$CONCERN.receipt" "$STATE/$CONCERN.receipt.new" || fail "noting what was applied" "$STATE could not be written" "make room there and update again"
}

# What a failed apply wrote goes back to what was there before it, newest first.
undo() {
  [ -s "$WORK/written" ] || return 0
  tac "$WORK/written" | while IFS='	' read -r number path; do
    if [ -e "$WORK/before.$number" ] || [ -L "$WORK/before.$number" ]; then cp -a "$WORK/before.$number" "$path"; else rm -f "$path"; fi
  done
  printf '%s: the files this run wrote were put back as they were before it\n' "$CONCERN" >&2
}

finish() {
  code=$?
  trap - EXIT
  [ -z "$ASIDE" ] || { kill "$ASIDE"; wait "$ASIDE"; } 2>/dev/null
  if [ $code -ne 0 ] && [ "$VERB" = apply ]; then
    undo
    concern_undo
  fi
  rm -rf "$WORK"
  exit $code
}

# Takes away what is ours and empty.
tidy() {
  [ -s "$STATE/originals" ] || rm -f "$STATE/originals"
  if [ -r "$STATE/directories" ] && [ ! -e "$STATE/originals" ]; then
    sort -r "$STATE/directories" | while IFS= read -r directory; do rmdir "$directory" 2>/dev/null; done
    rm -f "$STATE/directories"
  fi
  find "$STATE/original" -depth -type d -empty -delete 2>/dev/null
  if [ -z "$(find "$STATE" -mindepth 1 ! -name lock 2>/dev/null | head -n 1)" ]; then rm -rf "$STATE"; fi
}

main() {
  VERB=${1:-}
  TOKEN=${2:-}
  REMARK=${3:-}
  PASS=
  count=0
  [ "$(id -u)" -eq 0 ] || fail "starting" "this is user $(id -un), not root" "log in as root, or as a user with passwordless sudo"
  mkdir -p "$STATE" || fail "making $STATE" "mkdir failed" "see whether the file system is writable"
  exec 9>"$STATE/lock"
  flock -w 900 9 || fail "waiting for another run on this host" "it has held $STATE/lock for 15 minutes" "see which one it is: fuser $STATE/lock"
  WORK=$(mktemp -d /tmp/passthrough-host.XXXXXX) || fail "making a working directory" "mktemp failed" "make room in /tmp"
  chmod 700 "$WORK"
  trap finish EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  case $VERB in
    apply)
      concern_check
      drop_unwanted
      managed_files
      concern_apply
      write_receipt
      ;;
    revert)
      concern_before_revert
      # The receipt's files, and the wanted ones: an apply that never finished left originals without a receipt.
      PASS=receipt
      { managed_files; cat "$STATE/$CONCERN.receipt" 2>/dev/null; } | awk -F '	' '$1 == "file" && !seen[$2]++ { print $2 }' >"$WORK/paths"
      PASS=
      while IFS= read -r path; do put_back "$path"; done <"$WORK/paths"
      concern_revert
      rm -f "$STATE/$CONCERN.receipt"
      tidy
      ;;
    *) fail "starting" "unknown verb '$VERB'" "say apply or revert" ;;
  esac
}
