# shellcheck shell=sh
# initramfs-tools: /boot/initrd.img-RELEASE, made by update-initramfs. Part of the scripts of Boot; initramfs.sh calls it.
# Source: initramfs-tools(7), update-initramfs(8).
INITRAMFS_TOOLS_SCRIPT=/etc/initramfs-tools/scripts/init-top/passthrough-host

initramfs_tools_check() {
  command -v update-initramfs >/dev/null || fail "looking for update-initramfs" "it is not there" "install initramfs-tools"
}

initramfs_tools_drop() { :; }

# panic= is enough for it.
initramfs_tools_trial_arguments() { :; }

# initramfs_tools_make RELEASE DIGEST: update-initramfs makes the new one beside the old one, which stays where that fails
initramfs_tools_make() {
  journal_note drop "/boot/initrd.img-$1.new" ||
    fail "noting that the initramfs of $1 is made" "$JOURNAL could not be written" "make room there and do this again; the old one is in place"
  generate "$1" update-initramfs -u -k "$1"
}

initramfs_tools_maker() { printf update-initramfs; }

# initramfs_tools_list FILE: the names of what is in it
initramfs_tools_list() { lsinitramfs "$1" 2>/dev/null; }

initramfs_tools_lister() { printf lsinitramfs; }

initramfs_tools_settings() { printf /etc/initramfs-tools/initramfs.conf; }

initramfs_tools_script() { printf '%s' "$INITRAMFS_TOOLS_SCRIPT"; }
