# shellcheck shell=bash
# What the lab is asked for: its help, its options and which of them go together. Sourced, not run.

usage() {
    sed "s/NAMES$/$(variant_names)/" <<'USAGE'
The lab: a virtual passthrough host with GRUB, an emulated IOMMU, vfio, netplan and libvirt.

Usage: ./passthrough lab VERB [options]

  prepare       what has to be done once, without leaving it up: its image, its first boot and the snapshot of that
  up            boot it; the first time the image is built (a few minutes). Up already: says so
  down          stop it; nothing is left but the cached image  (--purge: that neither)
  reset         back to the pristine, booted host, in seconds
  list          the labs that are up and the images that are cached, each with what it is
  status        whether it is up (exit code 0) or not (3)
  ssh [COMMAND] a shell on it as root, or one command
  power-cycle   switch it off hard and on again, with the same disk
  upgrade RELEASE   switch it off, upgrade its Debian to the next release in its disk (apt-get full-upgrade, on this machine's own processor, as root),
                and boot it again; reset takes it back to the release of before. Only with --root plain and --firmware bios
  serial        the end of its serial console's log, and where it is
  monitor -- …  one command of QEMU's monitor: monitor -- info pci
  env           how it is reached, as shell variables  (--json: as JSON)

Options:
  --name NAME                 which lab; default: lab. Several can be up at once
  --iommu intel|amd|none      what IOMMU it has; default: intel
  --root plain|nvme|btrfs|lvm-luks   what / is on: ext4 on a virtio disk; on an NVMe disk (reset boots again, for QEMU takes no snapshot of it);
                              Btrfs on two disks, /boot in it; ext4 on LVM on LUKS, /boot beside it; default: plain
  --release bookworm|trixie|forky   whose packages it has; default: this machine's own Debian
  --initramfs initramfs-tools|dracut   what makes its initramfs; default: initramfs-tools
  --like ubuntu-22.04|ubuntu-26.04   a host like that release, of Debian's packages. 22.04: --release bookworm, a kernel with vfio-pci built in (compiled once, a
                              quarter of an hour), NetworkManager, a display manager. 26.04: --release forky, --initramfs dracut, sudo-rs as sudo, and
                              uutils for GNU's programs. What differs from the release is said when it comes up
  --sriov none|igb            whether it has a card at 06:00.0 that can be split, QEMU's igb; where this machine's QEMU has none (before 8), one of its
                              Debian's backports is unpacked into the cache; default: none
  --firmware bios|uefi|uefi-secure   what it is booted by: SeaBIOS; OVMF with shim and Debian's signed GRUB; the same with Secure Boot on and
                              Microsoft's keys; default: bios
  --on NAME                   a name for several of these (lab/variants): NAMES
  --help                      this

The lab named "lab" has SSH on 127.0.0.1:22022; while it is up, .lab/lab/ in the checkout has its keys, as the stack file
Pulumi.lab.yaml names them. Slot 06:00.0 is empty without --sriov: an emulated NVMe disk would forbid snapshots.

Exit codes: 0 done; 1 failed, with the reason; 3 not up (status, ssh, serial). ssh: that of the command.
Environment: PASSTHROUGH_LAB_ACCEL=tcg|kvm, XDG_CACHE_HOME.
USAGE
}

variant_names() {
    sed -n 's/^\([a-z0-9.-]*\) .*/\1/p' "$lab_home/variants" | xargs | sed 's/ /, /g'
}

# Sets one of the options that say what kind of host it is. Arguments: its name, its value.
set_kind() {
    local may
    case $1 in
        iommu) may='intel amd none' ;;
        root) may='plain nvme btrfs lvm-luks' ;;
        release) may='bookworm trixie forky' ;;
        initramfs) may='initramfs-tools dracut' ;;
        like) may=$(basename -a "$lab_home"/like/* | xargs) ;;
        firmware) may='bios uefi uefi-secure' ;;
        sriov) may='none igb' ;;
    esac
    [[ " $may " == *" $2 "* ]] || die "--$1 is '$2'." "It must be one of: $may."
    kind[$1]=$2
    asked[$1]=$2
}

# What a host that is like another release is, which no other option may change.
set_likeness() {
    local option options
    [ "${kind[like]}" != none ] || return 0
    options=$(sed -n 's/^# options: //p' "$lab_home/like/${kind[like]}")
    for option in $options; do
        [ "${asked[${option%%=*}]:-${option#*=}}" = "${option#*=}" ] ||
            die "--like ${kind[like]} is asked for with --${option%%=*} ${asked[${option%%=*}]}." "Such a host has --${option%%=*} ${option#*=}."
        set_kind "${option%%=*}" "${option#*=}"
    done
}

# What cannot be together.
need_together() {
    [ "${kind[sriov]}" = none ] || [ "${kind[root]}" != btrfs ] ||
        die "--sriov ${kind[sriov]} is asked for with --root btrfs." "Both are at 06:00.0." "Take another root."
    # Firmware with Secure Boot starts signed kernels alone.
    [ ! -d "$lab_home/recipe/parts/like-${kind[like]}/kernel" ] || [ "${kind[firmware]}" != uefi-secure ] ||
        die "--like ${kind[like]} is asked for with --firmware uefi-secure." "Its kernel is compiled here, and nobody has signed it." "Take --firmware uefi."
}

# How it differs from what it stands for, line by line.
tell_likeness() {
    [ "${kind[like]}" = none ] || grep -v '^#' "$lab_home/like/${kind[like]}" | while read -r line; do say "$line"; done
}

# Sets what a name stands for (lab/variants).
set_variant() {
    local options option
    options=$(sed -n "s/^${1//[^a-z0-9.-]/_} //p" "$lab_home/variants")
    [ -n "$options" ] || die "--on is '$1'." "It must be one of: $(variant_names)."
    for option in $options; do set_kind "${option%%=*}" "${option#*=}"; done
}

parse() {
    verb=
    target=
    name=lab
    purge=
    json=
    command=()
    declare -gA kind=([iommu]=intel [root]=plain [release]=$(own_release) [firmware]=bios
        [initramfs]=initramfs-tools [like]=none [sriov]=none) asked=()
    while [ $# -gt 0 ]; do
        case $1 in
            --help | -h) usage; exit 0 ;;
            --name) name=${2:?--name needs a value}; shift ;;
            --name=*) name=${1#*=} ;;
            --iommu | --root | --release | --firmware | --initramfs | --like | --sriov) set_kind "${1#--}" "${2:?$1 needs a value}"; shift ;;
            --iommu=* | --root=* | --release=* | --firmware=* | --initramfs=* | --like=* | --sriov=*) set_kind "$(cut -d= -f1 <<<"${1#--}")" "${1#*=}" ;;
            --on) set_variant "${2:?--on needs a value}"; shift ;;
            --on=*) set_variant "${1#*=}" ;;
            --purge) purge=yes ;;
            --json) json=yes ;;
            --) shift; command+=("$@"); break ;;
            -*) die "Unknown option '$1'." "See: $lab_command --help" ;;
            *)
                if [ -n "$verb" ]; then
                    if [ "$verb" = upgrade ] && [ -z "$target" ]; then
                        target=$1
                        shift
                        continue
                    fi
                    [ "$verb" = ssh ] || die "Unexpected argument '$1'." "See: $lab_command --help"
                    command+=("$@")
                    break
                fi
                verb=$1
                ;;
        esac
        shift
    done
    set_likeness
    need_together
}
