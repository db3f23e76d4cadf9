# shellcheck shell=sh
# Part of the probe, for any login: the machine, its processors and memory, and its services.

system() {
  (
    ID=; VERSION_ID=; VERSION_CODENAME=; PRETTY_NAME=
    # shellcheck disable=SC1091
    [ -r /etc/os-release ] && . /etc/os-release
    row os "$ID" "$VERSION_ID" "$VERSION_CODENAME" "$PRETTY_NAME" "${architecture:-$(uname -m)}"
  )
  take /proc/sys/kernel/osrelease; row kernel "$value"
  take /proc/sys/kernel/hostname; row hostname "$value"
  take /proc/sys/kernel/random/boot_id; boot_id=$value
  take /proc/cmdline; row text cmdline '' "$value"
  machine=
  for name in sys_vendor product_name board_vendor board_name; do take "/sys/class/dmi/id/$name"; machine="$machine	$value"; done
  row "machine$machine"
  take /sys/class/dmi/id/chassis_type; row chassis "$value"
  if [ -d /sys/firmware/efi ]; then row firmware uefi; else row firmware bios; fi
  for table in DMAR IVRS; do [ -e "/sys/firmware/acpi/tables/$table" ] && row acpi "$table"; done
  row virtualization "$(systemd-detect-virt 2>/dev/null)"
  for tool in update-grub grub-mkconfig grub-script-check grub-reboot grub-editenv update-initramfs dracut netplan nmcli virsh qemu-img driverctl systemd-run ifup; do
    have "$tool" && row tool "$tool"
  done
}

# amounts: when it was booted, what its processors are, and its memory; one process for all of them
amounts() {
  set -- /proc/stat /proc/cpuinfo /proc/meminfo /sys/devices/system/node/node[0-9]*/meminfo
  [ -r "$4" ] || set -- "$1" "$2" "$3"
  awk -v boot="$boot_id" '
    function value() { sub(/^[^:]*: */, ""); return $0 }
    # What srand() gives back is what the one before it took: the time in seconds.
    $1 == "btime" { srand(); printf "boot\t%s\t%s\t%s\n", boot, $2, srand() }
    /^vendor_id/ && !vendor { vendor = value() }
    /^model name/ && !model { model = value() }
    /^flags/ && !flags { flags = " " value() " "; if (flags ~ / vmx /) kind = "vmx"; if (flags ~ / svm /) kind = "svm" }
    $1 == "MemTotal:" { total = $2 }
    $1 == "MemAvailable:" { printf "cpu\t%s\t%s\t%s\nmemory\t%s\t%s\n", vendor, model, kind, total, $2 }
    $1 == "Node" && $3 == "MemTotal:" { all = $4 }
    $1 == "Node" && $3 == "MemFree:" { file = FILENAME; sub("meminfo$", "cpulist", file); cpus = ""; getline cpus <file; close(file); printf "node\t%s\t%s\t%s\t%s\n", $2, all, $4, cpus }' "$@"
}

cores() {
  for kind in core atom lowpower; do take "/sys/devices/cpu_$kind/cpus"; [ -z "$value" ] || row cputype "$kind" "$value"; done
  for dir in /sys/devices/system/cpu/cpu[0-9]*; do
    cpu=${dir##*/cpu}
    take "$dir/topology/physical_package_id"; package=$value
    take "$dir/topology/core_id"; core=$value
    take "$dir/topology/die_id"; die=$value
    take "$dir/topology/core_cpus_list"; siblings=$value
    [ -n "$siblings" ] || { take "$dir/topology/thread_siblings_list"; siblings=$value; }
    take "$dir/online"; online=${value:-1}
    take "$dir/cpu_capacity"; capacity=$value
    node=; for n in "$dir"/node[0-9]*; do [ -e "$n" ] && node=${n##*/node}; done
    cache=; size=
    for index in "$dir"/cache/index*; do
      [ -r "$index/level" ] || continue
      take "$index/level"
      if [ "$value" = 3 ]; then take "$index/size"; size=$value; take "$index/shared_cpu_list"; cache=$value; fi
    done
    row core "$cpu" "$package" "$die" "$core" "$node" "$online" "$cache" "$size" "$siblings" "$capacity"
  done
}

hugepages() {
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

services() {
  row target "$(systemctl get-default 2>/dev/null)"
  units='NetworkManager systemd-networkd systemd-resolved libvirtd virtqemud gdm3 display-manager ssh ssh.socket irqbalance'
  # shellcheck disable=SC2086  # a list of names; one line an answer, in their order
  systemctl is-active $units 2>/dev/null | {
    for unit in $units; do
      read -r activity || activity=
      row service "$unit" "$activity"
    done
  }
}
