# shellcheck shell=bash
# The image of the virtual host: built once from the recipe, then shared, read-only, by every lab. Sourced, not run.
#
#   $cache/identity/               the operator's and the host's SSH keys, made once on this machine
#   $cache/rootfs-VARIANT-KEY.raw  the packages, installed; VARIANT is release, what is special of it, and firmware; KEY a digest of what it was made from
#   $cache/kernel-KEY.deb          a kernel of its own, compiled, for a kind of host whose part has one (recipe/parts/*/kernel)
#   $cache/image/VARIANT-KEY/      disk.raw, and the kernel and initramfs that accel.sh tries KVM with; for another root, VARIANT names that too

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

# The release of this machine's own Debian, by its codename.
own_release() {
    # shellcheck source=/dev/null
    (. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
}

# The package sources of this machine's own distribution, without anybody else's, in one-line format. For another release they are at the same place.
image_sources() {
    # shellcheck disable=SC2016  # the names are for apt-get to expand
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u |
        sed "s/ $(own_release)\(-[a-z]*\)\{0,1\} / ${kind[release]}\1 /"
}

# How this machine's apt reaches them (proxy, tolerance of clocks), as apt options, one a line.
image_apt_options() {
    apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until|Retries)' || true
}

# Sets parts to the folders of recipe/parts that make this kind of host, and variant to its name in the cache.
image_describe() {
    # Secure Boot is the firmware's own affair.
    local firmware=${kind[firmware]%-secure} special=
    parts=("$firmware" "${kind[initramfs]}")
    [ "${kind[initramfs]}" = initramfs-tools ] || special+=+${kind[initramfs]}
    if [ "${kind[like]}" != none ]; then
        parts+=("like-${kind[like]}")
        special+=+like-${kind[like]}
    fi
    variant=${kind[release]}$special-$firmware
}

