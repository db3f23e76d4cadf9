# shellcheck shell=sh
# The journal: what is about to change is on disk before it changes, so that no end of a run, kill -9 or power loss included, costs an original. Part of
# every concern's script, after host.sh.
#
# JOURNAL is there while a run changes something, and after one that was ended in the middle:
#   run        CONCERN VERB
#   before/N   what stood at the path of step N before it
#   receipt    the receipt of this run, once all is done
#   steps      a line each, on disk before the step is taken; one without the last field "." was cut short, and its step never taken:
#     file  N there|absent PATH MARK .   PATH is about to become MARK (see mark_of; "any": not known)
#     kept  PATH .                       the original of PATH is about to be kept, which it was not before this run
#     back  PATH .                       the original of PATH is about to come back; it is let go once the run is done
#     made  PATH .                       the directory PATH is about to be made
#     drop  PATH .                       what this run is about to make at PATH, a file or a directory of its own, is of no use without it
#     done  .                            all of it was done: what follows is to place the receipt and to let originals go
# An apply that did not get as far as "done" is taken back: by itself, or by the next run on this host. A revert is not; the next one does it again.
#
# What outlives a run: $STATE/originals, lines "kept|absent|unknown<tab>PATH"; $STATE/original/PATH; $STATE/directories, those that were made; and BEFORE, lines
# "CONCERN<tab>NAME<tab>VALUE", what settings were before this project first changed them. Each is only ever replaced as a whole.
JOURNAL=$STATE/journal
BEFORE=$STATE/before
TAB='	'
OPEN=
STEP=0

# place PATH FILE: moves FILE to PATH in one step, durable
place() {
  { [ -L "$2" ] || sync "$2"; } && mv -fT "$2" "$1" && sync "${1%/*}"
}

# write_whole FILE TEXT: in one step, or not at all
write_whole() {
  if printf '%s' "$2" >"$1.new" && [ "$(cat "$1.new"; printf .)" = "$2." ] && place "$1" "$1.new"; then return 0; fi
  rm -f "$1.new"
  return 1
}

# append FILE LINE
append() {
  text=
  if [ -e "$1" ]; then text=$(cat "$1") || return 1; fi
  write_whole "$1" "${text:+$text$LINE_END}$2$LINE_END"
}

# without FILE PATH: takes the lines whose last field is PATH out of FILE
without() {
  [ -e "$1" ] || return 0
  text=$(path=$2 awk -F "$TAB" '$NF != ENVIRON["path"]' "$1") || return 1
  write_whole "$1" "${text:+$text$LINE_END}"
}

# clear PATH: what a run before this one left there; mostly nothing, and then no program is started
clear() { { [ ! -e "$1" ] && [ ! -L "$1" ]; } || rm -rf "$1"; }

# copy FROM TO: everything of it, on disk
copy() {
  clear "$2"
  cp -a "$1" "$2" && { [ -L "$2" ] || sync "$2"; }
}

# new_name PATH: what is to take its place in one step is made there
new_name() { printf '%s/.passthrough-host.new' "${1%/*}"; }

first_word() { read -r word _ && echo "$word"; }

# mark_of PATH: what is there, in one word; for a regular file the digest that stands in receipts
mark_of() {
  if [ -L "$1" ]; then printf 'link:%s' "$(readlink "$1" | sha256sum | first_word)"
  elif [ -f "$1" ]; then { stat -c '%a %U:%G' "$1" && cat "$1"; } | sha256sum | first_word
  elif [ -e "$1" ]; then printf other
  else printf absent
  fi
}

# put FILE PATH: a copy of FILE takes PATH's place. A full file system has no room for a copy, but for another name of the same.
put() {
  fresh=$(new_name "$2")
  if ! copy "$1" "$fresh" 2>/dev/null; then
    rm -f "$fresh"
    ln -P "$1" "$fresh" 2>/dev/null || return 1
  fi
  place "$2" "$fresh"
}

