# shellcheck shell=sh
# CPUs and interrupts that are kept for guests. What is kept by the kernel's own arguments is Boot's to write.
#   HOOK         libvirt's hook among the files; empty where there is none
#   HOOK_SCRIPT  its text, which also undoes what it did
#   IRQBALANCE   the drop-in of irqbalance's service

changed() { case " $CHANGED " in *" $1 "*) return 0 ;; esac; return 1; }

hook() { printf '%s' "$HOOK_SCRIPT" | sh -s -- "$@"; }

after_files() {
  if changed "$IRQBALANCE"; then
    systemctl daemon-reload
    systemctl try-restart irqbalance.service 2>/dev/null || say "note: irqbalance could not be restarted; it heeds the change at its next start"
  fi
  reload_hooks
}

concern_check() {
  [ -z "$HOOK" ] || grep -qsw cpuset /sys/fs/cgroup/cgroup.controllers ||
    fail "looking for the cpuset controller" "/sys/fs/cgroup/cgroup.controllers does not name it" "take systemd.unified_cgroup_hierarchy=0 off the kernel command line, or write isolation.method: kernel"
}

concern_apply() {
  [ -z "$CHANGED" ] || after_files
  # What an earlier hook did is taken back first: other CPUs and other guests may count now.
  hook - give-back
  [ -n "$HOOK" ] || return 0
  running_guests | while IFS= read -r guest; do
    "$HOOK" "$guest" started begin - </dev/null
    say "$guest runs: the host keeps off its CPUs from now on"
  done
}

concern_undo() { [ -z "$CHANGED" ] || after_files; }

# The hook goes, and with it what would give the CPUs back.
concern_before_revert() {
  hook - give-back
  for unit in system.slice user.slice init.scope; do
    dropin=/run/systemd/system.control/$unit.d/50-AllowedCPUs.conf
    if [ -e "$dropin" ] && ! grep -q '^AllowedCPUs=.' "$dropin"; then
      rm -f "$dropin"
      rmdir "${dropin%/*}" /run/systemd/system.control 2>/dev/null
    fi
  done
  rm -f /run/passthrough-host-isolation.lock
}

concern_revert() {
  [ -z "$CHANGED" ] || after_files
  systemctl daemon-reload
}
