# shellcheck shell=sh
# Kernel arguments and early vfio binding.
#   ARGUMENTS     the kernel arguments that GRUB's menu must have
#   EARLY_FILES   files that must be in the initramfs; empty where vfio-pci is built in and no twin is about
#   EARLY_DIGEST  the digest of those files
#   AT_ONCE       set where the arguments become the default at once, with no trial boot
# The menu is grub-menu.sh's, the initramfs that of initramfs.sh.
# Source: GRUB manual, "Simple configuration"; modprobe.d(5), softdep.

concern_check() {
  for tool in grub-mkconfig grub-script-check; do
    command -v $tool >/dev/null || fail "looking for $tool" "it is not there" "this host does not boot through GRUB 2; only GRUB is supported"
  done
  if [ "$(trial_state "$TRIAL")" = failed ] && same_trial && needs_trial; then refuse_failed_trial; fi
  [ -f "$GRUB_CONFIG" ] || fail "looking for $GRUB_CONFIG" "it is not there" "see how this host boots; only GRUB 2 is supported"
  if [ -z "$EARLY_FILES" ]; then take_present_generator; fi
  TRIAL_ARGUMENTS=$("${GENERATOR}_trial_arguments")
  if [ -n "$EARLY_FILES" ] || [ -d "$STATE/initramfs" ] || [ -e "$EVERY" ] || would_take_for_initramfs; then
    drop_candidate
    if [ -n "$EARLY_FILES" ]; then check_generator; else "${GENERATOR}_check"; fi
    # Each new initramfs stands beside its old one until it is whole.
    largest=$(find /boot -maxdepth 1 -name 'initrd.img-*' -size +0 -printf '%k\n' | sort -n | tail -n 1)
    needed=$(room_needed "${largest:-0}")
    [ "$(free_kib /boot)" -ge "$needed" ] ||
      fail "looking for room in /boot" "$(free_kib /boot) KiB are free, a new initramfs needs $needed KiB" "remove old kernels (apt-get autoremove --purge), then update again"
  fi
  note_begun
}

# What this run noted before it began
NOTED=
MADE_NOTES=
MADE_EVERY=

# note_begun: while the files of this run are there, a kernel's package may make a menu or an initramfs from them, also after the run was killed. What that may
# bring in is noted before the files are written: each argument that the menu lacks, the directory of the initramfs's notes, and that something is taken over.
note_begun() {
  [ -n "$(would_change)" ] || return 0
  lines=$(own_lines "$GRUB_CONFIG")
  for argument in $ARGUMENTS; do ! any_lacks "$lines" "$argument" || NOTED="$NOTED $argument"; done
  # shellcheck disable=SC2086  # a list
  [ -z "$NOTED" ] || were 'not there' $NOTED
  if [ -n "$EARLY_FILES" ] && [ ! -d "$STATE/initramfs" ]; then
    mkdir "$STATE/initramfs" || fail "noting that an initramfs is to be made" "$STATE could not be written" "make room there and update again; nothing was changed"
    MADE_NOTES=yes
  fi
  if [ ! -e "$EVERY" ] && would_take_for_initramfs; then
    write_whole "$EVERY" '' ||
      fail "noting that every initramfs is to be made" "$STATE could not be written" "make room there and update again; nothing was changed"
    MADE_EVERY=yes
  fi
}

# forget_begun: after an apply that failed, what nobody made use of
forget_begun() {
  if [ -n "$NOTED" ]; then
    lines=$(own_lines "$GRUB_CONFIG")
    for argument in $NOTED; do any_has "$lines" "$argument" || (is_before "$argument"); done
  fi
  if [ -n "$MADE_EVERY" ] && ! any_newer "$EVERY"; then rm -f "$EVERY"; fi
  if [ -n "$MADE_NOTES" ] && ! any_newer "$STATE/initramfs"; then rmdir "$STATE/initramfs" 2>/dev/null; fi
}

# any_newer PATH: an initramfs was made since
any_newer() {
  for release in $(kernels); do [ -z "$(find "/boot/initrd.img-$release" -newer "$1" 2>/dev/null)" ] || return 0; done
  return 1
}

# former_arguments: those of the last apply, and of any that was ended in the middle
former_arguments() { { last_arguments; had | cut -f 1; } | sort -u; }

menu_is_current() {
  lines=$(own_lines "$GRUB_CONFIG")
  [ -n "$lines" ] || return 1
  for argument in $ARGUMENTS; do ! any_lacks "$lines" "$argument" || return 1; done
  for argument in $(former_arguments); do
    has "$ARGUMENTS" "$argument" || ! any_has "$lines" "$argument" || return 1
  done
}

# A run that was ended in the middle may have left the menu it was making, or the initramfs.
drop_candidate() {
  rm -f "$CANDIDATE" "$CANDIDATE.new"
  drop_generator_directories
  initramfs_tools_drop
  dracut_drop
}

concern_apply() {
  drop_candidate
  # A menu that has the arguments may still be another's; a changed drop-in is always followed. With the arguments in it, a trial is nobody's: that of an apply
  # which was ended in the middle.
  menu=
  if [ -n "$CHANGED" ] || ! menu_is_current || is_on_trial; then
    menu=wanted
    set_trial_aside
    begin_menu
  fi
  if [ -n "$EARLY_FILES" ]; then
    mkdir -p "$STATE/initramfs"
    make_initramfs
  elif took_for_initramfs; then
    remake_every
  elif [ -d "$STATE/initramfs" ]; then
    remake_plain
  fi
  if [ -z "$menu" ]; then
    say "GRUB's menu is as wanted"
    return 0
  fi
  finish_menu "$ARGUMENTS"
  if needs_trial; then
    try_once
  else
    place_menu
    forget_trial
  fi
}

concern_applied() { take_away "$EVERY"; }

# The files are as before this run; the menu is only ever replaced as a whole.
concern_undo() {
  drop_candidate
  undo_trial
  forget_begun
}

# has_ours: whether something of this project is in the menu
has_ours() {
  [ -f "$GRUB_CONFIG" ] || return 1
  lines=$(own_lines "$GRUB_CONFIG")
  for argument in $ARGUMENTS $(former_arguments); do ! any_has "$lines" "$argument" || return 0; done
  is_on_trial
}

# Whatever a spec or a receipt says of them.
owns() { case $1 in /etc/default/grub* | /etc/modprobe.d/* | /etc/initramfs-tools/* | /etc/dracut* | /usr/lib/dracut/*) ;; *) return 1 ;; esac; }

concern_revert() {
  take_present_generator
  menu=
  # An apply that never came to its end has left no file.
  if [ -n "$CHANGED" ] || has_ours; then menu=wanted; fi
  drop_candidate
  forget_trial
  rm -f "$PROVEN"
  [ -z "$menu" ] || begin_menu
  if took_for_initramfs; then remake_every; elif [ -d "$STATE/initramfs" ]; then remake_plain; fi
  if [ -n "$menu" ]; then
    finish_menu ""
    place_menu
  fi
  rm -f "$EVERY"
  is_before
  say "the running kernel keeps its arguments and bindings until the next reboot"
}
