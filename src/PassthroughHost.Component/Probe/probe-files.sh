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

# look: what one program tells of all the files there are to look at, a line "path<tab>bytes<tab>time of change<tab>mode<tab>owner" each,
# into $looked: those in $bridges and $regular, kernels, their initramfs with our hook's notes, and GRUB's own
look() {
  looked=$(
    IFS=$line_end
    # Only the last may be patterns.
    set -f
    # shellcheck disable=SC2086  # a path a line
    set -- $bridges $regular
    set +f
    stat -c '%n	%s	%Y	%a	%U:%G' "$@" /boot/vmlinuz-* /boot/initrd.img-* "$state"/initramfs/* /boot/grub/grub.cfg /boot/grub/grubenv 2>/dev/null
  )
}

# contents: of each file in $regular at most 64 KiB
contents() {
  printf '%s\n' "$looked" | while IFS='	' read -r path size time mode owner; do
    case "$line_end$regular" in *"$line_end$path$line_end"*) ;; *) continue ;; esac
    if [ "$size" -le 65536 ]; then text=$(base64 -w 0 "$path"); else text=$(head -c 65536 "$path" | base64 -w 0); fi
    row file "$path" "$mode" "$owner" "$text" "$time"
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

receipts() {
  set -- "$state"/*.receipt
  [ ! -e "$1" ] || awk 'FNR == 1 { name = FILENAME; sub(".*/", "", name); sub("[.]receipt$", "", name) } { print "text\treceipt\t" name "\t" $0 }' "$@"
}
