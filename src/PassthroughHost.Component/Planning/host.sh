# shellcheck shell=sh
# The part of every concern's script that is the same: one writer, the receipt, and the order of things (journal.sh: what is kept of before).
#
#   sh -s -- apply TOKEN [REMARK]   makes the host as wanted; token and remark go into the receipt
#   sh -s -- revert                 puts every file back as it was before the first apply
#
# The concern's own script follows, and defines
#   concern_check    refuses before anything is written
#   concern_apply    after the files are written; $CHANGED names those that were
#   concern_applied  optional: after the receipt was written
#   concern_undo     after an apply failed and the files were put back
#   concern_before_revert  optional: before the originals come back
#   concern_revert   after the originals are back; $CHANGED names the files that came back
#   owns PATH  optional: whether a file that neither the spec nor a receipt names is this concern's to take back
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
# Of this run alone: another operator's may come between.
WORKS=/run/passthrough-host.work
WORK=$WORKS.$$
# How long to wait for another run on this host.
LOCK_SECONDS=900
LINE_END='
'
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

concern_applied() { :; }
concern_before_revert() { :; }

owns() { return 1; }

# Only concerns with take-over.sh take something over.
was_taken() { return 1; }
give_back() { return 1; }

# A state of an earlier version has neither.
BASIS=
choices() { :; }

# choice NAME GIVEN VALUE: what the plan decided from facts, in the receipt's words
choice() { printf 'choice\t%s\t%s\t%s\n' "$1" "$2" "$3"; }

# managed PATH MODE DIGEST CONTENT
managed() {
  case $PASS in
    receipt)
      printf 'file\t%s\t%s\n' "$1" "$3"
      return
      ;;
    look)
      [ "$(mark_of "$1")" = "$3" ] || printf '%s\n' "$1"
      return
      ;;
  esac
  if [ "$(mark_of "$1")" = "$3" ]; then
    [ -n "$(original_kind "$1")" ] || note_unknown "$1" || fail "noting that the original of $1 is not known" "$STATE could not be written" "make room there; $1 is untouched"
    return 0
  fi
  heed_upgrade "$1"
  if [ -z "$(original_kind "$1")" ] && is_ours "$1"; then note_unknown "$1"; else keep_original "$1"; fi ||
    fail "keeping the original of $1" "it could not be copied to $STATE" "make room there; $1 is untouched"
  about_to "$1" "$3" || fail "keeping what $1 is now" "it could not be copied to $JOURNAL" "make room there; $1 is untouched"
  make_directory "${1%/*}" || fail "making the directory of $1" "mkdir failed" "see whether the file system is writable and has room"
  write_file "$1" "$2" "$4" || fail "writing $1" "it could not be written in full" "see whether the file system is writable and has room (df ${1%/*})"
  CHANGED="$CHANGED $1"
  say "wrote $1"
}

# absent PATH: an original is put aside
absent() {
  case $PASS in
    receipt)
      printf 'file\t%s\tabsent\n' "$1"
      return
      ;;
    look)
      [ "$(mark_of "$1")" = absent ] || printf '%s\n' "$1"
      return
      ;;
  esac
  [ "$(mark_of "$1")" != absent ] || return 0
  heed_upgrade "$1"
  keep_original "$1" || fail "keeping the original of $1" "it could not be copied to $STATE" "make room there; $1 is untouched"
  about_to "$1" absent || fail "keeping what $1 is now" "it could not be copied to $JOURNAL" "make room there; $1 is untouched"
  take_away "$1" || fail "putting $1 aside" "it could not be removed" "see whether the file system is writable"
  CHANGED="$CHANGED $1"
  say "put $1 aside"
}

# enable_unit UNIT: it starts at every boot. The link for that is in the journal too: without its unit's file, nobody would take it away.
enable_unit() {
  link=/etc/systemd/system/multi-user.target.wants/$1
  [ -L "$link" ] || about_to "$link" any || fail "noting that $1 is about to be enabled" "$JOURNAL could not be written" "make room there and update again"
  # systemd reads the units anew where their files have changed, and need not for the link.
  systemctl --quiet --no-reload enable "$1" || fail "enabling $1" "systemctl failed (above)" "see systemctl status $1"
}

# setting NAME WANTED
setting() {
  if [ "$PASS" = receipt ]; then printf 'setting\t%s\t%s\n' "$1" "$2"; fi
}