# write_file PATH MODE TEXT: root's, in one step. What cannot be written whole must not take the place of anything: it is read back.
write_file() {
  fresh=$(new_name "$1")
  clear "$fresh"
  if printf '%s' "$3" >"$fresh" && chown root:root "$fresh" && chmod "$2" "$fresh" && [ "$(cat "$fresh"; printf .)" = "$3." ] && place "$1" "$fresh"; then return 0; fi
  rm -f "$fresh"
  return 1
}

# take_away PATH
take_away() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  rm -f "$1" && sync "${1%/*}"
}

# The journal of this run, before its first change.
open_journal() {
  [ -z "$OPEN" ] || return 0
  clear "$JOURNAL.new"
  mkdir -m 700 "$JOURNAL.new" && mkdir "$JOURNAL.new/before" && : >"$JOURNAL.new/steps" && printf '%s %s\n' "$CONCERN" "$VERB" >"$JOURNAL.new/run" &&
    sync "$JOURNAL.new/run" "$JOURNAL.new/steps" "$JOURNAL.new" && mv -T "$JOURNAL.new" "$JOURNAL" && sync "$STATE" && OPEN=yes
}

close_journal() {
  OPEN=
  [ -d "$JOURNAL" ] || return 0
  # In one step: a journal that is half gone would be read for another.
  clear "$JOURNAL.old"
  mv -T "$JOURNAL" "$JOURNAL.old" && sync "$STATE" && rm -rf "$JOURNAL.old"
}

# journal_note FIELD…: a line of the journal, on disk
journal_note() {
  open_journal || return 1
  line=
  for field; do line="$line$field$TAB"; done
  printf '%s.\n' "$line" >>"$JOURNAL/steps" && sync "$JOURNAL/steps"
}

# steps KIND: the fields of the journal's whole lines of that kind, newest first. (mawk 1.3.4 of 2026 leaves a line as it is where NF is changed after $NF was read.)
steps() { tac "$JOURNAL/steps" | awk -F "$TAB" -v kind="$1" '(kind == "" || $1 == kind) && sub(/\t[.]$/, "")'; }

# about_to PATH MARK: what stands at PATH is kept until this run is done
about_to() {
  STEP=$((STEP + 1))
  open_journal || return 1
  was=absent
  if [ -e "$1" ] || [ -L "$1" ]; then
    was=there
    copy "$1" "$JOURNAL/before/$STEP" && sync "$JOURNAL/before" || return 1
  fi
  journal_note file $STEP $was "$1" "$2"
}

# original_kind PATH: "kept", "absent", "unknown" (a file of this project whose original was deleted), or nothing if PATH was never written
original_kind() {
  [ -r "$STATE/originals" ] || return 1
  while IFS=$TAB read -r noted of; do
    [ "$of" != "$1" ] || { echo "$noted"; return 0; }
  done <"$STATE/originals"
}

# keep_original PATH: once, before the first write
keep_original() {
  [ -z "$(original_kind "$1")" ] || return 0
  journal_note kept "$1" || return 1
  kind=absent
  if [ -e "$1" ] || [ -L "$1" ]; then
    kind=kept
    mkdir -p "$STATE/original${1%/*}" && copy "$1" "$STATE/original$1.new" && place "$STATE/original$1" "$STATE/original$1.new" || return 1
  fi
  append "$STATE/originals" "$kind$TAB$1"
}

# is_ours PATH: this project wrote the file; each of its files says so
is_ours() { [ ! -L "$1" ] && [ -f "$1" ] && grep -q passthrough-host "$1"; }

# note_unknown PATH: a file of this project of which no original is noted: somebody deleted the notes, and the file itself is not the original
note_unknown() { journal_note kept "$1" && append "$STATE/originals" "unknown$TAB$1"; }

# is_packages_own PATH: it is as the package that ships it ships it now (a configuration file, of which dpkg keeps the digest)
is_packages_own() {
  if [ -L "$1" ] || [ ! -f "$1" ]; then return 1; fi
  shipper=$(dpkg-query -S "$1" 2>/dev/null | sed -n 's/, .*//; s/: .*//; 1p')
  [ -n "$shipper" ] || return 1
  shipped=$(dpkg-query -W -f '${Conffiles}\n' "$shipper" 2>/dev/null | awk -v path="$1" '$1 == path { print $2; exit }')
  [ -n "$shipped" ] && [ "$shipped" = "$(md5sum <"$1" | first_word)" ]
}

