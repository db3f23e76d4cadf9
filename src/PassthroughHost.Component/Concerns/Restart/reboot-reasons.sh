# shellcheck shell=sh
# Why a host is to be rebooted, and whether its reboot was put off. For Restart and Verify; PlannedReboot.cs has the same words.
#   ARGUMENTS  arguments the running kernel must have
#   BOUND      addresses that must be bound to vfio-pci
# The boot in which a reboot was put off.
PUT_OFF=$STATE/restart.waiting

# driver_of ADDRESS
driver_of() {
  driver=$(readlink "/sys/bus/pci/devices/$1/driver" 2>/dev/null)
  printf '%s' "${driver##*/}"
}

# why_reboot: a line each
why_reboot() {
  why_arguments
  for address in $BOUND; do
    driver=$(driver_of "$address")
    [ "$driver" = vfio-pci ] || printf '%s is with %s, not vfio-pci\n' "$address" "${driver:-no driver}"
  done
}

why_arguments() {
  running=$(cat /proc/cmdline)
  for argument in $ARGUMENTS; do has "$running" "$argument" || printf 'the running kernel lacks %s\n' "$argument"; done
  # Arguments of an earlier apply that are not wanted any more.
  before=$(awk -F '	' '$1 == "setting" && $2 ~ /kernel.*arguments/ { print $3 }' "$STATE"/*.receipt 2>/dev/null)
  for argument in $before; do
    has "$ARGUMENTS" "$argument" || ! has "$running" "$argument" || printf 'the running kernel still has %s\n' "$argument"
  done
}

# is_put_off: whether the reboot this host needs was put off in its present boot
is_put_off() { [ -r "$PUT_OFF" ] && [ "$(cat "$PUT_OFF")" = "$(boot_id)" ] && [ -n "$(why_reboot)" ]; }
