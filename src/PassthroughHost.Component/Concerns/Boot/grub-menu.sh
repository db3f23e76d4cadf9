# shellcheck shell=sh
# GRUB's menu: made beside the one in place, looked at, and only then put there. Part of the scripts of Boot and Verify.
# Source: GRUB manual, "Simple configuration", "Environment block".
GRUB_CONFIG=/boot/grub/grub.cfg
CANDIDATE=$GRUB_CONFIG.passthrough-host

has() { case " $1 " in *" $2 "*) return 0 ;; esac; return 1; }

# The language of the host goes into the menu, not this session's.
host_language() {
  (
    LANG=
    # shellcheck disable=SC1091
    [ -r /etc/default/locale ] && . /etc/default/locale
    printf '%s' "${LANG:-}"
  )
}

# begin_menu: begins to make $CANDIDATE; an initramfs may be made meanwhile, for the menu only names it
begin_menu() {
  say "making GRUB's menu"
  aside env LC_ALL= LANG="$(host_language)" grub-mkconfig -o "$CANDIDATE"
}

# finish_menu ARGUMENTS: waits for $CANDIDATE, whose every entry must have the arguments and its initramfs
finish_menu() {
  if ! await_aside "GRUB's menu"; then
    rm -f "$CANDIDATE" "$CANDIDATE.new"
    fail "making GRUB's menu" "grub-mkconfig failed (above); the old menu is in place" "mend what it says (often another file in /etc/default/grub.d), then update again"
  fi
  check_syntax
  awk '$1 == "linux"' "$CANDIDATE" >"$WORK/entries"
  if [ ! -s "$WORK/entries" ]; then
    rm -f "$CANDIDATE"
    fail "checking GRUB's new menu" "it starts no kernel; the old menu is in place" "see whether /etc/grub.d/10_linux is executable"
  fi
  for argument in $1; do
    if [ "$(grep -cF -- " $argument" "$WORK/entries")" -ne "$(wc -l <"$WORK/entries")" ]; then
      rm -f "$CANDIDATE"
      fail "checking GRUB's new menu" "$argument is not in every entry; the old menu is in place" "see what sets GRUB_CMDLINE_LINUX after the drop-in in /etc/default/grub.d"
    fi
  done
  for initramfs in /boot/initrd.img-*; do
    release=${initramfs##*/initrd.img-}
    if grep -qwF -- "vmlinuz-$release" "$WORK/entries" && ! grep -qwF -- "initrd.img-$release" "$CANDIDATE"; then
      rm -f "$CANDIDATE"
      fail "checking GRUB's new menu" "it starts $release without its initramfs; the old menu is in place" "see whether $initramfs is whole, then update again"
    fi
  done
}

check_syntax() {
  grub-script-check "$CANDIDATE" 2>"$WORK/syntax" && return 0
  cat "$WORK/syntax" >&2
  rm -f "$CANDIDATE"
  fail "checking GRUB's new menu" "grub-script-check refuses it (above); the old menu is in place" "look for broken quoting in /etc/default/grub and /etc/default/grub.d"
}

# place_menu: $CANDIDATE takes the menu's place
place_menu() {
  chmod --reference="$GRUB_CONFIG" "$CANDIDATE"
  place "$GRUB_CONFIG" "$CANDIDATE" || fail "putting GRUB's new menu in place" "it could not be moved; the old menu is in place" "see whether /boot is writable"
}

make_menu() {
  begin_menu
  finish_menu "$1"
  place_menu
}

# default_entry FILE: the first and the last line of the menu entry that GRUB starts by default, or of the first one that starts Linux
# Source: GRUB manual, "default": each step of the path is a position, a title or an ID.
default_entry() {
  saved=$(grub-editenv list 2>/dev/null | sed -n 's/^saved_entry=//p')
  awk -v saved="$saved" '
    function quoted(text, quote) {
      quote = match(text, /["\047]/) ? substr(text, RSTART, 1) : ""
      if (quote == "") return ""
      text = substr(text, RSTART + 1)
      return substr(text, 1, index(text, quote) - 1)
    }
    function identity(line) { return match(line, /(menuentry_id_option|--id)[ =]+["\047]/) ? quoted(substr(line, RSTART)) : "" }
    function step(line) { number[depth]++; at[depth] = number[depth] - 1; title[depth] = quoted(line); id[depth] = identity(line) }
    function wanted(   k, count, words) {
      count = split(fallback, words, ">")
      if (count == 0 || count > depth + 1) return 0
      for (k = 0; k < count; k++) if (words[k + 1] != at[k] "" && words[k + 1] != title[k] && words[k + 1] != id[k]) return 0
      return 1
    }
    BEGIN { depth = 0; fallback = "" }
    /^[ \t]*set default=/ && !/next_entry/ {
      fallback = quoted($0)
      if (fallback == "${saved_entry}") fallback = saved
      if (fallback == "") fallback = "0"
    }
    /^[ \t]*submenu[ \t]/ && !inside { step($0); depth++; number[depth] = 0; next }
    /^[ \t]*menuentry[ \t]/ && !inside { step($0); if (/[}][ \t]*$/) next; inside = 1; first = NR; kernel = ""; picked = wanted(); next }
    inside && $1 == "linux" { kernel = " " $0 " " }
    /^[ \t]*[}][ \t]*$/ {
      if (inside) {
        inside = 0
        if (kernel != "" && picked && chosen == "") chosen = first " " NR
        if (kernel != "" && any == "" && kernel !~ / (single|recovery) /) any = first " " NR
      } else if (depth > 0) depth--
    }
    END { print chosen != "" ? chosen : any }' "$1"
}
