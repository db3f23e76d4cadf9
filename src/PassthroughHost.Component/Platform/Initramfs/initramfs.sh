# shellcheck shell=sh
# The initramfs of every kernel, with the binding in it or without. Which program makes it is the generator's script piece, whose functions begin with its
# name. Part of the scripts of Boot.
#   GENERATOR     initramfs_tools where the data does not say: no other was known to the releases that wrote such data
#   HOOK          the generator's files after whose change every initramfs is made again
#   EARLY_FILES   files that must be in the initramfs; empty where vfio-pci is built in and no twin is about
#   EARLY_DIGEST  the digest of those files, as the generator's hook notes it
GENERATOR=initramfs_tools
# The directory that the generator works in, of this run alone: a kill leaves hundreds of megabytes there.
GENERATOR_DIRECTORY=/var/tmp/.passthrough-host-initramfs.$$

# drop_generator_directories: those of runs that are no more, and nothing else of that name
drop_generator_directories() {
  for old in "${GENERATOR_DIRECTORY%.*}".*; do
    case ${old##*.} in '' | *[!0-9]*) continue ;; esac
    if [ -d "$old" ] && [ ! -L "$old" ] && [ ! -d "/proc/${old##*.}" ] && [ "$(stat -c %u "$old")" = "$(id -u)" ]; then rm -rf "$old"; fi
  done
}

# generate RELEASE COMMAND…: runs the generator's program, with a directory of its own to work in
generate() {
  made=$1
  shift
  rm -rf "$GENERATOR_DIRECTORY"
  { journal_note drop "$GENERATOR_DIRECTORY" && mkdir -m 700 "$GENERATOR_DIRECTORY"; } ||
    fail "making a directory for the generator of the initramfs" "$GENERATOR_DIRECTORY or $JOURNAL could not be written" \
      "make room there and do this again; the initramfs of $made is the old one"
  patiently "initramfs of $made" env TMPDIR="$GENERATOR_DIRECTORY" "$@"
  made=$?
  rm -rf "$GENERATOR_DIRECTORY"
  return $made
}

kernels() { for image in /boot/vmlinuz-*; do [ -e "$image" ] && printf '%s\n' "${image#/boot/vmlinuz-}"; done; }

# in_initramfs RELEASE: the digest of the binding that is in it, by our hook's file; nothing where the hook did not run
in_initramfs() { "${GENERATOR}_list" "/boot/initrd.img-$1" | digest_among; }

# digest_among: of names on stdin
digest_among() { sed -n 's|^[.]*/*passthrough-host/\([0-9a-f]\{64\}\)$|\1|p'; }

# check_generator: before anything is written. What a host had when the plan was made it may have no more.
check_generator() {
  makers=$(initramfs_makers | tr - _)
  case " $makers " in
    *" $GENERATOR "*) ;;
    '  ') fail "looking for what makes the initramfs" "nothing does when a kernel is installed" "install the package initramfs-tools or dracut, then update again" ;;
    *) fail "looking for what makes the initramfs" "it is $makers, and this update was made for $GENERATOR" "preview again, then update" ;;
  esac
  "${GENERATOR}_check"
}

# take_present_generator: what is reverted may have been written when another one made the initramfs of this host
take_present_generator() {
  case " $(initramfs_makers | tr - _) " in
    *" $GENERATOR "*) ;;
    *' initramfs_tools '*) GENERATOR=initramfs_tools ;;
    *' dracut '*) GENERATOR=dracut ;;
  esac
}

# wanted_digest: what the hook writes into an initramfs: EARLY_DIGEST, unless an operator's own script stands where that of a twin would be
wanted_digest() {
  script=$("${GENERATOR}_script")
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

# hook_changed: whether this run has written one of the generator's own files
hook_changed() {
  for file in $HOOK; do
    case " $CHANGED " in *" $file "*) return 0 ;; esac
  done
  return 1
}

make_initramfs() {
  for release in $(kernels); do
    [ -e "/boot/initrd.img-$release" ] || continue
    if ! hook_changed && ! took_for_initramfs && [ ! -e "$STATE/initramfs/$release.untold" ] && initramfs_is_current "$release"; then continue; fi
    say "making the initramfs of $release (this can take minutes)"
    "${GENERATOR}_make" "$release" "$(wanted_digest)" ||
      fail "making the initramfs of $release" "$("${GENERATOR}_maker") failed (above); the old one is in place" "mend what it says (room in /boot, a broken hook), then update again"
    initramfs_is_current "$release" ||
      fail "looking into the initramfs of $release" "the binding is not in it: the hook $HOOK did not run, or $("${GENERATOR}_lister") cannot read it" "see $("${GENERATOR}_settings") and the hook"
  done
}

# What was set up by hand may go into every initramfs (take-over.sh), so that each is made again, without our binding.
remake_every() { remake_plain every; }

# remake_plain [every]: the initramfs of every kernel that had our binding, without it
remake_plain() {
  for release in $(kernels); do
    [ -e "/boot/initrd.img-$release" ] || continue
    # That of a kernel which came after the last update has it too, without a note.
    [ -n "${1:-}" ] || [ -e "$STATE/initramfs/$release" ] || [ -n "$(in_initramfs "$release")" ] || continue
    say "making the initramfs of $release (this can take minutes)"
    "${GENERATOR}_make" "$release" "" ||
      fail "making the initramfs of $release" "$("${GENERATOR}_maker") failed (above)" "mend what it says, then run this again"
    rm -f "$STATE/initramfs/$release"
  done
  rm -rf "$STATE/initramfs"
}
