#!/bin/sh
# Reads one machine and prints what it is and how it is set up. Writes nothing.
#
#   sh -s -- "$SSH_CONNECTION" [package…] -- [path…] [-- GUEST [medium…]]
#
#   $SSH_CONNECTION  the four words sshd sets, to tell which network link carries this session
#   package          packages whose state is wanted
#   path             files whose content is wanted
#   GUEST            the name of the guest that is wanted; libvirt is asked only where there is one
#   medium           paths of its disks and ISOs
#
# Output: lines of fields separated by tabs; the first field says what the line is (Facts/ProbeParser.cs reads them). Texts that may
# hold anything are base64. The last line is "end"; without it the reading was cut short.
# Exit codes: 0 read; 1 this is no Linux with sysfs.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
state=/var/lib/passthrough-host

if [ ! -r /proc/cmdline ] || [ ! -d /sys/kernel ]; then
  echo "this is no Linux with /proc and /sys" >&2
  exit 1
fi

row() {
  line=$1
  shift
  for field; do line="$line	$field"; done
  printf '%s\n' "$line"
}

# first FILE: its first line, or nothing
first() {
  value=
  if [ -r "$1" ]; then read -r value <"$1" 2>/dev/null || :; fi
  printf '%s' "$value"
}

# take FILE: its first line into $value, without starting a process
take() {
  value=
  if [ -r "$1" ]; then read -r value <"$1" 2>/dev/null || :; fi
}

have() { command -v "$1" >/dev/null 2>&1; }

encode() { base64 | tr -d '\n'; }

system() {
  (
    ID=; VERSION_ID=; VERSION_CODENAME=; PRETTY_NAME=
    # shellcheck disable=SC1091
    [ -r /etc/os-release ] && . /etc/os-release
    row os "$ID" "$VERSION_ID" "$VERSION_CODENAME" "$PRETTY_NAME" "$(dpkg --print-architecture 2>/dev/null || uname -m)"
  )
  row kernel "$(uname -r)"
  row boot "$(first /proc/sys/kernel/random/boot_id)" "$(awk '$1 == "btime" { print $2 }' /proc/stat)" "$(date +%s)"
  row cmdline "$(encode </proc/cmdline)"
  row machine "$(first /sys/class/dmi/id/sys_vendor)" "$(first /sys/class/dmi/id/product_name)" "$(first /sys/class/dmi/id/board_vendor)" "$(first /sys/class/dmi/id/board_name)"
  row hostname "$(uname -n)"
  if [ -d /sys/firmware/efi ]; then row firmware uefi; else row firmware bios; fi
  for table in DMAR IVRS; do [ -e "/sys/firmware/acpi/tables/$table" ] && row acpi "$table"; done
  row virtualization "$(systemd-detect-virt 2>/dev/null)"
  row uid "$(id -u)"
  for tool in update-grub grub-mkconfig grub-script-check grub-reboot grub-editenv update-initramfs dracut netplan nmcli virsh qemu-img driverctl systemd-run; do
    have "$tool" && row tool "$tool"
  done
}

