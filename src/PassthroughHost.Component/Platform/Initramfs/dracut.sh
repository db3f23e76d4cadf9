# shellcheck shell=sh
# dracut: /boot/initrd.img-RELEASE, as Debian's and Ubuntu's hook of it makes them. Part of the scripts of Boot; initramfs.sh calls it.
# Source: dracut(8), lsinitrd(1); Debian Kernel Handbook, "Initramfs hooks", on post-update.d.
DRACUT_SCRIPT=/usr/lib/dracut/modules.d/90passthrough-host/bind-by-address.sh

# dracut_new RELEASE: where a new one is made: no name that GRUB's menu or a kernel's package looks for
dracut_new() { printf '%s' "/boot/.initrd.img-$1.passthrough-host"; }

dracut_check() {
  for tool in dracut lsinitrd; do
    command -v $tool >/dev/null || fail "looking for $tool" "it is not there" "see whether the package dracut is whole"
  done
}

# What a run that was ended in the middle has left.
dracut_drop() { rm -f "/boot/".initrd.img-*.passthrough-host; }

# dracut_make RELEASE DIGEST: dracut up to 106 writes over the file it is given, so it is given another one, which takes the old one's place once it has been
# looked into. DIGEST is that of the binding which must be in it; empty where none may be.
dracut_make() {
  new=$(dracut_new "$1")
  rm -f "$new"
  if ! generate "$1" dracut --force --kver "$1" "$new" || ! dracut_is_whole "$1" "$new" "$2"; then
    rm -f "$new"
    return 1
  fi
  if ! { chmod --reference="/boot/initrd.img-$1" "$new" && chown --reference="/boot/initrd.img-$1" "$new" && dracut_untold "$1" && place "/boot/initrd.img-$1" "$new"; }; then
    rm -f "$new"
    return 1
  fi
  dracut_tell "$1"
}

# dracut_is_whole RELEASE FILE DIGEST: it can be read to its end, and has what it must have
dracut_is_whole() {
  lsinitrd "$2" >"$WORK/initramfs" 2>"$WORK/lsinitrd" || {
    tail -n 5 "$WORK/lsinitrd" >&2
    echo "the new initramfs cannot be read to its end by lsinitrd" >&2
    return 1
  }
  dracut_names "$WORK/initramfs" >"$WORK/names"
  found=$(digest_among <"$WORK/names")
  if [ "$found" != "$3" ]; then
    echo "the new initramfs has ${found:-no binding}, and is to have ${3:-no binding}: see whether a file of /etc/dracut.conf.d sets dracutmodules or omit_dracutmodules" >&2
    return 1
  fi
  [ -n "$3" ] || return 0
  # Before udev: nothing else reserves a twin that is bound by its address.
  dracut_has "/pre-udev/00-passthrough-host[.]sh" "see whether a file of /etc/dracut.conf.d omits the module passthrough-host" || return 1
  case ${EARLY_FILES:-} in
    *bind-by-address.sh*) dracut_has "/bind-by-address[.]sh" "see whether a file of /etc/dracut.conf.d omits the module passthrough-host" || return 1 ;;
  esac
  case $(dracut_vfio_pci "$1") in
    builtin) return 0 ;;
    module) ;;
    *)
      echo "whether the new initramfs must have vfio-pci cannot be told: no list of the kernel's modules (/lib/modules/$1) names it: see depmod $1" >&2
      return 1
      ;;
  esac
  dracut_has 'passthrough-host/modprobe' "see whether the package kmod is installed" &&
    dracut_has '/vfio-pci[.]ko[.a-z0-9]*' "see whether a file of /etc/dracut.conf.d sets omit_drivers or force_drivers" &&
    dracut_has '/20-force_drivers[.]conf' "see whether a file of /etc/dracut.conf.d sets omit_drivers or force_drivers"
}

# dracut_has PATTERN REMEDY: whether what is listed in names has a path that ends so
dracut_has() {
  grep -q "$1\$" "$WORK/names" || {
    echo "the new initramfs has no $1: $2" >&2
    return 1
  }
}

# dracut_vfio_pci RELEASE: how that kernel has vfio-pci, as the probe tells it: builtin, module, or nothing where it cannot be told
dracut_vfio_pci() {
  if grep -qs '/vfio-pci[.]ko[.a-z0-9]*$' "/lib/modules/$1/modules.builtin"; then
    printf builtin
  elif grep -qs '^[^:]*/vfio-pci[.]ko[.a-z0-9]*:' "/lib/modules/$1/modules.dep"; then
    printf module
  fi
}

# dracut_untold RELEASE: notes that others have yet to be told; a run that ends before that is followed by one that makes it again
dracut_untold() {
  [ -d "$STATE/initramfs" ] || return 0
  : >"$STATE/initramfs/$1.untold"
}

# dracut_tell RELEASE: who must know of a new initramfs
dracut_tell() {
  { dracut_listeners && patiently "post-update.d" run-parts --arg="$1" --arg="/boot/initrd.img-$1" "$WORK/post-update.d"; } ||
    fail "telling of the new initramfs of $1" "a program of /etc/initramfs/post-update.d or /usr/share/initramfs/post-update.d failed (above); the new one is in place" "mend what it says, then update again"
  rm -f "$STATE/initramfs/$1.untold"
}

# dracut_listeners: the programs to tell, in one directory. A name in /etc stands before the distribution's own, whether it can be run or not.
# Source: update-initramfs of Debian's dracut 112, which gives both directories to run-parts; that of debianutils before 5.21 takes one only.
dracut_listeners() {
  rm -rf "$WORK/post-update.d"
  mkdir "$WORK/post-update.d" || return 1
  for directory in /usr/share/initramfs/post-update.d /etc/initramfs/post-update.d; do
    for program in "$directory"/*; do
      [ -e "$program" ] || [ -L "$program" ] || continue
      rm -f "$WORK/post-update.d/${program##*/}"
      [ ! -f "$program" ] || ln -s "$program" "$WORK/post-update.d/" || return 1
    done
  done
}

# dracut_names FILE: the names in what lsinitrd says, which is as ls -l says it; that of a squashed part has its directory before it
dracut_names() { awk '/^[-dlbcps][-r][-w][-xsS][-r][-w]/ { sub(/ -> .*/, ""); name = $NF; sub(/^(squashfs|erofs)-root\//, "", name); print name }' "$1"; }

# A boot that finds no root waits for it without end, or ends in a shell that nobody sees, whatever panic= says; with these it starts the machine again. A disk
# that comes late has more time than rd.retry, which is 180 s. Source: dracut.cmdline(7), rd.timeout, rd.shell, rd.emergency.
dracut_trial_arguments() { printf 'rd.timeout=300 rd.shell=0 rd.emergency=reboot'; }

dracut_maker() { printf dracut; }

# dracut_list FILE: the names of what is in it
dracut_list() {
  lsinitrd "$1" >"$WORK/initramfs" 2>/dev/null
  dracut_names "$WORK/initramfs"
}

dracut_lister() { printf lsinitrd; }

dracut_settings() { printf /etc/dracut.conf.d; }

dracut_script() { printf '%s' "$DRACUT_SCRIPT"; }
