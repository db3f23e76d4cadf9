# shellcheck shell=sh
# New kernel arguments on trial: one boot through a menu entry of its own, while the menu's other entries and its default keep those of
# before. Once the host is verified, Verify makes them the menu's. Part of the scripts of Boot, Restart and Verify.
# Where a trial stands: trial-state.sh.
#   TRIAL/arguments   what is tried
#   TRIAL/before      what the menu keeps meanwhile
#   TRIAL/digest      the digest of what goes into the initramfs with it
#   TRIAL/marker      the argument by which the trial's own boot is known
#   TRIAL/grub.cfg    the menu as it is to be once the trial has been verified
#   TRIAL/placed      the digest of the menu that was put in place for the trial
#   TRIAL/started     the boot that began the trial's reboot; missing before that
#   TRIAL/unverified  there where the trial's boot came up and was not as wanted
# PROVEN holds the arguments that were verified last.
# Source: grub-reboot(8); GRUB manual, "Environment block"; Linux Documentation/admin-guide/kernel-parameters.txt, panic=; initramfs-tools(7).
TRIAL=$STATE/trial
PROVEN=$STATE/proven
# The boot that a reboot was begun in, and below it what that was for; gone once the host is as wanted.
TRIED=$STATE/restart.tried
TRIAL_ENTRY=passthrough-host-trial
# After the drop-in itself: takes its arguments back out of what update-grub makes while the trial lasts.
TRIAL_HOLD=/etc/default/grub.d/60-passthrough-host.trial.cfg
# The last of the menu, so that no position a GRUB_DEFAULT names is shifted.
TRIAL_SCRIPT=/etc/grub.d/42_passthrough-host-trial

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# Arguments the menu had before: verified, or at least applied and in every entry. Those of a trial that did not come back are in none but the trial's own.
arguments_before() {
  if [ -r "$PROVEN" ]; then cat "$PROVEN"
  elif [ -r "$TRIAL/before" ]; then cat "$TRIAL/before"
  else
    lines=$(own_lines "$GRUB_CONFIG")
    held=
    for argument in $(last_arguments); do
      [ "$argument" = '(none)' ] || any_lacks "$lines" "$argument" || held="$held${held:+ }$argument"
    done
    printf '%s' "$held"
  fi
}

last_arguments() { [ -r "$STATE/boot.receipt" ] && awk -F '	' '$1 == "setting" && $2 ~ /kernel arguments/ { print $3 }' "$STATE/boot.receipt"; }

# Whether ARGUMENTS are new to this host: not verified before, and not what the running kernel has.
needs_trial() {
  [ -z "${AT_ONCE:-}" ] || return 1
  if [ -r "$PROVEN" ] && [ "$(cat "$PROVEN")" = "$ARGUMENTS" ]; then return 1; fi
  [ "$(trial_state "$TRIAL")" != running ] || return 0
  running=$(cat /proc/cmdline)
  for argument in $ARGUMENTS; do has "$running" "$argument" || return 0; done
  for argument in $(last_arguments); do
    has "$ARGUMENTS" "$argument" || ! has "$running" "$argument" || return 0
  done
  return 1
}

# The same arguments and binding as those whose trial did not come back.
same_trial() { [ "$(cat "$TRIAL/arguments")" = "$ARGUMENTS" ] && [ "$(cat "$TRIAL/digest")" = "$EARLY_DIGEST" ]; }

# What the trial's boot left, for a diagnosis.
trial_evidence() {
  last=$(journalctl -b -1 -n 1 -o export 2>/dev/null | sed -n 's/^_BOOT_ID=//p')
  started=$(tr -d - <"$TRIAL/started")
  if [ -e "$TRIAL/unverified" ]; then
    printf 'the boot came up, but was not as wanted, and was not made the default'
  elif [ -z "$last" ] || [ "$last" = "$started" ]; then
    printf 'it left nothing in the journal, so it stopped in GRUB, the kernel or the initramfs'
  else
    printf 'its journal ends with: %s' "$(journalctl -b -1 -p warning -n 4 -o cat 2>/dev/null | tr '\n' ';')"
  fi
}

refuse_failed_trial() {
  fail "trying the kernel arguments '$(cat "$TRIAL/arguments")'" \
    "the trial boot did not come back; the host runs the old command line again: $(cat /proc/cmdline) ($(trial_evidence))" \
    "see the console of that boot (or journalctl -b -1) and change boot.kernelArguments or devices; to try the very same once more, remove $TRIAL on the host and update again"
}