processors() {
  awk -F': *' '
    /^vendor_id/ && !v { v = $2 } /^model name/ && !m { m = $2 }
    /^flags/ && !f { f = " " $2 " "; if (f ~ / vmx /) k = "vmx"; if (f ~ / svm /) k = "svm" }
    END { printf "cpu\t%s\t%s\t%s\n", v, m, k }' /proc/cpuinfo
  for dir in /sys/devices/system/cpu/cpu[0-9]*; do
    cpu=${dir##*/cpu}
    take "$dir/topology/physical_package_id"; package=$value
    take "$dir/topology/core_id"; core=$value
    take "$dir/topology/die_id"; die=$value
    take "$dir/online"; online=${value:-1}
    node=; for n in "$dir"/node[0-9]*; do [ -e "$n" ] && node=${n##*/node}; done
    cache=; size=
    for index in "$dir"/cache/index*; do
      [ -r "$index/level" ] || continue
      take "$index/level"
      if [ "$value" = 3 ]; then take "$index/size"; size=$value; take "$index/shared_cpu_list"; cache=$value; fi
    done
    row core "$cpu" "$package" "$die" "$core" "$node" "$online" "$cache" "$size"
  done
}

memory() {
  awk '$1 == "MemTotal:" { t = $2 } $1 == "MemAvailable:" { a = $2 } END { printf "memory\t%s\t%s\n", t, a }' /proc/meminfo
  for node in /sys/devices/system/node/node[0-9]*; do
    [ -d "$node" ] || continue
    row node "${node##*/node}" \
      "$(awk '$3 == "MemTotal:" { print $4 }' "$node/meminfo")" "$(awk '$3 == "MemFree:" { print $4 }' "$node/meminfo")" "$(first "$node/cpulist")"
    for pages in "$node"/hugepages/hugepages-*; do
      [ -d "$pages" ] || continue
      size=${pages##*/hugepages-}
      take "$pages/nr_hugepages"; count=$value
      take "$pages/free_hugepages"
      row hugepages "${node##*/node}" "${size%kB}" "$count" "$value"
    done
  done
}

# What keeps off which CPUs, and the guests libvirt runs: it notes each one's process beside its XML (driver.pid is its own).
isolation() {
  take /sys/devices/system/cpu/isolated; isolated=$value
  take /sys/devices/system/cpu/nohz_full; tickless=$value
  unified=no; grep -qsw cpuset /sys/fs/cgroup/cgroup.controllers && unified=yes
  take /sys/fs/cgroup/system.slice/cpuset.cpus.effective; services=$value
  [ -n "$services" ] || { take /sys/devices/system/cpu/online; services=$value; }
  row isolation "$isolated" "$tickless" "$unified" "$services"
  for noted in /run/libvirt/qemu/*.pid; do
    [ -e "${noted%.pid}.xml" ] || continue
    take "$noted"
    guest=${noted##*/}
    [ -d "/proc/$value" ] && row running "${guest%.pid}"
  done
}

# driver modules that could claim a modalias, without vfio's own
claimants() {
  have modprobe || return 0
  modprobe --resolve-alias "$1" 2>/dev/null | sort -u | grep -v '^vfio' | tr '\n' ' '
}

devices() {
  names=
  for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do [ -r "$file" ] && names=$file; done
  for dir in /sys/bus/pci/devices/*; do
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
    take "$dir/modalias"; alias=$value
    driver=; [ -e "$dir/driver" ] && { driver=$(readlink "$dir/driver"); driver=${driver##*/}; }
    group=; [ -e "$dir/iommu_group" ] && { group=$(readlink "$dir/iommu_group"); group=${group##*/}; }
    path=$(readlink -f "$dir"); parent=${path%/*}; parent=${parent##*/}
    case $parent in *:*:*.*) ;; *) parent= ;; esac
    rom=0; [ -e "$dir/rom" ] && rom=1
    physical=; [ -e "$dir/physfn" ] && { physical=$(readlink "$dir/physfn"); physical=${physical##*/}; }
    # Bridges are never passed through, so what could claim them is not asked.
    modules=
    case $class in 06*) ;; *) modules=$(claimants "$alias") ;; esac
    row pci "${dir##*/}" "$vendor:$device" "$subvendor:$subdevice" "$class" "$driver" "$group" "$node" "$vga" "$total" "$vfs" "$reset" "$override" "$modules" "$parent" "$rom" "$physical"
    if [ "${total:-0}" != 0 ]; then
      take "$dir/sriov_offset"; offset=$value
      take "$dir/sriov_stride"; stride=$value
      take "$dir/sriov_vf_device"
      row sriov "${dir##*/}" "$offset" "$stride" "$value"
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
    cat /sys/bus/pci/devices/*/vendor /sys/bus/pci/devices/*/device 2>/dev/null | tr '\n' ' ' | awk -v file="$names" '
      { n = NF / 2; for (i = 1; i <= n; i++) want[substr($i, 3) ":" substr($(n + i), 3)] = 1; for (i = 1; i <= n; i++) vendors[substr($i, 3)] = 1 }
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
  for dir in /sys/bus/pci/devices/*; do
    take "$dir/class"
    case $value in 0x0604*) ;; *) continue ;; esac
    od -An -v -tu1 -w4096 "$dir/config" 2>/dev/null | awk -v address="${dir##*/}" '
      function byte(at) { return $(at + 1) + 0 }
      function word(at) { return byte(at) + 256 * byte(at + 1) }
      {
        kind = ""; capability = ""; control = ""
        for (at = byte(52); at >= 64 && steps++ < 48; at = byte(at + 1)) if (byte(at) == 16) kind = int(word(at + 2) / 16) % 16
        for (at = 256; NF > at + 8 && at >= 256 && word(at) != 0 && far++ < 96; at = int(word(at + 2) / 16)) if (word(at) == 13) { capability = word(at + 4); control = word(at + 6) }
        printf "port\t%s\t%s\t%s\t%s\n", address, kind, capability, control
      }'
  done
}

