# shellcheck shell=bash
# Installs what the lab needs on this machine, where it is missing. Sourced, not run.

# command (or file), Debian package, what for
tools_to_build='
mmdebstrap                                     mmdebstrap             builds its root file system from packages
/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring checks the signature of those packages
sfdisk                                         fdisk                  partitions its disk
mkfs.ext4                                      e2fsprogs              formats its disk
losetup                                        mount                  opens its disk while it is built
ssh                                            openssh-client         reaches it
'
tools_to_run_uefi='
/usr/share/OVMF/OVMF_CODE_4M.fd                ovmf                   its firmware
'
tools_to_run='
qemu-system-x86_64                             qemu-system-x86        runs the virtual host
/usr/share/seabios/vgabios-bochs-display.bin   seabios                its firmware
qemu-img                                       qemu-utils             its disks
socat                                          socat                  talks to QEMU
'

# Sets `missing` to the packages of a list that are not there. Argument: the list.
tools_missing() {
    local what package purpose
    missing=()
    while read -r what package purpose; do
        [ -n "$what" ] || continue
        if ! [ -e "$what" ] && ! PATH=$PATH:/usr/sbin:/sbin command -v "$what" >/dev/null; then
            missing+=("$package")
            say "needed and missing: $package ($purpose)"
        fi
    done <<<"$1"
}

# Sets `as_root` to what puts apt-get into a position to install $missing.
tools_need_root() {
    as_root=()
    command -v apt-get >/dev/null ||
        die "The lab needs packages that are not on this machine: ${missing[*]}." \
            "There is no apt-get here to install them with." "Install them by this system's own means, then run the command again."
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            die "The lab needs packages that are not on this machine: ${missing[*]}." \
                "This user can neither install them nor use sudo without a password." \
                "Run: sudo apt-get install --no-install-recommends ${missing[*]}"
        as_root=(sudo -n)
    fi
}

# Installs missing packages with apt-get; needs root for that. Nothing is done where all is there. What only runs the virtual host is
# installed while its image is built: tools_end waits for it.
tools_begin() {
    local missing as_root install=(env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends)
    tools_installing=
    [ "${kind[firmware]}" = bios ] || tools_to_run+=$tools_to_run_uefi
    tools_missing "$tools_to_build$tools_to_run"
    [ ${#missing[@]} -gt 0 ] || return 0
    tools_need_root
    step "updating the package lists" "$cache/apt.log" "${as_root[@]}" apt-get update -q
    tools_missing "$tools_to_build" 2>/dev/null
    [ ${#missing[@]} -eq 0 ] || step "installing ${missing[*]}" "$cache/apt.log" "${as_root[@]}" "${install[@]}" "${missing[@]}"
    tools_missing "$tools_to_run" 2>/dev/null
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]} meanwhile …"
    "${as_root[@]}" "${install[@]}" "${missing[@]}" >"$cache/apt-run.log" 2>&1 8>&- 9>&- &
    tools_installing=$!
}

# Waits for what tools_begin left to be done.
tools_end() {
    local result=0
    [ -n "$tools_installing" ] || return 0
    tick "installing what runs the virtual host" "$cache/apt-run.log"
    wait "$tools_installing" || result=$?
    tick_end
    tools_installing=
    [ "$result" -eq 0 ] || {
        tail -n 15 "$cache/apt-run.log" | sed 's/^/    | /' >&2
        die "Installing what runs the virtual host failed with exit code $result." "The whole log: $cache/apt-run.log"
    }
}
