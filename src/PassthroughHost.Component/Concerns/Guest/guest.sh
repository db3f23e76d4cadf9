# shellcheck shell=sh
# A guest's definition in libvirt, changed in place under one UUID: NVRAM, TPM and disks stay.
#   GUEST, UUID      who it is
#   DEFINITION       the whole domain XML
#   DEVICES          the host's PCI functions it is given
#   AUTOSTART        yes or no
#   START            what becomes of a guest that is off: running, paused (before its first instruction), or leave
#   RESTART          what becomes of a running guest that a change is for: never, graceful or force
#   RESTART_SECONDS  how long it may take to shut down
#   PROTECT          yes: revert refuses
#   WAITS            yes: the host's reboot is put off; until then the guest is defined, and neither started nor restarted
#   ADOPT            yes: it is a domain that was on the host before, and goes back to the definition that it had; not set for any other guest
# Pulumi's libvirt provider starts every domain that it makes, so what it makes is an empty machine under this name and UUID, told by the text $EMPTY in its
# metadata (EmptyMachine.cs). It is no definition of the guest: it is not backed up, and nothing is taken from it.
# What is kept in KEPT, $STATE/guest/$GUEST: defined.xml (what libvirt made of the definition), defined.by (its version), pending (the instance that runs with an older one),
# backup/ (definition, NVRAM and TPM state from before each change, the newest $GENERATIONS), and of an adopted guest found/: domain.xml (its definition as it
# was found, with passwords of displays), shown.xml (the same without them), autostart, and taken, once another definition is about to take its place.
# returned: the guest went, or went back to the definition it was found with; a domain of that name is nobody's of this project from then on.
# Source: virsh(1), define, undefine, shutdown; libvirt, "Domain XML format"; `undefine --nvram` takes the TPM's state along.
GENERATIONS=10
LOCK_SECONDS=3600
EMPTY=urn:passthrough-host:empty
# What the boot check notes of guests: boot-check-hook.sh.
BOOT_CHECK=/run/passthrough-host-boot-check

vir() { virsh -q -c qemu:///system "$@"; }

guest_state() { vir domstate "$UUID" 2>/dev/null | head -n 1; }

is_defined() { vir domuuid "$GUEST" >/dev/null 2>&1; }

is_active() { case $(guest_state) in '' | 'shut off' | crashed) return 1 ;; esac; }

is_adopted() { [ "${ADOPT:-no}" = yes ]; }

# The process of now, told from one of earlier or later.
instance() {
  pid=$(cat "/run/libvirt/qemu/$GUEST.pid" 2>/dev/null) || return 1
  printf '%s %s\n' "$pid" "$(cut -d ' ' -f 22 "/proc/$pid/stat" 2>/dev/null)"
}

# unbound: the first device that is not with vfio-pci
unbound() {
  for address in $DEVICES; do
    driver=$(readlink "/sys/bus/pci/devices/$address/driver" 2>/dev/null)
    [ "${driver##*/}" = vfio-pci ] || { printf '%s is with %s' "$address" "${driver##*/}"; return 0; }
  done
  return 1
}

concern_check() {
  KEPT=$STATE/guest/$GUEST
  command -v virsh >/dev/null || fail "looking for virsh" "it is not installed" "install libvirt-clients, or set packages.manage: true"
  vir uri >"$WORK/uri" 2>&1 || fail "asking libvirt" "$(tr '\n' ' ' <"$WORK/uri")" "see systemctl status libvirtd.socket libvirtd virtqemud"
  other=$(vir domuuid "$GUEST" 2>/dev/null | tr -d ' \n')
  if [ -n "$other" ] && [ "$other" != "$UUID" ]; then
    fail "looking for the guest $GUEST" "libvirt has another domain of that name, with UUID $other (wanted: $UUID)" "give the guest another name, take that domain over with uuid: $other and adopt: true, or remove it by hand (virsh undefine --keep-nvram --keep-tpm $GUEST)"
  fi
  other=$(vir domname "$UUID" 2>/dev/null | head -n 1)
  if [ -n "$other" ] && [ "$other" != "$GUEST" ]; then
    fail "looking for the UUID $UUID" "libvirt's domain $other has it" "guests are not renamed in place: name it $other again, or give another uuid"
  fi
  if is_adopted; then check_adoption
  elif is_strange; then
    fail "looking at the domain $GUEST" "libvirt has it, and it is not of this project" "write adopt: true (with uuid: $UUID) to take it over as it is, or give the guest another name and uuid"
  elif [ -e "$KEPT/found/taken" ]; then
    fail "looking at what is kept of $GUEST" "it was taken over, and its definition from before is in $KEPT/found" "write adopt: true for the guest again, or take it out of the list: it then goes back to that definition"
  fi
}

