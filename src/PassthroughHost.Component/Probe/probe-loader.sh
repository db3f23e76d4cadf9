# shellcheck shell=sh
# Part of the probe, for root: what booted this host, what makes its initramfs, and what others wrote that may beat what an update writes.

# loader: what a boot loader, or the stub of a unified kernel image, says of itself in the firmware's variables: four bytes of attributes, then UTF-16.
# Source: systemd's Boot Loader Interface (systemd.io/BOOT_LOADER_INTERFACE), LoaderInfo and StubInfo; GRUB 2.12 writes the first one too (its module bli).
loader() {
  for name in LoaderInfo StubInfo; do
    variable=/sys/firmware/efi/efivars/$name-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
    [ ! -r "$variable" ] || row "$name" "$(tr -d '\000-\037' <"$variable")"
  done
  [ ! -x /usr/bin/pveversion ] || row product 'Proxmox VE'
}

# makers: the programs that make an initramfs when a kernel comes
makers() { row initramfs "$(initramfs_makers)"; }

# lines KIND: "FILE:LINE" as a row of text each
lines() {
  while IFS= read -r line; do printf 'text\t%s\t%s\t%s\n' "$1" "${line%%:*}" "${line#*:}"; done
}

# rules: what modprobe.d says of vfio-pci, and what sets the kernel's arguments in GRUB's files
rules() {
  grep -HsE '^[[:space:]]*(blacklist|install|options)[[:space:]]+vfio[-_]pci([[:space:]]|$)' \
    /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/local/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf | lines modprobe
  grep -HsE '^[[:space:]]*(export[[:space:]]+)?GRUB_CMDLINE_LINUX(_DEFAULT)?[+]?=' /etc/default/grub /etc/default/grub.d/*.cfg | lines grubline
}

# tunnels: where the other ends of WireGuard links are, and by which link one gets there
tunnels() {
  have wg || return 0
  marks=$(wg show all fwmark 2>/dev/null)
  wg show all endpoints 2>/dev/null | while read -r tunnel _ endpoint; do
    case $endpoint in '' | '(none)') continue ;; esac
    address=${endpoint%:*}
    address=${address#[}
    address=${address%]}
    mark=$(printf '%s\n' "$marks" | while read -r of by; do [ "$of" != "$tunnel" ] || printf '%s' "$by"; done)
    case $mark in '' | off) found=$(ip -o route get "$address" 2>/dev/null) ;; *) found=$(ip -o route get "$address" mark "$mark" 2>/dev/null) ;; esac
    case $found in *' dev '*) found=${found#*' dev '}; row tunnel "$tunnel" "$address" "${found%% *}" ;; esac
  done
}
