#!/bin/bash
# The lab: a virtual passthrough host with an emulated IOMMU, on this machine, without root once its image is built.
# Arguments and exit codes: lab.sh --help.
set -euo pipefail
lab_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$lab_home")
declare -A kind asked
for part in common options tools image accel qemu vm; do
    # shellcheck source=/dev/null
    . "$lab_home/$part.sh"
done

# What a stack file and other programs need, in the checkout while the lab is up.
publish() {
    local folder=$checkout/.lab/$lab_name
    mkdir -p "$folder"
    install -m 600 "$cache/identity/operator" "$folder/id_ed25519"
    cut -d' ' -f1,2 "$cache/identity/host.pub" >"$folder/host_key.pub"
    cp "$home/known_hosts" "$folder/known_hosts"
    environment json >"$folder/env.json"
}

environment() {
    local key what
    key=$(cut -d' ' -f1,2 "$cache/identity/host.pub")
    what=$(sed 's/\(.*\)=\(.*\)/"\1":"\2"/' "$run/kind" | paste -sd,)
    if [ "$1" = json ]; then
        printf '{"name":"%s","host":"127.0.0.1","port":%d,"user":"root","privateKeyFile":"%s","hostKey":"%s",%s,"uplinkSend":%d,"uplinkReceive":%d}\n' \
            "$lab_name" "$ssh_port" "$checkout/.lab/$lab_name/id_ed25519" "$key" "$what" "$((uplink_port + 1))" "$uplink_port"
    else
        printf 'LAB_HOST=127.0.0.1\nLAB_PORT=%d\nLAB_USER=root\nLAB_KEY=%q\nLAB_HOST_KEY=%q\nLAB_UPLINK_SEND=%d\nLAB_UPLINK_RECEIVE=%d\n' \
            "$ssh_port" "$checkout/.lab/$lab_name/id_ed25519" "$key" "$((uplink_port + 1))" "$uplink_port"
    fi
}

# Sets what every boot needs: the image, the accelerator, the hardware, the snapshot's file.
choose() {
    tools_begin
    image_ensure
    tools_end
    accel_choose
    qemu_choose
    case ${kind[root]} in btrfs | lvm-luks) image_ensure_root ;; esac
    vm_hardware
    vm_pristine_folder
}

lab_up() {
    mkdir -p "$home"
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    if vm_is_up; then
        need_kind
        vm_wait 300
        publish
        say "the lab '$lab_name' is up already, on port $ssh_port"
        return 0
    fi
    choose
    lab_begin
    # The first lab makes the snapshot, the others wait for it.
    lock 8 "$cache/pristine.lock" "another lab takes the snapshot"
    [ -e "$pristine" ] || vm_first_boot
    flock --unlock 8
    [ -e "$run/no-snapshot" ] || vm_resume
    publish
    tell_likeness
    say "the lab '$lab_name' is up: $accel, $(kind_in_words), SSH on 127.0.0.1:$ssh_port"
}

# The release after that of the host as it is now.
next_release() {
    case $(cat "$run/upgraded" 2>/dev/null || echo "${kind[release]}") in
        bookworm) echo trixie ;;
        trixie) echo forky ;;
    esac
}

