# shellcheck shell=sh
# Part of the probe, for any login: PCI functions, their groups, and screens.

# devices: the rows of PCI functions, their names and groups; and in $functions which function a link or a disk belongs to, " net/NAME=address block/NAME=address drm/NAME=address … ". What there is, is found by one program, and read by
# another. Bridges are never passed through, so which modules could claim them is not asked, nor which of vfio's own could claim any. A
# module's patterns are of fnmatch(3), with no other special character than *. Source: depmod(8), pci.ids(5).
devices() {
  names=
  for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do [ -r "$file" ] && names=$file; done
  take /proc/sys/kernel/osrelease
  found=$(
    find /sys/bus/pci/devices/ /sys/bus/pci/devices/*/ /sys/class/net/ /sys/class/block/ /sys/class/drm/ -maxdepth 1 \
      \( -type l \( -path '/sys/bus/pci/devices/*.?' -o -name driver -o -name iommu_group -o -name physfn -o -path '/sys/class/*' \) -o -name rom \) -printf '%p %l\n' 2>/dev/null |
      awk -v aliases="/lib/modules/$value/modules.alias" -v names="$names" '
        function claim(pattern, module,   a) {
          gsub(/[*]/, ".*", pattern)
          for (a in alias) if (alias[a] ~ ("^" pattern "$") && index(" " modules[a], " " module " ") == 0) modules[a] = modules[a] module " "
        }
        function content(file,   line) { getline line <file; close(file); return line }
        function number(file,   line) { line = content(file); sub(/^0x/, "", line); return line }
        { m = split($2, to, "/") }
        /^\/sys\/class\// {
          split($1, at, "/")
          for (; m > 0; m--) if (to[m] ~ /^[0-9a-f]+:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f][.][0-7]$/) { functions = functions at[4] "/" at[5] "=" to[m] " "; break }
          next
        }
        { n = split($1, at, "/"); address = at[6]; seen[address] = 1 }
        # The domain of an emulated host bridge (Intel VMD) begins below the function that emulates it: 0000:00:0e.0/pci10000:e0/10000:e0:06.0.
        n == 6 { above = m - (to[m - 1] ~ /^pci/ ? 2 : 1); if (to[above] ~ /:.*:.*[.]/) parent[address] = to[above] }
        n == 7 { link[address, at[7]] = to[m] }
        n == 7 && at[7] == "rom" { rom[address] = 1 }
        END {
          for (a in seen) {
            if ((line = content("/sys/bus/pci/devices/" a "/modalias")) == "") continue
            v = tolower(substr(line, 10, 4)); id[v ":" tolower(substr(line, 19, 4))] = vendors[v] = 1
            if (line !~ /bc06sc/) { alias[a] = line; wanted[substr(line, 1, 22)] = wanted[substr(line, 1, 13)] = 1 }
          }
          while ((getline line <aliases) > 0) {
            # Most of some ten thousand lines are of other devices.
            if (substr(line, 7, 5) != "pci:v") continue
            if (!(substr(line, 7, 22) in wanted) && substr(line, 12, 1) != "*" && !(substr(line, 20, 2) == "d*" && substr(line, 7, 13) in wanted)) continue
            split(line, word, " ")
            if (word[3] !~ /^vfio/) claim(word[2], word[3])
          }
          print " " functions
          for (a in seen) {
            dir = "/sys/bus/pci/devices/" a "/"
            if ((vendor = number(dir "vendor")) == "") continue
            total = content(dir "sriov_totalvfs")
            group = link[a, "iommu_group"]
            printf "pci\t%s\t%s:%s\t%s:%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", a, vendor, number(dir "device"), number(dir "subsystem_vendor"), number(dir "subsystem_device"), number(dir "class"), link[a, "driver"], group, content(dir "numa_node"), content(dir "boot_vga"), total, content(dir "sriov_numvfs"), content(dir "reset_method"), content(dir "driver_override"), modules[a], parent[a], rom[a], link[a, "physfn"]
            if (total + 0) printf "sriov\t%s\t%s\t%s\t%s\n", a, content(dir "sriov_offset"), content(dir "sriov_stride"), content(dir "sriov_vf_device")
            if (group != "" && !told[group]++ && (kind = content("/sys/kernel/iommu_groups/" group "/type")) != "") printf "group\t%s\t%s\n", group, kind
          }
          while (names != "" && (getline line <names) > 0) {
            first = substr(line, 1, 1)
            if (first == "\t") { if (on && ((known = v ":" substr(line, 2, 4)) in id)) printf "name\t%s\t%s %s\n", known, vendor, substr(line, 8) }
            else if (first == "C") break
            else if (first != "#") { v = substr(line, 1, 4); vendor = substr(line, 7); on = (v in vendors) }
          }
        }'
  )
  functions=${found%%"$line_end"*}
  printf '%s\n' "${found#*"$line_end"}"
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
