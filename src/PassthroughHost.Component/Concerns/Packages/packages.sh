# shellcheck shell=sh
# Installs what is missing of $WANTED; on revert takes away what this installed and nothing else needs.
# Source: apt-get(8), dpkg-query(1).

packages_now() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | sort -u; }

missing_packages() {
  packages_now >"$WORK/now"
  for package in $WANTED; do
    grep -qxF "$package" "$WORK/now" || printf '%s ' "$package"
  done
}

apt() { apt-get -q -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"; }

concern_check() {
  command -v apt-get >/dev/null || fail "looking for apt-get" "it is not there" "use Debian or Ubuntu, or set packages.manage: false and install the packages yourself"
}

concern_apply() {
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    say "all packages are installed"
    return 0
  fi
  say "to be installed: $missing"
  patiently "reading the package lists" apt update || say "the package lists could not be read anew; trying with the old ones"
  # shellcheck disable=SC2086  # a list of names
  apt --simulate install --no-install-recommends $missing >"$WORK/simulated" 2>&1 || {
    tail -n 8 "$WORK/simulated" >&2
    fail "planning the installation of $missing" "apt-get refused (above)" "see whether the archive that has them is enabled (Ubuntu: universe), and apt-get check"
  }
  if grep -q '^Remv ' "$WORK/simulated"; then
    fail "planning the installation of $missing" "it would remove $(awk '$1 == "Remv" { printf "%s ", $2 }' "$WORK/simulated")" "install them by hand and decide, or set packages.manage: false"
  fi
  # shellcheck disable=SC2086
  patiently "installing" apt install -y --no-install-recommends $missing ||
    fail "installing $missing" "apt-get failed (above)" "mend what it says (often: dpkg --configure -a, or room on the disk), then update again"
  packages_now >"$WORK/after"
  comm -13 "$WORK/now" "$WORK/after" >>"$STATE/packages.installed"
  say "installed $(comm -13 "$WORK/now" "$WORK/after" | tr '\n' ' ')"
}

concern_undo() { :; }

# Guests, their NVRAM and their TPM live below libvirt's directories, and purging libvirt would take them along.
guest_state() { find /var/lib/libvirt/images /var/lib/libvirt/qemu/nvram /var/lib/libvirt/swtpm /etc/libvirt/qemu -maxdepth 2 -type f ! -path '*/networks/*' 2>/dev/null | head -n 3; }

concern_revert() {
  [ -s "$STATE/packages.installed" ] || { rm -f "$STATE/packages.installed"; return 0; }
  packages_now >"$WORK/now"
  sort -u "$STATE/packages.installed" | comm -12 - "$WORK/now" >"$WORK/ours"
  if grep -qE '^(libvirt|qemu|swtpm|ovmf)' "$WORK/ours" && [ -n "$(guest_state)" ]; then
    say "left installed, because guests have disks, NVRAM or TPM state here: $(tr '\n' ' ' <"$WORK/ours")"
  elif [ -s "$WORK/ours" ]; then
    # shellcheck disable=SC2046
    apt --simulate purge $(cat "$WORK/ours") >"$WORK/simulated" 2>&1
    awk '$1 == "Purg" || $1 == "Remv" { print $2 }' "$WORK/simulated" | sort -u >"$WORK/gone"
    others=$(comm -13 "$WORK/ours" "$WORK/gone" | tr '\n' ' ')
    if [ -n "$others" ]; then
      say "left installed, because other packages need them ($others): $(tr '\n' ' ' <"$WORK/ours")"
    else
      # shellcheck disable=SC2046
      patiently "removing" apt purge -y $(cat "$WORK/ours") || fail "removing the packages this installed" "apt-get failed (above)" "mend what it says, then destroy again"
      say "removed $(tr '\n' ' ' <"$WORK/ours")"
    fi
  fi
  rm -f "$STATE/packages.installed"
}