lab_upgrade() {
    local failed=''
    need_up
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    need_up
    same_kind
    [ "${kind[root]} ${kind[firmware]} ${kind[like]}" = 'plain bios none' ] ||
        die "The lab '$lab_name' is to be upgraded." "It is $(kind_in_words)." "Only a host with --root plain and --firmware bios can be."
    [ -n "$(next_release)" ] || die "The lab '$lab_name' is to be upgraded." "It is $(kind_in_words)." "No later release is known here."
    [ "$target" = "$(next_release)" ] ||
        die "The lab '$lab_name' is to be upgraded to '$target'." "It is $(kind_in_words)." "Run: $lab_command upgrade $(next_release) --name $lab_name"
    [ "$(id -u)" -eq 0 ] ||
        die "The disk of the lab '$lab_name' is to be upgraded." "That needs root, and this is user $(id -un)." \
            "Run: sudo --preserve-env=HOME,XDG_CACHE_HOME $lab_command upgrade $target --name $lab_name"
    choose
    vm_power_off
    mkdir -p "$run/upgrade"
    say "its disk …"
    qemu-img convert -q -O raw "$run/disk.qcow2" "$run/upgrade/disk.raw"
    (step "upgrading ${kind[release]} to $target" "$home/upgrade.log" image_upgrade "$run/upgrade/disk.raw" "$run/upgrade" "$target") || failed=yes
    if [ -z "$failed" ]; then
        qemu-img convert -q -O qcow2 "$run/upgrade/disk.raw" "$run/upgrade/disk.qcow2"
        mv "$run/upgrade/disk.qcow2" "$run/disk.qcow2"
        echo "$target" >"$run/upgraded"
    fi
    rm -rf "$run/upgrade"
    say "booting …"
    vm_start
    vm_wait 900
    [ -z "$failed" ] || die "The lab '$lab_name' was not upgraded (above)." "It is up again as it was before."
    say "the lab '$lab_name' is upgraded: $(kind_in_words)"
}

# The words of an error are for the option that differs.
differs() {
    die "The lab '$lab_name' is asked for with --$1 $2." "It is up with --$1 $3." "Run first: $lab_command down --name $lab_name"
}

# What a lab that is up is stays as it is. Arguments: `asked` where only what was asked for has to be the same.
need_kind() {
    local option is
    while IFS='=' read -r option is; do
        if [ "${1:-}" = asked ] && [ -z "${asked[$option]:-}" ]; then continue; fi
        [ "${kind[$option]}" = "$is" ] || differs "$option" "${kind[$option]}" "$is"
    done <"$run/kind"
}

# As it is up.
same_kind() {
    local option is
    while IFS='=' read -r option is; do kind[$option]=$is; done <"$run/kind"
}

kind_in_words() {
    printf '%s%s on %s, root %s, initramfs by %s, IOMMU %s' "${kind[release]}" "$([ ! -e "$run/upgraded" ] || sed 's/^/, upgraded to /' "$run/upgraded")" "${kind[firmware]}" "${kind[root]}" "${kind[initramfs]}" "${kind[iommu]}"
    [ "${kind[like]}" = none ] || printf ', like %s' "${kind[like]}"
    [ "${kind[sriov]}" = none ] || printf ', with %s' "${kind[sriov]}"
}

lab_prepare() {
    mkdir -p "$home"
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    ! vm_is_up || return 0
    choose
    # QEMU takes no snapshot of a machine with an NVMe disk.
    [ "${kind[root]}" != nvme ] || return 0
    lock 8 "$cache/pristine.lock" "another lab takes the snapshot"
    [ ! -e "$pristine" ] || return 0
    lab_begin
    vm_first_boot
    vm_stop
    rm -rf "$run"
}

# Makes the directory of a lab that is about to be booted.
lab_begin() {
    rm -rf "$run"
    mkdir -p "$run"
    chmod 700 "$home" "$run"
    local option
    for option in iommu root release firmware initramfs like sriov; do echo "$option=${kind[$option]}"; done >"$run/kind"
    echo "$image_key" >"$run/image"
    : >"$serial"
    printf '[127.0.0.1]:%d %s\n' "$ssh_port" "$(cut -d' ' -f1,2 "$cache/identity/host.pub")" >"$home/known_hosts"
    if (exec 3<>"/dev/tcp/127.0.0.1/$ssh_port") 2>/dev/null; then
        die "The lab '$lab_name' needs port $ssh_port of 127.0.0.1." "Something else listens there." "End that (ss -ltnp), or use another --name."
    fi
}

