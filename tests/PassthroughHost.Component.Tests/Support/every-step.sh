#!/bin/sh
# Runs a concern's whole script on a host that is a directory, and ends it by kill -9 at one step after another of an apply or a revert, or fills a file system.
#
#   every-step.sh ROOT FROM STRIDE
#   every-step.sh ROOT FROM STRIDE last   only the first apply is killed, on a host that has what ROOT/state holds, and ROOT/last, another concern's script, is reverted
#   every-step.sh ROOT full [WHICH [PAGES]]
#                             each of ROOT/host, ROOT/state and ROOT/work in turn is a file system with room for so many pages; wants root
#     ROOT/first, ROOT/second   the scripts of two versions of the spec; their paths are below ROOT/host, their state is ROOT/state
#     ROOT/original             the host before all of it
#     ROOT/between              optional: what others do on the host after each kill and before the run goes on, and after a run that was not killed
#     ROOT/check                optional: called with SCRIPT and VERB after a run that came to its end; fails where the host is not as wanted then
#     FROM, STRIDE              which steps: FROM, FROM+STRIDE, … until a run ends by itself
#   A step is a command that changes something. After each kill the file or its kept original must be there with the right bytes; then the run goes on in one
#   of four ways in turn, and in the end every byte must be as it was.
# Prints how many ends were tried; exit code 1 and the place where it was not so.
set -u
root=$1
from=$2
stride=${3:-}
last=
rooms='0 2 5 12'
revert_rooms='0 3'
case ${4:-} in
  '') ;;
  last) last=last ;;
  *)
    rooms=$4
    revert_rooms=3
    ;;
esac
tried=0

# cut SCRIPT: the script with a step before each command that changes something
cut_script() {
  awk '{ print } $0 == "set -u" && !done {
    done = 1
    print "step() { read -r at <\"$STEPS\"; at=$((at + 1)); echo $at >\"$STEPS\"; [ $at != \"$LAST\" ] || kill -9 0; }"
    count = split("cp mv rm mkdir rmdir ln chmod chown", commands, " ")
    for (i = 1; i <= count; i++) print commands[i] "() { step; command " commands[i] " \"$@\"; }"
    print "printf() { step; command printf \"$@\"; }"
    print "sync() { :; }"
  }' "$1" >"$1.cut"
}

fail() {
  echo "step $step, $way: $*"
  cat "$root/said"
  exit 1
}

# run SCRIPT VERB LAST
run() {
  mkdir -p "$root/work"
  echo 0 >"$root/steps"
  STEPS=$root/steps LAST=$3 setsid -w sh "$root/$1.cut" "$2" token </dev/null >"$root/said" 2>&1
}

whole() {
  run "$1" "$2" 0 || fail "$1 $2 failed"
  if [ -e "$root/check" ] && ! sh "$root/check" "$1" "$2" >>"$root/said" 2>&1; then fail "not as wanted after $1 $2"; fi
}

# others: what they do on the host after a kill
others() { if [ -e "$root/between" ] && ! sh "$root/between" >>"$root/said" 2>&1; then fail "what comes between failed"; fi; }

# restore SNAPSHOT: host and state as they were then
restore() {
  rm -rf "$root/host" "$root/state"
  cp -a "$root/$1/host" "$root/host"
  [ ! -d "$root/$1/state" ] || cp -a "$root/$1/state" "$root/state"
}

keep() {
  rm -rf "${root:?}/$1"
  mkdir "$root/$1"
  cp -a "$root/host" "$root/$1/host"
  [ ! -d "$root/state" ] || cp -a "$root/state" "$root/$1/state"
}

# Every original is in its place, or kept, and so is what each setting was.
nothing_lost() {
  for setting in "$root"/original/sys/*; do
    [ -e "$setting" ] || continue
    cmp -s "$setting" "$root/host/sys/${setting##*/}" || grep -qxF "memory	$root/host/sys/${setting##*/}	$(cat "$setting")" "$root/state/before" || echo "$setting"
  done
  (cd "$root/original" && find etc ! -type d) | while IFS= read -r file; do
    for place in "$root/host/$file" "$root/state/original$root/host/$file"; do
      if [ -L "$root/original/$file" ]; then
        [ "$(readlink "$place")" != "$(readlink "$root/original/$file")" ] || continue 2
      else
        cmp -s "$root/original/$file" "$place" && continue 2
      fi
    done
    echo "$file"
  done
}

