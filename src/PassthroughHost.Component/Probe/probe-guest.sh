# shellcheck shell=sh
# Part of the probe, for root: libvirt, its domains, and the disks and ISOs of those that are wanted.

# domains NAMES DIRECTORIES: reads dominfo and both definitions of each domain, after marks; tells the definitions of those with one of
# the names, and which of the directories has their TPM's state. Then pools with their definitions, and the pool of each medium by its position.
# At the end stands which domains and pools there are now: one that is there and was not read whole makes the answer incomplete, and so does no such end.
domains() {
  awk -v names="$1" -v states="$2 " '
    function attribute(name) { return match($0, " " name "=.[^\047\"]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
    function field() { sub(/^[^:]*: */, ""); return $0 }
    BEGIN { count = split(names, each, " "); for (i = 1; i <= count; i++) wanted[each[i]] }
    function flush() {
      if (uuid == "") return
      printf "domain\t%s\t%s\t%s\t%s\t%s\t%s\n", name, uuid, state, autostart, persistent, devices
      if ((name in wanted) && match(states, "[^ ]*/" uuid " ")) print "tpmstate\t" name "\t" substr(states, RSTART, RLENGTH - 1)
    }
    # With -q, virsh ends what it echoes without a line end, so each mark stands before the first line of what follows.
    sub(/^@asked@/, "") { asked[$0]; next }
    sub(/^@domain@/, "") { flush(); uuid = name = state = autostart = persistent = devices = ""; inside = 0 }
    sub(/^@definition@/, "") { inside = 1 }
    sub(/^@active@/, "") { inside = 2 }
    sub(/^@pool@/, "") { flush(); uuid = ""; inside = 3; pool = kind = state = autostart = target = "" }
    # A disk that no pool knows has no line, and the mark of the next one follows.
    { while (sub(/^@volume@/, "")) { flush(); uuid = ""; inside = 4; position = $0; sub(/@.*/, "", position); sub(/^[0-9]*@/, "") } }
    sub(/^@again@/, "") { flush(); uuid = ""; inside = 5 }
    inside == 5 { if (($0 in asked) && !($0 in whole)) lost = $0; if ($0 ~ /@end@$/) ended = 1; next }
    inside == 4 { if ($0 != "") printf "volume\t%s\t%s\n", position, $0; next }
    inside == 3 && /^Name:/ { pool = field() }
    inside == 3 && /^State:/ { state = field() }
    inside == 3 && /^Autostart:/ { autostart = field() }
    inside == 3 && /<pool / { kind = attribute("type") }
    inside == 3 && /<target>/ { target = "<" }
    inside == 3 && target == "<" && sub(/^ *<path>/, "") { sub(/<\/path>.*/, ""); target = $0 }
    inside == 3 && /^UUID:/ { id = field() }
    inside == 3 && /<\/pool>/ { whole[id]; printf "pool\t%s\t%s\t%s\t%s\t%s\n", pool, kind, state, autostart, target == "<" ? "" : target }
    inside == 3 { next }
    inside == 1 && $0 == "</domain>" { whole[uuid] }
    inside && (name in wanted) && $0 != "" && (inside == 1 || state != "shut off") { print "text\t" (inside == 1 ? "definition" : "active") "\t" name "\t" $0 }
    !inside && /^Name:/ { name = field() }
    !inside && /^UUID:/ { uuid = field() }
    !inside && /^State:/ { state = field() }
    !inside && /^Autostart:/ { autostart = field() }
    !inside && /^Persistent:/ { persistent = field() }
    inside != 1 { next }
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
    END {
      flush()
      if (!ended) print "libvirt-incomplete\tit stopped answering while it was asked for its domains and pools"
      else if (lost != "") print "libvirt-incomplete\tit has " lost ", and did not say all of it"
    }'
}

# daemons: what systemd says of those of libvirt that are there
daemons() {
  systemctl show -p Id -p LoadState -p ActiveState libvirtd.service virtqemud.service 2>/dev/null | awk -F = '
    function tell() { if (loaded == "loaded") printf "%s%s is %s", count++ ? ", " : "", id, active; loaded = "" }
    $1 == "Id" { id = $2 }
    $1 == "LoadState" { loaded = $2 }
    $1 == "ActiveState" { active = $2 }
    NF == 0 { tell() }
    END { tell() }'
}

# accounts: whether $login may use libvirt, into $allowed; and the user qemu runs as, for setpriv, into $hypervisor, empty where there is
# none. libvirt gives it the files, but the directories on the way must let it through. Accounts that are not in the host's own files
# (LDAP) are asked for.
accounts() {
  accounts=$(awk -F : -v login="$login" -v user="$(qemu_user)" '
    BEGIN { allowed = "unknown" }
    FILENAME == "/etc/passwd" {
      if ($1 == login) { allowed = "no"; own = $4 }
      if ($1 == user || $3 == user) hypervisor = "--reuid " $3 " --regid " $4
      next
    }
    allowed == "no" && ($1 == "libvirt" || $1 == "root") && ($3 == own || index("," $4 ",", "," login ",")) { allowed = "yes" }
    END { print allowed; print hypervisor == "" ? user : hypervisor }' /etc/passwd /etc/group)
  allowed=${accounts%%"$line_end"*}
  hypervisor=${accounts#*"$line_end"}
  if [ "$allowed" = unknown ]; then
    allowed=no
    case " $(id -nG "$login" 2>/dev/null) " in *" libvirt "* | *" root "*) allowed=yes ;; esac
  fi
  case $hypervisor in
    --*) ;;
    *)
      hypervisor=$(getent passwd "$hypervisor")
      hypervisor=${hypervisor#*:*:}
      own=${hypervisor%%:*}
      hypervisor=${hypervisor#*:}
      hypervisor=${own:+--reuid $own --regid ${hypervisor%%:*}}
      ;;
  esac
}

# quoted PATH: one word of virsh's, which reads quotes as a shell does
quoted() { printf "'"; printf '%s' "$1" | sed "s/'/'\\\\''/g"; printf "'"; }

# medium PATH: a disk or an ISO
medium() {
  kind=absent; size=; virtual=; format=; reach=unknown; sum=
  if [ -b "$1" ]; then kind="block"; size=$(blockdev --getsize64 "$1" 2>/dev/null)
  elif [ -f "$1" ]; then kind="file"
  elif [ -e "$1" ]; then kind="other"
  fi
  if [ "$kind" = file ] || [ "$kind" = block ]; then
    if have qemu-img; then
      described=$(image_info "$1")
      case $described in *virtual-size=*) virtual=${described#*virtual-size=}; virtual=${virtual%%[!0-9]*} ;; esac
      case $described in *format=*) format=${described#*format=}; format=${format%%[!a-z0-9-]*} ;; esac
    fi
    [ "$kind" != file ] || size=$(stat -Lc %s "$1")
    sum=$(sum_of "$1" "$state/media.checked")
  fi
  near=${1%/*}
  while [ -n "$near" ] && [ ! -d "$near" ]; do near=${near%/*}; done
  near=${near:-/}
  if [ -n "$hypervisor" ] && have setpriv; then
    reach=no
    # shellcheck disable=SC2086  # options
    setpriv $hypervisor --init-groups test -x "$near" 2>/dev/null && reach=yes
  fi
  df -k --output=avail,target "$near" 2>/dev/null | {
    read -r _
    read -r free place
    row medium "$1" "$kind" "$size" "$virtual" "$format" "$reach" "$free" "$place" "$sum"
  }
}

# ended NAME: when it last ended, in UTC, as libvirt's log of it says; a start that failed is no end
ended() {
  set -- "/var/log/libvirt/qemu/$1.log" "$1"
  [ ! -r "$1" ] || cat "$1.1" "$1" 2>/dev/null | tail -c 65536 | awk -v name="$2" '
    /^[0-9-]+ [0-9:.]+\+0000: shutting down, reason=/ && !/reason=failed/ { time = $1 "T" substr($2, 1, 8) "Z" }
    END { if (time != "") print "guest-ended\t" name "\t" time }'
}

# guest NAMES [medium…]: libvirt, its domains, and those that are wanted
guest() {
  guests=$1
  shift
  for file in /usr/share/OVMF/*.fd /usr/share/qemu/OVMF*.fd /usr/share/qemu/firmware/*.json; do [ -e "$file" ] && row ovmf "$file"; done
  login=${SUDO_USER:-$(id -un)}
  accounts
  answers=no; said=; uuids=; pools=; version=
  if ! have virsh; then said='virsh is not installed'
  elif said=$(timeout 30 virsh -q -c qemu:///system 'version; echo @pools@; pool-list --all --uuid; echo @domains@; list --all --uuid' 2>&1); then
    answers=yes
    of=
    for word in $said; do
      case $word in *@pools@*) of=pools; word=${word##*@pools@} ;; esac
      case $word in *@domains@*) of=domains; word=${word##*@domains@} ;; esac
      case $of$word in
        pools????????-????-????-????-????????????) pools="$pools $word" ;;
        domains????????-????-????-????-????????????) uuids="$uuids $word" ;;
      esac
      case $word in
        *.*.*) version=${version:-$word} ;;
      esac
    done
    said=
  else
    # What ends it after its time says nothing.
    [ $? -ne 124 ] || said="no answer within 30 s"
    version=$(virsh --version 2>/dev/null)
    became=$(daemons)
    said="$said${became:+; $became}"
  fi
  [ -z "$said" ] || said=$(printf '%s' "$said" | base64 -w 0)
  row libvirt "$answers" "$version" "$login" "$allowed" "$said"
  if [ -n "$uuids$pools" ]; then
    ask=
    for uuid in $uuids; do ask="$ask${ask:+; }echo @domain@; dominfo $uuid; echo @definition@; dumpxml --inactive $uuid; echo @active@; dumpxml $uuid"; done
    for pool in $pools; do ask="$ask${ask:+; }echo @pool@; pool-info $pool; pool-dumpxml $pool"; done
    position=0
    for path; do
      position=$((position + 1))
      [ -z "$pools" ] || ask="$ask; echo @volume@$position@; vol-pool $(quoted "$path")"
    done
    states=
    for directory in /var/lib/libvirt/swtpm/*; do [ -d "$directory" ] && states="$states $directory"; done
    ask="$ask; echo @again@; list --all --uuid; pool-list --all --uuid; echo @end@"
    # shellcheck disable=SC2086  # a list
    { printf '@asked@%s\n' $uuids $pools; timeout 60 virsh -q -c qemu:///system "$ask" 2>/dev/null; } | domains "$guests" "$states"
  fi
  for guest in $guests; do
    row guest "$guest"
    if [ -r "$state/guest/$guest/defined.xml" ]; then
      take "$state/guest/$guest/defined.by"
      row guest-defined "$guest" "$(base64 -w 0 "$state/guest/$guest/defined.xml")" "$value"
    fi
    if is_of_project "$state/guest/$guest"; then row guest-known "$guest"; fi
    [ -e "$state/guest/$guest/found/taken" ] && row guest-adopted "$guest" "$(base64 -w 0 "$state/guest/$guest/found/shown.xml")"
    ended "$guest"
    [ -e "/var/lib/libvirt/qemu/nvram/${guest}_VARS.fd" ] && row nvram "$guest" "/var/lib/libvirt/qemu/nvram/${guest}_VARS.fd"
  done
  for path; do medium "$path"; done
}
