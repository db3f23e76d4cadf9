# shellcheck shell=bash
# shellcheck disable=SC2054  # commas are QEMU's, within one argument
# One virtual host: its QEMU process, its disk and its snapshot. Sourced, not run.
#
#   $cache/labs/NAME/run/          what belongs to a lab that is up: disks, sockets, pid, logs; gone after down
#   $cache/labs/NAME/serial.log    the serial console of the last boots
#   $cache/pristine/KEY/           disks with the snapshot "pristine" of the booted host, shared by all labs

# Sets the names and numbers of lab $1. The lab named `lab` always has SSH port 22022; others have one made from their name.
vm_describe() {
    lab_name=$1
    [[ $lab_name =~ ^[a-z][a-z0-9-]{0,30}$ ]] ||
        die "The lab's name is '$lab_name'." "It must be lower-case letters, digits and '-', beginning with a letter."
    local number=0
    [ "$lab_name" = lab ] || number=$((1 + $(cksum <<<"$lab_name" | cut -d' ' -f1) % 900))
    ssh_port=$((22022 + number))
    uplink_port=$((24000 + 2 * number))
    home=$cache/labs/$lab_name
    run=$home/run
    serial=$home/serial.log
}

# A process that is just being started has not got QEMU's command line yet; another one that happens to have its number never will.
vm_is_up() {
    local pid
    [ -r "$run/pid" ] || return 1
    pid=$(cat "$run/pid")
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -d "/proc/$pid" ] || return 1
        ! grep -qsa qemu-system "/proc/$pid/cmdline" || return 0
        sleep 0.1
    done
    return 1
}

# Where Debian's ovmf has UEFI: the code, and the variables of a machine that was never started; with Microsoft's keys enrolled, Secure Boot is on.
ovmf=/usr/share/OVMF

# The QEMU arguments that decide what the host sees; a snapshot is good only for the same ones. Sets disks, too: what of it is written to.
vm_hardware() {
    local function disk=virtio-blk-pci
    disks=(disk)
    [ "${kind[root]}" != btrfs ] || disks+=(second)
    [ "${kind[root]}" != nvme ] || disk=nvme,serial=lab
    hardware=(-nodefaults -no-user-config -display none -m 6144 -smp 2 -rtc base=utc)
    if [ "$accel" = kvm ]; then
        hardware+=(-machine q35,kernel-irqchip=split -accel kvm -cpu host)
    else
        # Emulated, the fast string instructions are the slow ones: a byte at a time.
        hardware+=(-machine q35 -accel tcg,thread=multi,tb-size=1024 -cpu max,-erms,-fsrm)
    fi
    case ${kind[firmware]} in
        uefi)
            disks+=(vars)
            hardware+=(-drive "if=pflash,unit=0,format=raw,readonly=on,file=$ovmf/OVMF_CODE_4M.fd")
            ;;
        uefi-secure)
            # The variables are written by code in SMM alone.
            disks+=(vars)
            hardware+=(-machine smm=on -global driver=cfi.pflash01,property=secure,value=on
                -drive "if=pflash,unit=0,format=raw,readonly=on,file=$ovmf/OVMF_CODE_4M.secboot.fd")
            ;;
    esac
    case ${kind[iommu]} in
        intel) hardware+=(-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48) ;;
        amd) hardware+=(-device amd-iommu,intremap=on) ;;
        none) ;;
    esac
    # One root port for each slot; the bus behind rpN is N.
    for function in 0 1 2 3 4 5 6 7; do
        hardware+=(-device "pcie-root-port,id=rp$((function + 1)),bus=pcie.0,addr=2.$function,multifunction=on,chassis=$((function + 1))")
    done
    hardware+=(
        -device pcie-root-port,id=rp9,bus=pcie.0,addr=3.0,chassis=9
        -device virtio-rng-pci,bus=pcie.0,addr=4.0
        -device bochs-display,bus=rp1,addr=0.0,multifunction=on
        -device ich9-intel-hda,bus=rp1,addr=0.1
        -device nec-usb-xhci,id=twin1,bus=rp2
        -device nec-usb-xhci,id=twin2,bus=rp3
        -device qemu-xhci,id=usb,bus=rp4
        -device e1000e,netdev=guest,mac=52:54:00:1a:b0:05,bus=rp5
        # 06:00.0 would be an NVMe disk; QEMU cannot take snapshots of a machine with one, so its slot is left to --sriov and --root btrfs.
        -device virtio-net-pci,netdev=management,mac=52:54:00:1a:b0:07,bus=rp7
        -device virtio-net-pci,netdev=uplink,mac=52:54:00:1a:b0:08,bus=rp8
        -device "$disk,drive=root,bus=rp9,bootindex=1"
    )
    [ "${kind[root]}" != btrfs ] || hardware+=(-device virtio-blk-pci,drive=second,bus=rp6)
    [ "${kind[sriov]}" = none ] || hardware+=(-device "${kind[sriov]},netdev=split,mac=52:54:00:1a:b0:06,bus=rp6")
}

