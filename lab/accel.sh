# shellcheck shell=bash
# Whether KVM can run the virtual host here. Sourced, not run.

# Sets accel to `kvm` or `tcg`. /dev/kvm proves little (a nested one may not run a whole kernel), so a kernel is booted with it, once for
# each image and kernel of this machine. PASSTHROUGH_LAB_ACCEL overrides.
accel_choose() {
    local verdict
    accel=${PASSTHROUGH_LAB_ACCEL:-}
    case $accel in
        kvm | tcg) return ;;
        '') ;;
        *) die "PASSTHROUGH_LAB_ACCEL is '$accel'." "It must be kvm or tcg." ;;
    esac
    accel=tcg
    [ -w /dev/kvm ] || return 0
    verdict=$image/accel-$(uname -r)
    if [ ! -e "$verdict" ]; then
        say "trying whether KVM runs a kernel here …"
        if accel_probe; then echo kvm >"$verdict"; else echo tcg >"$verdict"; fi
    fi
    accel=$(cat "$verdict")
}

accel_probe() {
    timeout 20 qemu-system-x86_64 -nodefaults -no-reboot -display none -machine q35,accel=kvm -cpu host -m 512 \
        -kernel "$image/vmlinuz" -initrd "$image/probe.cpio" -append 'console=ttyS0 quiet panic=-1' -serial stdio \
        </dev/null 2>/dev/null | grep -q passthrough-lab-probe-ran
}
