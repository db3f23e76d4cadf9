# shellcheck shell=sh
# Part of the probe, for root: kernels, GRUB, arguments on trial, CPUs that are kept free, and what the kernel said.

# Each kernel, how it has vfio-pci, its initramfs, and the digest of our configuration that is in that; then
# GRUB's menu and environment block, in which a line with # is filling; and what the running kernel said of the IOMMU and of vfio, from which
# the walk-through's diagnoses are read. One program for all of it.
kernels() {
  {
    printf '%s\n' "$looked"
    grep -F /vfio-pci.ko /lib/modules/*/modules.builtin /lib/modules/*/modules.dep /dev/null
    echo @log
    dmesg
  } 2>/dev/null | awk -F '\t' -v noted="$state/initramfs/" -v lister="$(initramfs_lister)" '
    $0 == "@log" { log_begins = 1 }
    log_begins {
      if (/DMAR|AMD-Vi|IOMMU|iommu|vfio|ATSR|BAR [0-9].*(reserve|busy)/ && !/Adding to iommu group/ && !/Command line/ && ++said <= 60) print "text\tmessage\t\t" $0
      next
    }
    index($1, "/boot/vmlinuz-") == 1 { release[++kernels] = substr($1, 15) }
    index($1, "/boot/initrd.img-") == 1 { made[substr($1, 18)] = $2 "\t" $3 }
    index($1, noted) == 1 { ours = 1; line = ""; getline line <$1; close($1); known[substr($1, length(noted) + 1)] = line; noted_at[substr($1, length(noted) + 1)] = $3 }
    $1 == "/boot/grub/grub.cfg" { menu = $1; menu_time = $3 }
    $1 == "/boot/grub/grubenv" { block = $1 }
    /^\/lib\/modules\/[^\/]*\/modules.builtin:.*\/vfio-pci\.ko[.a-z0-9]*$/ { split($0, part, "/"); vfio[part[4]] = "builtin" }
    /^\/lib\/modules\/[^\/]*\/modules.dep:[^:]*\/vfio-pci\.ko[.a-z0-9]*:/ { split($0, part, "/"); vfio[part[4]] = "module" }
    function told(table, key, otherwise) { return key in table ? table[key] : otherwise }
    # What is in an initramfs: as noted, where it is the one that was looked into; else it is looked into now. Not where none was ever made with ours.
    function within(r,   part, image, list, line, found) {
      if (!ours || !(r in made)) return ""
      split(told(known, r, ""), part, "\t")
      if (part[2] "\t" part[3] == made[r]) return part[1]
      # An earlier version noted no more than the digest, before the initramfs was whole.
      split(made[r], image, "\t")
      if (part[1] != "" && part[2] == "" && image[2] >= noted_at[r]) return part[1]
      list = lister " /boot/initrd.img-" r " 2>/dev/null"
      while ((list | getline line) > 0) if (line ~ /(^|[ \/])passthrough-host\/[0-9a-f]+$/) { found = line; sub(".*/", "", found) }
      close(list)
      return found
    }
    END {
      for (k = 1; k <= kernels; k++) {
        r = release[k]
        printf "installed\t%s\t%s\t%s\t%s\n", r, told(vfio, r, "missing"), told(made, r, "0\t0"), within(r) "\t0"
      }
      FS = " "
      if (menu != "") print "grubcfg\t" menu_time
      own = 0
      while (menu != "" && (getline <menu) > 0) {
        # Those 10_linux wrote start this host; memtest86+, os-prober, 20_linux_xen and 40_custom write such lines too.
        if ($1 == "###") own = $2 == "BEGIN" && $3 ~ "^/etc/grub.d/10_linux(_zfs)?$"
        if (!own || $1 != "linux") continue
        file = $2; sub(".*/", "", file)
        args = ""; for (i = 3; i <= NF; i++) args = args (i > 3 ? " " : "") $i
        if (!seen[file, args]++) printf "entry\t%s\t%s\n", file, args
      }
      while (block != "" && (getline line <block) > 0) if (line !~ /^#/ && (at = index(line, "="))) printf "grubenv\t%s\t%s\n", substr(line, 1, at - 1), substr(line, at + 1)
    }'
}

# hypervisor: the one this boot runs under as far as the kernel itself is concerned; systemd-detect-virt says "none" in the first domain of Xen
hypervisor() {
  take /sys/hypervisor/type
  [ -z "$value" ] || row hypervisor "$value"
}

# New kernel arguments on trial: what boot-trial.sh keeps of them, and the last reboot that restart.sh made or put off.
trial() {
  [ ! -r "$state/restart.tried" ] || sed 's/^/text	tried		/' "$state/restart.tried"
  [ -r "$state/proven" ] && { take "$state/proven"; row text verified '' "$value"; }
  [ -r "$state/trial/marker" ] || return 0
  unverified=0; [ -e "$state/trial/unverified" ] && unverified=1
  take "$state/trial/digest"; digest=$value
  take "$state/trial/arguments"
  row trial "$(trial_state "$state/trial")" "$digest" "$unverified" "$value"
}

# boot_check [DIRECTORY]: what the check of this boot found (boot-check-hook.sh); another directory is for tests
boot_check() {
  set -- "${1:-/run/passthrough-host-boot-check}"
  [ -d "$1" ] || return 0
  [ ! -s "$1/notes" ] || sed 's/^/text	bootnote		/' "$1/notes"
  for file in "$1"/held/*; do
    [ -r "$file" ] || continue
    while IFS= read -r line; do row text held "${file##*/}" "$line"; done <"$file"
  done
  for list in released refused; do
    for file in "$1/$list"/*; do [ ! -e "$file" ] || row $list "${file##*/}"; done
  done
}

# What keeps off which CPUs, and the guests libvirt runs, with their ports.
isolation() {
  take /sys/devices/system/cpu/isolated; isolated=$value
  take /sys/devices/system/cpu/nohz_full; tickless=$value
  take /sys/fs/cgroup/cgroup.controllers; unified=no; case " $value " in *' cpuset '*) unified=yes ;; esac
  take /sys/fs/cgroup/system.slice/cpuset.cpus.effective; services=$value
  [ -n "$services" ] || { take /sys/devices/system/cpu/online; services=$value; }
  row isolation "$isolated" "$tickless" "$unified" "$services"
  running_guests | while IFS= read -r guest; do row running "$guest"; done
  guest_ports | while IFS='	' read -r bridge port guest; do row guestport "$bridge" "$port" "$guest"; done
}
