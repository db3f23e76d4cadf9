# shellcheck shell=sh
# Part of the probe, for root: what people set up by hand for passthrough, each line word for word with its place. What this project
# wrote has its name in the file's name, and is left out.

# by_hand_bridges: where bridges and VLANs are made: by ifupdown, netplan, NetworkManager and systemd-networkd
by_hand_bridges() {
  grep -lsE '^[[:space:]]*(bridge|vlan)[-_](ports|raw[-_]device)' etc/network/interfaces etc/network/interfaces.d/* |
    xargs -r -d '\n' grep -HE '^[[:space:]]*(iface[[:space:]]+(l[^o[:space:]]|lo[^[:space:]]|[^l[:space:]])|(bridge|vlan)[-_](ports|raw[-_]device))'
  grep -HsE '^[[:space:]]*(bridges|vlans):' etc/netplan/*.yaml
  grep -HsE '^type=(bridge|vlan)$' etc/NetworkManager/system-connections/*
  grep -HsE '^[[:space:]]*Kind=(bridge|vlan)' etc/systemd/network/*.netdev
}

# by_hand_lines: modules and what binds them, huge pages, arguments of other boot loaders, QEMU's own settings, udev's rules, bridges and VLANs
by_hand_lines() {
  grep -HsiE '^[^#]*(vfio|vifo|vfoi|vfip|pci[-_]stub|kvm|nouveau|noveau|nvidia|amdgpu|radeon|i915|snd_hda_intel|xhci)' \
    etc/modprobe.d/* etc/modprob.d/* etc/modules etc/modules-load.d/* etc/initramfs-tools/modules etc/dracut.conf etc/dracut.conf.d/*
  grep -HsE '^[^#]*(nr_hugepages|hugetlb)' etc/sysctl.conf etc/sysctl.d/* etc/fstab
  grep -HsE '^[^#]*(vfio|iommu|pci-stub|isolcpus|hugepages)' etc/kernel/cmdline etc/kernelstub/configuration
  grep -HsE '^[[:space:]]*(user|group|security_driver|clear_emulator_capabilities|relaxed_acs_check)[[:space:]]*=' etc/libvirt/qemu.conf
  grep -HsE '^[^#]*vfio' etc/udev/rules.d/*
  grep -HsE '^[^#]*AllowedCPUs' etc/systemd/system.control/*/*
  grep -HsE '^[^#]*VIRSH_[A-Za-z0-9_]*=' etc/libvirt/hooks/*.conf
  by_hand_bridges
}

# by_hand_files LINES: each file of the lines, and each script that may bind a device or run with a guest: its mode, when it and its place last changed, and
# which of the words that matter are in it
by_hand_files() {
  {
    grep -HIsoE 'driver_override|new_id|prereqs|virsh|vfio|--runtime|nr_hugepages|AllowedCPUs|/bind' \
      etc/initramfs-tools/scripts/*/* etc/initramfs-tools/hooks/* etc/rc.local etc/cron.d/* etc/systemd/system/*.service \
      etc/libvirt/hooks/* etc/libvirt/hooks/*.d/* etc/libvirt/hooks/*.d/*/*/*/* bin/vfio* sbin/vfio* usr/local/bin/vfio* usr/local/sbin/vfio*
    echo @files
    # A hook counts with none of these words too, and so does a file with a line that was told.
    printf '%s\n' "$1" | sed 's/:.*//'
    ls -d etc/libvirt/hooks/* etc/libvirt/hooks/*.d/* etc/libvirt/hooks/*.d/*/*/*/* run/libvirtd.pid run/virtqemud.pid 2>/dev/null
  } | awk '
    $0 == "@files" { files = 1; next }
    !files {
      path = $0
      sub(/:[^:]*$/, "", path)
      word = substr($0, length(path) + 2)
      if (!had[path, word]++) words[path] = words[path] " " word
      order[++count] = path
      next
    }
    { order[++count] = $0 }
    END { for (i = 1; i <= count; i++) if (order[i] !~ /passthrough-host/ && !told[order[i]]++) print order[i] "\t" words[order[i]] }' |
    while IFS='	' read -r path words; do
      [ -f "$path" ] || continue
      row handfile "/$path" "$(stat -Lc '%a	%Y	%Z' "$path")" "${words# }"
    done
}

# by_hand_domains: of each definition what can be at odds with the host. Passwords of displays are on none of these lines.
by_hand_domains() {
  set -- etc/libvirt/qemu/*.xml
  [ -e "$1" ] || return 0
  awk '
    FNR == 1 { name = FILENAME; sub(".*/", "", name); sub("[.]xml$", "", name); device = 0 }
    /<hostdev / { device = 1 }
    /<(memory|vcpu|vcpupin|emulatorpin|hugepages|topology|loader|nvram|rom|hostdev)[ \/>]/ || /<\/hostdev>/ || (device && /<address domain=/) {
      line = $0
      sub(/^ */, "", line)
      print "text\thanddomain\t" name "\t" line
    }
    /<\/hostdev>/ { device = 0 }' "$@"
}

