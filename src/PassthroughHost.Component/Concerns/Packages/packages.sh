# shellcheck shell=sh
# Installs what is missing of $WANTED; on revert takes away what this installed and nothing else needs.
# Source: apt-get(8), dpkg-query(1).

# Each package to be installed is noted (journal.sh, were) before apt-get begins, so that revert knows it however the run ends.
packages_now() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | sort -u; }

missing_packages() {
  now=$(packages_now)
  for package in $WANTED; do printf '%s\n' "$now" | grep -qxF "$package" || printf '%s ' "$package"; done
}

apt() { apt-get -q -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"; }

concern_check() {
  command -v apt-get >/dev/null || fail "looking for apt-get" "it is not there" "use Debian or Ubuntu, or set packages.manage: false and install the packages yourself"
}

concern_apply() {
  finish_installation
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    say "all packages are installed"
    return 0
  fi
  say "to be installed: $missing"
  patiently "reading the package lists" apt update || say "the package lists could not be read anew; trying with the old ones"
  # shellcheck disable=SC2086  # a list of names
  simulated=$(apt --simulate install --no-install-recommends $missing 2>&1) || {
    printf '%s\n' "$simulated" | tail -n 8 >&2
    fail "planning the installation of $missing" "apt-get refused (above)" "see whether the archive that has them is enabled (Ubuntu: universe), and apt-get check"
  }
  removed=$(printf '%s\n' "$simulated" | awk '$1 == "Remv" { printf "%s ", $2 }')
  if [ -n "$removed" ]; then
    fail "planning the installation of $missing" "it would remove $removed" "install them by hand and decide, or set packages.manage: false"
  fi
  # An update of one that is there is no installation of ours.
  # shellcheck disable=SC2046  # a list of names
  were 'not installed' $(printf '%s\n' "$simulated" | awk '$1 == "Inst" { print $2 }' | grep -vxF -- "$(packages_now)")
  # shellcheck disable=SC2086
  patiently "installing" apt install -y --no-install-recommends $missing ||
    fail "installing $missing" "apt-get failed (above)" "mend what it says (often: dpkg --configure -a, or room on the disk), then update again"
  say "installed $(had | cut -f 1 | tr '\n' ' ')"
}

# What was to be installed and is not there is nothing of ours: it is its owner's if it comes later.
concern_undo() {
  there=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 != "not-installed" && $1 != "config-files" { print $2 }')
  had | cut -f 1 | while IFS= read -r package; do
    printf '%s\n' "$there" | grep -qxF -- "$package" || is_before "$package"
  done
}

# Guests, their NVRAM and their TPM live below libvirt's directories, and purging libvirt would take them along.
guest_state() { find /var/lib/libvirt/images /var/lib/libvirt/qemu/nvram /var/lib/libvirt/swtpm /etc/libvirt/qemu -maxdepth 2 -type f ! -path '*/networks/*' 2>/dev/null | head -n 3; }

# ours: what was installed by this, and is there still, be it half of it
ours() {
  {
    had | sed 's/^/ours /'
    dpkg-query -W -f='${db:Status-Status} ${Package}\n'
  } | awk '$1 == "ours" { ours[$2] = 1; next } $1 != "not-installed" && $1 != "config-files" && $2 in ours { print $2 }' | sort -u
}

# An installation of ours that was ended in the middle.
finish_installation() {
  if [ -z "$(had)" ] || [ -z "$(dpkg --audit 2>/dev/null)" ]; then return 0; fi
  patiently "finishing an installation that was ended in the middle" dpkg --configure -a --force-confold || say "note: dpkg --configure -a failed (above)"
}

concern_revert() {
  finish_installation
  ours=$(ours)
  list=$(printf '%s' "$ours" | tr '\n' ' ')
  if [ -z "$ours" ]; then
    :
  elif printf '%s\n' "$ours" | grep -qE '^(libvirt|qemu|swtpm|ovmf)' && [ -n "$(guest_state)" ]; then
    say "left installed, because guests have disks, NVRAM or TPM state here: $list"
  else
    # shellcheck disable=SC2086  # a list of names
    simulated=$(apt --simulate purge $ours 2>&1) || {
      printf '%s\n' "$simulated" | tail -n 8 >&2
      fail "planning the removal of the packages this installed" "apt-get refused (above)" "mend what it says (often: dpkg --configure -a), then destroy again"
    }
    others=$(printf '%s\n' "$simulated" | awk '$1 == "Purg" || $1 == "Remv" { print $2 }' | grep -vxF -- "$ours" | tr '\n' ' ')
    if [ -n "$others" ]; then
      say "left installed, because other packages need them ($others): $list"
    else
      # What dpkg was killed while unpacking it removes only if it is told to; all of these are ours.
      # shellcheck disable=SC2086
      patiently "removing" apt -o Dpkg::Options::=--force-remove-reinstreq purge -y $ours || fail "removing the packages this installed" "apt-get failed (above)" "mend what it says, then destroy again"
      say "removed $list"
    fi
  fi
  is_before
}
