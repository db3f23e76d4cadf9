# shellcheck shell=sh
# Part of the scripts of Network and NetworkConfirm, and of the guard; it uses nothing of theirs.

# is_vlan NAME ID LINK: whether NAME is that VLAN on that link, as the kernel has it
is_vlan() { grep -qs "VID: ${2}[^0-9]" "/proc/net/vlan/$1" && [ -e "/sys/class/net/$1/lower_$3" ]; }
