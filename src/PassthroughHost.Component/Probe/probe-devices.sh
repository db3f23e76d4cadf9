# shellcheck shell=sh
# Part of the probe, for any login: PCI functions, their groups, and screens.

# devices: the rows of PCI functions, their names, groups and slots, the outputs and memory of displays, and what hangs on USB controllers; and in $functions which function a link or a disk belongs to, " net/NAME=address block/NAME=address drm/NAME=address … ". What there is, is found by one program, and read by
# another. Bridges are never passed through, so which modules could claim them is not asked, nor which of vfio's own could claim any. A
# module's patterns are of fnmatch(3), with no other special character than *. Source: depmod(8), pci.ids(5).
devices() {
  names=
  for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do [ -r "$file" ] && names=$file; done
  take /proc/sys/kernel/osrelease
  found=$(
    find /sys/bus/pci/devices/ /sys/bus/pci/devices/*/ /sys/bus/pci/slots/*/ /sys/bus/usb/devices/ /sys/class/net/ /sys/class/block/ /sys/class/drm/ -maxdepth 1 \
      \( -type l \( -path '/sys/bus/pci/devices/*.?' -o -name driver -o -name iommu_group -o -name physfn -o -path '/sys/class/*' -o -path '/sys/bus/usb/devices/*:*' \) -o -name rom -o -path '/sys/bus/pci/slots/*/address' \) \
      -printf '%p %l\n' 2>/dev/null |
      awk -v aliases="/lib/modules/$value/modules.alias" -v names="$names" '
        function claim(pattern, module,   a) {
          gsub(/[*]/, ".*", pattern)
          for (a in alias) if (alias[a] ~ ("^" pattern "$") && index(" " modules[a], " " module " ") == 0) modules[a] = modules[a] module " "
        }
        function content(file,   line) { getline line <file; close(file); return line }
        function number(file,   line) { line = content(file); sub(/^0x/, "", line); return line }
        function is_address(text) { return text ~ /^[0-9a-f]+:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f][.][0-7]$/ }
        { m = split($2, to, "/") }
        /^\/sys\/bus\/pci\/slots\// { sub(/ $/, ""); split($0, at, "/"); slots = slots "slot\t" content($0) "\t" at[6] "\n"; next }
        # The interfaces of USB devices; those of a controller itself (1-0:1.0) are of no interest.
        /^\/sys\/bus\/usb\// {
          split($1, at, "/"); device = at[6]; sub(/:.*/, "", device)
          if (device ~ /-0$/) next
          for (; m > 0; m--) if (is_address(to[m])) { usb[device] = to[m]; break }
          kinds[device] = kinds[device] content($1 "/bInterfaceClass") content($1 "/bInterfaceSubClass") content($1 "/bInterfaceProtocol") " "
          next
        }
        /^\/sys\/class\// {
          split($1, at, "/")
          for (; m > 0; m--) if (is_address(to[m])) { functions = functions at[4] "/" at[5] "=" to[m] " "; if (at[4] == "drm" && at[5] ~ /^card[0-9]+-/) output[at[5]] = to[m]; break }
          next
        }
        { n = split($1, at, "/"); address = at[6]; seen[address] = 1 }
        # The domain of an emulated host bridge (Intel VMD) begins below the function that emulates it: 0000:00:0e.0/pci10000:e0/10000:e0:06.0.
        n == 6 { above = m - (to[m - 1] ~ /^pci/ ? 2 : 1); if (is_address(to[above])) parent[address] = to[above] }
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
          printf "%s", slots
          for (o in output) { name = o; sub(/^card[0-9]+-/, "", name); printf "connector\t%s\t%s\t%s\n", output[o], name, content("/sys/class/drm/" o "/status") }
          for (d in usb) {
            dir = "/sys/bus/usb/devices/" d "/"
            name = content(dir "manufacturer") " " content(dir "product"); gsub(/\t/, " ", name)
            printf "usb\t%s\t%s:%s\t%s\t%s\n", usb[d], content(dir "idVendor"), content(dir "idProduct"), kinds[d], name
          }
          for (a in seen) {
            dir = "/sys/bus/pci/devices/" a "/"
            if ((vendor = number(dir "vendor")) == "") continue
            class = number(dir "class"); shows = content(dir "boot_vga"); total = content(dir "sriov_totalvfs")
            if (class ~ /^(03|12)/) {
              for (bar = 0; bar < 6 && (getline line <(dir "resource")) > 0; bar++) { split(line, word, " "); if (word[2] !~ /^0x0+$/) printf "bar\t%s\t%d\t%s\t%s\t%s\n", a, bar, word[1], word[2], content(dir "resource" bar "_resize") }
              close(dir "resource")
            }
            group = link[a, "iommu_group"]
            printf "pci\t%s\t%s:%s\t%s:%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", a, vendor, number(dir "device"), number(dir "subsystem_vendor"), number(dir "subsystem_device"), class, link[a, "driver"], group, content(dir "numa_node"), shows, total, content(dir "sriov_numvfs"), content(dir "reset_method"), content(dir "driver_override"), modules[a], parent[a], rom[a], link[a, "physfn"], content(dir "removable")
            if (total + 0) printf "sriov\t%s\t%s\t%s\t%s\n", a, content(dir "sriov_offset"), content(dir "sriov_stride"), content(dir "sriov_vf_device")
            if (group != "" && !told[group]++ && (kind = content("/sys/kernel/iommu_groups/" group "/type")) != "") printf "group\t%s\t%s\n", group, kind
          }
          while (names != "" && (getline line <names) > 0) {
            first = substr(line, 1, 1)
            if (first == "\t") { if (on && ((known = v ":" substr(line, 2, 4)) in id)) { named[known] = 1; printf "name\t%s\t%s %s\n", known, vendor, substr(line, 8) } }
            else if (first == "C") break
            else if (first != "#") { v = substr(line, 1, 4); vendor = substr(line, 7); if ((on = (v in vendors))) vendors[v] = vendor }
          }
          # A vendor is known by name although the list is older than its device.
          for (known in id) if (!(known in named) && vendors[v = substr(known, 1, 4)] != 1) printf "vendor\t%s\t%s\n", known, vendors[v]
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
  [ ! -d /sys/bus/usb/devices ] || row usbs 1
  [ ! -r /proc/fb ] || while read -r number name; do row framebuffer "$number" "$name"; done </proc/fb
  for card in /sys/class/drm/card[0-9]*; do
    case ${card##*/} in *-*) continue ;; esac
    [ -e "$card/device" ] || continue
    set -- "$card"-*
    outputs=$#; [ -e "$1" ] || outputs=0
    function_of "drm/${card##*/}"; row drm "${card##*/}" "$pci" "$outputs"
  done
}
