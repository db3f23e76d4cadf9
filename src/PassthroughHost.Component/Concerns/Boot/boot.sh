# shellcheck shell=sh
# Kernel arguments and early vfio binding.
#   ARGUMENTS     the kernel arguments that GRUB's menu must have
#   EARLY_FILES   files that must be in the initramfs; empty where vfio-pci is built in and no twin is about
#   EARLY_DIGEST  the digest of those files, as the initramfs hook notes it
#   HOOK          the initramfs hook
#   AT_ONCE       set where the arguments become the default at once, with no trial boot
# Source: GRUB manual, "Simple configuration"; update-initramfs(8); modprobe.d(5), softdep.

free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }

kernels() { for image in /boot/vmlinuz-*; do [ -e "$image" ] && printf '%s\n' "${image#/boot/vmlinuz-}"; done; }

concern_check() {
  for tool in grub-mkconfig grub-script-check; do
    command -v $tool >/dev/null || fail "looking for $tool" "it is not there" "this host does not boot through GRUB 2; only GRUB is supported"
  done
  if [ "$(trial_state "$TRIAL")" = failed ] && same_trial && needs_trial; then refuse_failed_trial; fi
  [ -f "$GRUB_CONFIG" ] || fail "looking for $GRUB_CONFIG" "it is not there" "see how this host boots; only GRUB 2 is supported"
  if [ -n "$EARLY_FILES" ]; then
    command -v update-initramfs >/dev/null || fail "looking for update-initramfs" "it is not there" "install initramfs-tools (dracut is not supported yet)"
    # Each new initramfs stands beside its old one until it is whole.
    largest=$(find /boot -maxdepth 1 -name 'initrd.img-*' -size +0 -printf '%k\n' | sort -n | tail -n 1)
    needed=$((${largest:-0} * 13 / 10 + 16384))
    [ "$(free_kib /boot)" -ge $needed ] ||
      fail "looking for room in /boot" "$(free_kib /boot) KiB are free, a new initramfs needs $needed KiB" "remove old kernels (apt-get autoremove --purge), then update again"
  fi
}

menu_is_current() {
  lines=$(own_lines "$GRUB_CONFIG")
  [ -n "$lines" ] || return 1
  for argument in $ARGUMENTS; do ! any_lacks "$lines" "$argument" || return 1; done
  for argument in $(last_arguments); do
    has "$ARGUMENTS" "$argument" || ! any_has "$lines" "$argument" || return 1
  done
}

# in_initramfs RELEASE: the digest of the binding that is in it, by our hook's file; nothing where the hook did not run
in_initramfs() { lsinitramfs "/boot/initrd.img-$1" 2>/dev/null | sed -n 's|^[.]*/*passthrough-host/\([0-9a-f]\{64\}\)$|\1|p'; }

# wanted_digest: what the hook writes into an initramfs: EARLY_DIGEST, unless an operator's own script stands where that of a twin would be
wanted_digest() {
  script=/etc/initramfs-tools/scripts/init-top/passthrough-host
  # shellcheck disable=SC2086  # a list of files
  case " $EARLY_FILES " in
    *" $script "*) printf '%s' "$EARLY_DIGEST" ;;
    *) if [ -e "$script" ]; then cat $EARLY_FILES "$script" | sha256sum | cut -c 1-64; else printf '%s' "$EARLY_DIGEST"; fi ;;
  esac
}

# What was found in it is noted with its size and time, so that a preview need not look into it again.
initramfs_is_current() {
  seen=$(stat -c '%s	%Y' "/boot/initrd.img-$1")
  noted=$STATE/initramfs/$1
  digest=$(wanted_digest)
  if [ -r "$noted" ] && [ "$(cat "$noted")" = "$digest	$seen" ]; then return 0; fi
  [ "$(in_initramfs "$1")" = "$digest" ] || return 1
  write_whole "$noted" "$digest	$seen$LINE_END" || fail "noting what is in the initramfs of $1" "$STATE could not be written" "make room there and update again"
}

make_initramfs() {
  for release in $(kernels); do
    [ -e "/boot/initrd.img-$release" ] || continue
    case " $CHANGED " in
      *" $HOOK "*) ;;
      *) if initramfs_is_current "$release"; then continue; fi ;;
    esac
    say "making the initramfs of $release (this can take minutes)"
    patiently "initramfs of $release" update-initramfs -u -k "$release" ||
      fail "making the initramfs of $release" "update-initramfs failed (above); the old one is in place" "mend what it says (room in /boot, a broken hook), then update again"
    initramfs_is_current "$release" || fail "looking into the initramfs of $release" "the binding is not in it: the hook $HOOK did not run, or lsinitramfs cannot read it" "see /etc/initramfs-tools/initramfs.conf and the hook"
  done
}

# A run that was ended in the middle may have left the menu it was making.
drop_candidate() { rm -f "$CANDIDATE" "$CANDIDATE.new"; }

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

# The initramfs of every kernel that had our binding, without it.
remake_plain() {
  for release in $(kernels); do
    [ -e "/boot/initrd.img-$release" ] || continue
    # That of a kernel which came after the last update has it too, without a note.
    [ -e "$STATE/initramfs/$release" ] || [ -n "$(in_initramfs "$release")" ] || continue
    say "making the initramfs of $release (this can take minutes)"
    patiently "initramfs of $release" update-initramfs -u -k "$release" ||
      fail "making the initramfs of $release" "update-initramfs failed (above)" "mend what it says, then run this again"
    rm -f "$STATE/initramfs/$release"
  done
  rm -rf "$STATE/initramfs"
}

# The files are as before this run; the menu is only ever replaced as a whole.
concern_undo() {
  drop_candidate
  undo_trial
}

# has_ours: whether something of this project is in the menu
has_ours() {
  [ -f "$GRUB_CONFIG" ] || return 1
  lines=$(own_lines "$GRUB_CONFIG")
  for argument in $ARGUMENTS $(last_arguments); do ! any_has "$lines" "$argument" || return 0; done
  is_on_trial
}

concern_revert() {
  menu=
  # An apply that never came to its end has left no file.
  if [ -n "$CHANGED" ] || has_ours; then menu=wanted; fi
  drop_candidate
  forget_trial
  rm -f "$PROVEN"
  [ -z "$menu" ] || begin_menu
  [ ! -d "$STATE/initramfs" ] || remake_plain
  if [ -n "$menu" ]; then
    finish_menu ""
    place_menu
  fi
  say "the running kernel keeps its arguments and bindings until the next reboot"
}
