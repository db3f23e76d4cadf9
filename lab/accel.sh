# shellcheck shell=bash
# Whether KVM can run the virtual host here. Sourced, not run.

# Sets accel to `kvm` or `tcg`. /dev/kvm proves little (a nested one may not run a whole kernel), so a kernel is booted with it, once for
# each image and kernel of this machine. PASSTHROUGH_LAB_ACCEL overrides.
accel_choose() {
    accel=${PASSTHROUGH_LAB_ACCEL:-}
    case $accel in
        kvm | tcg) return ;;
        '') ;;
        *) die "PASSTHROUGH_LAB_ACCEL is '$accel'." "It must be kvm or tcg." ;;
    esac
    accel=tcg
    [ -w /dev/kvm ] || return 0
    if [ ! -e "$(accel_verdict "$image")" ]; then
        say "trying whether KVM runs a kernel here …"
        accel_try "$image"
    fi
    accel=$(cat "$(accel_verdict "$image")")
}

# Where the trial's result is kept. Argument: the image's folder.
accel_verdict() {
    echo "$1/accel-$(uname -r)"
}

# Begins that trial beside the making of the disk, if QEMU is there by then. Argument: the image's folder, which gets the kernel.
accel_begin() {
    accel_trial=
    [ -w /dev/kvm ] || return 0
    (
        until [ -e "$1/probe.cpio" ]; do
            sleep 0.2
            kill -0 $$ 2>/dev/null || exit 0
        done
        ! command -v qemu-system-x86_64 >/dev/null || accel_try "$1"
    ) 8>&- 9>&- &
    accel_trial=$!
}

# Waits for it.
accel_end() {
    [ -z "$accel_trial" ] || wait "$accel_trial" || true
}

# Boots the kernel of the image's folder $1 with KVM, and keeps the result there. Silent: the shell itself would say that QEMU was aborted, which is an answer.
accel_try() {
    local verdict output result=tcg pid waited
    verdict=$(accel_verdict "$1")
    # Two labs may try the same image.
    output=$1/probe.$BASHPID.log
    : >"$output"
    qemu-system-x86_64 -nodefaults -no-reboot -display none -machine q35,accel=kvm -cpu host -m 512 -kernel "$1/vmlinuz" -initrd "$1/probe.cpio" \
        -append 'console=ttyS0 earlyprintk=serial panic=-1' -serial "file:$output" </dev/null >/dev/null 2>&1 &
    pid=$!
    # A kernel that runs says so at once: one that has not said its first line after 8 seconds never will. It has 20 in all.
    for waited in $(seq 100); do
        sleep 0.2
        # Nobody is left to use it where the lab was killed.
        kill -0 $$ 2>/dev/null || break
        ! grep -qs passthrough-lab-probe-ran "$output" || { result=kvm; break; }
        kill -0 "$pid" 2>/dev/null || break
        [ "$waited" -lt 40 ] || grep -qs 'Linux version' "$output" || break
    done
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    ! grep -qs passthrough-lab-probe-ran "$output" || result=kvm
    rm -f "$output"
    grep -qsx kvm "$verdict" || { echo "$result" >"$verdict.$BASHPID" && mv "$verdict.$BASHPID" "$verdict"; }
} 2>/dev/null