# Sets `ahead` to what puts a command before the machine's other work, where that is allowed: an emulated processor that waits for its turn
# while it holds a lock makes the guest's kernel report stalls, and a boot take minutes.
vm_ahead() {
    ahead=()
    if [ "$(nice -n -5 nice 2>/dev/null)" = "$(($(nice) - 5))" ]; then ahead=(nice -n -5); fi
}

# Starts QEMU on the disks in $run. Further arguments go to QEMU at the first boot (-loadvm pristine).
vm_start() {
    : >"$run/stderr.log"
    said_before=$(stat -c %s "$serial" 2>/dev/null || echo 0)
    local ahead drives=(-drive "if=none,id=root,file=$run/disk.qcow2,format=qcow2,cache=unsafe,discard=unmap")
    vm_ahead
    local split=()
    [ "${kind[sriov]}" = none ] || split=(-netdev user,id=split,restrict=on)
    [ "${kind[root]}" != btrfs ] || drives+=(-drive "if=none,id=second,file=$run/second.qcow2,format=qcow2,cache=unsafe,discard=unmap")
    [ "${kind[firmware]}" = bios ] || drives+=(-drive "if=pflash,unit=1,file=$run/vars.qcow2,format=qcow2,cache=unsafe")
    setsid "${ahead[@]}" "$lab_home/boots.sh" "$serial" "$@" -- "${qemu[@]}" "${hardware[@]}" -action reboot=shutdown \
        -name "passthrough-lab-$lab_name" \
        "${drives[@]}" \
        -netdev "user,id=management,restrict=on,hostfwd=tcp:127.0.0.1:$ssh_port-:22" \
        -netdev user,id=guest,restrict=on \
        "${split[@]}" \
        -netdev "socket,id=uplink,udp=127.0.0.1:$uplink_port,localaddr=127.0.0.1:$((uplink_port + 1))" \
        -chardev "file,id=serial,path=$serial,append=on" -serial chardev:serial \
        -qmp "unix:$run/qmp,server=on,wait=off" \
        </dev/null >"$run/stderr.log" 2>&1 8>&- 9>&- &
    echo $! >"$run/pid"
}

# Runs a command of QEMU's monitor and prints its answer.
vm_monitor() {
    local command
    # shellcheck disable=SC2001  # a replacement that keeps what it found
    command=$(sed 's/["\\]/\\&/g' <<<"$1")
    printf '%s\n' '{"execute":"qmp_capabilities"}' \
        "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"$command\"}}" |
        socat -t 120 - "UNIX-CONNECT:$run/qmp" | grep '"return": "' | sed 's/.*"return": "//; s/"}.*//; s/\\r\\n/\n/g'
}

vm_ssh() {
    ssh -F none -o BatchMode=yes -o ConnectTimeout=10 -o UserKnownHostsFile="$home/known_hosts" -o StrictHostKeyChecking=yes \
        -o ServerAliveInterval=15 -o ServerAliveCountMax=8 -o LogLevel=ERROR -o UpdateHostKeys=no -i "$cache/identity/operator" -p "$ssh_port" root@127.0.0.1 "$@"
}

# Whether the kernel of the host that this process has started has panicked, and stands still.
vm_panicked() { [ -n "${said_before:-}" ] && tail -c "+$((said_before + 1))" "$serial" 2>/dev/null | tail -n 5 | grep -qa 'end Kernel panic'; }

# Once in a while a kernel that changes its own code crashes on an emulated processor, which has translated half of the change. The host is booted once more by
# those who set `again`: where a snapshot is made or taken up. Anywhere else a kernel that panics is what is to be seen.
vm_once_more() {
    tick_end
    [ -n "${again:-}" ] || vm_failed "Its kernel panicked."
    again=
    say "its kernel panicked, which on an emulated processor happens once in a while; booting it once more …"
    vm_stop
    vm_start
}

