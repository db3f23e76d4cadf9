# shellcheck shell=sh
# Part of the probe, for any login: what the host boots from and lives on. A row for each disk below each mount and swap area:
#   disk MOUNT BLOCKDEVICE FUNCTION          on a PCI function
#   disk-elsewhere MOUNT BLOCKDEVICE         on a bus that is not PCI's: nothing of it can be given away
#   disk-network MOUNT BLOCKDEVICE LINK KIND its other end is reached over LINK
#   disk-unknown MOUNT BLOCKDEVICE WHY       sysfs does not tell
# Source: Linux block/holder.c (slaves/, of dm, md, bcache, drbd), drivers/nvme/host/core.c (nvme-subsystem), drivers/scsi/scsi_transport_iscsi.c,
# fs/btrfs/sysfs.c, Documentation/filesystems/proc.rst (mountinfo); zpool-list(8).

# pci_in DIRECTORY: the last PCI address of the path that it leads to, into $pci
pci_in() {
  pci=
  leads=$(cd -P "$1" 2>/dev/null && pwd)
  while [ -n "$leads" ]; do
    part=${leads##*/}
    leads=${leads%/*}
    case $part in *:[0-9a-f][0-9a-f]:[0-9a-f][0-9a-f].[0-7]) pci=$part; break ;; esac
  done
}

is_vital() { case $1 in / | /boot | /boot/* | /efi | /usr | /var | swap) return 0 ;; *) return 1 ;; esac; }

# over_network MOUNT NAME ADDRESS KIND
over_network() {
  link=
  [ -z "$3" ] || link=$(ip -o route get "$3" 2>/dev/null)
  case $link in
    *' dev '*) link=${link#*' dev '}; row disk-network "$1" "$2" "${link%% *}" "$4" ;;
    *) row disk-unknown "$1" "$2" "$4, and the way to its other end is not known" ;;
  esac
}

# nvme_paths MOUNT BLOCKDEVICE SUBSYSTEM: each controller of a subsystem is a path
nvme_paths() {
  for controller in "$3"/nvme[0-9]*; do
    [ -L "$controller" ] || continue
    pci_in "$controller"
    if [ -n "$pci" ]; then
      row disk "$1" "$2" "$pci"
    else
      take "$controller/address"
      address=
      case $value in *traddr=*) address=${value#*traddr=}; address=${address%%,*} ;; esac
      over_network "$1" "$2" "$address" 'NVMe over Fabrics'
    fi
    set -- "$1" "$2" "$3" found
  done
  [ -n "${4:-}" ] || row disk-unknown "$1" "$2" 'an NVMe subsystem that shows no controller'
}

# disks MOUNT BLOCKDEVICE: a row for every disk below it, through partitions, LVM, dm-crypt, dm-multipath, md, bcache
disks() {
  case $2 in zram* | ram[0-9]*) return 0 ;; esac
  function_of "block/$2"
  if [ -n "$pci" ]; then
    row disk "$1" "$2" "$pci"
    return 0
  fi
  set -- "$1" "$2" "$(cd -P "/sys/class/block/$2" 2>/dev/null && pwd)"
  if [ -z "$3" ]; then
    # A stick that was pulled is on nothing that could be given away.
    ! is_vital "$1" || row disk-unknown "$1" "$2" 'sysfs has no block device of this name'
    return 0
  fi
  if [ -e "$3/partition" ]; then
    set -- "$1" "${3%/*}"
    disks "$1" "${2##*/}"
    return 0
  fi
  for slave in "$3"/slaves/*; do
    [ -e "$slave" ] || continue
    disks "$1" "${slave##*/}"
    set -- "$1" "$2" "$3" found
  done
  [ -z "${4:-}" ] || return 0
  case $3 in
    */virtual/nvme-subsystem/*) nvme_paths "$1" "$2" "${3%/*}" ;;
    */session[0-9]*/*)
      session=${3#*/session}
      value=
      for connection in /sys/class/iscsi_connection/connection"${session%%/*}":*; do take "$connection/address"; [ -z "$value" ] || break; done
      over_network "$1" "$2" "$value" iSCSI
      ;;
    */virtual/block/nbd*) row disk-unknown "$1" "$2" 'a network block device (NBD), and sysfs does not say over which link' ;;
    # Its file is on a file system that is mounted; only the one below / need not be seen.
    */virtual/block/loop*) [ "$1" != / ] || row disk-unknown "$1" "$2" 'a loop device, and what its file is on is not known' ;;
    */virtual/block/zd[0-9]*) volume "$1" "$2" ;;
    */virtual/* | */devices/rbd/*) row disk-unknown "$1" "$2" 'a virtual block device of a kind that is not known' ;;
    *) row disk-elsewhere "$1" "$2" ;;
  esac
}

# device FILE: the name of the block device a device file is, into $block
device() {
  block=$1
  [ ! -L "$1" ] || block=$(readlink -f "$1")
  block=${block##*/}
}