# put_back PATH: the original, or nothing where there was nothing. It stays kept until the run is done.
put_back() {
  # What is left after a cut may be just what the package ships: it was brought by nobody.
  if was_taken "$1"; then
    ! give_back "$1" || return 0
  else
    heed_upgrade "$1"
  fi
  case $(original_kind "$1") in
    kept)
      original=$(mark_of "$STATE/original$1")
      [ "$original" != absent ] ||
        fail "putting $1 back" "its original, $STATE/original$1, is gone" "put it back by hand (a backup, or apt-get install --reinstall), take its line out of $STATE/originals, and do this again"
      ;;
    absent) original=absent ;;
    unknown)
      ! is_as_applied "$1" ||
        fail "taking $1 back" "what stood there before this project is not known, and the file is as this stack wrote it" "take it back by hand (docs/host.md), then do this again"
      journal_note back "$1" || fail "taking $1 back" "$JOURNAL could not be written" "make room there and do this again"
      return 0
      ;;
    *) return 0 ;;
  esac
  [ "$VERB" = revert ] || about_to "$1" "$original" || fail "keeping what $1 is now" "it could not be copied to $JOURNAL" "make room there; $1 is untouched"
  journal_note back "$1" || fail "putting $1 back" "$JOURNAL could not be written" "make room there; its original is $STATE/original$1"
  if [ "$(mark_of "$1")" != "$original" ]; then
    if [ "$original" = absent ]; then take_away "$1"; else put "$STATE/original$1" "$1"; fi ||
      fail "putting $1 back" "it could not be written" "see whether the file system is writable and has room; its original is $STATE/original$1"
    say "put $1 back as it was"
  fi
  CHANGED="$CHANGED $1"
}

# wanted_files: receipt lines of the files that are wanted
wanted_files() {
  (
    PASS=receipt
    managed_files
  )
}

# unwanted: files of the last apply that are not wanted any more
unwanted() {
  [ ! -r "$STATE/$CONCERN.receipt" ] || {
    wanted_files
    echo applied
    cat "$STATE/$CONCERN.receipt"
  } | awk -F '\t' '$0 == "applied" { applied = 1 } $1 != "file" && $1 != "taken" { next } !applied { wanted[$2] = 1; next } !($2 in wanted) { print $2 }'
}

# would_change: the files that an apply would change, a line each
would_change() {
  unwanted
  (
    PASS=look
    managed_files
  )
}

# applied_files: receipt lines of the files of the last apply
applied_files() { [ ! -r "$STATE/$CONCERN.receipt" ] || grep -E "^(file|taken)$TAB" "$STATE/$CONCERN.receipt"; }

