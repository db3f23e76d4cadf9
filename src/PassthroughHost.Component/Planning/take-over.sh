# shellcheck shell=sh
# What was set up by hand and is this stack's from now on, cut out of its files. Part of the scripts of Boot and Memory, called among the managed files, so that one
# regeneration has both the cut and what takes its place. HandMadeCut.cs shows the same in a preview.
# A file is its owner's but for what is cut: the receipt has "taken<tab>PATH<tab>MARK", how this project left it, or "changed" as the mark if somebody else has
# written it between two cuts.
# Files that this run cut, put aside or put back.
TAKEN=
# There from before a run that takes over or gives back what is of an initramfs until one is done: some may have been made meanwhile.
EVERY=$STATE/every-initramfs

# taken_mark PATH: how the last apply left it; nothing if nothing was ever cut
taken_mark() {
  for noted in "$STATE/$CONCERN.receipt" "$WORK/found"; do
    [ ! -r "$noted" ] || path=$1 awk -F "$TAB" '$1 == "taken" && $2 == ENVIRON["path"] { print $3 }' "$noted"
  done
}

# is_mark_lost PATH: it was cut, and the receipt that said how the last apply left it was deleted
is_mark_lost() {
  if [ -e "$STATE/$CONCERN.receipt" ] || [ "$(original_kind "$1")" != kept ]; then return 1; fi
  ! path=$1 awk -F "$TAB" '$1 == ENVIRON["path"] { found = 1 } END { exit !found }' "$WORK/taken" 2>/dev/null && [ -z "$(taken_mark "$1")" ]
}

# found_taken PATH MARK
found_taken() { printf 'taken\t%s\t%s\n' "$1" "$2" >>"$WORK/found"; }

# taken_line PATH: for the receipt
taken_line() {
  mark=$(path=$1 awk -F "$TAB" '$1 == ENVIRON["path"] { mark = $2 } END { print mark }' "$WORK/taken" 2>/dev/null)
  [ -n "$mark" ] || mark=$(taken_mark "$1")
  [ -z "$mark" ] || [ -z "$(original_kind "$1")" ] || printf 'taken\t%s\t%s\n' "$1" "$mark"
}

# without_words PATH WORDS LINES: the file's text without them; a line each
without_words() {
  words=$2 lines=$3 awk -v grub="$(case $1 in */etc/default/grub*) echo 1 ;; esac)" '
    function trim(text) { gsub(/^[ \t\r]+|[ \t\r]+$/, "", text); return text }
    function ends(c) { return c == "" || index(" \t\"\047", c) > 0 }
    function cut(line, word,   from, at, before, head, tail) {
      from = 1
      while ((at = index(substr(line, from), word)) > 0) {
        at += from - 1
        before = at == 1 ? "" : substr(line, at - 1, 1)
        tail = substr(line, at + length(word))
        if (!(ends(before) || (grub && at - 1 == index(line, "="))) || !ends(substr(tail, 1, 1))) { from = at + 1; continue }
        head = substr(line, 1, at - 1)
        if (tail ~ /^[ \t]/) sub(/^[ \t]+/, "", tail); else sub(/[ \t]+$/, "", head)
        line = head tail
        from = 1
      }
      return line
    }
    BEGIN {
      count = split(ENVIRON["words"], word, "\n")
      lines = split(ENVIRON["lines"], whole, "\n")
      for (i = 1; i <= lines; i++) if (trim(whole[i]) != "") gone[trim(whole[i])] = 1
    }
    (trim($0) in gone) { next }
    (grub ? /^[ \t]*(export[ \t]+)?GRUB_CMDLINE_LINUX(_DEFAULT)?[+]?=/ : /^[ \t]*options[ \t]/) { for (i = 1; i <= count; i++) if (word[i] != "") $0 = cut($0, word[i]) }
    { print }' "$1"
}

# cut_from PATH: its original, where it is as the last cut left it: what is not taken over any more comes back
cut_from() {
  if [ "$(original_kind "$1")" = kept ] && [ -f "$STATE/original$1" ] && [ "$(mark_of "$1")" = "$(taken_mark "$1")" ]; then
    printf '%s' "$STATE/original$1"
  else
    printf '%s' "$1"
  fi
}

# is_cut PATH WORDS LINES: it is as it is to be; $cut is what that is
is_cut() {
  [ -f "$1" ] || return 0
  { cut=$(without_words "$(cut_from "$1")" "$2" "$3") && text=$(cat "$1"); } ||
    fail "reading $1" "what was set up by hand could not be cut out of its text" "see whether it can be read and awk runs, then update again; $1 is untouched"
  [ "$cut" = "$text" ]
}

