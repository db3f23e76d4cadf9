# shellcheck shell=sh
# Verifies the running kernel, and names the cause where it is not as wanted.
#   ARGUMENTS   arguments the running kernel must have
#   BOUND       addresses that must be bound to vfio-pci
#   DEVICE_IDS  their IDs, in the same order
#   IOMMU       intel or amd
#   ISOLATED    CPUs the kernel must have isolated, in list format; not set where none
# Source of the diagnoses: the walk-through, rows 1, 6 and 10; Linux Documentation/arch/x86/iommu.rst.

concern_check() { :; }

# what_holds: what a reboot that has begun still waits for
what_holds() {
  guests=$(running_guests | in_a_row)
  [ -z "$guests" ] || printf '; guests that still run: %s' "$guests"
  jobs=$(systemctl list-jobs --no-legend 2>/dev/null | awk '$3 == "stop" && $4 == "running" { print $2 }' | in_a_row)
  [ -z "$jobs" ] || printf '; still being stopped: %s' "$jobs"
}

check_boot() {
  [ -r "$STATE/restart.pending" ] || return 0
  if [ "$(cat "$STATE/restart.pending")" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    fail "looking for the new boot" "the host has not rebooted (same boot_id)$(what_holds)" "see on the host's console what holds the reboot up, then update again"
  fi
  rm -f "$STATE/restart.pending"
  say "the host has rebooted"
}

check_arguments() {
  running=$(cat /proc/cmdline)
  for argument in $ARGUMENTS; do
    has "$running" "$argument" && continue
    [ "$(trial_state "$TRIAL")" != failed ] || refuse_failed_trial
    if any_has "$(own_lines "$GRUB_CONFIG")" "$argument"; then
      fail "looking for $argument on the running kernel's command line" "it is in GRUB's menu but the kernel runs without it: $running" "GRUB started another entry: see GRUB_DEFAULT, the saved entry (grub-editenv list) and whether the firmware boots this disk's GRUB"
    fi
    fail "looking for $argument on the running kernel's command line" "it is not in GRUB's menu either" "update-grub was forgotten or /boot is full: run the update again"
  done
}

check_iommu() {
  table=DMAR
  firmware=VT-d
  [ "$IOMMU" = intel ] || { table=IVRS; firmware=AMD-Vi; }
  if [ ! -e "/sys/firmware/acpi/tables/$table" ]; then
    fail "looking for the IOMMU" "the firmware gives no ACPI table $table" "enable $firmware (\"IOMMU\") in the firmware setup; boards without it cannot pass devices through"
  fi
  if ! ls /sys/kernel/iommu_groups/*/devices/* >/dev/null 2>&1; then
    said=$(dmesg | grep -E 'IOMMU disabled|No ATSR|AMD-Vi: .*(fail|disabl)' | head -n 2 | tr '\n' ';')
    fail "looking for IOMMU groups" "there are none; the kernel said: ${said:-nothing}" "a kernel argument that turns it off (intel_iommu=off, amd_iommu=off, iommu=off) or $firmware switched off in the firmware setup"
  fi
  grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo || say "note: no vmx or svm flag: hardware virtualization is off in the firmware, guests run without KVM"
}

# check_group ADDRESS GROUP: a group is only given away as a whole. Before the IOMMU was on, nothing could be known of it.
check_group() {
  for sibling in "/sys/kernel/iommu_groups/$2"/devices/*; do
    read -r class <"$sibling/class"
    case $class in 0x06*) continue ;; esac
    driver=$(readlink "$sibling/driver" 2>/dev/null)
    case ${driver##*/} in '' | vfio-pci | pci-stub) continue ;; esac
    fail "looking at IOMMU group $2 of $1" "${sibling##*/} is in it too, and with ${driver##*/}: the group is not viable" "list it as a device as well, give it up with acceptSiblings, or move the card to another slot; the next preview says which are separate"
  done
}

check_binding() {
  position=0
  for address in $BOUND; do
    position=$((position + 1))
    device=/sys/bus/pci/devices/$address
    id=$(printf '%s' "$DEVICE_IDS" | cut -d ' ' -f $position)
    [ -e "$device" ] || fail "looking for $address" "there is no such device after the reboot" "addresses move when a card is added or taken out: see lspci -nn for [$id] and mend devices in the spec"
    read -r vendor <"$device/vendor"
    read -r product <"$device/device"
    [ "${vendor#0x}:${product#0x}" = "$id" ] || fail "looking at $address" "it is now [${vendor#0x}:${product#0x}], not [$id]" "addresses have moved: see lspci -nn for [$id] and mend devices in the spec"
    [ -e "$device/iommu_group" ] || fail "looking for the IOMMU group of $address" "it has none" "its slot is not behind the IOMMU; try another slot"
    driver=$(readlink "$device/driver" 2>/dev/null)
    driver=${driver##*/}
    if [ "$driver" != vfio-pci ]; then
      if [ ! -d /sys/bus/pci/drivers/vfio-pci ]; then
        refused=$(dmesg | grep -E 'vfio' | tail -n 2 | tr '\n' ';')
        fail "looking at the driver of $address" "it is ${driver:-none} and vfio-pci is not loaded; the kernel said: ${refused:-nothing}" "enable $IOMMU virtualization in the firmware setup, or try boot.iommuPassthrough: false (without iommu=pt)"
      fi
      fail "looking at the driver of $address" "it is ${driver:-none}, not vfio-pci; the kernel said: $(dmesg | grep -F "$address" | tail -n 3 | tr '\n' ';')" "the host's own driver was first (it is built in, or loaded in the initramfs before vfio-pci), or somebody moved the device to it and it is in use: the next preview tells which"
    fi
    group=$(readlink "$device/iommu_group")
    check_group "$address" "${group##*/}"
    say "$address [$id] is with vfio-pci, in IOMMU group ${group##*/}"
  done
}

check_isolation() {
  isolated=$(cat /sys/devices/system/cpu/isolated 2>/dev/null)
  [ "$isolated" = "$ISOLATED" ] ||
    fail "looking for the isolated CPUs $ISOLATED" "the kernel has the argument and isolates ${isolated:-none}" "this kernel is built without CONFIG_CPU_ISOLATION, or another isolcpus= follows on its command line; write isolation.method: cgroup"
}

concern_apply() {
  if is_put_off; then
    why_reboot | sort -u | sed 's/^/reboot pending: /'
    say "the boot is verified once the host has been rebooted"
    return 0
  fi
  check_boot
  check_arguments
  [ -z "${ISOLATED:-}" ] || check_isolation
  [ -z "$BOUND" ] || { check_iommu; check_binding; }
  confirm_trial
  rm -f "$TRIED"
  # What could not be started is told; no later boot is to start it unasked.
  start_stopped
  rm -f "$STOPPED"
  say "verified: $(uname -r) with $(printf '%s' "$ARGUMENTS")"
}

# What is not as wanted is not made the default: the next boot is the one of before.
concern_undo() {
  [ "$(trial_state "$TRIAL")" != running ] || : >"$TRIAL/unverified"
  # The host is up: of the guests that were shut down for the reboot, those run again that need none of its devices.
  [ -e "$STATE/restart.pending" ] || start_stopped has_no_device
}

concern_revert() { rm -f "$PROVEN"; }
