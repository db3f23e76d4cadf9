# shellcheck shell=sh
# libvirt answers, and the login of the SSH connection may use it: Pulumi's libvirt provider logs in as that user, without sudo.
#   LOGIN  the login that is to be a member of the group libvirt; empty where it is root, or where commands define the guest
#   TAKEN  UUIDs of domains that a guest takes over: each is to have its definition kept, before the provider defines an empty machine in its place
#   UUID   the same in the text of a release that knew one guest
# Source: libvirt, "Connection authentication"; Debian and Ubuntu give the group libvirt the right to use qemu:///system.

concern_check() {
  command -v virsh >/dev/null || fail "looking for virsh" "it is not installed" "install libvirt-clients and libvirt-daemon-system, or set packages.manage: true"
  if [ -n "$LOGIN" ] && ! getent group libvirt >/dev/null; then
    fail "looking for the group libvirt" "there is none" "install libvirt-daemon-system, or set managedBy: command for the guest"
  fi
}

answers() { timeout 30 virsh -q -c qemu:///system uri >"$WORK/said" 2>&1; }

is_member() { case " $(id -nG "$1") " in *" libvirt "*) return 0 ;; esac; return 1; }

concern_apply() {
  if ! answers; then
    for unit in libvirtd.socket virtqemud.socket libvirtd.service; do
      systemctl cat "$unit" >/dev/null 2>&1 && systemctl start "$unit" 2>/dev/null && break
    done
    answers || fail "asking libvirt" "$(tr '\n' ' ' <"$WORK/said")" "see systemctl status libvirtd.socket libvirtd, journalctl -u libvirtd"
    say "libvirt is started"
  fi
  for uuid in ${TAKEN-} ${UUID-}; do keep_definition "$uuid"; done
  [ -n "$LOGIN" ] || return 0
  is_member "$LOGIN" && return 0
  was "$LOGIN" 'no member'
  # gpasswd keeps a copy of what was before it, and that one is to be as it was too.
  for file in /etc/group- /etc/gshadow-; do keep_original $file || fail "keeping the original of $file" "it could not be copied to $STATE" "make room there; nothing was changed"; done
  gpasswd --add "$LOGIN" libvirt >"$WORK/said" 2>&1 || fail "adding $LOGIN to the group libvirt" "$(tr '\n' ' ' <"$WORK/said")" "add it by hand: gpasswd --add $LOGIN libvirt"
  say "$LOGIN may use libvirt now (group libvirt)"
}

# keep_definition UUID: the provider defines an empty machine over a domain of this UUID; its definition is kept before that, and the guest's command finds it.
keep_definition() {
  name=$(virsh -q -c qemu:///system domname "$1" 2>/dev/null | head -n 1)
  [ -n "$name" ] && [ ! -e "$STATE/guest/$name/defined.xml" ] || return 0
  virsh -q -c qemu:///system dumpxml --inactive --security-info "$1" >"$WORK/domain.xml" || fail "reading the definition of $name" "virsh dumpxml failed" "see virsh dumpxml $name; it was not touched"
  ! grep -qF urn:passthrough-host:empty "$WORK/domain.xml" || return 0
  kept=$STATE/guest/$name/backup/$(date -u +%Y%m%dT%H%M%S)
  { mkdir -p "$kept" && chmod 700 "$STATE/guest" "$STATE/guest/$name" "${kept%/*}" "$kept" && copy "$WORK/domain.xml" "$kept/domain.xml"; } ||
    fail "keeping the definition of $name" "$kept could not be written" "make room there; it was not touched"
}

concern_undo() { :; }

# The empty machine that the provider makes of a guest (EmptyMachine.cs), told by its mark, is still there if an update ended before the guest was defined:
# the guest's own command, which would remove it, was then never run.
remove_empty() {
  command -v virsh >/dev/null || return 0
  if ! uuids=$(virsh -q -c qemu:///system list --all --uuid 2>"$WORK/said"); then
    left=$(grep -lF urn:passthrough-host:empty /etc/libvirt/qemu/*.xml 2>/dev/null | head -n 1)
    [ -z "$left" ] || fail "asking libvirt for the empty machine in $left" "$(tr '\n' ' ' <"$WORK/said")" "see systemctl status libvirtd.socket libvirtd, then run this again"
  fi
  for uuid in $uuids; do
    virsh -q -c qemu:///system dumpxml --inactive "$uuid" 2>/dev/null | grep -qF urn:passthrough-host:empty || continue
    virsh -q -c qemu:///system destroy "$uuid" >/dev/null 2>&1
    virsh -q -c qemu:///system undefine "$uuid" >"$WORK/said" 2>&1 || fail "removing the empty machine $uuid" "$(tr '\n' ' ' <"$WORK/said")" "see virsh undefine $uuid, then run this again"
    rm -f "/etc/apparmor.d/libvirt/libvirt-$uuid" "/etc/apparmor.d/libvirt/libvirt-$uuid.files"
  done
}

concern_revert() {
  remove_empty
  for member in $(had | cut -f 1); do
    if is_member "$member"; then
      gpasswd --delete "$member" libvirt >"$WORK/said" 2>&1 || fail "taking $member out of the group libvirt" "$(tr '\n' ' ' <"$WORK/said")" "do it by hand: gpasswd --delete $member libvirt, then destroy again"
    fi
    say "$member is no longer a member of the group libvirt"
  done
  put_back /etc/group-
  put_back /etc/gshadow-
  is_before
}
