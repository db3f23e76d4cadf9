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

# own_lines FILE: the lines that start this host's own kernels, a blank between words. 10_linux writes them (10_linux_zfs on a root of ZFS); what memtest86+,
# os-prober, 20_linux_xen and 40_custom write is somebody else's, and nothing is asked of it.
own_lines() {
  awk '/^### (BEGIN|END) / { own = $2 == "BEGIN" && $3 ~ "^/etc/grub.d/10_linux(_zfs)?$" } own && $1 == "linux" { $1 = $1; print }' "$1"
}

# any_lacks LINES ARGUMENT: whether one of the lines has not this very word
any_lacks() { printf '%s\n' "$1" | argument=$2 awk 'index(" " $0 " ", " " ENVIRON["argument"] " ") == 0 { lacks = 1 } END { exit !lacks }'; }

# any_has LINES ARGUMENT
any_has() { printf '%s\n' "$1" | argument=$2 awk 'index(" " $0 " ", " " ENVIRON["argument"] " ") > 0 { has = 1 } END { exit !has }'; }

# without_initramfs FILE: releases that an own entry starts without their initramfs
without_initramfs() {
  awk '
    /^### (BEGIN|END) / { own = $2 == "BEGIN" && $3 ~ "^/etc/grub.d/10_linux(_zfs)?$"; release = "" }
    own && /^[ \t]*menuentry[ \t]/ { release = "" }
    own && $1 == "linux" { release = $2; sub(".*/vmlinuz-", "", release); has = 0 }
    own && $1 == "initrd" { for (i = 2; i <= NF; i++) { file = $i; sub(".*/initrd.img-", "", file); if (file == release) has = 1 } }
    own && /^[ \t]*[}][ \t]*$/ { if (release != "" && !has) print release; release = "" }' "$1" | sort -u
}

# refuse SEEN DO: the menu that was made is not taken
refuse() {
  rm -f "$CANDIDATE" "$CANDIDATE.new"
  fail "checking GRUB's new menu" "$1; the old menu is in place" "$2"
}

# finish_menu ARGUMENTS: waits for $CANDIDATE, whose every entry for this host's kernels must have the arguments and its initramfs
finish_menu() {
  if ! await_aside "GRUB's menu"; then
    rm -f "$CANDIDATE" "$CANDIDATE.new"
    fail "making GRUB's menu" "grub-mkconfig failed (above); the old menu is in place" "mend what it says (often another file in /etc/default/grub.d), then update again"
  fi
  check_whole
  check_syntax
  lines=$(own_lines "$CANDIDATE")
  [ -n "$lines" ] || refuse "10_linux made no entry that starts a kernel" "see whether /etc/grub.d/10_linux is executable and a kernel is in /boot"
  for argument in $1; do
    ! any_lacks "$lines" "$argument" || refuse "$argument is not in every entry of 10_linux" "see what sets GRUB_CMDLINE_LINUX after the drop-in in /etc/default/grub.d"
  done
  for release in $(without_initramfs "$CANDIDATE"); do
    [ ! -e "/boot/initrd.img-$release" ] || refuse "it starts $release without its initramfs" "see whether /boot/initrd.img-$release is whole, then update again"
  done
}

# check_whole: each part of /etc/grub.d has its end; a full file system cuts a menu short without grub-mkconfig's saying so
check_whole() {
  for script in /etc/grub.d/*; do
    case ${script##*/} in *~ | '#'*'#' | *.dpkg-* | *.rpmsave | *.rpmnew | *.sig | README*) continue ;; esac
    if [ -f "$script" ] && [ -x "$script" ] && ! grep -qF "### END $script ###" "$CANDIDATE"; then
      refuse "what $script writes is not in it to its end" "see whether /boot has room, and what $script says"
    fi
  done
}

check_syntax() {
  said=$(grub-script-check "$CANDIDATE" 2>&1) && return 0
  printf '%s\n' "$said" >&2
  refuse "grub-script-check refuses it (above)" "look for broken quoting in /etc/default/grub and /etc/default/grub.d"
}

# place_menu: $CANDIDATE takes the menu's place. That of an apply of Boot which does not come to its end goes back with its files.
place_menu() {
  chmod --reference="$GRUB_CONFIG" "$CANDIDATE"
  if [ "$CONCERN $VERB" = 'boot apply' ]; then
    about_to "$GRUB_CONFIG" "$(mark_of "$CANDIDATE")" || refuse "the present one could not be kept in $JOURNAL" "make room there, then update again"
  fi
  place "$GRUB_CONFIG" "$CANDIDATE" || fail "putting GRUB's new menu in place" "it could not be moved; the old menu is in place" "see whether /boot is writable"
}

make_menu() {
  begin_menu
  finish_menu "$1"
  place_menu
}

# default_entry FILE: the first and the last line of the menu entry that GRUB starts by default, or where that is not one of this host's own kernels, of the first
# one that is
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
    /^### (BEGIN|END) / && !inside { own = $2 == "BEGIN" && $3 ~ "^/etc/grub.d/10_linux(_zfs)?$" }
    inside && own && $1 == "linux" { kernel = " " $0 " " }
    /^[ \t]*[}][ \t]*$/ {
      if (inside) {
        inside = 0
        if (kernel != "" && picked && chosen == "") chosen = first " " NR
        if (kernel != "" && any == "" && kernel !~ / (single|recovery) /) any = first " " NR
      } else if (depth > 0) depth--
    }
    END { print chosen != "" ? chosen : any }' "$1"
}
