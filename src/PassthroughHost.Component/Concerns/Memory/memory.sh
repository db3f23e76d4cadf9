# shellcheck shell=sh
# Huge pages, now. The files that ask for them at every boot are managed files.
#   PAGES      PATH=COUNT words: what each of the kernel's nr_hugepages files is to say
#   PAGE_SIZE  for messages: 2M or 1G
# What the files said before the first apply is kept (journal.sh, was).
# Source: Linux Documentation/admin-guide/mm/hugetlbpage.rst: a count that cannot be had is cut down without an error.

# What this run changed, PATH=COUNT words
RAISED=

# pages_to PATH COUNT: asks, and once more after tidying up memory
pages_to() {
  printf '%s\n' "$2" >"$1" 2>/dev/null
  if [ "$(cat "$1")" -lt "$2" ]; then
    sync
    echo 3 >/proc/sys/vm/drop_caches
    { echo 1 >/proc/sys/vm/compact_memory; } 2>/dev/null
    printf '%s\n' "$2" >"$1" 2>/dev/null
  fi
}

concern_check() {
  for entry in $PAGES; do
    path=${entry%=*}
    [ -w "$path" ] || fail "looking for huge pages of $PAGE_SIZE" "there is no $path" "this CPU or kernel has none of that size (or the NUMA node does not exist): see ls /sys/kernel/mm/hugepages"
  done
  # Before the files are there: whoever goes by them (a boot, sysctl --system), also after this run was killed, changes the numbers.
  for entry in $PAGES; do
    live=$(cat "${entry%=*}")
    [ "$live" = "${entry##*=}" ] || was "${entry%=*}" "$live"
  done
}

# Files that an earlier apply set and this one does not.
give_back_unwanted() {
  had | while IFS=$TAB read -r path number; do
    case " $PAGES" in *" $path="*) continue ;; esac
    if [ -w "$path" ]; then pages_to "$path" "$number"; fi
  done
}

concern_apply() {
  give_back_unwanted
  for entry in $PAGES; do
    path=${entry%=*}
    wanted=${entry##*=}
    live=$(cat "$path")
    [ "$live" != "$wanted" ] || continue
    RAISED="$path=$live $RAISED"
    pages_to "$path" "$wanted"
    had=$(cat "$path")
    if [ "$had" -gt "$wanted" ]; then
      fail "giving back huge pages of $PAGE_SIZE" "$had are left of $live, $wanted were wanted: guests use them" "stop the guests that use them, then update again"
    fi
    [ "$had" -eq "$wanted" ] ||
      fail "allocating $wanted huge pages of $PAGE_SIZE" "only $had could be had: memory is in use or fragmented; there are $live again" "set hugePages.allocate: boot (memory is whole then), take fewer, or stop what uses memory"
    say "huge pages of $PAGE_SIZE: $live -> $had"
  done
}

# Without an apply that came to its end, a number that is there again is nothing to give back: it is its owner's if it changes later.
concern_undo() {
  for entry in $RAISED; do pages_to "${entry%=*}" "${entry##*=}"; done
  [ -e "$STATE/$CONCERN.receipt" ] || had | while IFS=$TAB read -r path number; do
    [ "$(cat "$path" 2>/dev/null)" != "$number" ] || is_before "$path"
  done
}

concern_revert() {
  had | while IFS=$TAB read -r path number; do
    [ -w "$path" ] || continue
    pages_to "$path" "$number"
    say "huge pages in $path: $(cat "$path")"
  done
  is_before
}