displays() {
  while read -r number name; do row framebuffer "$number" "$name"; done </proc/fb 2>/dev/null
  for card in /sys/class/drm/card[0-9]*; do
    case ${card##*/} in *-*) continue ;; esac
    [ -e "$card/device" ] || continue
    path=$(readlink -f "$card/device"); row drm "${card##*/}" "${path##*/}"
  done
}

# disks MOUNT BLOCKDEVICE: the PCI function of every disk below it, through partitions, LVM, dm-crypt and md
disks() {
  for slave in "/sys/class/block/$2"/slaves/*; do
    [ -e "$slave" ] || continue
    disks "$1" "${slave##*/}"
  done
  path=$(readlink -f "/sys/class/block/$2")
  address=$(printf '%s\n' "$path" | tr '/' '\n' | grep -E '^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$' | tail -n 1)
  [ -n "$address" ] && row disk "$1" "$2" "$address"
}

storage() {
  while read -r source target _; do
    case $source in /dev/*) ;; *) continue ;; esac
    real=$(readlink -f "$source"); [ -e "/sys/class/block/${real##*/}" ] && disks "$target" "${real##*/}"
  done </proc/mounts
  { read -r _; while read -r source _; do
    case $source in /dev/*) real=$(readlink -f "$source"); [ -e "/sys/class/block/${real##*/}" ] && disks swap "${real##*/}" ;; esac
  done; } </proc/swaps
  row bootfree "$(df -Pk /boot 2>/dev/null | awk 'NR == 2 { print $4 }')" "$(df -Pk /boot 2>/dev/null | awk 'NR == 2 { print $6 }')"
}

# vfio KERNEL: how that kernel has vfio-pci
vfio() {
  if grep -qs '/vfio-pci\.ko' "/lib/modules/$1/modules.builtin"; then echo builtin
  elif grep -qs '/vfio-pci\.ko[.a-z0-9]*:' "/lib/modules/$1/modules.dep"; then echo module
  else echo missing
  fi
}