# pool MOUNT NAME: the devices of a ZFS pool. Its mounts come one after the other, so it is asked once; one that does not answer (it is suspended) never again.
asked_pool=
silent_pools=' '
pool() {
  case $silent_pools in *" $2 "*) members='' asked_pool=$2 ;; esac
  if [ "$asked_pool" != "$2" ]; then
    asked_pool=$2
    members=$(timeout 20 zpool list -H -v -P -L "$2" 2>/dev/null)
    [ -n "$members" ] || silent_pools="$silent_pools$2 "
  fi
  for member in $members; do
    case $member in
      /dev/*) device "$member"; disks "$1" "$block"; set -- "$1" "$2" found ;;
    esac
  done
  [ -n "${3:-}" ] || row disk-unknown "$1" "$2" 'a ZFS pool, and zpool does not say what it is on'
}

# volume MOUNT BLOCKDEVICE: a ZFS volume, by its link /dev/zvol/POOL/NAME
volume() {
  of=$(find /dev/zvol -type l 2>/dev/null | while IFS= read -r link; do
    if [ "$(readlink -f "$link")" = "/dev/$2" ]; then printf '%s' "${link#/dev/zvol/}"; break; fi
  done)
  if [ -n "$of" ]; then pool "$1" "${of%%/*}"; else row disk-unknown "$1" "$2" 'a ZFS volume, and of which pool is not known'; fi
}

# mounted TARGET NUMBER KIND SOURCE OPTIONS: one line of mountinfo
mounted() {
  case $3:$4 in
    zfs:*) pool "$1" "${4%%/*}" ;;
    nfs:* | nfs4:* | cifs:*)
      address=
      case ,$5 in *,addr=*) address=${5##*addr=}; address=${address%%,*} ;; esac
      over_network "$1" "$4" "$address" "$3"
      ;;
    bcachefs:/dev/*)
      rest=$4:
      while [ -n "$rest" ]; do
        device "${rest%%:*}"
        rest=${rest#*:}
        disks "$1" "$block"
      done
      ;;
    btrfs:/dev/*)
      # The source is one of its devices.
      device "$4"
      for member in /sys/fs/btrfs/*/devices/"$block"; do
        [ -e "$member" ] || continue
        for other in "${member%/*}"/*; do disks "$1" "${other##*/}"; done
        return 0
      done
      disks "$1" "$block"
      ;;
    # A program serves it, whatever it says its source is.
    fuse:* | fuse.*:*) [ "$1" != / ] || row disk-unknown / "$4" "a file system of the kind $3" ;;
    squashfs:/dev/loop*) [ "$1" != / ] || row disk-unknown / "${4##*/}" 'a file system in a file' ;;
    *:/dev/*)
      # /dev/root is what a kernel without an initramfs calls it: the number tells.
      device "$4"
      if [ ! -e "/sys/class/block/$block" ] && [ -e "/sys/dev/block/$2" ]; then
        block=$(cd -P "/sys/dev/block/$2" && pwd)
        block=${block##*/}
      fi
      disks "$1" "$block"
      ;;
    tmpfs:* | ramfs:* | rootfs:*) ;;
    *) [ "$1" != / ] || row disk-unknown / "$4" "a file system of the kind $3" ;;
  esac
}

storage() {
  row storage 1
  # First, because asking for /boot mounts one that is mounted when it is used.
  df -k --output=source,fstype,avail,target /boot /boot/grub 2>/dev/null | {
    read -r _
    read -r _ _ free place && row bootfree "$free" "$place"
    read -r source kind _ && device "$source" && row grubdisk "$block" "$kind"
  }
  while read -r _ _ number _ target _ rest; do
    case $rest in '- '*) rest=${rest#- } ;; *) rest=${rest#* - } ;; esac
    kind=${rest%% *}
    rest=${rest#* }
    mounted "$target" "$number" "$kind" "${rest%% *}" "${rest#* }"
  done </proc/self/mountinfo
  { read -r _; while read -r source _; do
    # A file is on a file system that is mounted.
    case $source in /dev/*) device "$source"; disks swap "$block" ;; esac
  done; } </proc/swaps
}