# Waits until SSH answers; $1 is how many seconds that may take.
vm_wait() {
    local bound=$((SECONDS + $1))
    tick "waiting for SSH on port $ssh_port" "$serial"
    until vm_ssh true </dev/null 2>/dev/null; do
        vm_is_up || vm_failed "QEMU ended: $(tail -n 3 "$run/stderr.log")"
        if vm_panicked; then
            vm_once_more
            bound=$((SECONDS + 300))
            tick "waiting for SSH on port $ssh_port" "$serial"
        fi
        [ $SECONDS -lt $bound ] || vm_failed "SSH did not answer within $1 seconds."
        sleep 0.5
    done
    tick_end
}

vm_failed() {
    tick_end
    tail -n 20 "$serial" | tr -d '\r' | sed 's/^/    | /' >&2
    die "The virtual host '$lab_name' does not answer." "$1" "Its serial log: $serial"
}

# The clock stood still while the host lay in a snapshot.
vm_set_clock() {
    vm_ssh "date -s @$(date +%s) >/dev/null" </dev/null
}

# Has the host switch itself off, in order.
vm_power_off() {
    local bound=$((SECONDS + 900))
    say "switching it off …"
    tick "switching it off" "$serial"
    vm_ssh 'systemctl poweroff' </dev/null || true
    while vm_is_up; do
        [ $SECONDS -lt $bound ] || vm_failed "It was to switch itself off, and had not within 900 seconds."
        sleep 0.5
    done
    tick_end
    vm_stop
}

vm_stop() {
    local pid
    if vm_is_up; then
        pid=$(cat "$run/pid")
        kill "$pid" 2>/dev/null
        for _ in $(seq 50); do
            [ -d "/proc/$pid" ] || break
            sleep 0.1
        done
        kill -9 -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$run/pid" "$run/qmp"
}

# Lets the boot come to rest, or every later lab would go through the end of it again. libvirt asks QEMU once what it can do and keeps the answer, which takes
# an emulated processor nine seconds.
vm_rest() {
    say "the boot comes to rest …"
    tick "the boot comes to rest"
    vm_ssh 'virsh -c qemu:///system capabilities >/dev/null 2>&1 & systemctl is-system-running --wait >/dev/null; wait; sync' </dev/null || true
    tick_end
}

# Boots a fresh disk, takes the snapshot and keeps it for every later lab. Sets nothing; leaves the host running.
vm_first_boot() {
    local disk
    for disk in "$image"/*.raw; do qemu-img create -q -f qcow2 -F raw -b "$disk" "$run/$(basename "$disk" .raw).qcow2"; done
    case ${kind[firmware]} in
        uefi) qemu-img convert -q -f raw -O qcow2 "$ovmf/OVMF_VARS_4M.fd" "$run/vars.qcow2" ;;
        uefi-secure) qemu-img convert -q -f raw -O qcow2 "$ovmf/OVMF_VARS_4M.ms.fd" "$run/vars.qcow2" ;;
    esac
    say "booting (first time for this image: about 40 seconds) …"
    local again=yes
    vm_start
    vm_wait 300
    # The image's menu is what update-grub writes on a host with BIOS and a virtio disk.
    if [ "${kind[firmware]} ${kind[root]}" != 'bios plain' ]; then
        say "making GRUB's menu for this firmware and disk …"
        tick "making GRUB's menu"
        vm_ssh 'update-grub && sync' </dev/null >"$run/update-grub.log" 2>&1 || vm_failed "update-grub: $(tail -n 3 "$run/update-grub.log")"
        tick_end
    fi
    vm_rest
    if vm_panicked; then
        vm_once_more
        vm_wait 300
        vm_rest
    fi
    say "taking the snapshot …"
    tick "taking the snapshot"
    local answer
    answer=$(vm_monitor 'savevm pristine') || true
    tick_end
    if [ -n "$answer" ]; then
        echo "$answer" >"$run/no-snapshot"
        say "no snapshot could be taken ($answer); reset will boot again"
        return 0
    fi
    vm_stop
    mkdir -p "$pristine.new"
    for disk in "${disks[@]}"; do mv "$run/$disk.qcow2" "$pristine.new/"; done
    mv "$pristine.new" "$pristine"
}

# Starts from the snapshot: copies of its disks, its memory.
vm_resume() {
    local disk
    for disk in "${disks[@]}"; do cp --sparse=always --reflink=auto "$pristine/$disk.qcow2" "$run/"; done
    local again=yes
    vm_start -loadvm pristine
    vm_wait 120
    [ -n "$again" ] || vm_rest
    vm_set_clock
}

# Sets pristine to the snapshot's folder for the present hardware.
vm_pristine_folder() {
    local key
    key=$( (printf '%s\n' "${hardware[@]}"; "${qemu[@]}" --version) | sha256sum | cut -c1-12)
    mkdir -p "$cache/pristine"
    pristine=$cache/pristine/$image_key-$key
}
