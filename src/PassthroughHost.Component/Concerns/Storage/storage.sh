# shellcheck shell=sh
# The directory of each disk file is an active storage pool of libvirt, which knows the file: Pulumi's libvirt provider looks it up there.
#   DIRECTORIES  lines of tab-separated fields: directory, name of the pool that is made where the host has none with that target
#   VOLUMES      lines: the disk files
# A pool of the host's is started where it is off; its autostart stays as it is. What was done stands in $STATE/storage.pools before it is done, as
# tab-separated fields: "made" or "started", the pool, its directory, the boot in which it was started. Revert takes that back, and no more: nothing in a
# directory is ever deleted, and no pool-delete or vol-delete is in here. The notes are those of all guests: a pool stays while another guest has a disk there.
# A directory pool does not look into directories below it, and compares paths as texts: one over the directory above, or over another name of the same
# directory (a link), does not know the file.
# Source: virsh(1), pool-define, pool-start, pool-refresh, vol-pool; libvirt, "Storage Management".
NOTES=$STATE/storage.pools
LOCK_SECONDS=3600
CONFIGURATION=/etc/libvirt/storage

vir() { virsh -q -c qemu:///system "$@" </dev/null; }

boot() { cat /proc/sys/kernel/random/boot_id; }

# target_of POOL: the directory it is over, or nothing
target_of() {
  vir pool-dumpxml "$1" 2>/dev/null | sed -n '/<target>/,/<\/target>/s/^ *<path>\(.*\)<\/path>.*/\1/p' | head -n 1 |
    sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&apos;/'/g; s/&amp;/\&/g"
}

# pool_over DIRECTORY: the name of the pool with that target, or nothing
pool_over() {
  vir pool-list --all --uuid | while read -r uuid; do
    [ -n "$uuid" ] || continue
    [ "$(target_of "$uuid")" = "$1" ] || continue
    vir pool-name "$uuid" | head -n 1
    break
  done
}

pool_field() { vir pool-info "$1" 2>/dev/null | sed -n "s/^$2: *//p"; }

is_on() { [ "$(pool_field "$1" State)" = running ]; }

concern_check() {
  command -v virsh >/dev/null || fail "looking for virsh" "it is not installed" "install libvirt-clients, or set packages.manage: true"
  vir pool-list --all --uuid >"$WORK/said" 2>&1 ||
    fail "asking libvirt for its storage pools" "$(tr '\n' ' ' <"$WORK/said")" "see systemctl status libvirtd.socket libvirtd virtstoraged; the package libvirt-daemon-driver-storage may be missing"
}

note() {
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(boot)" >>"$NOTES" || fail "noting what is done to libvirt's pools" "$NOTES could not be written" "make room there; nothing was changed"
  sync "$NOTES"
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(boot)" >>"$WORK/noted"
}

# escaped TEXT: for XML
escaped() { printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

# make_pool DIRECTORY NAME
make_pool() {
  [ -d "$1" ] || fail "making a storage pool over $1" "there is no such directory" "a disk is made by the update where the spec names its size; else put it there"
  # libvirt makes its own directories as it needs them, and leaves them; noted here, they go with the rest.
  make_directory "$CONFIGURATION/autostart" || fail "making $CONFIGURATION/autostart" "mkdir failed" "see whether the file system is writable"
  note made "$2" "$1"
  # pool-define-as writes a path into its XML as it is.
  printf "<pool type='dir'><name>%s</name><target><path>%s</path></target></pool>\n" "$2" "$(escaped "$1")" >"$WORK/pool.xml"
  if ! { vir pool-define "$WORK/pool.xml" && vir pool-autostart "$2"; } >"$WORK/said" 2>&1; then
    fail "making the storage pool $2 over $1" "$(tr '\n' ' ' <"$WORK/said")" "mend what libvirt names (virsh pool-list --all), then update again"
  fi
  say "made the storage pool $2 over $1; it starts with the host"
}

# provide DIRECTORY NAME: an active pool over it, which has just looked into it
provide() {
  pool=$(pool_over "$1")
  if [ -z "$pool" ]; then
    make_pool "$1" "$2"
    pool=$2
  elif [ "$pool" = "$2" ]; then
    vir pool-autostart "$pool" >"$WORK/said" 2>&1 || fail "letting the storage pool $pool start with the host" "$(tr '\n' ' ' <"$WORK/said")" "see virsh pool-autostart $pool"
  fi
  if ! is_on "$pool"; then
    if [ "$pool" != "$2" ]; then
      type=$(vir pool-dumpxml "$pool" | sed -n "s/^<pool type='\([^']*\)'.*/\1/p")
      [ "$type" = dir ] ||
        fail "starting the storage pool $pool over $1" "it is of the type $type: it would be mounted over the disk" "start it by hand before the update, or take it out of libvirt"
      note started "$pool" "$1"
    fi
    vir pool-start "$pool" >"$WORK/said" 2>&1 || fail "starting the storage pool $pool over $1" "$(tr '\n' ' ' <"$WORK/said")" "mend what libvirt names, then update again"
    say "started the storage pool $pool over $1"
  fi
  vir pool-refresh "$pool" >"$WORK/said" 2>&1 || fail "refreshing the storage pool $pool" "$(tr '\n' ' ' <"$WORK/said")" "see virsh pool-refresh $pool"
}

check_volume() {
  vir vol-pool "$1" >"$WORK/said" 2>&1 ||
    fail "looking for $1 in libvirt's storage pools" "$(tr '\n' ' ' <"$WORK/said")" "see whether the file is there and can be read (virsh vol-list POOL): no refresh of the stack would succeed without"
}

# take_back WHAT POOL DIRECTORY BOOT: a pool that is another by now is left alone, and so is one that somebody started in a later boot
take_back() {
  [ "$(target_of "$2")" = "$3" ] || return 0
  if [ "$1" = started ] && [ "$4" != "$(boot)" ]; then return 0; fi
  if is_on "$2"; then
    vir pool-destroy "$2" >"$WORK/said" 2>&1 || fail "stopping the storage pool $2" "$(tr '\n' ' ' <"$WORK/said")" "mend what libvirt names, then run this again"
    say "stopped the storage pool $2; the files in $3 are where they were"
  fi
  [ "$1" = made ] || return 0
  vir pool-undefine "$2" >"$WORK/said" 2>&1 || fail "removing the storage pool $2" "$(tr '\n' ' ' <"$WORK/said")" "mend what libvirt names, then run this again"
  say "removed the storage pool $2; the files in $3 are where they were"
}

# take_back_all FILE: its notes, newest first
take_back_all() {
  tac "$1" >"$WORK/back"
  while IFS='	' read -r what pool directory boot; do take_back "$what" "$pool" "$directory" "$boot"; done <"$WORK/back"
}

# others_directories: those that another guest's disks are in, by its receipt
others_directories() { others_settings | sed -n 's/^storage pool over //p'; }

# drop_pools DIRECTORIES: takes back the pools over all others, a line each
drop_pools() {
  [ -r "$NOTES" ] || return 0
  { printf '%s\n' "$1"; others_directories; } >"$WORK/directories"
  awk -F '	' 'NR == FNR { wanted[$1]; next } !($3 in wanted)' "$WORK/directories" "$NOTES" >"$WORK/unwanted"
  [ -s "$WORK/unwanted" ] || return 0
  take_back_all "$WORK/unwanted"
  awk -F '	' 'NR == FNR { wanted[$1]; next } $3 in wanted' "$WORK/directories" "$NOTES" >"$NOTES.new" && place "$NOTES" "$NOTES.new"
}

concern_apply() {
  # Pools of directories in which no guest has a disk any more.
  drop_pools "$(printf '%s\n' "$DIRECTORIES" | cut -f 1)"
  while IFS='	' read -r directory name; do [ -z "$directory" ] || provide "$directory" "$name"; done <<EOF
$DIRECTORIES
EOF
  while IFS= read -r path; do [ -z "$path" ] || check_volume "$path"; done <<EOF
$VOLUMES
EOF
}

# What this run did; what earlier ones did stays.
concern_undo() {
  [ -s "$WORK/noted" ] || return 0
  (take_back_all "$WORK/noted") && grep -vxF -f "$WORK/noted" "$NOTES" >"$NOTES.new"
  [ ! -e "$NOTES.new" ] || mv "$NOTES.new" "$NOTES"
  [ -s "$NOTES" ] || rm -f "$NOTES"
}

concern_revert() {
  [ -r "$NOTES" ] || return 0
  if ! command -v virsh >/dev/null; then said='virsh is not installed'
  elif said=$(vir uri 2>&1); then
    drop_pools ''
    [ -s "$NOTES" ] || rm -f "$NOTES"
    return 0
  fi
  # One that is there still is not left behind unsaid.
  { echo; others_directories; } >"$WORK/directories"
  left=$(awk -F '	' 'NR == FNR { wanted[$1]; next } !($3 in wanted) { print $2 }' "$WORK/directories" "$NOTES" | while IFS= read -r pool; do
    if [ -e "$CONFIGURATION/$pool.xml" ]; then printf '%s' "$pool"; break; fi
  done)
  [ -z "$left" ] || fail "asking libvirt for the storage pool $left, which is to be as it was" "$(printf '%s' "$said" | tr '\n' ' '); $CONFIGURATION/$left.xml is there" \
    "see systemctl status libvirtd.socket libvirtd virtstoraged, then destroy again; where libvirt is gone for good, remove that file"
  [ -n "$(others_directories)" ] || rm -f "$NOTES"
}
