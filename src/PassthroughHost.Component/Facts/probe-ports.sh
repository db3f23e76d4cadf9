# shellcheck shell=sh
# Part of the probe, for root: the ports that PCI functions are behind.

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
