# shellcheck shell=sh
# Runs one command on a host over SSH, from the operator's machine. Its stdin goes to the command, its stdout is the command's; then comes
# one line "ssh<tab>exit code<tab>what ssh said, in base64" and four fields on this machine (see finish). It always exits 0, so that the
# caller reads the reason.
#
# Environment: PH_HOST, PH_PORT, PH_USER, PH_HOST_KEY (empty: any), PH_COMMAND; PH_KEY, PH_KEY_PASSWORD, PH_PASSWORD where needed; the same
# with PH_PROXY_ for a bastion. Keys go into an agent of this script's own and passwords through askpass: none is ever an argument or a file.
# Source: ssh(1), ssh_config(5), ssh-add(1).
set -u
umask 077
dir=
agent=
cleanup() {
  [ -z "$agent" ] || kill "$agent" 2>/dev/null
  [ -z "$dir" ] || rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

line() { printf '%s' "$1" | base64 | tr -d '\n'; }

# finish CODE TEXT: the last line. CODE is ssh's, or "here" where this machine itself cannot read any host.
finish() {
  printf '\nssh\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(line "$2")" "$xsltproc" "$keys" "$(line "$config")" "$boot_id"
  exit 0
}

# What Pulumi's providers need on this machine. xsltproc: whether the libvirt provider finds it. keys: what ssh-add(1) says of the agent (0 it
# holds some, 1 none, 2 no agent), where nothing else is there to log in with; "stale" where SSH_AUTH_SOCK names one that does not answer.
# config: what ssh_config(5) of this user makes of the host's name.
# boot_id: the kernel's ID of this machine's boot, by which a host that is this machine itself is known.
xsltproc=no
keys=
config=
boot_id=
if [ -r /proc/sys/kernel/random/boot_id ]; then read -r boot_id </proc/sys/kernel/random/boot_id; fi
! command -v xsltproc >/dev/null || xsltproc=yes
if ! command -v ssh >/dev/null; then
  finish here 'the OpenSSH client (ssh) is not installed on this machine: install it (Debian and Ubuntu: apt-get install openssh-client)'
fi
# The command provider dials the agent that is named whatever else it could log in with.
if [ -n "${SSH_AUTH_SOCK:-}" ]; then
  ssh-add -l </dev/null >/dev/null 2>&1
  [ $? -ne 2 ] || keys=stale
fi
for who in '' PROXY_; do
  eval "host=\${PH_${who}HOST:-}; secret=\${PH_${who}KEY:-}\${PH_${who}PASSWORD:-}"
  if [ -n "$host" ] && [ -z "$secret" ] && [ "$keys" != stale ]; then
    ssh-add -l </dev/null >/dev/null 2>&1
    keys=$?
  fi
done
unset secret
if [ -r "${HOME:-}/.ssh/config" ]; then config=$(ssh -G -F "$HOME/.ssh/config" -- "$PH_HOST" 2>/dev/null </dev/null | grep -E '^(hostname|proxyjump) '); fi

# A shell's own complaint names a file that nobody knows.
full() { finish here "nothing can be written below ${TMPDIR:-/tmp} on this machine ($1): free some space there, or name another directory with TMPDIR"; }
made=$(mktemp -d "${TMPDIR:-/tmp}/ph.XXXXXX" 2>&1) || full "$made"
dir=$made

# keep FILE TEXT: writes a file, or says that it cannot be
keep() {
  said=$({ printf '%s\n' "$2" >"$dir/$1"; } 2>&1) || full "$said"
}

# shellcheck disable=SC2016  # the variables are those of the script that is written
keep askpass '#!/bin/sh
case $1 in *passphrase*) printf "%s\n" "$PH_ASK_PASSPHRASE" ;; *) printf "%s\n" "$PH_ASK_PASSWORD" ;; esac'
chmod 700 "$dir/askpass"
export SSH_ASKPASS="$dir/askpass" SSH_ASKPASS_REQUIRE=force

