# shellcheck shell=sh
# Part of the probe, for root: the ports that PCI functions are behind, and the slots they are in.

# The configuration space of each bridge, a path a line, into $bridges
bridges() {
  bridges=
  for dir in /sys/bus/pci/devices/*; do
    take "$dir/class"
    case $value in 0x0604*) bridges="$bridges$dir/config$line_end" ;; esac
  done
}

# What kind of port each bridge is, and its ACS capability and control: whether it keeps what is behind it apart. From its configuration
# space, which only root can read beyond the first 64 bytes. Source: PCI Express Base Specification, 7.5.3.2 and 7.7.11.
ports() {
  [ -n "$bridges" ] && have od || return 0
  # shellcheck disable=SC2086  # paths of sysfs have no spaces
  set -- $bridges
  if [ "$uid" != 0 ]; then
    for port; do port=${port%/config}; row port "${port##*/}" '' '' ''; done
    return 0
  fi
  # How many bytes each has, and then the bytes of all.
  { printf '%s\n\n' "$looked"; od -An -v -tu1 -w64 "$@"; } | awk '
      # A line is 64 bytes; those that matter are few, so a line is taken apart when it is asked for.
      function byte(at) { split(data[int(at / 64)], byte_of, " "); return byte_of[at % 64 + 1] + 0 }
      function word(at) { return byte(at) + 256 * byte(at + 1) }
      NF == 0 { reading = 1; next }
      !reading { if (split($1, part, "/") == 7 && part[7] == "config") { size[++all] = $2; name[all] = part[6] } next }
      {
        if (!filled) at_file++
        data[filled / 64] = $0
        filled += NF
        if (filled < size[at_file]) next
        describe(name[at_file])
        for (i in data) delete data[i]
        filled = 0
      }
      function describe(address,   kind, steps, far, capability, control, at) {
        kind = ""; steps = far = 0; capability = ""; control = ""
        for (at = byte(52); at >= 64 && steps++ < 48; at = byte(at + 1)) if (byte(at) == 16) kind = int(word(at + 2) / 16) % 16
        for (at = 256; filled > at + 8 && at >= 256 && word(at) != 0 && far++ < 96; at = int(word(at + 2) / 16)) if (word(at) == 13) { capability = word(at + 4); control = word(at + 6) }
        printf "port\t%s\t%s\t%s\t%s\n", address, kind, capability, control
      }'
}

# slots: what the firmware calls each slot, and the function it leads to: the one in the slot, or the port before it. Only root can read the
# table. A structure is its type, its length and the number of its name among the texts that follow, each ended by a zero, the last by two.
# Source: SMBIOS 3.7 (DMTF DSP0134), 6.1.3 "Text strings" and 7.10 "System Slots"; Linux Documentation/ABI/testing/sysfs-firmware-dmi-tables.
slots() {
  { [ -r /sys/firmware/dmi/tables/DMI ] && have od; } || return 0
  od -An -v -tu1 -w64 /sys/firmware/dmi/tables/DMI 2>/dev/null | awk '
      { for (i = 1; i <= NF; i++) byte[bytes++] = $i }
      END {
        for (at = 0; at + 4 <= bytes && byte[at] != 127 && byte[at + 1] >= 4; at = after) {
          after = at + byte[at + 1]; text = 0; name = ""
          while (after < bytes && byte[after] != 0) {
            text++
            for (; after < bytes && byte[after] != 0; after++) if (text == byte[at + 4] && byte[after] >= 32 && byte[after] < 127) name = name sprintf("%c", byte[after])
            after++
          }
          after += text > 0 ? 1 : 2
          # The address came with SMBIOS 2.6; ff:1f.7 is none, and 00:00.0 is what firmware writes that does not know.
          if (byte[at] != 9 || byte[at + 1] < 17 || name == "" || byte[at + 15] * 256 + byte[at + 16] ~ /^(0|65535)$/) continue
          gsub(/^ +| +$/, "", name)
          printf "named\t%04x:%02x:%02x.%x\t%s\n", byte[at + 13] + 256 * byte[at + 14], byte[at + 15], int(byte[at + 16] / 8), byte[at + 16] % 8, name
        }
      }'
}
