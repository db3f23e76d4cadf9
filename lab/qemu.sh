# shellcheck shell=bash
# Which QEMU runs the virtual host. Sourced, not run.
#
#   $cache/qemu-RELEASE-backports/   a newer QEMU out of the backports of this machine's Debian, unpacked: neither its suite nor its packages are added to the machine

# Sets `qemu` to the command: this machine's own, unless a device is asked for that it does not have.
qemu_choose() {
    qemu=(qemu-system-x86_64)
    [ "${kind[sriov]}" != none ] || return 0
    if qemu_has "${kind[sriov]}"; then return 0; fi
    qemu_ensure_newer
    qemu_has "${kind[sriov]}" ||
        die "--sriov ${kind[sriov]} is asked for." "$("${qemu[@]}" --version | head -n 1) has no such device." "QEMU has it from version 8 on."
}

# Its exit code says nothing.
qemu_has() {
    "${qemu[@]}" -device "$1,help" 2>/dev/null | grep -q "^$1 options"
}

# Sets `qemu` to the one of the backports, fetching it where it is not there yet. The libraries and ROMs of this machine's own serve it.
qemu_ensure_newer() {
    local build=$cache/build-qemu release folder apt=() uri
    release=$(own_release)
    folder=$cache/qemu-$release-backports
    if [ ! -d "$folder" ]; then
        lock 8 "$cache/build.lock" "another process fetches QEMU"
    fi
    if [ ! -d "$folder" ]; then
        # shellcheck disable=SC2016  # the name is for apt-get to expand
        uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $release" | head -n 1)
        [ -n "$uri" ] || die "--sriov ${kind[sriov]} is asked for." "This machine's QEMU has no such device, and apt knows no source of Debian $release here." "See: apt-get update."
        rm -rf "$build"
        mkdir -p "$build/lists/partial" "$build/archives/partial" "$build/root"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $release-backports main" >"$build/sources.list"
        apt=(-q -o "Dir::Etc::sourcelist=$build/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$build/lists"
            -o "Dir::Cache=$build" -o "APT::Sandbox::User=$(id -un)")
        step "fetching a QEMU with the device ${kind[sriov]} from $release-backports" "$cache/qemu.log" qemu_fetch "$build" "${apt[@]}"
        mv "$build/root" "$folder"
        rm -rf "$build"
        flock --unlock 8
    fi
    # Its modules are looked for beside it; firmware of others lies where Debian puts it.
    qemu=(env "QEMU_MODULE_DIR=$folder/usr/lib/x86_64-linux-gnu/qemu" "$folder/usr/bin/qemu-system-x86_64"
        -L "$folder/usr/share/qemu" -L "$folder/usr/share/seabios" -L /usr/share/seabios -L /usr/lib/ipxe/qemu)
}

# Arguments: a folder, options of apt-get.
qemu_fetch() {
    local build=$1 package
    shift
    apt-get "$@" update
    cd "$build" || return
    apt-get "$@" download qemu-system-x86 qemu-system-common qemu-system-data seabios
    for package in *.deb; do dpkg-deb --extract "$package" root; done
}