if [ -n "${PH_KEY:-}${PH_PROXY_KEY:-}" ]; then
  # One that the user already has is not this script's to end.
  unset SSH_AGENT_PID
  if said=$(ssh-agent -s -a "$dir/agent" 2>&1); then eval "$said" >/dev/null; fi
  agent=${SSH_AGENT_PID:-}
  [ -n "$agent" ] || finish here "no ssh-agent can be started on this machine for the private key: $said"
  for who in '' PROXY_; do
    eval "key=\${PH_${who}KEY:-}; PH_ASK_PASSPHRASE=\${PH_${who}KEY_PASSWORD:-}"
    export PH_ASK_PASSPHRASE
    if [ -n "$key" ] && ! said=$(printf '%s\n' "$key" | ssh-add -q - 2>&1); then finish 255 "the private key cannot be used: $said"; fi
  done
  unset key PH_KEY PH_PROXY_KEY PH_KEY_PASSWORD PH_PROXY_KEY_PASSWORD
fi

# options WHO: what every connection has
options() {
  eval "key=\$PH_${1}HOST_KEY; port=\$PH_${1}PORT; user=\$PH_${1}USER; password=\${PH_${1}PASSWORD:-}"
  type=${key%% *}
  level=ERROR
  # At ERROR ssh does not say that the host offers no such signature.
  [ "$type" != ssh-rsa ] || level=INFO
  printf 'Port %s\nUser %s\nConnectTimeout 15\nServerAliveInterval 15\nServerAliveCountMax 4\nUpdateHostKeys no\nControlPath none\nLogLevel %s\n' "$port" "$user" "$level"
  if [ -n "$password" ]; then printf 'NumberOfPasswordPrompts 1\n'; else printf 'BatchMode yes\n'; fi
  if [ -n "$key" ]; then
    # As Pulumi's command provider asks: by the name of the key's type and no other, which is SHA-1 for RSA (docs/engines.md).
    printf 'HostKeyAlias ph-%shost\nUserKnownHostsFile %s\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\nHostKeyAlgorithms %s\n' "$1" "$dir/known_${1}hosts" "$type"
  else
    printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\n'
  fi
}

# Each key is pinned under an alias, whatever its host is called.
for who in '' PROXY_; do
  eval "key=\${PH_${who}HOST_KEY:-}"
  [ -z "$key" ] || keep "known_${who}hosts" "ph-${who}host $key"
done
keep config "$(
  if [ -n "${PH_PROXY_HOST:-}" ]; then
    printf 'Host ph-bastion\nHostName %s\n' "$PH_PROXY_HOST"
    options PROXY_
    # shellcheck disable=SC2016  # ssh hands the command to a shell, which expands it
    printf 'Host ph-target\nHostName %s\nProxyCommand env PH_ASK_PASSWORD="$PH_PROXY_PASSWORD" ssh -F %s -W [%%h]:%%p ph-bastion\n' "$PH_HOST" "$dir/config"
  else
    printf 'Host ph-target\nHostName %s\n' "$PH_HOST"
  fi
  options ''
)"

export PH_PROXY_PASSWORD="${PH_PROXY_PASSWORD:-}" PH_ASK_PASSWORD="${PH_PASSWORD:-}"
# What ssh says is not written to a file: it may be that there is no room.
{ said=$(ssh -F "$dir/config" ph-target "$PH_COMMAND" 2>&1 >&3 3>&-); code=$?; } 3>&1
case $said in *[Hh]'ost key verification failed'*)
  shown=$(printf '%s' "$said" | grep -o 'SHA256:[A-Za-z0-9+/]*' | head -n 1)
  said="the host's key is not the one in hostKey (it shows ${shown:-another one}): it was reinstalled, or another machine answers.
Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on its own console before changing hostKey."
  ;;
*'no matching host key type found'*)
  said="hostKey is an RSA key, which Pulumi's command provider asks for by SHA-1 alone, and the host does not sign with that (OpenSSH since 8.8).
Set hostKey to the host's ed25519 key: /etc/ssh/ssh_host_ed25519_key.pub on its own console."
  ;;
esac
finish "$code" "$said"