# heed_upgrade PATH: where a package has brought its file again since the original was kept (an upgrade of the distribution), that is what is to come back.
# The older original is put beside it, to be taken by name: it may have been changed by hand.
heed_upgrade() {
  if [ "$(original_kind "$1")" != kept ] || [ ! -f "$STATE/original$1" ] || [ -L "$STATE/original$1" ]; then return 0; fi
  if [ "$(mark_of "$1")" = "$(mark_of "$STATE/original$1")" ] || is_as_applied "$1" || ! is_packages_own "$1"; then return 0; fi
  # The older one first: each step can be done again.
  { put "$STATE/original$1" "$1.before-passthrough-host" && copy "$1" "$STATE/original$1.new" && place "$STATE/original$1" "$STATE/original$1.new"; } ||
    fail "keeping what the package $shipper brought as $1" "it could not be copied to $STATE" "make room there; $1 is untouched"
  printf 'note: the package %s has brought %s again since the original was kept, and that is what comes back. What stood there before this project is %s; to have that instead: mv %s %s\n' \
    "$shipper" "$1" "$1.before-passthrough-host" "$1.before-passthrough-host" "$1" >&2
}

# let_go PATH: its original is where it belongs, and not kept any more
let_go() {
  without "$STATE/originals" "$1" && rm -f "$STATE/original$1" "$STATE/original$1.new"
}

# make_directory PATH: with its parents, noting what was made so that revert can take it away
make_directory() {
  [ -d "$1" ] && return 0
  make_directory "${1%/*}" && journal_note made "$1" && append "$STATE/directories" "$1" && mkdir "$1"
}

# was NAME VALUE: notes once, before it is changed, what a setting of this concern was before this project first changed it
was() { were "$2" "$1"; }

# were VALUE NAME…: the same of several
were() {
  value=$1
  shift
  known=$LINE_END$(had | cut -f 1)$LINE_END
  lines=
  for name; do
    case $known in *"$LINE_END$name$LINE_END"*) ;; *) lines=$lines${lines:+$LINE_END}$CONCERN$TAB$name$TAB$value ;; esac
  done
  [ -z "$lines" ] || append "$BEFORE" "$lines" ||
    fail "noting what $1 was before" "$BEFORE could not be written" "make room there and update again; it was not changed"
}

# had: lines "NAME<tab>VALUE" of this concern
had() { [ ! -r "$BEFORE" ] || awk -F "$TAB" -v OFS="$TAB" -v whose="$CONCERN" '$1 == whose { print $2, $3 }' "$BEFORE"; }

# is_before [NAME]: it is again as it was (all of this concern, without a name), and nothing is to be remembered of it
is_before() {
  [ -e "$BEFORE" ] || return 0
  { text=$(whose=$CONCERN name=${1:-} awk -F "$TAB" '$1 != ENVIRON["whose"] || (ENVIRON["name"] != "" && $2 != ENVIRON["name"])' "$BEFORE") &&
    write_whole "$BEFORE" "${text:+$text$LINE_END}"; } ||
    fail "noting that $CONCERN is again as it was" "$BEFORE could not be written" "make room there and do this again"
}

# take_back_all_steps: what the journal's run wrote goes back to what stood there before, newest first. What somebody else has changed since is left to them.
take_back_all_steps() {
  [ -s "$JOURNAL/steps" ] || return 0
  steps '' | {
    failed=
    while IFS=$TAB read -r kind a b c d; do
      case $kind in
        file) take_back_step "$a" "$b" "$c" "$d" || failed="$failed $c" ;;
        kept) forget_kept "$a" || failed="$failed $a" ;;
        back) rm -f "$(new_name "$a")" ;;
        drop) rm -rf "$a" ;;
        made) if [ ! -d "$a" ] || rmdir "$a" 2>/dev/null; then without "$STATE/directories" "$a" || failed="$failed $a"; fi ;;
      esac
    done
    [ -z "$failed" ] || printf '%s: not put back as before this run:%s; it is tried again by the next run on this host. What stood there is in %s/before\n' "$CONCERN" "$failed" "$JOURNAL" >&2
    [ -z "$failed" ]
  }
}

