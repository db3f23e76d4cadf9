# shellcheck shell=sh
# Part of the probe, for root: files and receipts.

# content PATH: what it is; a regular file joins $regular
content() {
  if [ -L "$1" ]; then row file "$1" link "$(readlink "$1")"
  elif [ -f "$1" ]; then regular="$regular$1$line_end"
  elif [ -e "$1" ]; then row file "$1" other ""
  else row file "$1" absent ""
  fi
}

# look: what one program tells of all the files there are to look at, a line "path<tab>bytes<tab>time of change<tab>mode<tab>owner<tab>when anything of it
# changed" each, into $looked: those in $bridges and $regular, kernels, their initramfs with our hook's notes, and GRUB's own
look() {
  looked=$(
    IFS=$line_end
    # Only the last may be patterns.
    set -f
    # shellcheck disable=SC2086  # a path a line
    set -- $bridges $regular
    set +f
    stat -c '%n	%s	%Y	%a	%U:%G	%Z' "$@" /boot/vmlinuz-* /boot/initrd.img-* "$state"/initramfs/* /boot/grub/grub.cfg /boot/grub/grubenv 2>/dev/null
  )
}

# contents: of each file in $regular at most 64 KiB
contents() {
  printf '%s\n' "$looked" | while IFS='	' read -r path size time mode owner _; do
    case "$line_end$regular" in *"$line_end$path$line_end"*) ;; *) continue ;; esac
    if [ "$size" -le 65536 ]; then text=$(base64 -w 0 "$path"); else text=$(head -c 65536 "$path" | base64 -w 0); fi
    row file "$path" "$mode" "$owner" "$text" "$time"
  done
}

# is_as_marked PATH MARK: it is what the receipt says (mark_of in journal.sh makes the same of a regular file)
is_as_marked() { [ -f "$1" ] && [ ! -L "$1" ] && [ "$({ stat -c '%a %U:%G' "$1" && cat "$1"; } 2>/dev/null | sha256sum)" = "$2  -" ]; }

# changed_since: files of the receipts that somebody changed, replaced or removed after the apply, a line "path<tab>time" each; those that are there and that
# nobody asks for any more are not among them
changed_since() {
  set -- "$state"/*.receipt
  [ -e "$1" ] || return 0
  {
    printf '%s\n@receipts\n' "$looked"
    cat "$@"
  } | awk -F '\t' '
    $0 == "@receipts" { receipts = 1; next }
    !receipts { changed[$1] = $6; next }
    $1 == "time" { applied = $2 }
    $1 == "file" && $2 in changed { if (changed[$2] > applied) print $2 "\t" changed[$2] "\t" applied "\t" $3; next }
    $1 == "file" && $3 != "absent" { print $2 "\t0\t" applied "\t" $3 }' | while IFS='	' read -r path time applied mark; do
    # What is gone went when its directory changed last, or before.
    if [ "$time" = 0 ]; then
      if [ -e "$path" ] || [ -L "$path" ]; then continue; fi
      time=$(stat -c %Z "${path%/*}" 2>/dev/null)
      [ "${time:-0}" -ge "$applied" ] || continue
    elif is_as_marked "$path" "$mark"; then
      continue
    fi
    printf '%s\t%s\n' "$path" "$time"
  done | head -n 12
}

# package_of PATH TIME SECONDS: the package that ships the file, if dpkg was at work on it at that time
package_of() {
  package=$(timeout "$3" dpkg -S "$1" 2>/dev/null | sed -n 's/:.*//p' | head -n 1)
  [ -n "$package" ] || return 0
  from=$(date -d "@$(($2 - 600))" '+%F %T')
  to=$(date -d "@$(($2 + 60))" '+%F %T')
  cat "${LOG:-/var/log}"/dpkg.log "${LOG:-/var/log}"/dpkg.log.1 2>/dev/null | awk -v package="$package" -v from="$from" -v to="$to" '
    { time = $1 " " $2; name = $4; sub(/:.*/, "", name) }
    time >= from && time <= to && name == package && ($3 == "upgrade" || $3 == "install") { did = $3 "\t" $6 }
    END { if (did != "") print "package\t" package "\t" did }'
}

# hand_of PATH TIME SECONDS: who named the file in a command of sudo, or in a task of Ansible, in the half hour before; of the command the program alone is
# told. A shell that reads its commands (sh -s) is this project's own: previews hand their paths to one.
hand_of() {
  timeout "$3" journalctl -q --no-pager -o short-unix --since "@$(($2 - 1800))" --until "@$(($2 + 2))" 2>/dev/null | awk -v path="$1" '
    BEGIN { at = match(path, "/[^/]*$"); folder = substr(path, 1, at - 1); name = substr(path, at + 1) }
    / sudo(-rs)?(\[[0-9]+\])?: / && !/ : (command not allowed|[0-9]+ incorrect|user NOT) / && (at = index($0, "COMMAND=")) {
      command = substr($0, at + 8)
      if (command ~ /^[^ ]*\/sh -s( |$)/) next
      if (!index(command, path) && !(index($0, "PWD=" folder " ") && index(" " command " ", " " name " "))) next
      user = $0
      sub(/^.* sudo(-rs)?(\[[0-9]+\])?: */, "", user)
      sub(/ .*/, "", user)
      sub(/ .*/, "", command)
      sub(/.*\//, "", command)
      said = "sudo\t" user "\t" command
      next
    }
    /Invoked with / && index($0, path) && match($0, /ansible-[A-Za-z0-9_.]+/) {
      module = substr($0, RSTART + 8, RLENGTH - 8)
      sub(/.*\./, "", module)
      said = "ansible\t" module "\t"
    }
    END { if (said != "") print said }'
}

# time_left: into $left, the seconds until $until
time_left() {
  left=$((until - $(date +%s)))
  [ "$left" -gt 0 ]
}

# changers: who changed what this project applied, as far as the package database or the journal says within five seconds altogether
changers() {
  until=
  changed_since | while IFS='	' read -r path time; do
    [ -n "$until" ] || until=$(($(date +%s) + 5))
    who=
    if time_left; then who=$(package_of "$path" "$time" "$left"); fi
    if [ -z "$who" ] && time_left; then who=$(hand_of "$path" "$time" "$left"); fi
    row changer "$path" "$time" "$who"
  done
}

# scripts: the digest of those that are there, if all of them are
scripts() {
  take "$state/scripts/digest"
  [ -z "$value" ] || row scripts "$value"
}

# interrupted: the concern whose run was ended in the middle
interrupted() {
  take "$state/journal/run"
  [ -z "$value" ] || row interrupted "${value%% *}"
}

# originals: of which files what stood there before is kept
originals() { [ ! -r "$state/originals" ] || sed -n 's/^kept	/text	kept		/p' "$state/originals"; }

receipts() {
  set -- "$state"/*.receipt
  [ ! -e "$1" ] || awk 'FNR == 1 { name = FILENAME; sub(".*/", "", name); sub("[.]receipt$", "", name) } { print "text\treceipt\t" name "\t" $0 }' "$@"
}
