# shellcheck shell=bash
# Installs what the lab needs on this machine, where it is missing. Sourced, not run.

# command (or file), Debian package, what for
tools_needed='
qemu-system-x86_64                             qemu-system-x86        runs the virtual host
/usr/share/seabios/vgabios-bochs-display.bin   seabios                its firmware
qemu-img                                       qemu-utils             its disks
mmdebstrap                                     mmdebstrap             builds its root file system from packages
/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring checks the signature of those packages
sfdisk                                         fdisk                  partitions its disk
mkfs.ext4                                      e2fsprogs              formats its disk
losetup                                        mount                  opens its disk while it is built
ssh                                            openssh-client         reaches it
zstd                                           zstd                   compresses its image and its snapshot
socat                                          socat                  talks to QEMU
xsltproc                                       xsltproc               applies the stylesheet of its guest on this machine
'

# Installs missing packages with apt-get; needs root for that. Nothing is done where all is there.
tools_ensure() {
    local what package purpose sudo=() missing=()
    while read -r what package purpose; do
        [ -n "$what" ] || continue
        if ! [ -e "$what" ] && ! PATH=$PATH:/usr/sbin:/sbin command -v "$what" >/dev/null; then
            missing+=("$package")
            say "needed and missing: $package ($purpose)"
        fi
    done <<<"$tools_needed"
    [ ${#missing[@]} -gt 0 ] || return 0

    command -v apt-get >/dev/null ||
        die "The lab needs packages that are not on this machine: ${missing[*]}." \
            "There is no apt-get here to install them with." "Install them by this system's own means, then run the command again."
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            die "The lab needs packages that are not on this machine: ${missing[*]}." \
                "This user can neither install them nor use sudo without a password." \
                "Run: sudo apt-get install --no-install-recommends ${missing[*]}"
        sudo=(sudo -n)
    fi
    step "updating the package lists" "$cache/apt.log" "${sudo[@]}" apt-get update -q
    step "installing ${missing[*]}" "$cache/apt.log" "${sudo[@]}" \
        env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