kernels() {
  for image in /boot/vmlinuz-*; do
    [ -e "$image" ] || continue
    release=${image#/boot/vmlinuz-}
    initrd=/boot/initrd.img-$release
    made="0	0"; [ -e "$initrd" ] && made=$(stat -c '%s	%Y' "$initrd")
    # Our initramfs hook notes which configuration went into an initramfs.
    noted="	0"; [ -r "$state/initramfs/$release" ] && noted="$(first "$state/initramfs/$release")	$(stat -c %Y "$state/initramfs/$release")"
    row installed "$release" "$(vfio "$release")" "$made" "$noted"
  done
  if [ -r /boot/grub/grub.cfg ]; then
    row grubcfg "$(stat -c %Y /boot/grub/grub.cfg)"
    awk '$1 == "linux" { file = $2; sub(".*/", "", file); args = ""; for (i = 3; i <= NF; i++) args = args (i > 3 ? " " : "") $i; key = file SUBSEP args; if (!(key in seen)) { seen[key] = 1; printf "entry\t%s\t%s\n", file, args } }' /boot/grub/grub.cfg
  fi
  df --output=source,fstype /boot/grub 2>/dev/null | { read -r _; read -r source kind; real=$(readlink -f "$source"); row grubdisk "${real##*/}" "$kind"; }
  if have grub-editenv && [ -r /boot/grub/grubenv ]; then grub-editenv list 2>/dev/null | while IFS='=' read -r key text; do row grubenv "$key" "$text"; done; fi
}

# New kernel arguments on trial: what boot-trial.sh keeps of them.
trial() {
  [ -r "$state/proven" ] && row verified "$(encode <"$state/proven")"
  [ -r "$state/trial/marker" ] || return 0
  came=prepared
  if grep -qwF -- "$(first "$state/trial/marker")" /proc/cmdline; then came=running
  elif [ -r "$state/trial/started" ]; then
    came=failed
    [ "$(first "$state/trial/started")" = "$(first /proc/sys/kernel/random/boot_id)" ] && came=armed
  fi
  unverified=0; [ -e "$state/trial/unverified" ] && unverified=1
  row trial "$came" "$(encode <"$state/trial/arguments")" "$(first "$state/trial/digest")" "$unverified"
}

network() {
  read -r client _ server _ <<EOF
$1
EOF
  row ssh "$client" "$server"
  for dir in /sys/class/net/*; do
    name=${dir##*/}
    [ -e "$dir/address" ] || continue
    take "$dir/address"; mac=$value
    take "$dir/operstate"; operstate=$value
    take "$dir/mtu"; mtu=$value
    address=; [ -e "$dir/device" ] && address=$(readlink -f "$dir/device" | tr '/' '\n' | grep -E '^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$' | tail -n 1)
    master=; [ -e "$dir/master" ] && { master=$(readlink "$dir/master"); master=${master##*/}; }
    kind=; [ -d "$dir/bridge" ] && kind=bridge; [ -e "/proc/net/vlan/$name" ] && kind=vlan
    lower=; for l in "$dir"/lower_*; do [ -e "$l" ] && lower="$lower${lower:+ }${l##*/lower_}"; done
    take "$dir/flags"; enabled=on; [ $((${value:-1} & 1)) = 1 ] || enabled=off
    row link "$name" "$mac" "$operstate" "$mtu" "$address" "$master" "$kind" "$lower" "$enabled"
  done
  have ip || return 0
  ip -o addr show 2>/dev/null | awk '$3 == "inet" || $3 == "inet6" { scope = ""; for (i = 5; i <= NF; i++) if ($i == "scope") scope = $(i + 1); printf "address\t%s\t%s\t%s\n", $2, $4, scope }'
  ip -o route show default 2>/dev/null | awk '{ dev = ""; via = ""; for (i = 2; i < NF; i++) { if ($i == "dev") dev = $(i + 1); if ($i == "via") via = $(i + 1) } printf "route\t%s\t%s\n", dev, via }'
  [ -r /proc/net/vlan/config ] && awk -F ' *\\| *' 'NR > 2 { printf "vlan\t%s\t%s\t%s\n", $1, $2, $3 }' /proc/net/vlan/config
}

services() {
  row target "$(systemctl get-default 2>/dev/null)"
  units='NetworkManager systemd-networkd libvirtd virtqemud gdm3 display-manager ssh ssh.socket irqbalance'
  # shellcheck disable=SC2086  # a list of names; one line an answer, in their order
  systemctl is-active $units 2>/dev/null | {
    for unit in $units; do
      read -r activity || activity=
      row service "$unit" "$activity"
    done
  }
}

# What the kernel said of the IOMMU and of vfio: the walk-through's diagnoses are read from it.
messages() {
  dmesg 2>/dev/null | grep -E 'DMAR|AMD-Vi|IOMMU|iommu|vfio|ATSR|BAR [0-9].*(reserve|busy)' | grep -v 'Adding to iommu group' | grep -v 'Command line' | head -n 60 | while IFS= read -r text; do
    row message "$(printf '%s' "$text" | encode)"
  done
}

content() {
  if [ -L "$1" ]; then row file "$1" link "$(readlink "$1")"
  elif [ -f "$1" ]; then row file "$1" "$(stat -c '%a	%U:%G' "$1")" "$(head -c 65536 "$1" | encode)"
  elif [ -e "$1" ]; then row file "$1" other ""
  else row file "$1" absent ""
  fi
}

owned() {
  for receipt in "$state"/*.receipt; do
    [ -f "$receipt" ] || continue
    name=${receipt##*/}
    row receipt "${name%.receipt}" "$(encode <"$receipt")"
  done
}

# domains: reads dominfo and dumpxml of each, after a mark @@
domains() {
  awk '
    function attribute(name) { return match($0, " " name "=.[^\047\"]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
    function field() { sub(/^[^:]*: */, ""); return $0 }
    function flush() { if (uuid != "") printf "domain\t%s\t%s\t%s\t%s\t%s\t%s\n", name, uuid, state, autostart, persistent, devices }
    # With -q, virsh ends what it echoes without a line end.
    /^@@/ { flush(); uuid = name = state = autostart = persistent = devices = ""; inside = 0; next }
    !inside && /^Name:/ { name = field() }
    !inside && /^UUID:/ { uuid = field() }
    !inside && /^State:/ { state = field() }
    !inside && /^Autostart:/ { autostart = field() }
    !inside && /^Persistent:/ { persistent = field() }
    /^<domain/ { inside = 1 }
    /<hostdev / { device = (attribute("type") == "pci") }
    device && /<source/ { source = 1 }
    device && source && /<address / {
      domain = attribute("domain"); sub(/^0x/, "", domain)
      bus = attribute("bus"); sub(/^0x/, "", bus)
      slot = attribute("slot"); sub(/^0x/, "", slot)
      f = attribute("function"); sub(/^0x/, "", f)
      devices = devices (devices == "" ? "" : " ") domain ":" bus ":" slot "." f
    }
    /<\/source>/ { source = 0 }
    /<\/hostdev>/ { device = source = 0 }
    END { flush() }'
}

# The user qemu runs as: libvirt gives it the files, but the directories on the way must let it through.
hypervisor() {
  user=$(sed -n 's/^ *user *= *"\{0,1\}+\{0,1\}\([^"]*\)"\{0,1\} *$/\1/p' /etc/libvirt/qemu.conf 2>/dev/null | tail -n 1)
  printf '%s' "${user:-libvirt-qemu}"
}

# medium PATH USER: a disk or an ISO
medium() {
  kind=absent; size=; virtual=; format=; reach=unknown; sum=
  if [ -b "$1" ]; then kind="block"; size=$(blockdev --getsize64 "$1" 2>/dev/null)
  elif [ -f "$1" ]; then kind="file"; size=$(stat -Lc %s "$1")
  elif [ -e "$1" ]; then kind="other"
  fi
  if [ "$kind" = file ] || [ "$kind" = block ]; then
    if have qemu-img; then
      # Indented by four is the image itself; what lies deeper are the layers below it.
      described=$(qemu-img info -U --output=json "$1" 2>/dev/null)
      virtual=$(printf '%s\n' "$described" | sed -n 's/^    "virtual-size": \([0-9]*\).*/\1/p')
      format=$(printf '%s\n' "$described" | sed -n 's/^    "format": "\([^"]*\)".*/\1/p')
    fi
    seen=$(stat -Lc '%s %Y %i' "$1")
    [ -r "$state/media.checked" ] && sum=$(awk -F '\t' -v path="$1" -v seen="$seen" '$1 == path && $2 == seen { s = $3 } END { print s }' "$state/media.checked")
  fi
  near=${1%/*}
  while [ -n "$near" ] && [ ! -d "$near" ]; do near=${near%/*}; done
  near=${near:-/}
  if id -u "$2" >/dev/null 2>&1 && have setpriv; then
    reach=no
    setpriv --reuid "$2" --regid "$(id -g "$2")" --init-groups test -x "$near" 2>/dev/null && reach=yes
  fi
  row medium "$1" "$kind" "$size" "$virtual" "$format" "$reach" "$(df -Pk "$near" 2>/dev/null | awk 'NR == 2 { print $4 }')" "$(df -Pk "$near" 2>/dev/null | awk 'NR == 2 { print $6 }')" "$sum"
}

# guest NAME [medium…]: libvirt, its domains, and the one that is wanted
guest() {
  guest=$1
  shift
  for file in /usr/share/OVMF/*.fd /usr/share/qemu/OVMF*.fd /usr/share/qemu/firmware/*.json; do [ -e "$file" ] && row ovmf "$file"; done
  login=${SUDO_USER:-$(id -un)}
  allowed=no
  case " $(id -nG "$login" 2>/dev/null) " in *" libvirt "* | *" root "*) allowed=yes ;; esac
  answers=no
  said=
  uuids=
  if have virsh; then
    if uuids=$(timeout 30 virsh -q -c qemu:///system list --all --uuid 2>&1); then answers=yes; else said=$uuids; uuids=; fi
  else
    said='virsh is not installed'
  fi
  row libvirt "$answers" "$(virsh --version 2>/dev/null)" "$login" "$allowed" "$(printf '%s' "$said" | encode)"
  if [ -n "$uuids" ]; then
    ask=
    for uuid in $uuids; do ask="$ask${ask:+; }echo @@; dominfo $uuid; dumpxml --inactive $uuid"; done
    timeout 60 virsh -q -c qemu:///system "$ask" 2>/dev/null | domains
    if timeout 20 virsh -q -c qemu:///system dumpxml --inactive "$guest" >/dev/null 2>&1; then
      row guest-definition "$(virsh -q -c qemu:///system dumpxml --inactive "$guest" 2>/dev/null | encode)"
      # A domain that is shut off has only the one.
      case $(virsh -q -c qemu:///system domstate "$guest" 2>/dev/null) in
        'shut off' | '') ;;
        *) row guest-active "$(virsh -q -c qemu:///system dumpxml "$guest" 2>/dev/null | encode)" ;;
      esac
      uuid=$(virsh -q -c qemu:///system domuuid "$guest" 2>/dev/null | tr -d '\n ')
      [ -n "$uuid" ] && [ -d "/var/lib/libvirt/swtpm/$uuid" ] && row tpmstate "/var/lib/libvirt/swtpm/$uuid"
    fi
  fi
  [ -r "$state/guest/$guest/defined.xml" ] && row guest-defined "$(encode <"$state/guest/$guest/defined.xml")"
  [ -e "/var/lib/libvirt/qemu/nvram/${guest}_VARS.fd" ] && row nvram "/var/lib/libvirt/qemu/nvram/${guest}_VARS.fd"
  user=$(hypervisor)
  for path; do medium "$path" "$user"; done
}

connection=$1
shift
system
processors
memory
isolation
devices
ports
displays
storage
kernels
trial
network "$connection"
services
messages
packages=
while [ $# -gt 0 ] && [ "$1" != -- ]; do packages="$packages $1"; shift; done
[ $# -gt 0 ] && shift
# shellcheck disable=SC2086  # a list of names
[ -n "$packages" ] && dpkg-query -W -f='package\t${Package}\t${db:Status-Status}\t${Version}\n' $packages 2>/dev/null
while [ $# -gt 0 ] && [ "$1" != -- ]; do content "$1"; shift; done
[ $# -gt 0 ] && shift
[ $# -gt 0 ] && guest "$@"
for path in /etc/netplan/*.yaml; do [ -e "$path" ] && content "$path"; done
owned
row end
