# shellcheck shell=sh
# Part of the probe: libvirt, its domains, and the disks and ISOs of the one that is wanted.

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