# Whether somebody made the domain: it is no empty machine of the provider's, nothing is kept of it, and its UUID does not follow from a stack and a name
# (version 5), as that of a guest does whose notes are lost.
is_strange() {
  case $UUID in ????????-????-5*) return 1 ;; esac
  is_defined && ! is_of_project "$KEPT" && [ ! -e "$STATE/$CONCERN.receipt" ] && ! vir dumpxml --inactive "$UUID" | grep -qF "$EMPTY"
}

# Before the first change of a domain that is to be taken over.
check_adoption() {
  [ ! -e "$KEPT/found/taken" ] || return 0
  is_defined || fail "looking for the domain $GUEST that is to be taken over" "libvirt has none of that name" "leave adopt out for a guest that is to be made, or see virsh list --all"
  [ ! -e "$KEPT/defined.xml" ] || fail "taking over $GUEST" "it is a guest of this project already" "leave adopt out"
  ! vir dominfo "$UUID" | grep -q '^Persistent: *no' || fail "taking over $GUEST" "it is transient: it has no definition that outlives it" "define it first (virsh dumpxml $GUEST, virsh define)"
}

# keep_found: the definition of an adopted guest as it was found. One that was kept by a run that changed nothing is kept again: it may have been edited since.
keep_found() {
  is_adopted && [ ! -e "$KEPT/found/taken" ] || return 0
  fresh=$KEPT/.found.new
  rm -rf "$fresh" "$KEPT/found"
  { mkdir -p "$fresh" && chmod 700 "$STATE/guest" "$KEPT" "$fresh" &&
    vir dumpxml --inactive --security-info "$UUID" >"$fresh/domain.xml" && vir dumpxml --inactive "$UUID" >"$fresh/shown.xml" &&
    vir dominfo "$UUID" | sed -n 's/^Autostart: *//p' >"$fresh/autostart" && [ -s "$fresh/domain.xml" ] && [ -s "$fresh/shown.xml" ] && [ -s "$fresh/autostart" ] &&
    sync "$fresh"/* "$fresh" && mv -T "$fresh" "$KEPT/found" && sync "$KEPT" && mkdir -p "$KEPT/backup" && chmod 700 "$KEPT/backup"; } ||
    fail "keeping the definition with which $GUEST was found" "it could not be written to $KEPT/found" "make room there and update again; the guest was not touched"
  say "kept in $KEPT/found: the definition with which $GUEST was found"
}

# carry_passwords FROM TO: a definition that is shown has no passwords of displays, and so the wanted one has none
carry_passwords() {
  awk '
    match($0, /<graphics type=.[a-z-]*/) {
      type = substr($0, RSTART + 16, RLENGTH - 16)
      end = RSTART + RLENGTH + 1
      if (FNR == NR && match($0, / passwd=\047[^\047]*\047/)) secret[type] = substr($0, RSTART, RLENGTH)
      if (FNR != NR && !/ passwd=/) $0 = substr($0, 1, end - 1) secret[type] substr($0, end)
    }
    FNR != NR' "$1" "$2" >"$2.new" && mv "$2.new" "$2"
}