# by_hand_definitions: each definition whole, but for what is secret in it, and whether it starts with the host; not of the guests of this project. Passwords of
# displays stay with the host; cookies of network disks and secrets among QEMU's arguments are told as such, for a domain with them is not taken over.
by_hand_definitions() {
  for file in etc/libvirt/qemu/*.xml; do
    name=${file##*/}
    name=${name%.xml}
    if [ ! -f "$file" ] || is_of_project "var/lib/passthrough-host/guest/$name"; then continue; fi
    starts=no
    if [ -L "etc/libvirt/qemu/autostart/$name.xml" ]; then starts=yes; fi
    row handdefinition "$name" "$starts" "$(sed -e "/<graphics /s/ passwd='[^']*'//g" -e '/<cookies>/,/<\/cookies>/{/<cookies>/!d;s/.*/<cookies\/>/;}' \
      -e "/<qemu:arg .*secret.*data/s/value='[^']*'/value='@SECRET@'/" -e "/<qemu:arg .*password=/s/value='[^']*'/value='@SECRET@'/" "$file" | base64 -w 0)"
  done
}

# by_hand_images: what the definitions name that is no disk: firmware, its variables and ROM files, with what a ROM says it is
by_hand_images() {
  sed -n -e 's#.*<\(loader\|nvram\)[^>]*>\([^<]*\)</.*#\1	\2#p' -e "s#.*<rom [^>]*file=['\"]\([^'\"]*\)['\"].*#rom	\1#p" \
    etc/libvirt/qemu/*.xml 2>/dev/null | sort -u |
    while IFS='	' read -r kind path; do
      size=absent; head=; id=
      if [ -f "./$path" ]; then
        size=$(stat -Lc %s "./$path")
        if [ "$kind" = rom ]; then
          # PCI Firmware Specification, "Expansion ROM Header": 55 AA, and at 18h where the PCI data structure is; in that at 4 the vendor and the device.
          head=$(od -An -tx1 -N2 "./$path" | tr -d ' \n')
          at=$(od -An -tu2 -j24 -N2 "./$path" | tr -d ' \n')
          id=$(od -An -tx2 -j$((${at:-0} + 4)) -N4 "./$path" 2>/dev/null)
          # shellcheck disable=SC2086  # two words
          set -- $id
          id=${1:+$1:$2}
        fi
      fi
      row handimage "$kind" "$path" "$size" "$head" "$id"
    done
}

# by_hand [ROOT]: all of it; another root is for tests
by_hand() {
  (
    cd "${1:-/}" || exit 0
    set -- "$(by_hand_lines | grep -v '^[^:]*passthrough-host')"
    [ -z "$1" ] || printf '%s\n' "$1" | awk '{ path = $0; sub(/:.*/, "", path); print "text\tbyhand\t/" path "\t" substr($0, length(path) + 2) }'
    # Their names have colons in them.
    for file in etc/driverctl.d/*; do
      take "$file"
      [ -z "$value" ] || row text byhand "/$file" "$value"
    done
    by_hand_files "$1"
    by_hand_domains
    by_hand_definitions
    by_hand_images
  )
  row byhand read
}
