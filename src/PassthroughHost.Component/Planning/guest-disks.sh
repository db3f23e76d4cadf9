# shellcheck shell=sh
# What QEMU and libvirt say of guests' disks. Part of Media's script and of the probe; it uses nothing of theirs.

# qemu_user: the user QEMU runs as: a name, or a number where qemu.conf has "+" before it. libvirt gives it each file, but not the directories on the way.
# Source: qemu.conf, "user"; libvirt-qemu is Debian's and Ubuntu's default.
qemu_user() {
  configured=$(sed -n 's/^ *user *= *"\{0,1\}+\{0,1\}\([^"]*\)"\{0,1\} *$/\1/p' /etc/libvirt/qemu.conf 2>/dev/null | tail -n 1)
  printf '%s' "${configured:-libvirt-qemu}"
}

# image_info PATH: "virtual-size=BYTES" and "format=NAME", a line each; nothing where qemu-img knows no such image. Indented by four is the image itself,
# deeper are the layers below it.
image_info() { qemu-img info -U --output=json "$1" 2>/dev/null | sed -n 's/^    "\(virtual-size\|format\)": "\{0,1\}\([^",]*\).*/\1=\2/p'; }

# sum_of PATH FILE: the SHA-256 that FILE has for it (lines of path, "size mtime inode", SHA-256), if the file is still the one that was read
sum_of() { [ -r "$2" ] && awk -F '\t' -v path="$1" -v seen="$(stat -Lc '%s %Y %i' "$1")" '$1 == path && $2 == seen { s = $3 } END { print s }' "$2"; }
