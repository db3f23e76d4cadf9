# shellcheck shell=sh
# Part of the probe: the machine, its processors and memory, its services, and what its kernel said.

system() {
  (
    ID=; VERSION_ID=; VERSION_CODENAME=; PRETTY_NAME=
    # shellcheck disable=SC1091
    [ -r /etc/os-release ] && . /etc/os-release
    row os "$ID" "$VERSION_ID" "$VERSION_CODENAME" "$PRETTY_NAME" "$(dpkg --print-architecture 2>/dev/null || uname -m)"
  )
  take /proc/sys/kernel/osrelease; row kernel "$value"
  take /proc/sys/kernel/hostname; row hostname "$value"
  take /proc/sys/kernel/random/boot_id; boot_id=$value
  row boot "$boot_id" "$(awk '$1 == "btime" { print $2 }' /proc/stat)" "$(date +%s)"
  take /proc/cmdline; row text cmdline '' "$value"
  machine=
  for name in sys_vendor product_name board_vendor board_name; do take "/sys/class/dmi/id/$name"; machine="$machine	$value"; done
  row "machine$machine"
  if [ -d /sys/firmware/efi ]; then row firmware uefi; else row firmware bios; fi
  for table in DMAR IVRS; do [ -e "/sys/firmware/acpi/tables/$table" ] && row acpi "$table"; done
  row virtualization "$(systemd-detect-virt 2>/dev/null)"
  uid=; while read -r key value _; do [ "$key" = Uid: ] && uid=$value; done </proc/self/status; row uid "$uid"
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
  set -- /sys/devices/system/node/node[0-9]*/meminfo
  [ -r "$1" ] || shift
  awk '
    $1 == "MemTotal:" { total = $2 }
    $1 == "MemAvailable:" { printf "memory\t%s\t%s\n", total, $2 }
    $1 == "Node" && $3 == "MemTotal:" { all = $4 }
    $1 == "Node" && $3 == "MemFree:" { file = FILENAME; sub("meminfo$", "cpulist", file); cpus = ""; getline cpus <file; close(file); printf "node\t%s\t%s\t%s\t%s\n", $2, all, $4, cpus }' /proc/meminfo "$@"
  for node in /sys/devices/system/node/node[0-9]*; do
    [ -d "$node" ] || continue
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
  take /sys/fs/cgroup/cgroup.controllers; unified=no; case " $value " in *' cpuset '*) unified=yes ;; esac
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
  dmesg 2>/dev/null | awk '/DMAR|AMD-Vi|IOMMU|iommu|vfio|ATSR|BAR [0-9].*(reserve|busy)/ && !/Adding to iommu group/ && !/Command line/ && ++lines <= 60 { print "text\tmessage\t\t" $0 }'
}