lab_reset() {
    mkdir -p "$home"
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    # Asked under the lock: prepare takes down what it has booted.
    if ! vm_is_up; then
        flock --unlock 9
        say "the lab '$lab_name' is not up; booting it"
        lab_up
        return
    fi
    need_kind asked
    same_kind
    if [ -e "$run/no-snapshot" ]; then
        say "there is no snapshot ($(cat "$run/no-snapshot")): booting a fresh disk instead"
        vm_stop
        flock --unlock 9
        lab_up
        return
    fi
    # A new process, as after up: loading the snapshot into the running one would make the guest's clock jump.
    choose
    vm_stop
    if [ ! -e "$pristine" ]; then
        say "its recipe has changed since it was booted: booting a fresh disk instead"
        flock --unlock 9
        lab_up
        return
    fi
    rm -f "$run/upgraded"
    vm_resume
    say "the lab '$lab_name' is pristine again"
}

lab_power_cycle() {
    need_up
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    need_up
    same_kind
    choose
    vm_stop
    vm_start
    vm_wait 300
    say "the lab '$lab_name' was switched off and on"
}

lab_down() {
    if [ -d "$home" ]; then
        lock 9 "$home/lock" "another process works on the lab '$lab_name'"
        vm_stop
        rm -rf "$run"
        flock --unlock 9
        rm -f "$home/lock" "$home/known_hosts"
        [ -z "$purge" ] || rm -rf "$home"
    fi
    rm -rf "$checkout/.lab/$lab_name"
    rmdir "$checkout/.lab" 2>/dev/null || true
    if [ -n "$purge" ]; then
        local other
        for other in "$cache"/labs/*/run; do
            [ ! -d "$other" ] || die "The cached image is to be removed." "Another lab stands on it: $(basename "$(dirname "$other")")." "Take that down first."
        done
        rm -rf "$cache"
        say "the lab '$lab_name' is down, the cache is gone"
    else
        say "the lab '$lab_name' is down"
    fi
}

lab_list() {
    local home run image like
    for home in "$cache"/labs/*/; do
        run=${home}run
        if vm_is_up; then
            same_kind
            echo "up:     $(basename "$home"): $(kind_in_words)"
        fi
    done
    for image in "$cache"/image/*/; do
        [ ! -e "$image/disk.raw" ] || echo "cached: image of $(cat "$image/what"), $(du -sh "$image" | cut -f1)"
    done
    echo "names for --on:"
    grep -v '^#' "$lab_home/variants" | sed 's/^/  /'
    for like in "$lab_home"/like/*; do
        echo "like $(basename "$like"):"
        grep -v '^#' "$like" | sed 's/^/  /'
    done
}

need_up() {
    vm_is_up && return 0
    printf 'error: The lab "%s" is not up.\n       Run: %s up --name %s\n' "$lab_name" "$lab_command" "$lab_name" >&2
    exit 3
}

parse "$@"
vm_describe "$name"
case $verb in
    prepare) lab_prepare ;;
    up) lab_up ;;
    down) lab_down ;;
    reset) lab_reset ;;
    power-cycle) lab_power_cycle ;;
    upgrade) lab_upgrade ;;
    status)
        if ! vm_is_up; then
            echo "$lab_name: down"
            exit 3
        fi
        same_kind
        echo "$lab_name: up, $(kind_in_words), SSH on 127.0.0.1:$ssh_port, running for $(ps -o etime= -p "$(cat "$run/pid")" | tr -d ' ')"
        ;;
    list) lab_list ;;
    ssh)
        need_up
        vm_ssh "${command[@]}"
        ;;
    serial)
        [ -r "$serial" ] || need_up
        tail -n 40 "$serial" | tr -d '\r'
        echo "($serial)"
        ;;
    monitor)
        need_up
        vm_monitor "${command[*]}"
        ;;
    env)
        need_up
        if [ -n "$json" ]; then environment json; else environment shell; fi
        ;;
    '') usage; exit 1 ;;
    *) die "Unknown verb '$verb'." "See: $lab_command --help" ;;
esac
