# shellcheck shell=sh
# ISOs are there and whole; disks are made, or grown where that is asked for. Nothing is ever overwritten, shrunk or deleted.
#   DISKS  lines of tab-separated fields: path, format, size in bytes (0: it must be there), yes where it may be grown
#   ISOS   lines of tab-separated fields: path, SHA-256 (may be empty)
#   GUEST  the guest's name: a disk that it uses is grown through libvirt
# $STATE/media.checked: lines of path, "size mtime inode" and SHA-256 of what was checked, so that a preview need not read it again; of all guests.
# Source: qemu-img(1), create and resize; virsh(1), blockresize.
CHECKED=$STATE/media.checked
LOCK_SECONDS=3600

reachable() {
  user=$(qemu_user)
  id -u "$user" >/dev/null 2>&1 || return 0
  setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups test -x "${1%/*}" 2>/dev/null && return 0
  fail "looking at $1" "the hypervisor's user $user cannot enter ${1%/*}" "put it under /var/lib/libvirt/images, or let others enter each directory on the way (chmod o+x)"
}

# described KEY PATH: one of the answers of image_info
described() { image_info "$2" | sed -n "s/^$1=//p"; }

check_iso() {
  [ -f "$1" ] || fail "looking for the ISO $1" "there is no such file" "copy it there (the host itself has to have it), then update again"
  [ -s "$1" ] || fail "looking at the ISO $1" "it is empty" "copy it there again, then update"
  reachable "$1"
  [ -n "$2" ] || return 0
  sum=$(sum_of "$1" "$CHECKED")
  if [ -z "$sum" ]; then
    say "computing the SHA-256 of $1"
    seen=$(stat -Lc '%s %Y %i' "$1")
    patiently "computing the SHA-256 of $1" sha256sum "$1" || fail "reading $1" "sha256sum failed (above)" "see whether its disk is sound"
    sum=$(sed 's/^\\//; s/ .*//' "$WORK/output")
    { [ ! -r "$CHECKED" ] || awk -F '\t' -v path="$1" '$1 != path' "$CHECKED"; printf '%s\t%s\t%s\n' "$1" "$seen" "$sum"; } >"$CHECKED.new" && mv "$CHECKED.new" "$CHECKED"
  fi
  [ "$sum" = "$2" ] || fail "checking the ISO $1" "its SHA-256 is $sum, not $2" "fetch it again, or correct sha256 in the spec"
  say "$1 is the right one"
}

check_disk() {
  path=$1 format=$2 size=$3 grow=$4
  if [ ! -e "$path" ]; then
    [ "$size" != 0 ] || fail "looking for the disk $path" "it is not there, and the spec has no size to make it with" "name its size, or put it there"
    case $path in /dev/*) fail "looking for the disk $path" "there is no such device" "see lsblk; block devices are not made here" ;; esac
    return 0
  fi
  [ -f "$path" ] || [ -b "$path" ] || fail "looking at the disk $path" "it is neither a file nor a block device" "name another path"
  reachable "$path"
  [ -f "$path" ] || return 0
  live=$(described format "$path")
  [ "$live" = "$format" ] || fail "looking at the disk $path" "it is ${live:-no image that qemu-img knows}, not $format" "correct format in the spec; an image is never converted or overwritten"
}

concern_check() {
  command -v qemu-img >/dev/null || fail "looking for qemu-img" "it is not installed" "install qemu-utils, or set packages.manage: true"
  while IFS='	' read -r path sum; do [ -z "$path" ] || check_iso "$path" "$sum"; done <<EOF
$ISOS
EOF
  while IFS='	' read -r path format size grow; do [ -z "$path" ] || check_disk "$path" "$format" "$size" "$grow"; done <<EOF
$DISKS
EOF
}

make_disk() {
  [ -d "${1%/*}" ] || mkdir -p "${1%/*}" || fail "making ${1%/*}" "mkdir failed" "see whether the file system is writable"
  free=$(df -Pk "${1%/*}" | awk 'NR == 2 { print $4 }')
  [ "$free" -gt 262144 ] || fail "making the disk $1" "$free KiB are free there" "make room, or put it elsewhere"
  # Made beside it and linked: a file that appears at that path meanwhile is not overwritten.
  new=${1%/*}/.passthrough-host.$$
  rm -f "$new"
  if ! { qemu-img create -q -f "$2" "$new" "$3" >"$WORK/said" 2>&1 && chmod 600 "$new" && sync "$new" && ln -T "$new" "$1" 2>>"$WORK/said"; }; then
    rm -f "$new"
    fail "making the disk $1" "$(tr '\n' ' ' <"$WORK/said")" "see whether there is room and the path is free"
  fi
  rm -f "$new"
  reachable "$1"
  say "made $1: $2, $3 bytes"
}

# runs_unasked: whether the guest has a process, and libvirt does not say what it has
runs_unasked() {
  process=$(cat "/run/libvirt/qemu/$GUEST.pid" 2>/dev/null) && [ -d "/proc/$process" ] && ! virsh -q -c qemu:///system domblklist "$GUEST" >"$WORK/said" 2>&1
}

grow_disk() {
  ! runs_unasked || fail "growing the disk $1" "$GUEST runs, and libvirt does not say with which disks: $(tr '\n' ' ' <"$WORK/said")" "see systemctl status libvirtd.socket libvirtd, then update again"
  if virsh -q -c qemu:///system domblklist "$GUEST" 2>/dev/null | grep -qF " $1" && virsh -q -c qemu:///system domstate "$GUEST" 2>/dev/null | grep -qE 'running|paused'; then
    virsh -q -c qemu:///system blockresize "$GUEST" "$1" "${3}B" >"$WORK/said" 2>&1 || fail "growing the disk $1" "$(tr '\n' ' ' <"$WORK/said")" "shut the guest down, then update again"
  else
    qemu-img resize -q -f "$2" "$1" "$3" >"$WORK/said" 2>&1 || fail "growing the disk $1" "$(tr '\n' ' ' <"$WORK/said")" "see what uses it: fuser $1"
  fi
  say "grew $1 to $3 bytes; the guest has to enlarge its partition itself"
}

concern_apply() {
  while IFS='	' read -r path format size grow; do
    [ -n "$path" ] || continue
    if [ ! -e "$path" ]; then
      make_disk "$path" "$format" "$size"
    elif [ -f "$path" ] && [ "$size" != 0 ]; then
      live=$(described virtual-size "$path")
      if [ "${live:-0}" -lt "$size" ] && [ "$grow" = yes ]; then
        grow_disk "$path" "$format" "$size"
      elif [ "${live:-0}" -gt "$size" ]; then
        say "$path has $live bytes, more than the spec says: left as it is"
      fi
    fi
  done <<EOF
$DISKS
EOF
}

concern_undo() { :; }

# Disks and ISOs are the user's: they stay. What was checked of an ISO is kept for the other guests that have it.
concern_revert() {
  [ -r "$CHECKED" ] || return 0
  others_settings >"$WORK/others"
  while IFS= read -r line; do
    if grep -qxF "ISO ${line%%"$TAB"*}" "$WORK/others"; then printf '%s\n' "$line"; fi
  done <"$CHECKED" >"$CHECKED.new"
  if [ -s "$CHECKED.new" ]; then mv "$CHECKED.new" "$CHECKED"; else rm -f "$CHECKED.new" "$CHECKED"; fi
}
