#!/bin/bash
# The lab: a virtual passthrough host with an emulated IOMMU, on this machine, without root once its image is built.
# Arguments and exit codes: lab.sh --help.
set -euo pipefail
lab_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$lab_home")
for part in common tools image accel vm; do
    # shellcheck source=/dev/null
    . "$lab_home/$part.sh"
done

usage() {
    cat <<'USAGE'
The lab: a virtual passthrough host with GRUB, an emulated IOMMU, vfio, netplan and libvirt.

Usage: ./passthrough lab VERB [options]

  prepare       what has to be done once, without leaving it up: its image, its first boot and the snapshot of that
  up            boot it; the first time the image is built (a few minutes). Up already: says so
  down          stop it; nothing is left but the cached image  (--purge: that neither)
  reset         back to the pristine, booted host, in seconds
  status        whether it is up (exit code 0) or not (3)
  ssh [COMMAND] a shell on it as root, or one command
  power-cycle   switch it off hard and on again, with the same disk
  serial        the end of its serial console's log, and where it is
  monitor -- …  one command of QEMU's monitor: monitor -- info pci
  env           how it is reached, as shell variables  (--json: as JSON)

Options:
  --name NAME             which lab; default: lab. Several can be up at once
  --iommu intel|amd|none  what IOMMU it has; default: intel
  --help                  this

The lab named "lab" has SSH on 127.0.0.1:22022; while it is up, .lab/lab/ in the checkout has its keys, as the stack file
Pulumi.lab.yaml names them. Slot 06:00.0 is empty: an emulated NVMe disk would forbid snapshots.

Exit codes: 0 done; 1 failed, with the reason; 3 not up (status, ssh, serial). ssh: that of the command.
Environment: PASSTHROUGH_LAB_ACCEL=tcg|kvm, XDG_CACHE_HOME.
USAGE
}

parse() {
    verb=
    name=lab
    iommu=
    iommu_asked=
    purge=
    json=
    command=()
    while [ $# -gt 0 ]; do
        case $1 in
            --help | -h) usage; exit 0 ;;
            --name) name=${2:?--name needs a value}; shift ;;
            --name=*) name=${1#*=} ;;
            --iommu) iommu=${2:?--iommu needs a value}; shift ;;
            --iommu=*) iommu=${1#*=} ;;
            --purge) purge=yes ;;
            --json) json=yes ;;
            --) shift; command+=("$@"); break ;;
            -*) die "Unknown option '$1'." "See: $lab_command --help" ;;
            *)
                if [ -n "$verb" ]; then
                    [ "$verb" = ssh ] || die "Unexpected argument '$1'." "See: $lab_command --help"
                    command+=("$@")
                    break
                fi
                verb=$1
                ;;
        esac
        shift
    done
    iommu_asked=$iommu
    case ${iommu:=intel} in intel | amd | none) ;; *) die "The IOMMU is '$iommu'." "It must be intel, amd or none." ;; esac
}

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
    local key
    key=$(cut -d' ' -f1,2 "$cache/identity/host.pub")
    if [ "$1" = json ]; then
        printf '{"name":"%s","host":"127.0.0.1","port":%d,"user":"root","privateKeyFile":"%s","hostKey":"%s","iommu":"%s","uplinkSend":%d,"uplinkReceive":%d}\n' \
            "$lab_name" "$ssh_port" "$checkout/.lab/$lab_name/id_ed25519" "$key" "$(cat "$run/iommu")" "$((uplink_port + 1))" "$uplink_port"
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
    vm_hardware "$iommu"
    vm_pristine_file
}

lab_up() {
    mkdir -p "$home"
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    if vm_is_up; then
        need_iommu "$iommu"
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
    say "the lab '$lab_name' is up: $accel, IOMMU $iommu, SSH on 127.0.0.1:$ssh_port"
}

# The hardware of a lab that is up stays as it is. Argument: the IOMMU that is wanted.
need_iommu() {
    [ "$(cat "$run/iommu")" = "$1" ] ||
        die "The lab '$lab_name' is asked for with --iommu $1." "It is up with --iommu $(cat "$run/iommu")." "Run first: $lab_command down --name $lab_name"
}

lab_prepare() {
    mkdir -p "$home"
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    ! vm_is_up || return 0
    choose
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
    echo "$iommu" >"$run/iommu"
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
    [ -z "$iommu_asked" ] || need_iommu "$iommu_asked"
    if [ -e "$run/no-snapshot" ]; then
        say "there is no snapshot ($(cat "$run/no-snapshot")): booting a fresh disk instead"
        vm_stop
        iommu=$(cat "$run/iommu")
        flock --unlock 9
        lab_up
        return
    fi
    # A new process, as after up: loading the snapshot into the running one would make the guest's clock jump.
    iommu=$(cat "$run/iommu")
    choose
    vm_stop
    vm_resume
    say "the lab '$lab_name' is pristine again"
}

lab_power_cycle() {
    need_up
    lock 9 "$home/lock" "another process works on the lab '$lab_name'"
    need_up
    iommu=$(cat "$run/iommu")
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
    status)
        if ! vm_is_up; then
            echo "$lab_name: down"
            exit 3
        fi
        echo "$lab_name: up, IOMMU $(cat "$run/iommu"), SSH on 127.0.0.1:$ssh_port, running for $(ps -o etime= -p "$(cat "$run/pid")" | tr -d ' ')"
        ;;
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
