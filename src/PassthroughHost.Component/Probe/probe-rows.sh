# shellcheck shell=sh
# Part of the probe: how a row is printed and a file is read. Preflight has it too.

row() {
  line=$1
  shift
  for field; do line="$line	$field"; done
  printf '%s\n' "$line"
}

# take FILE: its first line into $value, or nothing
take() {
  value=
  if [ -r "$1" ]; then read -r value <"$1" 2>/dev/null || :; fi
}

have() { command -v "$1" >/dev/null 2>&1; }