# current FILE: the definition of the guest that counts, or nothing where there was none yet. Under an empty machine, and where there is no domain, it is the
# one that was defined here last, or that a removal kept.
current() {
  if is_defined; then
    vir dumpxml --inactive --security-info "$UUID" >"$1" || fail "reading the definition of $GUEST" "virsh dumpxml failed (above)" "see virsh dumpxml $GUEST; the guest was not touched"
    grep -qF "$EMPTY" "$1" || return 0
  fi
  newest=$(newest_backup)
  if [ -r "$KEPT/defined.xml" ]; then cat "$KEPT/defined.xml" >"$1"
  elif [ -n "$newest" ] && [ -r "$newest/domain.xml" ]; then cat "$newest/domain.xml" >"$1"
  else : >"$1"
  fi
}

newest_backup() { find "$KEPT/backup" -mindepth 1 -maxdepth 1 -name '[0-9]*' 2>/dev/null | sort | tail -n 1; }

# nvram_of FILE: the path of the UEFI variables in a definition
nvram_of() { sed -n 's/^ *<nvram[^>]*>\([^<]*\)<\/nvram>.*/\1/p' "$1" | head -n 1; }

# Definition, NVRAM and TPM state as they are now; not kept twice where nothing has changed.
backup() {
  if ! { mkdir -p "$KEPT/backup" && chmod 700 "$STATE/guest" "$KEPT" "$KEPT/backup"; }; then
    fail "making $KEPT/backup" "mkdir failed" "make room there; the guest was not touched"
  fi
  fresh=$KEPT/backup/.new
  rm -rf "$fresh"
  mkdir -m 700 "$fresh"
  current "$fresh/domain.xml"
  [ -s "$fresh/domain.xml" ] || { rm -rf "$fresh"; return 0; }
  nvram=$(nvram_of "$fresh/domain.xml")
  if [ -n "$nvram" ] && [ -e "$nvram" ]; then
    cp -a "$nvram" "$fresh/nvram" || fail "backing up $nvram" "it could not be copied to $KEPT/backup" "make room there; the guest was not touched"
  fi
  if [ -d "/var/lib/libvirt/swtpm/$UUID" ]; then
    cp -a "/var/lib/libvirt/swtpm/$UUID" "$fresh/tpm" || fail "backing up the TPM state of $GUEST" "it could not be copied to $KEPT/backup" "make room there; the guest was not touched"
  fi
  newest=$(newest_backup)
  if [ -n "$newest" ] && diff -rq "$newest" "$fresh" >/dev/null 2>&1; then
    rm -rf "$fresh"
    return 0
  fi
  saved=$KEPT/backup/$(date -u +%Y%m%dT%H%M%S)
  while [ -e "$saved" ]; do saved=${saved}a; done
  sync
  mv -T "$fresh" "$saved" || fail "keeping the backup of $GUEST" "it could not be moved to $saved" "see $KEPT/backup; the guest was not touched"
  say "backed up to $saved: $(find "$saved" -mindepth 1 -maxdepth 1 -printf '%f ')"
  find "$KEPT/backup" -mindepth 1 -maxdepth 1 -name '[0-9]*' | sort -r | tail -n +$((GENERATIONS + 1)) | while IFS= read -r old; do rm -rf "$old"; done
}

# runs_with: the definition that the process of now was started with, if libvirt has written none since; one that was restored from a file was started earlier
runs_with() {
  case $(vir domstate --reason "$UUID" 2>/dev/null) in *restored*) return 0 ;; esac
  [ -z "$(find "/run/libvirt/qemu/$GUEST.pid" -newer "/etc/libvirt/qemu/$GUEST.xml" 2>/dev/null)" ] || vir dumpxml --inactive "$UUID"
}