# nameless_files: receipt lines of files of which what stood there before is kept, and that neither the spec nor a receipt names: those that did were deleted.
# One that somebody has written since is left to them.
nameless_files() {
  [ -r "$STATE/originals" ] || return 0
  {
    wanted_files
    cat "$STATE"/*.receipt 2>/dev/null
    echo originals
    cat "$STATE/originals"
  } | awk -F '\t' '$0 == "originals" { originals = 1 } !originals { if ($1 == "file" || $1 == "taken") named[$2] = 1; next } ($1 == "kept" || $1 == "absent") && !($2 in named) { print $2 }' |
    while IFS= read -r path; do
      owns "$path" || continue
      mark=$(mark_of "$path")
      if [ "$mark" = absent ] || is_ours "$path" || [ "$mark" = "$(mark_of "$STATE/original$path")" ]; then
        printf 'file\t%s\t\n' "$path"
      else
        # One from which lines were taken over is as this project left it, or somebody's own by now: the notes that would tell are gone.
        printf 'note: %s is left as it is: whether somebody has written it since this project did is not known any more%s\n' \
          "$path" "$([ ! -e "$STATE/original$path" ] || printf '; to have what stood there before: cp -a %s %s' "$STATE/original$path" "$path")" >&2
      fi
    done
}

# is_as_applied PATH: the file is there, as the last apply left it
is_as_applied() {
  mark=$(mark_of "$1")
  [ "$mark" != absent ] && applied_files | grep -qxF "file$TAB$1$TAB$mark"
}

# orphaned: files as this concern writes them, of which the original is not known. An update writes a lost receipt again, but no lost original.
orphaned() {
  {
    wanted_files
    applied_files
  } | sort -u | while IFS=$TAB read -r _ path mark; do
    case $(original_kind "$path") in kept | absent) continue ;; esac
    [ "$mark" = absent ] || [ "$(mark_of "$path")" != "$mark" ] || printf '%s ' "$path"
  done
}

# put_all_back PATHS: a line each
put_all_back() {
  while IFS= read -r path; do [ -z "$path" ] || put_back "$path"; done <<END
$1
END
}

write_receipt() {
  receipt=$(
    PASS=receipt
    printf 'token\t%s\nremark\t%s\ndigest\t%s\ntime\t%s\nbasis\t%s\nboot\t%s\n' "$TOKEN" "$REMARK" "$DIGEST" "$(date +%s)" "$BASIS" "$(cat /proc/sys/kernel/random/boot_id)"
    managed_files
    settings
    choices
  )
  finished "$receipt$LINE_END" || fail "noting what was applied" "$STATE could not be written" "make room there and update again"
}

# What a failed apply wrote goes back to what was there before it.
undo() {
  if [ -z "$OPEN" ] || is_done; then return 0; fi
  if take_back_all_steps; then
    close_journal
    printf '%s: the files this run wrote were put back as they were before it\n' "$CONCERN" >&2
  fi
}

finish() {
  code=$?
  trap - EXIT
  [ -z "$ASIDE" ] || { kill "$ASIDE"; wait "$ASIDE"; } 2>/dev/null
  if [ $code -ne 0 ] && [ "$VERB" = apply ]; then
    undo
    concern_undo
    tidy
  fi
  rm -rf "$WORK"
  exit $code
}

# Takes away what is ours and empty.
tidy() {
  for file in "$STATE/originals" "$BEFORE"; do [ -s "$file" ] || rm -f "$file"; done
  if [ -r "$STATE/directories" ] && [ ! -e "$STATE/originals" ] && [ ! -d "$JOURNAL" ]; then
    sort -r "$STATE/directories" | while IFS= read -r directory; do rmdir "$directory" 2>/dev/null; done
    rm -f "$STATE/directories"
  fi
  find "$STATE/original" "$STATE/guest" -depth -type d -empty -delete 2>/dev/null
  # With nothing left to take back, the scripts are of no use: an update brings them. What is kept of a removed guest stays.
  if [ -z "$(find "$STATE" -mindepth 1 -maxdepth 1 ! -name lock ! -name scripts ! -name guest ! -name replaced 2>/dev/null | head -n 1)" ]; then
    rm -rf "$STATE/scripts" "$STATE/lock" 2>/dev/null
    rmdir "$STATE" 2>/dev/null
  fi
  :
}

# One run at a time on a host; who has the lock is written in it.
lock() {
  waited=0
  while :; do
    { mkdir -p "$STATE" && : >>"$STATE/lock"; } || fail "making $STATE/lock" "it could not be written" "see whether the file system is writable and has room"
    exec 9>>"$STATE/lock"
    until flock -n 9; do
      [ $((waited % 30)) -ne 0 ] || say "waiting for another run on this host, for $waited s: $(cat "$STATE/lock")"
      [ $waited -lt $LOCK_SECONDS ] || fail "waiting for another run on this host" "it has held $STATE/lock for $((LOCK_SECONDS / 60)) minutes: $(cat "$STATE/lock")" "see which one it is: fuser $STATE/lock"
      sleep 2
      waited=$((waited + 2))
    done
    # The one before may have taken the last of $STATE away, and this lock with it.
    [ "$(stat -c %i "$STATE/lock" 2>/dev/null)" != "$(stat -Lc %i /proc/self/fd/9)" ] || break
  done
  { printf '%s %s, process %s, since %s\n' "$CONCERN" "$VERB" $$ "$(date '+%F %T %Z')" >"$STATE/lock"; } 2>/dev/null
}

main() {
  VERB=${1:-}
  TOKEN=${2:-}
  REMARK=${3:-}
  PASS=
  case $VERB in
    apply | revert) ;;
    *) fail "starting" "unknown verb '$VERB'" "say apply or revert" ;;
  esac
  [ "$(id -u)" -eq 0 ] || fail "starting" "this is user $(id -un), not root" "log in as root, or as a user with passwordless sudo"
  lock
  for old in "$WORKS".*; do [ -d "/proc/${old##*.}" ] || rm -rf "$old"; done
  rm -rf "$WORK"
  if ! { mkdir -m 700 "$WORK" && head -c 65536 /dev/zero >"$WORK/room" && rm "$WORK/room"; }; then
    rm -rf "$WORK"
    fail "making the working directory $WORK" "it could not be written to; nothing was changed" "make room in ${WORK%/*}"
  fi
  trap finish EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  migrate
  recover
  case $VERB in
    apply)
      concern_check
      put_all_back "$(unwanted)"
      managed_files
      concern_apply
      write_receipt
      concern_applied
      [ -z "${MIGRATED:-}" ] || rm -f "$MIGRATED"
      drop_former
      ;;
    revert)
      orphans=$(orphaned)
      [ -z "$orphans" ] ||
        fail "taking it back" "what was kept of before is gone, and these are still there as this stack wrote them: $orphans" "take them back by hand (docs/host.md), then destroy again"
      concern_before_revert
      # The receipt's files, and the wanted ones: an apply that never finished left originals without a receipt. Others may have lost theirs.
      put_all_back "$({
        wanted_files
        applied_files
        nameless_files
      } | awk -F '\t' '($1 == "file" || $1 == "taken") && !seen[$2]++ { print $2 }')"
      concern_revert
      later=$(later_receipt) || :
      finished '' || fail "noting what was put back" "$STATE could not be written" "make room there and do this again"
      [ -z "${MIGRATED:-}" ] || rm -f "$MIGRATED"
      drop_former
      [ -z "$later" ] || take_away "$later"
      tidy
      ;;
  esac
}
