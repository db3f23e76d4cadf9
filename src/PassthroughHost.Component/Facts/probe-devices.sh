# shellcheck shell=sh
# Part of the probe, for any login: PCI functions, their groups, and screens.

# places: what the links of sysfs and two long files tell, by one program for all of it, as it is starting programs that takes the time:
#   function|address|driver|group|physical function|parent|modules that could claim it, without vfio's own
#   name|vendor:device|what that is called
#   link|net/NAME, block/NAME or drm/NAME|the PCI function it belongs to
#   target|unit  that is booted into, an administrator's choice before the distribution's
# Bridges are never passed through, so what could claim them is not asked. A module's patterns are of fnmatch(3), with no other special
# character than *. Source: depmod(8), pci.ids(5), systemd.unit(5).
places() {
  names=
  for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do [ -r "$file" ] && names=$file; done
  take /proc/sys/kernel/osrelease
  find /etc/systemd/system/default.target /usr/lib/systemd/system/default.target /lib/systemd/system/default.target \
    /sys/bus/pci/devices/ /sys/bus/pci/devices/*/ /sys/class/net/ /sys/class/block/ /sys/class/drm/ -maxdepth 1 -type l \
    \( -path '/sys/bus/pci/devices/*.?' -o -name driver -o -name iommu_group -o -name physfn -o -path '/sys/class/*' -o -name default.target \) -printf '%p %l\n' 2>/dev/null |
    awk -v aliases="/lib/modules/$value/modules.alias" -v names="$names" '
    function claim(pattern, module,   a) {
      gsub(/[*]/, ".*", pattern)
      for (a in alias) if (alias[a] ~ ("^" pattern "$") && index(" " modules[a], " " module " ") == 0) modules[a] = modules[a] module " "
    }
    { m = split($2, to, "/") }
    /default.target / { if (!target++) print "target|" to[m]; next }
    /^\/sys\/class\// {
      split($1, at, "/")
      for (; m > 0; m--) if (to[m] ~ /^[0-9a-f]+:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f][.][0-7]$/) { print "link|" at[4] "/" at[5] "|" to[m]; break }
      next
    }
    { n = split($1, at, "/"); address = at[6]; seen[address] = 1 }
    n == 6 { if (to[m - 1] ~ /:.*:.*[.]/) parent[address] = to[m - 1] }
    n == 7 { link[address, at[7]] = to[m] }
    END {
      for (a in seen) {
        file = "/sys/bus/pci/devices/" a "/modalias"
        if ((getline line <file) > 0) {
          v = tolower(substr(line, 10, 4)); id[v ":" tolower(substr(line, 19, 4))] = vendors[v] = 1
          if (line !~ /bc06sc/) { alias[a] = line; wanted[substr(line, 1, 22)] = wanted[substr(line, 1, 13)] = 1 }
        }
        close(file)
      }
      while ((getline line <aliases) > 0) {
        if (line !~ /^alias pci:v/) continue
        if (!(substr(line, 7, 22) in wanted) && line !~ /^alias pci:v[*]/ && !(substr(line, 20, 2) == "d*" && substr(line, 7, 13) in wanted)) continue
        split(line, word, " ")
        if (word[3] !~ /^vfio/) claim(word[2], word[3])
      }
      for (a in seen) print "function|" a "|" link[a, "driver"] "|" link[a, "iommu_group"] "|" link[a, "physfn"] "|" parent[a] "|" modules[a]
      while (names != "" && (getline line <names) > 0) {
        if (line ~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]  /) { v = substr(line, 1, 4); vendor = substr(line, 7); on = (v in vendors) }
        else if (on && line ~ /^\t[0-9a-f]/) { known = v ":" substr(line, 2, 4); if (known in id) print "name|" known "|" vendor " " substr(line, 8) }
        else if (line ~ /^C /) break
      }
    }'
}

# devices: the rows of PCI functions; and $functions, " net/NAME=address block/NAME=address … "
devices() {
  functions=' '
  found=$(places)
  while IFS='|' read -r kind address driver group physical parent modules; do
    case $kind in
      function) ;;
      # A name may hold the separator itself.
      name) row name "$address" "$driver${group:+|$group}${physical:+|$physical}"; continue ;;
      link) functions="$functions$address=$driver "; continue ;;
      *) row "$kind" "$address"; continue ;;
    esac
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
  done <<FOUND
$found
FOUND
  for type in /sys/kernel/iommu_groups/*/type; do
    [ -r "$type" ] || continue
    group=${type%/type}
    take "$type"
    row group "${group##*/}" "$value"
  done
}

# function_of NAME: the PCI function that net/…, block/… or drm/… belongs to, into $pci
function_of() {
  pci=
  case $functions in *" $1="*) pci=${functions#*" $1="}; pci=${pci%% *} ;; esac
}

displays() {
  [ ! -r /proc/fb ] || while read -r number name; do row framebuffer "$number" "$name"; done </proc/fb
  for card in /sys/class/drm/card[0-9]*; do
    case ${card##*/} in *-*) continue ;; esac
    [ -e "$card/device" ] || continue
    function_of "drm/${card##*/}"; row drm "${card##*/}" "$pci"
  done
}