define() {
  backup
  rm -f "$KEPT/returned"
  # The version of the machine type that libvirt chose once stays: an installed Windows would find a new board after an update of QEMU.
  current "$WORK/before.xml"
  board=$(sed -n "s/^ *<type .*machine='\(pc-q35-[^']*\)'.*/\1/p" "$WORK/before.xml" | head -n 1)
  printf '%s' "$DEFINITION" | sed "s/ machine=\"q35\"/ machine=\"${board:-q35}\"/" >"$WORK/guest.xml"
  taking=
  if is_adopted; then
    carry_passwords "$WORK/before.xml" "$WORK/guest.xml" || fail "writing the definition of $GUEST" "awk failed (above)" "the guest was not touched"
    [ -e "$KEPT/found/taken" ] || taking=$KEPT/found/taken
    [ -z "$taking" ] || { : >"$taking" && sync "$taking" "$KEPT/found"; } || fail "noting that $GUEST is taken over" "$KEPT/found could not be written" "make room there; the guest was not touched"
  fi
  runs_with >"$WORK/runs.xml"
  vir define --validate "$WORK/guest.xml" >"$WORK/said" 2>&1 || {
    [ -z "$taking" ] || rm -f "$taking"
    fail "defining $GUEST" "$(tr '\n' ' ' <"$WORK/said")" "libvirt refuses the document: mend what it names in the spec (extraXml is merged as it stands); the definition of before is in place"
  }
  vir dumpxml --inactive "$UUID" >"$WORK/defined.xml" || fail "reading the definition of $GUEST back" "virsh dumpxml failed (above)" "see virsh dumpxml $GUEST, then update again"
}

# start_guest [OPTION]
start_guest() {
  if at=$(unbound); then
    fail "starting $GUEST" "$at, not vfio-pci" "it would be taken from the host while it is in use: see the findings of the preview on that device; the guest is defined"
  fi
  vir start "$@" "$UUID" >"$WORK/said" 2>&1 || fail "starting $GUEST" "$(tr '\n' ' ' <"$WORK/said")" "it is defined; mend what libvirt names, then update again or start it with virsh start $GUEST"
  say "$GUEST is $(guest_state)"
}

# stop_guest: as RESTART says; fails where it still runs
stop_guest() {
  vir shutdown "$UUID" >/dev/null 2>&1
  say "asked $GUEST to shut down"
  waited=0
  while is_active; do
    if [ "$waited" -ge "$RESTART_SECONDS" ]; then
      [ "$RESTART" = force ] || return 1
      say "$GUEST did not shut down within $RESTART_SECONDS s: switching it off, as restart: force says"
      vir destroy "$UUID" >/dev/null 2>&1
      sleep 1
      ! is_active
      return
    fi
    sleep 2
    waited=$((waited + 2))
    [ $((waited % 30)) -ne 0 ] || say "waiting for $GUEST to shut down: $waited s"
  done
}

# Whether the process that runs has an older definition than the one of now.
is_pending() {
  case $REMARK in *"running instance of $GUEST"*) return 0 ;; esac
  older=$KEPT/defined.xml
  [ -r "$older" ] || older=$KEPT/found/shown.xml
  # A libvirt that was upgraded writes the same definition otherwise than the older one did.
  [ ! -r "$older" ] || cmp -s "$older" "$WORK/defined.xml" || cmp -s "$WORK/runs.xml" "$WORK/defined.xml" || return 0
  [ -r "$KEPT/pending" ] && [ "$(cat "$KEPT/pending")" = "$(instance)" ]
}

# An empty machine that runs is switched off: it was started by the provider, and there is nothing in it.
end_empty() {
  is_active && vir dumpxml "$UUID" | grep -qF "$EMPTY" || return 0
  vir destroy "$UUID" >"$WORK/said" 2>&1 || fail "switching off the empty machine that $GUEST begins as" "$(tr '\n' ' ' <"$WORK/said")" "see virsh destroy $GUEST, then update again"
}

# was_held_back: whether it was to start with the host, and was kept from it because that boot was not as applied (boot-check-hook.sh)
was_held_back() { [ "$AUTOSTART" = yes ] && [ -e "$BOOT_CHECK/refused/$GUEST" ]; }

# start_held: it was to start with the host. That it is held back still is no failure of this update.
start_held() {
  if vir start "$UUID" >"$WORK/said" 2>&1; then
    say "$GUEST is $(guest_state)"
  elif [ -e "$BOOT_CHECK/held/$GUEST" ]; then
    say "$GUEST, which was to start with the host, is held back still: $(sed 1d "$BOOT_CHECK/held/$GUEST" | tr '\n' ';')"
  else
    start_guest
  fi
}