# trial_block ENTRY: the trial's menu entry, made of the one the menu starts by default
trial_block() {
  free=
  case ${1%%"$LINE_END"*} in *--unrestricted*) free=' --unrestricted' ;; esac
  printf '### BEGIN %s ###\n' "$TRIAL_ENTRY"
  # shellcheck disable=SC2016  # a variable of GRUB's
  printf 'menuentry "passthrough-host: new kernel arguments, tried once" --class gnu-linux --class os%s $menuentry_id_option "%s" {\n' "$free" "$TRIAL_ENTRY"
  # A boot that fails is not to be remembered by GRUB, neither as the default nor as a failure that holds up the next boot.
  printf '%s\n' "$1" | sed '1d' | grep -vE '^[[:space:]]*(savedefault|recordfail)[[:space:]]*$' | sed "s/^\([[:space:]]*linux[[:space:]].*\)\$/\1 $(cat "$TRIAL/marker")$(panic_argument)/"
  printf '### END %s ###\n' "$TRIAL_ENTRY"
}

# A kernel that panics, and an initramfs that finds no root or init, start the machine again after so many seconds instead of standing still. What an initramfs
# that does not go by panic= needs for that is in TRIAL_ARGUMENTS (boot.sh).
panic_argument() {
  case " $ARGUMENTS " in *' panic='*) ;; *) printf ' panic=30' ;; esac
  printf '%s' "${TRIAL_ARGUMENTS:+ $TRIAL_ARGUMENTS}"
}

# without_trial FILE: the menu without the trial's entry
without_trial() { sed "/^### BEGIN $TRIAL_ENTRY ###\$/,/^### END $TRIAL_ENTRY ###\$/d" "$1"; }

# trial_note NAME TEXT
trial_note() {
  write_whole "$TRIAL/$1" "$2$LINE_END" || fail "noting the trial of the new kernel arguments" "$TRIAL could not be written" "make room there and update again; the old menu is in place"
}

# trial_file PATH MODE TEXT: one of those that stand by while the trial lasts
trial_file() {
  { about_to "$1" any && write_file "$1" "$2" "$3"; } ||
    fail "writing $1" "it could not be written in full" "see whether the file system is writable and has room; the old menu is in place"
}

