# shellcheck shell=sh
# Runs one command on a host over SSH, from the operator's machine. Its stdin goes to the command, its stdout is the command's; then comes
# one line "ssh<tab>exit code<tab>what ssh said, in base64". It always exits 0, so that the caller reads the reason.
#
# Environment: PH_HOST, PH_PORT, PH_USER, PH_HOST_KEY (empty: any), PH_COMMAND; PH_KEY, PH_KEY_PASSWORD, PH_PASSWORD where needed; the same
# with PH_PROXY_ for a bastion. Keys go into an agent of this script's own and passwords through askpass: none is ever an argument or a file.
# Source: ssh(1), ssh_config(5), ssh-add(1).
set -u
umask 077
dir=$(mktemp -d "${TMPDIR:-/tmp}/ph.XXXXXX") || exit 0
agent=
cleanup() {
  [ -z "$agent" ] || kill "$agent" 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! command -v ssh >/dev/null; then
  printf '\nssh\t127\t%s\n' "$(echo "the OpenSSH client (ssh) is not installed on this machine" | base64 | tr -d '\n')"
  exit 0
fi

# known NAME FILE KEY: pins a key under an alias, whatever the host is called
known() { printf '%s %s\n' "$1" "$3" >"$dir/$2"; }

cat >"$dir/askpass" <<'ASK'
#!/bin/sh
case $1 in *passphrase*) printf '%s\n' "$PH_ASK_PASSPHRASE" ;; *) printf '%s\n' "$PH_ASK_PASSWORD" ;; esac
ASK
chmod 700 "$dir/askpass"
export SSH_ASKPASS="$dir/askpass" SSH_ASKPASS_REQUIRE=force

if [ -n "${PH_KEY:-}${PH_PROXY_KEY:-}" ]; then
  eval "$(ssh-agent -s -a "$dir/agent")" >/dev/null
  agent=$SSH_AGENT_PID
  for who in '' PROXY_; do
    eval "key=\${PH_${who}KEY:-}; PH_ASK_PASSPHRASE=\${PH_${who}KEY_PASSWORD:-}"
    export PH_ASK_PASSPHRASE
    if [ -n "$key" ] && ! printf '%s\n' "$key" | ssh-add -q - 2>"$dir/add"; then
      printf '\nssh\t255\t%s\n' "$(echo "the private key cannot be used: $(cat "$dir/add")" | base64 | tr -d '\n')"
      exit 0
    fi
  done
  unset key PH_KEY PH_PROXY_KEY PH_KEY_PASSWORD PH_PROXY_KEY_PASSWORD
fi

# options WHO: what every connection has
options() {
  eval "key=\$PH_${1}HOST_KEY; port=\$PH_${1}PORT; user=\$PH_${1}USER; password=\${PH_${1}PASSWORD:-}"
  printf 'Port %s\nUser %s\nConnectTimeout 15\nServerAliveInterval 15\nServerAliveCountMax 4\nUpdateHostKeys no\nControlPath none\nLogLevel ERROR\n' "$port" "$user"
  if [ -n "$password" ]; then printf 'NumberOfPasswordPrompts 1\n'; else printf 'BatchMode yes\n'; fi
  if [ -n "$key" ]; then
    type=${key%% *}
    [ "$type" != ssh-rsa ] || type=rsa-sha2-512,rsa-sha2-256,ssh-rsa
    known "ph-${1}host" "known_${1}hosts" "$key"
    printf 'HostKeyAlias ph-%shost\nUserKnownHostsFile %s\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\nHostKeyAlgorithms %s\n' "$1" "$dir/known_${1}hosts" "$type"
  else
    printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\n'
  fi
}

{
  if [ -n "${PH_PROXY_HOST:-}" ]; then
    printf 'Host ph-bastion\nHostName %s\n' "$PH_PROXY_HOST"
    options PROXY_
    # shellcheck disable=SC2016  # ssh hands the command to a shell, which expands it
    printf 'Host ph-target\nHostName %s\nProxyCommand env PH_ASK_PASSWORD="$PH_PROXY_PASSWORD" ssh -F %s -W [%%h]:%%p ph-bastion\n' "$PH_HOST" "$dir/config"
  else
    printf 'Host ph-target\nHostName %s\n' "$PH_HOST"
  fi
  options ''
} >"$dir/config"

export PH_PROXY_PASSWORD="${PH_PROXY_PASSWORD:-}" PH_ASK_PASSWORD="${PH_PASSWORD:-}"
ssh -F "$dir/config" ph-target "$PH_COMMAND" 2>"$dir/said"
code=$?
if grep -qi 'host key verification failed' "$dir/said"; then
  shown=$(grep -o 'SHA256:[A-Za-z0-9+/]*' "$dir/said" | head -n 1)
  {
    echo "the host's key is not the one in hostKey (it shows ${shown:-another one}): it was reinstalled, or another machine answers."
    echo "Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on its own console before changing hostKey."
  } >"$dir/said"
fi
printf '\nssh\t%s\t%s\n' "$code" "$(base64 <"$dir/said" | tr -d '\n')"