# begin_take PATH: its original is kept, and what it is now
begin_take() {
  { [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %U:%G "$1")" = root:root ]; } ||
    fail "taking over $1" "it is no regular file of root's" "take it out of takeOver, and mend the file by hand"
  before=$(mark_of "$1")
  former=$(taken_mark "$1")
  case $(original_kind "$1") in
    '') left= ;;
    kept) if [ "$before" = "$former" ] || [ "$before" = "$(mark_of "$STATE/original$1")" ]; then left=; else left=changed; fi ;;
    *) left=changed ;;
  esac
  keep_original "$1" || fail "keeping the original of $1" "it could not be copied to $STATE" "make room there; $1 is untouched"
}

# end_take PATH MARK: how it is left. What somebody wrote in it may have been just what is cut: then nothing of theirs is in it.
end_take() {
  if [ "$2" = "$former" ]; then left=; fi
  printf '%s\t%s\n' "$1" "${left:-$2}" >>"$WORK/taken"
  CHANGED="$CHANGED $1"
  TAKEN="$TAKEN $1"
}

# take_over PATH WORDS LINES: both a line each
take_over() {
  case $PASS in
    receipt)
      if is_mark_lost "$1"; then
        if [ -f "$1" ] && [ "$(without_words "$STATE/original$1" "$2" "$3")" = "$(cat "$1")" ]; then found_taken "$1" "$(mark_of "$1")"; else found_taken "$1" changed; fi
      fi
      taken_line "$1"
      return
      ;;
    look)
      is_cut "$1" "$2" "$3" || printf '%s\n' "$1"
      return
      ;;
  esac
  ! is_cut "$1" "$2" "$3" || return 0
  begin_take "$1"
  text=${cut:+$cut$LINE_END}
  mode=$(stat -c %a "$1")
  mark=$({ printf '%s root:root\n' "$mode" && printf '%s' "$text"; } | sha256sum | first_word)
  about_to "$1" "$mark" || fail "keeping what $1 is now" "it could not be copied to $JOURNAL" "make room there; $1 is untouched"
  write_file "$1" "$mode" "$text" || fail "writing $1" "it could not be written in full" "see whether the file system is writable and has room (df ${1%/*})"
  end_take "$1" "$mark"
  say "took over what was set up by hand in $1"
}

# set_aside PATH: the whole file is taken over
set_aside() {
  case $PASS in
    receipt)
      if is_mark_lost "$1"; then
        if [ "$(mark_of "$1")" = absent ]; then found_taken "$1" absent; else found_taken "$1" changed; fi
      fi
      taken_line "$1"
      return
      ;;
    look)
      [ "$(mark_of "$1")" = absent ] || printf '%s\n' "$1"
      return
      ;;
  esac
  [ "$(mark_of "$1")" != absent ] || return 0
  begin_take "$1"
  about_to "$1" absent || fail "keeping what $1 is now" "it could not be copied to $JOURNAL" "make room there; $1 is untouched"
  take_away "$1" || fail "putting $1 aside" "it could not be removed" "see whether the file system is writable"
  end_take "$1" absent
  say "put $1 aside"
}

# was_taken PATH
was_taken() { [ -n "$(taken_mark "$1")" ]; }

# give_back PATH: what put_back has for a file that was taken over. One that somebody has written since stays as it is.
give_back() {
  TAKEN="$TAKEN $1"
  now=$(mark_of "$1")
  if [ "$now" = "$(taken_mark "$1")" ] || [ "$now" = "$(mark_of "$STATE/original$1")" ] || [ "$(mark_of "$STATE/original$1")" = absent ]; then return 1; fi
  { mkdir -p "$STATE/replaced${1%/*}" && copy "$STATE/original$1" "$STATE/replaced$1" && sync "$STATE/replaced${1%/*}" && journal_note back "$1"; } ||
    fail "keeping the original of $1" "it could not be copied to $STATE/replaced" "make room there and do this again; $1 is untouched"
  printf 'note: %s was changed after this stack took over what was set up by hand in it, and is left as it is; as it was before the stack it is %s; to have that instead: cp -a %s %s\n' \
    "$1" "$STATE/replaced$1" "$STATE/replaced$1" "$1" >&2
}

# took_for_initramfs: whether what was taken over or given back is of an initramfs: in this run, or in one that was ended in the middle
took_for_initramfs() {
  [ ! -e "$EVERY" ] || return 0
  for file in $TAKEN; do
    case $file in */etc/modprobe.d/* | */etc/initramfs-tools/*) return 0 ;; esac
  done
  return 1
}

# would_take_for_initramfs: whether an apply would take or give back such
would_take_for_initramfs() {
  {
    wanted_files
    applied_files
    echo changes
    would_change
  } | awk -F "$TAB" '
    $0 == "changes" { changes = 1; next }
    !changes { if ($1 == "file") managed[$2] = 1; next }
    !($1 in managed) && /\/etc\/(modprobe[.]d|initramfs-tools)\// { found = 1 }
    END { exit !found }'
}