listing() { (cd "$1" && find . -printf '%p %y %m %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }

as_it_was() {
  [ "$(listing "$root/host")" = "$(listing "$root/original")" ] || fail "the host is not as it was: $(listing "$root/original" >"$root/a"; listing "$root/host" | diff "$root/a" -)"
  [ ! -e "$root/state" ] || fail "left behind: $(find "$root/state")"
}

# every_end SNAPSHOT SCRIPT VERB: killed at each step in turn
every_end() {
  step=$from
  while :; do
    way="$2 $3 from $1"
    restore "$1"
    run "$2" "$3" "$step"
    code=$?
    if [ $code -eq 0 ]; then
      # What it has begun ends before the next host is made.
      others
      break
    fi
    [ $code -eq 137 ] || fail "it ended with $code"
    lost=$(nothing_lost)
    [ -z "$lost" ] || fail "lost: $lost"
    # From its receipt on, an apply has come to its end, whether or not the engine learned of it.
    if [ -n "$last" ] && { [ -n "$(find "$root/state" -maxdepth 1 -name '*.receipt' ! -name preflight.receipt)" ] || grep -qs '^done' "$root/state/journal/steps"; }; then break; fi
    others
    if [ -n "$last" ]; then way_on=4; else way_on=$((step / stride % 4)); fi
    case $way_on in
      4) whole last revert ;;
      0) whole second revert ;;
      1) whole first revert ;;
      2)
        whole second apply
        whole second revert
        ;;
      3)
        # Ended in the middle once more, wherever that is.
        run second apply $((step / 2 + 1))
        lost=$(nothing_lost)
        [ -z "$lost" ] || fail "lost: $lost"
        others
        whole first apply
        whole first revert
        ;;
    esac
    as_it_was
    tried=$((tried + 1))
    step=$((step + stride))
  done
}

# Each file is one of those it may be, whole.
no_torso() {
  find "$root/host/etc" ! -type d | while IFS= read -r file; do
    for place in "$root"/*/host"${file#"$root/host"}" "$root/original${file#"$root/host"}"; do
      if [ -L "$file" ]; then [ "$(readlink "$file")" != "$(readlink "$place")" ] || continue 2; else cmp -s "$file" "$place" && continue 2; fi
    done
    echo "$file"
  done
}

# full WHICH PAGES SNAPSHOT SCRIPT VERB: no room but for so many pages
full() {
  step=$2
  way="$4 $5 from $3 with $1 full"
  for place in host state work; do mkdir -p "$root/$place"; done
  mount -t tmpfs -o size=2m,mode=755 none "$root/$1"
  for place in host state; do
    find "${root:?}/$place" -mindepth 1 -delete
    [ ! -d "$root/$3/$place" ] || cp -a "$root/$3/$place/." "$root/$place/"
  done
  head -c $(($2 * 4096)) /dev/zero >"$root/$1/filler"
  cat /dev/zero >"$root/$1/.filler" 2>/dev/null
  rm -f "$root/$1/filler"
  run "$4" "$5" 0
  code=$?
  lost=$(nothing_lost)
  [ -z "$lost" ] || fail "lost: $lost"
  torso=$(no_torso)
  [ -z "$torso" ] || fail "not whole: $torso"
  rm -f "$root/$1/.filler"
  if [ $code -ne 0 ] && [ "$5" = apply ] && ! grep -q 'not put back as before' "$root/said"; then
    [ "$(listing "$root/host")" = "$(listing "$root/$3/host")" ] || fail "it ended with $code and did not put everything back: $(diff -r "$root/$3/host" "$root/host")"
  fi
  case $code in 0 | 1) ;; *) fail "it ended with $code" ;; esac
  whole "$4" revert
  rm -rf "$root/mounted"
  mkdir "$root/mounted"
  cp -a "$root/host" "$root/mounted/"
  left=$(find "$root/state" -mindepth 1 2>/dev/null)
  umount "$root/$1" || fail "umount"
  [ -z "$left" ] || fail "left behind: $left"
  [ "$(listing "$root/mounted/host")" = "$(listing "$root/original")" ] || fail "the host is not as it was: $(diff -r "$root/original" "$root/mounted/host")"
  rm -rf "${root:?}/state" "${root:?}/work" "${root:?}/host"
  [ $code -eq 0 ] || tried=$((tried + 1))
}

cut_script "$root/first"
if [ -n "$last" ]; then
  cut_script "$root/last"
  cp -a "$root/original" "$root/host"
  keep untouched
  every_end untouched first apply
  echo "$tried"
  exit 0
fi
cut_script "$root/second"
step=0
way="without a kill"
cp -a "$root/original" "$root/host"
keep untouched
whole first apply
keep applied
whole second apply
keep changed
whole second revert
as_it_was
if [ "$from" = full ]; then
  for which in ${stride:-host state work}; do
    for pages in $rooms; do full "$which" "$pages" applied second apply; done
    for pages in $revert_rooms; do full "$which" "$pages" changed second revert; done
  done
else
  every_end untouched first apply
  every_end applied second apply
  every_end changed second revert
fi
echo "$tried"
