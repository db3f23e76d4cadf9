# shellcheck shell=sh
# Part of the probe: PCI functions, their groups and ports, and screens.

# Where each function's links lead, and the driver modules that could claim it, without vfio's own: "address|driver|group|physical
# function|parent|modules". One reading for all: a process for each would take most of the time. Bridges are never passed through, so what
# could claim them is not asked. A module's patterns are of fnmatch(3), with no other special character than *. Source: depmod(8).
places() {
  take /proc/sys/kernel/osrelease
  find /sys/bus/pci/devices/ /sys/bus/pci/devices/*/ -maxdepth 1 -type l \( -path '/sys/bus/pci/devices/*.?' -o -name driver -o -name iommu_group -o -name physfn \) -printf '%p %l\n' 2>/dev/null |
    awk -v names="/lib/modules/$value/modules.alias" '
      function claim(pattern, module,   a) {
        gsub(/[*]/, ".*", pattern)
        for (a in alias) if (alias[a] ~ ("^" pattern "$") && index(" " modules[a], " " module " ") == 0) modules[a] = modules[a] module " "
      }
      { n = split($1, at, "/"); m = split($2, to, "/"); address = at[6]; seen[address] = 1 }
      n == 6 { if (to[m - 1] ~ /:.*:.*[.]/) parent[address] = to[m - 1] }
      n == 7 { link[address, at[7]] = to[m] }
      END {
        for (a in seen) {
          file = "/sys/bus/pci/devices/" a "/modalias"
          if ((getline line <file) > 0 && line !~ /bc06sc/) { alias[a] = line; wanted[substr(line, 1, 22)] = wanted[substr(line, 1, 13)] = 1 }
          close(file)
        }
        while ((getline line <names) > 0) {
          if (line !~ /^alias pci:v/) continue
          if (!(substr(line, 7, 22) in wanted) && line !~ /^alias pci:v[*]/ && !(substr(line, 20, 2) == "d*" && substr(line, 7, 13) in wanted)) continue
          split(line, word, " ")
          if (word[3] !~ /^vfio/) claim(word[2], word[3])
        }
        for (a in seen) print a "|" link[a, "driver"] "|" link[a, "iommu_group"] "|" link[a, "physfn"] "|" parent[a] "|" modules[a]
      }'
}

devices() {
  names=
  for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do [ -r "$file" ] && names=$file; done
  places | while IFS='|' read -r address driver group physical parent modules; do
    dir=/sys/bus/pci/devices/$address
    [ -e "$dir/vendor" ] || continue
    take "$dir/vendor"; vendor=${value#0x}
    take "$dir/device"; device=${value#0x}
    take "$dir/subsystem_vendor"; subvendor=${value#0x}
    take "$dir/subsystem_device"; subdevice=${value#0x}
    take "$dir/class"; class=${value#0x}
    take "$dir/numa_node"; node=$value
    take "$dir/boot_vga"; vga=$value
    take "$dir/sriov_totalvfs"; total=$value
    take "$dir/sriov_numvfs"; vfs=$value
    take "$dir/reset_method"; reset=$value
    take "$dir/driver_override"; override=$value
    rom=0; [ -e "$dir/rom" ] && rom=1
    row pci "$address" "$vendor:$device" "$subvendor:$subdevice" "$class" "$driver" "$group" "$node" "$vga" "$total" "$vfs" "$reset" "$override" "$modules" "$parent" "$rom" "$physical"
    if [ "${total:-0}" != 0 ]; then
      take "$dir/sriov_offset"; offset=$value
      take "$dir/sriov_stride"; stride=$value
      take "$dir/sriov_vf_device"
      row sriov "$address" "$offset" "$stride" "$value"
    fi
  done
  for type in /sys/kernel/iommu_groups/*/type; do
    [ -r "$type" ] || continue
    group=${type%/type}
    take "$type"
    row group "${group##*/}" "$value"
  done
  if [ -n "$names" ]; then
    # One pass over the names' file for all the IDs that are here.
    cat /sys/bus/pci/devices/*/modalias 2>/dev/null | awk -v file="$names" '
      { v = tolower(substr($0, 10, 4)); want[v ":" tolower(substr($0, 19, 4))] = vendors[v] = 1 }
      END {
        while ((getline line < file) > 0) {
          if (line ~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]  /) { v = substr(line, 1, 4); vendor = substr(line, 7); on = (v in vendors) }
          else if (on && line ~ /^\t[0-9a-f]/) { id = v ":" substr(line, 2, 4); if (id in want) printf "name\t%s\t%s %s\n", id, vendor, substr(line, 8) }
          else if (line ~ /^C /) break
        }
      }'
  fi
}

# What kind of port each bridge is, and its ACS capability and control: whether it keeps what is behind it apart. From its configuration
# space, which only root can read beyond the first 64 bytes. Source: PCI Express Base Specification, 7.5.3.2 and 7.7.11.
ports() {
  have od || return 0
  set --
  for dir in /sys/bus/pci/devices/*; do
    take "$dir/class"
    case $value in 0x0604*) set -- "$@" "$dir/config" ;; esac
  done
  [ $# -gt 0 ] || return 0
  if [ "$uid" != 0 ]; then
    for port; do port=${port%/config}; row port "${port##*/}" '' '' ''; done
    return 0
  fi
  # One process for all of them: how many bytes each has, and then the bytes of all.
  { stat -c '%s %n' "$@"; echo; cat "$@" | od -An -v -tu1 -w64; } | awk '
      function byte(at) { return data[at] + 0 }
      function word(at) { return byte(at) + 256 * byte(at + 1) }
      NF == 0 { reading = 1; next }
      !reading { n = split($2, part, "/"); size[++all] = $1; name[all] = part[n - 1]; next }
      {
        if (!filled) at_file++
        for (i = 1; i <= NF; i++) data[filled + i - 1] = $i
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

displays() {
  [ ! -r /proc/fb ] || while read -r number name; do row framebuffer "$number" "$name"; done </proc/fb
  for card in /sys/class/drm/card[0-9]*; do
    case ${card##*/} in *-*) continue ;; esac
    [ -e "$card/device" ] || continue
    function_of "$card/device"; row drm "${card##*/}" "$pci"
  done
}
