# shellcheck shell=sh
# Asks the host again what the plan was made from, before the first write. The parts of the probe that read it come before this one.
#   RELIED_ON   the facts, "; " between them: "boot ID", "route LINK", "link NAME FUNCTION MASTER", "disk MOUNT DEVICE FUNCTION",
#               "device FUNCTION ID DRIVER GROUP", "display FUNCTION", "keyboard FUNCTION", "guest NAME"; "-" where there is none
# It writes nothing but its receipt. It is the last to be reverted, and then takes back what nobody else will: what the first update of a concern left that
# failed or was killed, for an engine that has not created a command has none to delete.
line_end=${LINE_END:-$line_end}

# questions: what was relied on, a line each
questions() { printf '%s\n' "$RELIED_ON" | awk '{ gsub(/; /, "\n"); print }'; }

# guests: those that libvirt runs
guests() {
  running_guests | while IFS= read -r guest; do row running "$guest"; done
}

# answers: the same, as the host is now. Of links, disks and keyboards only what was asked for.
answers() {
  {
    questions | while IFS= read -r question; do row asked "$question"; done
    take /proc/sys/kernel/random/boot_id
    row booted "$value"
    devices
    network ''
    storage
    guests
  } | awk -F '\t' '
    function word(text) { return text == "" ? "-" : text }
    $1 == "asked" { split($2, part, " "); asked[part[1]] = 1; known[$2] = 1; if (part[1] == "link") links[part[2]] = 1; if (part[1] == "device") given[part[2]] = 1; next }
    $1 == "booted" { print "boot " $2 }
    $1 == "route" { print "route " $2 }
    $1 == "link" && ($2 in links) { print "link " $2 " " word($6) " " word($7) }
    $1 == "disk" && (("disk " $2 " " $3 " " $4) in known || ($4 in given)) { print "disk " $2 " " $3 " " $4 }
    $1 == "pci" && ($2 in given) { print "device " $2 " " $3 " " word($6) " " word($7) }
    $1 == "pci" && $5 ~ /^0(300|380)/ { print "display " $2 }
    $1 == "usb" && asked["keyboard"] && $4 ~ /030101/ { print "keyboard " $2 }
    $1 == "running" { print "guest " $2 }' | sort -u
}

# changes: what is otherwise than it was, in words, a line each
changes() {
  {
    questions
    echo @now
    answers
  } | awk '
    function words(fact,   part) {
      split(fact, part, " ")
      if (part[1] == "route") return "the default route goes over " part[2]
      if (part[1] == "link") return "the link " part[2] (part[3] == "-" ? "" : " at " part[3]) (part[4] == "-" ? "" : " is a port of " part[4])
      if (part[1] == "disk") return part[2] " is on " part[3] " at " part[4]
      if (part[1] == "device") return "the device " part[2] " is [" part[3] "] with " (part[4] == "-" ? "no driver" : "the driver " part[4]) (part[5] == "-" ? "" : ", in IOMMU group " part[5])
      if (part[1] == "display") return "the machine has the display " part[2]
      if (part[1] == "keyboard") return "the USB controller " part[2] " has a keyboard"
      return "the guest " substr(fact, 7) " runs"
    }
    $0 == "@now" { now = 1; next }
    !now { was[$0] = 1; order[++count] = $0; next }
    { is[$0] = 1; if (!($0 in was)) new[++more] = $0 }
    END {
      for (i = 1; i <= count; i++) if (!(order[i] in is)) { if (order[i] ~ /^boot /) print "the host was rebooted"; else print "no longer true: " words(order[i]) }
      for (i = 1; i <= more; i++) if (new[i] !~ /^boot /) print "true now, and not before: " words(new[i])
    }'
}

# The facts of a plan in which nothing differs are those of the last update: it has asked for them.
is_asked() { [ -r "$STATE/$CONCERN.receipt" ] && [ "$(awk -F '\t' '$1 == "token" { print $2; exit }' "$STATE/$CONCERN.receipt")" = "$TOKEN" ]; }

concern_check() {
  if is_asked || [ -z "$RELIED_ON" ]; then return 0; fi
  changed=$(changes)
  [ -z "$changed" ] || fail "asking the host again what the plan was made from" "$(printf '%s' "$changed" | tr '\n' ';' | sed 's/;/; /g')" "nothing was written; look at the preview again, then update"
}

concern_apply() { say "the host is as it was when the plan was made"; }

concern_undo() { :; }

# It is the last.
owns() { :; }

# Reverted in the opposite order of the concerns.
OTHERS='media storage libvirt sriov restart boot boot-check isolation memory network packages'

any_of() { for file; do [ ! -e "$file" ] || return 0; done; return 1; }

# noted_of CONCERN: whether something that its revert takes back is there. What was written to managed files is not asked for: the journal has it.
noted_of() {
  case $1 in
    media) any_of "$STATE/media.checked" ;;
    storage) any_of "$STATE/storage.pools" ;;
    restart) any_of "$STATE"/restart.* ;;
    boot)
      any_of "$STATE/initramfs" "$STATE/every-initramfs" "$STATE/trial" "$STATE/proven" \
        /boot/grub/grub.cfg.passthrough-host /boot/grub/grub.cfg.passthrough-host.new
      ;;
    boot-check) any_of /run/passthrough-host-boot-check "$STATE/held" ;;
    isolation) any_of /run/passthrough-host-isolation.lock ;;
    network) any_of "$STATE/network.guard" "$STATE/network.undone" ;;
    *) false ;;
  esac || [ -n "$(CONCERN=$1; had)" ]
}

# take_back_left CONCERN: by its own script's revert, for which nothing is wanted
take_back_left() (
  script=$STATE/scripts/$1.sh
  [ -r "$script" ] || fail "taking back what an update of $1 left that was ended in the middle" "$script, which does that, is not there" "have the stack ask for it again and update, which brings it; then destroy again"
  # shellcheck disable=SC2034  # for the script
  ARGUMENTS='' EARLY_FILES='' EARLY_DIGEST='' HOOK=''
  # shellcheck disable=SC1090
  . "$script"
  if [ "$1" = network ]; then
    ! is_pending || fail "putting the network back" "a change of it still waits for its confirmation" "wait until the host has taken it back, then destroy again"
    disarm
  fi
  # shellcheck disable=SC2034
  CONCERN=$1 VERB=revert DIGEST=
  # What runs beside the revert ends with it.
  trap '[ -z "${ASIDE:-}" ] || kill "$ASIDE" 2>/dev/null' EXIT
  # Whoever made GRUB's menu in between, it is made again without what was begun.
  [ "$1" != boot ] || CHANGED=menu
  managed_files() { :; }
  settings() { :; }
  concern_before_revert
  concern_revert
  finished '' || fail "noting what was put back" "$STATE could not be written" "make room there and do this again"
)

concern_revert() {
  for other in $OTHERS; do
    if noted_of "$other" && ! any_of "$STATE/$other.receipt" "$STATE/$other"-*.receipt; then
      say "an update of $other was ended in the middle, and nothing else takes it back: that is done now"
      take_back_left "$other" || exit 1
    fi
  done
  applied=$(find "$STATE" -maxdepth 1 -name '*.receipt' ! -name preflight.receipt -printf '%f ' 2>/dev/null)
  [ -z "$applied" ] || say "note: applied on this host, and unknown to the stack that is destroyed: $applied(in $STATE); to take that back too, update once and destroy again"
}