# The files of the recipe that make this kind of host, relative to it. Arguments: names, if only some are asked for.
image_recipe() {
    local part
    (
        cd "$lab_home/recipe" || exit
        if [ $# -gt 0 ]; then ls "$@"; else find . -path ./parts -prune -o -type f ! -name root.sh ! -name upgrade.sh ! -name kernel.sh -print; fi
        for part in "${parts[@]}"; do
            # What its kernel is made of makes no difference to its packages.
            if [ $# -gt 0 ]; then find "parts/$part" -type f ! -path '*/kernel/*'; else find "parts/$part" -type f; fi
            [ $# -gt 0 ] || [ ! -d "parts/$part/kernel" ] || echo kernel.sh
        done
    ) | sort
}

# Sets sources to the package sources of the release.
image_need_sources() {
    # The origin of a source is known only once its list has been fetched.
    if [ -z "$(image_sources)" ]; then
        apt-get update -q
    fi
    sources=$(image_sources)
    [ -n "$sources" ] ||
        die "The image is made from the packages of this machine's own Debian." \
            "apt knows no source of Debian here (apt-get indextargets 'Origin: Debian' is empty)." \
            "Run the lab on a Debian machine whose apt sources work; see: apt-get update."
}

# Runs a part of the recipe that takes packages from the release's archive. Arguments: its name, its arguments.
image_make() {
    local name=$1 sources option options=()
    shift
    image_need_sources
    while read -r option; do
        [ -z "$option" ] || options+=(--aptopt="$option")
    done <<<"$(image_apt_options)"
    # Mounts made in a namespace of their own are gone with the process that made them, however it ends.
    printf '%s\n' "$sources" | unshare --mount "$lab_home/recipe/$name" "$@" "${options[@]}"
}

# Sets kernel to the package of the kernel that this kind of host has, compiling it where it is not there yet; to nothing where that is Debian's own.
image_ensure_kernel() {
    local part wanted='' key build=$cache/build-kernel start
    kernel=
    for part in "${parts[@]}"; do
        [ ! -d "$lab_home/recipe/parts/$part/kernel" ] || wanted=parts/$part/kernel
    done
    [ -n "$wanted" ] || return 0
    key=$(image_release_key && cd "$lab_home/recipe" && digest_of_files kernel.sh bootstrap.sh "$wanted"/*)
    kernel=$cache/kernel-$(sha256sum <<<"$key" | cut -c1-16).deb
    [ ! -e "$kernel" ] || return 0
    rm -rf "$build"
    start=$SECONDS
    step "compiling its kernel (once, 15 to 20 minutes on two processors)" "$cache/kernel.log" image_make kernel.sh "$lab_home/recipe/$wanted" "$build"
    rm -f "$cache"/kernel-*.deb
    mv "$build/kernel.deb" "$kernel"
    rm -rf "$build"
    say "its kernel is compiled, in $((SECONDS - start)) seconds"
}

# What says of which point release the packages are, where that can be known.
image_release_key() {
    [ "${kind[release]}" != "$(own_release)" ] || cat /etc/debian_version
}

# Sets image_key and image to the image of today's recipe, building it where it is not there yet.
image_ensure() {
    local build=$cache/build key rootfs parts variant early files kernel
    image_describe
    identity_ensure
    mapfile -t early < <(image_recipe rootfs.sh bootstrap.sh leave-out.sh offline-repository.sh packages offline-packages)
    key=$(image_release_key && cd "$lab_home/recipe" && digest_of_files "${early[@]}")
    key=$(sha256sum <<<"$key" | cut -c1-16)
    rootfs=$cache/rootfs-$variant-$key.raw
    mapfile -t files < <(image_recipe)
    key=$(cd "$lab_home/recipe" && echo "$key" && digest_of_files "${files[@]}" && cat "$cache"/identity/*.pub)
    image_key=$variant-$(sha256sum <<<"$key" | cut -c1-16)
    image=$cache/image/$image_key
    [ ! -d "$image" ] || return 0

    lock 8 "$cache/build.lock" "another process builds the image of the virtual host"
    [ ! -d "$image" ] || return 0
    [ "$(id -u)" -eq 0 ] ||
        die "The image of the virtual host is to be built (once)." "That needs root, and this is user $(id -un)." \
            "Run once: sudo --preserve-env=HOME,XDG_CACHE_HOME $lab_command up"
    rm -rf "$build"
    mkdir -p "$build/image" "$cache/image"

    if [ ! -e "$rootfs" ]; then
        step "installing the packages of the virtual host" "$build/rootfs.log" image_make rootfs.sh "$build/rootfs.raw" "${parts[*]}"
        rm -f "$cache/rootfs-$variant"-*
        mv "$build/rootfs.raw" "$rootfs"
    fi
    image_ensure_kernel
    accel_begin "$build/image"
    step "making its disk" "$build/disk.log" \
        unshare --mount "$lab_home/recipe/disk.sh" "$rootfs" "${parts[*]}" "$cache/identity" "$build/image" "$kernel"
    accel_end
    image_forget_unused "$variant"
    echo "$variant" >"$build/image/what"
    mv "$build/image" "$image"
    rm -rf "$build"
    flock --unlock 8
}

# Sets image_key and image to the image with another root, building it on a virtual host with the plain image, which is there.
image_ensure_root() {
    local build=$cache/build-root parts variant
    [ "${kind[firmware]} ${kind[initramfs]}" = 'bios initramfs-tools' ] ||
        die "--root ${kind[root]} is asked for with --firmware ${kind[firmware]} and --initramfs ${kind[initramfs]}." \
            "Such a root is made for BIOS and initramfs-tools only."
    image_describe
    variant+=-${kind[root]}
    image_key=$variant-$(cd "$lab_home" && { echo "$image_key"; digest_of_files image.sh recipe/root.sh; } | sha256sum | cut -c1-16)
    local plain=$image
    image=$cache/image/$image_key
    [ ! -d "$image" ] || return 0
    lock 8 "$cache/build.lock" "another process builds the image of the virtual host"
    [ ! -d "$image" ] || return 0
    rm -rf "$build"
    mkdir -p "$build"
    (image_build_root "$build" "$plain")
    cp "$plain/vmlinuz" "$plain/probe.cpio" "$build/"
    image_forget_unused "$variant"
    echo "$variant" >"$build/what"
    mv "$build" "$image"
    flock --unlock 8
}

# Makes the disks of another root. In a process of its own: the lab of the builder is another one. Arguments: folder for them, the plain image.
image_build_root() {
    local root=${kind[root]} out=$1 plain=$2 made=(disk) partitions='start=2048, type=83, bootable' each
    case $root in
        btrfs) made+=(second) ;;
        lvm-luks) partitions=$'start=2048, size=1G, type=83, bootable\ntype=83' ;;
    esac
    kind[root]=plain
    vm_describe root-builder
    mkdir -p "$home"
    lab_begin
    trap 'vm_stop; rm -rf "$home"' EXIT
    vm_hardware
    for each in "${made[@]}"; do
        truncate --size=16G "$out/$each.raw"
        PATH=$PATH:/usr/sbin:/sbin sfdisk --quiet --label dos "$out/$each.raw" <<<"$partitions"
        hardware+=(-drive "if=none,id=$each,file=$out/$each.raw,format=raw,cache=unsafe,discard=unmap" -device "virtio-blk-pci,drive=$each,serial=$each")
    done
    qemu-img create -q -f qcow2 -F raw -b "$plain/disk.raw" "$run/disk.qcow2"
    say "booting the host that makes the root …"
    vm_start
    vm_wait 300
    vm_ssh 'cat >/run/root.sh' <"$lab_home/recipe/root.sh"
    step "making the root $root" "$cache/root.log" vm_ssh "sh /run/root.sh $root ${made[*]}"
    vm_ssh 'systemctl poweroff' </dev/null || true
    say "the disks are written …"
    for _ in $(seq 600); do
        vm_is_up || return 0
        sleep 0.2
    done
}

# Removes images of a variant that no lab stands on any more. Argument: the variant.
image_forget_unused() {
    local old
    # Those of releases that knew one kind of host, too.
    rm -f "$cache"/rootfs-*.tar.zst
    for old in "$cache"/image/*/; do
        [[ $old == "$cache/image/$1-"* ]] || [ ! -e "$old/what" ] || continue
        if [ -d "$old" ] && ! grep -qsF "$(basename "$old")" "$cache"/labs/*/run/image; then
            rm -rf "$old" "$cache/pristine/$(basename "$old")"-*
        fi
    done
}

# Upgrades a raw disk to a release. Arguments: the disk, a folder for mount points, the release.
image_upgrade() {
    local sources options
    kind[release]=$3
    image_need_sources
    mapfile -t options < <(image_apt_options)
    printf '%s\n' "$sources" | unshare --mount "$lab_home/recipe/upgrade.sh" "$1" "$2" "${options[@]}"
}