# try_once: $CANDIDATE, the menu as it is to be, waits; the present menu gets the trial's entry
try_once() {
  kept=
  if [ "$(trial_state "$TRIAL")" = running ] && same_trial; then kept=$(cat "$TRIAL/started" 2>/dev/null); fi
  lines=$(default_entry "$CANDIDATE")
  [ -n "$lines" ] || fail "preparing the trial of the new kernel arguments" "no entry of GRUB's new menu starts this host's Linux" "see /etc/grub.d, or set boot.guard: false"
  TRIAL_BEGUN=yes
  before=$(arguments_before)
  journal_note drop "$TRIAL" || fail "noting that a trial begins" "$JOURNAL could not be written" "make room there and update again; the old menu is in place"
  rm -rf "$TRIAL"
  mkdir -p "$TRIAL"
  trial_note arguments "$ARGUMENTS"
  trial_note before "$before"
  trial_note digest "$EARLY_DIGEST"
  trial_note marker "passthrough_host.trial=$(printf '%s\n%s\n' "$ARGUMENTS" "$EARLY_DIGEST" | sha256sum | cut -c 1-12)"
  [ -z "$kept" ] || trial_note started "$kept"
  block=$(trial_block "$(sed -n "${lines% *},${lines#* }p" "$CANDIDATE")")
  { copy "$CANDIDATE" "$TRIAL/grub.cfg" && cmp -s "$CANDIDATE" "$TRIAL/grub.cfg"; } ||
    fail "keeping GRUB's new menu for after the trial" "$TRIAL could not be written" "make room there and update again; the old menu is in place"
  trial_file "$TRIAL_HOLD" 644 "$(hold_arguments "$before")$LINE_END"
  # shellcheck disable=SC2016  # for the script
  trial_file "$TRIAL_SCRIPT" 755 "$(printf '#!/bin/sh\n# The trial of new kernel arguments by passthrough-host. Goes with it.\nexec tail -n +4 "$0"\n%s' "$block")$LINE_END"
  if is_begun "$before"; then
    begin_menu
    finish_menu "$before"
  else
    { without_trial "$GRUB_CONFIG" && printf '%s\n' "$block"; } >"$CANDIDATE" || refuse "it could not be written in full" "make room in /boot"
    check_syntax
  fi
  trial_note placed "$(sha256sum <"$CANDIDATE")"
  place_menu
  say "the new kernel arguments are tried once; until the host is verified, the menu's default stays as it was"
}

# is_begun BEFORE: whether the present menu has arguments that are neither verified nor the operator's: a package's script made it while an update that was
# killed had its files there
is_begun() {
  lines=$(own_lines "$GRUB_CONFIG")
  for argument in $(had | cut -f 1); do has "$1" "$argument" || ! any_has "$lines" "$argument" || return 0; done
  return 1
}

# hold_arguments BEFORE: a drop-in under which update-grub makes the menu with the arguments of before
hold_arguments() {
  # shellcheck disable=SC2016  # for grub-mkconfig
  printf '# New kernel arguments of passthrough-host are on trial: until they are verified the menu keeps those of before. Goes with the trial.\nGRUB_CMDLINE_LINUX="${GRUB_CMDLINE_LINUX%% %s}%s"\n' "$ARGUMENTS" "${1:+ $1}"
}

# Armed right before the reboot, so that no other reboot than ours tries it. That it was begun is noted only once GRUB knows of it.
arm_trial() {
  grub-reboot "$TRIAL_ENTRY" ||
    fail "arming the trial of the new kernel arguments" "grub-reboot failed; nothing was rebooted" "see whether /boot/grub/grubenv is writable, or set boot.guard: false"
  [ "$(next_entry)" = "$TRIAL_ENTRY" ] ||
    fail "arming the trial of the new kernel arguments" "grub-reboot ended well, and GRUB's environment block does not name the trial; nothing was rebooted" "see grub-editenv list and whether /boot has room, or set boot.guard: false"
  rm -f "$TRIAL/unverified"
  write_whole "$TRIAL/started" "$(boot_id)$LINE_END" || {
    grub-editenv - unset next_entry
    fail "noting that the trial is begun" "$TRIAL could not be written; nothing was rebooted" "make room there and update again"
  }
  say "trying once: $(cat "$TRIAL/arguments")"
}

next_entry() { grub-editenv list 2>/dev/null | sed -n 's/^next_entry=//p'; }

drop_trial_files() { rm -f "$TRIAL_HOLD" "$TRIAL_SCRIPT"; }

# Before the menu is made anew without them. They come back where the apply fails.
set_trial_aside() {
  for file in "$TRIAL_HOLD" "$TRIAL_SCRIPT"; do
    [ -e "$file" ] || continue
    { about_to "$file" absent && take_away "$file"; } || fail "putting $file aside" "it could not be moved" "see whether the file system is writable and has room"
  done
}

# The trial is over, one way or another.
forget_trial() {
  drop_trial_files
  end_trial
}

end_trial() {
  [ -d "$TRIAL" ] || [ "$(next_entry)" = "$TRIAL_ENTRY" ] || return 0
  case $(grub-editenv list 2>/dev/null | sed -n 's/^next_entry=/next /p') in
    'next ' | "next $TRIAL_ENTRY") grub-editenv - unset next_entry ;;
  esac
  rm -rf "$TRIAL"
}

# What a failed apply began. The journal has put the menu and the files back: what holds the menu after an earlier trial that did not come back stays.
undo_trial() { [ -z "${TRIAL_BEGUN:-}" ] || end_trial; }

# is_on_trial: whether anything of a trial is there
is_on_trial() {
  [ -d "$TRIAL" ] || [ -e "$TRIAL_HOLD" ] || [ -e "$TRIAL_SCRIPT" ] || grep -qs "^### BEGIN $TRIAL_ENTRY ###\$" "$GRUB_CONFIG"
}

# confirm_trial: verified; the menu as it is to be takes its place
confirm_trial() {
  if ! write_whole "$PROVEN" "$ARGUMENTS$LINE_END"; then
    fail "noting the verified kernel arguments" "$STATE could not be written" "make room there and update again"
  fi
  [ -r "$TRIAL/marker" ] || return 0
  drop_trial_files
  if [ -r "$TRIAL/grub.cfg" ] && [ "$(cat "$TRIAL/arguments")" = "$ARGUMENTS" ] && [ "$(sha256sum <"$GRUB_CONFIG")" = "$(cat "$TRIAL/placed")" ]; then
    copy "$TRIAL/grub.cfg" "$CANDIDATE" || refuse "it could not be written in full" "make room in /boot and update again"
    place_menu
  else
    # update-grub was run in between, by a kernel's package perhaps; or the trial is that of other arguments.
    make_menu "$ARGUMENTS"
  fi
  forget_trial
  say "the new kernel arguments are GRUB's default from now on"
}