# take_back_step N there|absent PATH MARK
take_back_step() {
  clear "$(new_name "$3")"
  mark=absent
  [ "$2" = absent ] || mark=$(mark_of "$JOURNAL/before/$1")
  now=$(mark_of "$3")
  [ "$now" != "$mark" ] || return 0
  if [ "$4" != any ] && [ "$now" != "$4" ]; then
    printf '%s: %s was changed by somebody else meanwhile, and is left as it is\n' "$CONCERN" "$3" >&2
    return 0
  fi
  if [ "$2" = absent ]; then take_away "$3"; else put "$JOURNAL/before/$1" "$3"; fi
}

# forget_kept PATH: an original that was kept for the first time, and is in its place again
forget_kept() {
  case $(original_kind "$1") in
    kept) [ "$(mark_of "$1")" = "$(mark_of "$STATE/original$1")" ] || return 0 ;;
    absent) [ "$(mark_of "$1")" = absent ] || return 0 ;;
  esac
  let_go "$1"
}

# finished RECEIPT: the run's work is done. The receipt stands (none: it goes), and only then are originals let go.
finished() {
  if [ -n "$OPEN" ]; then
    { [ -z "$1" ] || write_whole "$JOURNAL/receipt" "$1"; } && journal_note 'done' || return 1
    conclude
  elif [ -n "$1" ]; then
    write_whole "$STATE/$CONCERN.receipt" "$1"
  else
    take_away "$STATE/$CONCERN.receipt"
  fi
}

# conclude: what is left to do of a run that is done
conclude() {
  concluded=${1:-$CONCERN}
  if [ -e "$JOURNAL/receipt" ]; then
    place "$STATE/$concluded.receipt" "$JOURNAL/receipt" || return 1
  elif grep -q 'revert$' "$JOURNAL/run"; then
    take_away "$STATE/$concluded.receipt" || return 1
  fi
  steps back | { while IFS=$TAB read -r _ path; do let_go "$path" || exit 1; done; } && close_journal
}

is_done() { [ -n "$(steps 'done')" ]; }

# A run before this one that was ended in the middle.
recover() {
  for left in "$STATE"/*.new "$JOURNAL.old"; do clear "$left"; done
  [ -d "$JOURNAL" ] || return 0
  read -r whose did <"$JOURNAL/run"
  if is_done; then
    conclude "$whose" || fail "finishing what an earlier run of $whose had done" "$STATE could not be written" "make room there and do this again"
    return 0
  fi
  if [ "$did" = apply ]; then
    say "an earlier run of $whose was ended before it was done: what it wrote is put back first"
    take_back_all_steps || fail "putting back what an earlier run of $whose wrote" "not all of it could be (above)" "make room there and do this again"
  else
    steps back | while IFS=$TAB read -r _ path; do rm -f "$(new_name "$path")"; done
    steps drop | while IFS=$TAB read -r _ path; do rm -rf "$path"; done
  fi
  close_journal
}

# A guest's concern is called KIND-GUEST, and in a release that knew one guest KIND; the receipts of that release are guest.receipt, media.receipt and
# storage.receipt. While any of them is left, which guest they are of is a line in each.
# former_receipt: that of this concern, if it is this guest's
former_receipt() {
  case $CONCERN in guest-* | media-* | storage-*) ;; *) return 1 ;; esac
  [ -r "$STATE/${CONCERN%%-*}.receipt" ] && grep -qxF "guest$TAB${CONCERN#*-}" "$STATE/${CONCERN%%-*}.receipt" && printf '%s' "$STATE/${CONCERN%%-*}.receipt"
}

# later_receipt: that of the same guest under its new name, if this text is one of a release that knew one guest: an update wrote it, and the engine never
# learned of it
later_receipt() {
  case $CONCERN in guest | media | storage) ;; *) return 1 ;; esac
  [ ! -e "$STATE/$CONCERN.receipt" ] || return 1
  for receipt in "$STATE/$CONCERN"-*.receipt; do
    if [ -r "$receipt" ] && grep -qxF "digest$TAB$DIGEST" "$receipt"; then
      printf '%s' "$receipt"
      return 0
    fi
  done
  return 1
}

# is_of_this_guest RECEIPT: it has a disk or an ISO that is wanted here
is_of_this_guest() {
  (PASS=receipt; settings) | sed -n "s/^\(setting$TAB\(disk\|ISO\|volume\) [^$TAB]*$TAB\).*/\1/p" >"$WORK/wanted.media"
  [ -s "$WORK/wanted.media" ] && grep -qF -f "$WORK/wanted.media" "$1"
}

