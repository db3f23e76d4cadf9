# shellcheck shell=bash
# The image of the virtual host: built once from the recipe, then shared, read-only, by every lab. Sourced, not run.
#
#   $cache/identity/          the operator's and the host's SSH keys, made once on this machine
#   $cache/rootfs-KEY.raw     the packages, installed; KEY is a digest of what it was made from
#   $cache/image/KEY/         disk.raw, and the kernel and initramfs that accel.sh tries KVM with

# Makes the SSH keys once. They stay the same for every image and every lab of this machine, so that a stack file can name them.
identity_ensure() {
    local key
    mkdir -p "$cache/identity"
    chmod 700 "$cache" "$cache/identity"
    for key in operator host; do
        [ -e "$cache/identity/$key" ] ||
            ssh-keygen -q -t ed25519 -N '' -C "passthrough-lab-$key" -f "$cache/identity/$key"
    done
}

# The package sources of this machine's own distribution, without anybody else's, in one-line format.
image_sources() {
    # shellcheck disable=SC2016  # the names are for apt-get to expand
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u
}

# How this machine's apt reaches them (proxy, tolerance of clocks), as apt options, one a line.
image_apt_options() {
    apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until|Retries)' || true
}

# Builds the root file system as $1.
image_build_rootfs() {
    local target=$1 sources option options=()
    # The origin of a source is known only once its list has been fetched.
    if [ -z "$(image_sources)" ]; then
        apt-get update -q
    fi
    sources=$(image_sources)
    [ -n "$sources" ] ||
        die "The image is made from the packages of this machine's own Debian." \
            "apt knows no source of Debian here (apt-get indextargets 'Origin: Debian' is empty)." \
            "Run the lab on a Debian machine whose apt sources work; see: apt-get update."
    while read -r option; do
        [ -z "$option" ] || options+=(--aptopt="$option")
    done <<<"$(image_apt_options)"
    # Mounts made in a namespace of their own are gone with the process that made them, however it ends.
    printf '%s\n' "$sources" | unshare --mount "$lab_home/recipe/rootfs.sh" "$target" "${options[@]}"
}

# Sets image_key and image to the image of today's recipe, building it where it is not there yet.
image_ensure() {
    local build=$cache/build rootfs_key rootfs
    identity_ensure
    mapfile -t early < <(cd "$lab_home/recipe" && find rootfs.sh leave-out.sh offline-repository.sh packages offline-packages early -type f | sort)
    rootfs_key=$(cat /etc/debian_version && cd "$lab_home/recipe" && digest_of_files "${early[@]}")
    rootfs_key=$(sha256sum <<<"$rootfs_key" | cut -c1-16)
    mapfile -t files < <(find "$lab_home/recipe" -type f | sort)
    image_key=$(cd "$lab_home" && echo "$rootfs_key" && digest_of_files "${files[@]#"$lab_home/"}" && cat "$cache"/identity/*.pub)
    image_key=$(sha256sum <<<"$image_key" | cut -c1-16)
    image=$cache/image/$image_key
    [ ! -d "$image" ] || return 0

    lock 8 "$cache/build.lock" "another process builds the image of the virtual host"
    [ ! -d "$image" ] || return 0
    [ "$(id -u)" -eq 0 ] ||
        die "The image of the virtual host is to be built (once)." "That needs root, and this is user $(id -un)." \
            "Run once: sudo --preserve-env=HOME,XDG_CACHE_HOME $lab_command up"
    rm -rf "$build"
    mkdir -p "$build/image" "$cache/image"

    rootfs=$cache/rootfs-$rootfs_key.raw
    if [ ! -e "$rootfs" ]; then
        step "installing the packages of the virtual host" "$build/rootfs.log" image_build_rootfs "$build/rootfs.raw"
        rm -f "$cache"/rootfs-*
        mv "$build/rootfs.raw" "$rootfs"
    fi
    step "making its disk" "$build/disk.log" \
        unshare --mount "$lab_home/recipe/disk.sh" "$rootfs" "$cache/identity" "$build/image"
    image_forget_unused
    mv "$build/image" "$image"
    rm -rf "$build"
    flock --unlock 8
}

# Removes images that no lab stands on any more.
image_forget_unused() {
    local old
    for old in "$cache"/image/*/; do
        if [ -d "$old" ] && ! grep -qsF "$(basename "$old")" "$cache"/labs/*/run/image; then
            rm -rf "$old" "$cache/pristine/$(basename "$old")"-*
        fi
    done
}