# start_wanted: a guest that is off
start_wanted() {
  held=
  case $START in
    leave)
      was_held_back || return 0
      if at=$(unbound); then
        say "$GUEST, which was to start with the host, is held back still: $at, not vfio-pci"
        return 0
      fi
      held=yes
      ;;
    paused) set -- --paused ;;
    *) set -- ;;
  esac
  if [ "$WAITS" = yes ]; then
    say "$GUEST is not started: the host has not been rebooted yet; the update that follows the reboot starts the guest"
    return 0
  fi
  if [ -n "$held" ]; then start_held; else start_guest "$@"; fi
}

# That a reboot was put off is also known from Restart (reboot-reasons.sh): a guest may have been started since the plan was made.
waits_for_reboot() { [ "$WAITS" = yes ] || { unbound >/dev/null && [ "$(cat "$STATE/restart.waiting" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ]; }; }

concern_apply() {
  if waits_for_reboot; then WAITS=yes; fi
  keep_found
  # A guest is never stopped by being taken over, at the first try or at a later one.
  if is_adopted && [ ! -e "$KEPT/defined.xml" ]; then RESTART=never; fi
  end_empty
  define
  if is_active && is_pending; then
    instance >"$KEPT/pending"
    paused=
    [ "$(guest_state)" != paused ] || paused=--paused
    if [ "$RESTART" = never ] || [ "$WAITS" = yes ]; then
      say "$GUEST runs on with the definition of before: the change is pending until it is shut down and started again"
    elif stop_guest; then
      rm -f "$KEPT/pending"
      start_guest $paused
    else
      say "$GUEST did not shut down within $RESTART_SECONDS s and runs on with the definition of before: the change is pending"
    fi
  elif ! is_active; then
    rm -f "$KEPT/pending"
    start_wanted
  fi
  autostart
  { copy "$WORK/defined.xml" "$KEPT/defined.xml.new" && place "$KEPT/defined.xml" "$KEPT/defined.xml.new"; } || fail "noting the definition of $GUEST" "$KEPT could not be written" "make room there and update again"
  write_whole "$KEPT/defined.by" "$(virsh --version)$LINE_END" || fail "noting which libvirt defined $GUEST" "$KEPT could not be written" "make room there and update again"
  say "$GUEST is defined, UUID $UUID, $(guest_state)"
}

autostart() {
  wanted=$AUTOSTART
  if [ "$wanted" = yes ] && at=$(unbound); then
    say "autostart of $GUEST is withheld: $at, not vfio-pci"
    wanted=no
  fi
  if [ "$wanted" = yes ]; then set --; else set -- --disable; fi
  vir autostart "$@" "$UUID" >"$WORK/said" 2>&1 || fail "setting autostart of $GUEST" "$(tr '\n' ' ' <"$WORK/said")" "see virsh autostart $GUEST"
}

concern_undo() { :; }

# give_domain_back: an adopted guest has the definition with which it was found, whether it runs or not; it runs on
give_domain_back() {
  if [ ! -e "$KEPT/found/taken" ]; then
    rm -rf "$KEPT/found"
    return 0
  fi
  vir uri >"$WORK/uri" 2>&1 || fail "asking libvirt" "$(tr '\n' ' ' <"$WORK/uri")" "$GUEST is to have its former definition again, which is in $KEPT/found: see systemctl status libvirtd.socket libvirtd virtqemud"
  backup
  vir define "$KEPT/found/domain.xml" >"$WORK/said" 2>&1 ||
    fail "giving $GUEST its former definition" "$(tr '\n' ' ' <"$WORK/said")" "it is in $KEPT/found/domain.xml: mend what libvirt names, then destroy again"
  if [ "$(cat "$KEPT/found/autostart")" = enable ]; then set --; else set -- --disable; fi
  vir autostart "$@" "$UUID" >"$WORK/said" 2>&1 || fail "setting autostart of $GUEST" "$(tr '\n' ' ' <"$WORK/said")" "see virsh autostart $GUEST"
  vir dumpxml --inactive "$UUID" >"$WORK/given.xml" || fail "reading the definition of $GUEST back" "virsh dumpxml failed (above)" "see virsh dumpxml $GUEST, then destroy again"
  if cmp -s "$KEPT/found/shown.xml" "$WORK/given.xml"; then rm -rf "$KEPT/found"
  else
    rm -rf "$KEPT/backup/found"
    mv -T "$KEPT/found" "$KEPT/backup/found"
    say "this libvirt writes the former definition of $GUEST otherwise than the one it was found with: that one is kept in $KEPT/backup/found"
  fi
  : >"$KEPT/returned"
  rm -f "$KEPT/defined.xml" "$KEPT/defined.by" "$KEPT/pending"
  say "$GUEST has the definition with which it was found, and is $(guest_state); its disks, NVRAM and TPM state were not touched"
}

# is_answered: whether libvirt can be asked for the guest. One that cannot may have it all the same: its own files tell that, and it is not left behind unsaid.
# Source: libvirt, src/qemu/qemu_conf.c: where it keeps definitions, and the state of what runs.
is_answered() {
  if ! command -v virsh >/dev/null; then said='virsh is not installed'
  elif said=$(vir uri 2>&1); then return 0
  fi
  for file in "/etc/libvirt/qemu/$GUEST.xml" "/run/libvirt/qemu/$GUEST.xml"; do
    [ ! -e "$file" ] || fail "asking libvirt for the guest $GUEST, which is to go" "$(printf '%s' "$said" | tr '\n' ' '); $file is there" \
      "see systemctl status libvirtd.socket libvirtd virtqemud, then destroy again; where libvirt is gone for good, remove that file"
  done
  return 1
}

concern_before_revert() {
  KEPT=$STATE/guest/$GUEST
  if is_adopted; then
    give_domain_back
    return 0
  fi
  is_answered || return 0
  is_defined || return 0
  [ "$(vir domuuid "$GUEST" | tr -d ' \n')" = "$UUID" ] || return 0
  if [ "$PROTECT" = yes ]; then
    fail "removing the guest $GUEST" "it is protected" "write protect: false for the guest, update once, then destroy again; its disks are kept in any case, its NVRAM and TPM state in $KEPT/backup"
  fi
  end_empty
  if is_active; then
    [ "$RESTART" != never ] || fail "removing the guest $GUEST" "it is $(guest_state), and restart: never stops no guest" "shut it down (virsh shutdown $GUEST), or write restart: graceful, update once, then destroy again"
    stop_guest || fail "removing the guest $GUEST" "it did not shut down within $RESTART_SECONDS s" "shut it down inside, or write restart: force, update once, then destroy again"
  fi
  backup
  keep=--keep-nvram
  ! vir help undefine | grep -q -- --keep-tpm || keep="$keep --keep-tpm"
  # shellcheck disable=SC2086  # a list of options
  vir undefine $keep "$UUID" >"$WORK/said" 2>&1 || fail "removing the guest $GUEST" "$(tr '\n' ' ' <"$WORK/said")" "mend what libvirt names (a saved state: virsh managedsave-remove $GUEST; snapshots: virsh snapshot-list $GUEST), then destroy again"
  # A libvirt without --keep-tpm has taken it along.
  if [ ! -d "/var/lib/libvirt/swtpm/$UUID" ] && [ -n "${saved:-}" ] && [ -d "$saved/tpm" ]; then cp -a "$saved/tpm" "/var/lib/libvirt/swtpm/$UUID"; fi
  # AppArmor's profile of a domain stays behind when it goes. Source: libvirt, virt-aa-helper.
  rm -f "/etc/apparmor.d/libvirt/libvirt-$UUID" "/etc/apparmor.d/libvirt/libvirt-$UUID.files"
  : >"$KEPT/returned"
  rm -f "$KEPT/defined.xml" "$KEPT/defined.by" "$KEPT/pending" "$BOOT_CHECK/refused/$GUEST" "$BOOT_CHECK/ran/$GUEST"
  say "removed the definition of $GUEST; its disks are where they were, its definition, NVRAM and TPM state in $KEPT/backup"
}

concern_revert() { :; }