# name_former: writes whose they are into the former receipts; on a host on which no guest was ever defined, the one with the same disks
name_former() {
  case $CONCERN in guest-* | media-* | storage-*) ;; *) return 0 ;; esac
  owner=$(sed -n "s/^setting${TAB}definition of \\([^$TAB]*\\)$TAB.*/\\1/p" "$STATE/guest.receipt" 2>/dev/null | head -n 1)
  for kind in storage media guest; do
    [ -r "$STATE/$kind.receipt" ] || continue
    ! grep -q "^guest$TAB" "$STATE/$kind.receipt" || continue
    [ -n "$owner" ] || { [ "$kind" = "${CONCERN%%-*}" ] && is_of_this_guest "$STATE/$kind.receipt"; } || continue
    name_receipt "$kind" "${owner:-${CONCERN#*-}}"
  done
  # libvirt's command was told the guest's UUID.
  [ -z "$owner" ] || [ ! -r "$STATE/libvirt.receipt" ] || grep -q "^guest$TAB" "$STATE/libvirt.receipt" || name_receipt libvirt "$owner"
}

# name_receipt CONCERN GUEST
name_receipt() {
  append "$STATE/$1.receipt" "guest$TAB$2" ||
    fail "noting whose $STATE/$1.receipt is" "it could not be written" "make room there and do this again; nothing was changed"
}

# drop_former: the receipt has its new name
drop_former() { if former=$(former_receipt); then take_away "$former"; fi; }

# others_settings: the names of the settings in the receipts of other guests' concerns of this kind
others_settings() {
  own=$(former_receipt || later_receipt)
  for receipt in "$STATE/${CONCERN%%-*}.receipt" "$STATE/${CONCERN%%-*}"-*.receipt; do
    case $receipt in "$STATE/$CONCERN.receipt" | "$own") continue ;; esac
    [ ! -r "$receipt" ] || sed -n "s/^setting$TAB\\([^$TAB]*\\)$TAB.*/\\1/p" "$receipt"
  done
}

# A note of an earlier version of this tool, which had a file for each concern.
migrate() {
  name_former
  case $CONCERN in
    memory) old=memory.before form="s/^\(.*\)=\([^=]*\)\$/\1$TAB\2/p" ;;
    sriov) old=sriov.before form="s/^\([^ ]*\) \(.*\)\$/\1$TAB\2/p" ;;
    libvirt) old=libvirt.member form="s/.*/&${TAB}no member/p" ;;
    packages) old=packages.installed form="s/.*/&${TAB}not installed/p" ;;
    network) old=network.links form="s/.*/&${TAB}not there/p" ;;
    *) return 0 ;;
  esac
  [ -e "$STATE/$old" ] || return 0
  text=$({ [ ! -e "$BEFORE" ] || cat "$BEFORE"; sed -n "$form" "$STATE/$old" | sed "s/^/$CONCERN$TAB/"; } | awk -F "$TAB" 'NF == 3 && !seen[$1, $2]++')
  write_whole "$BEFORE" "${text:+$text$LINE_END}" ||
    fail "taking over what an earlier version noted" "$BEFORE could not be written" "make room there and do this again; nothing was changed"
  # It goes once this run is done: until then the state may hold the script that reads it.
  MIGRATED=$STATE/$old
}
