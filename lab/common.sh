# shellcheck shell=bash
# What every part of the lab uses: messages, timed steps, and where things are kept. Sourced, not run.

# How the operator calls the lab; remedies in messages name it.
lab_command='./passthrough lab'

# Everything the lab keeps is under here, outside the checkout. Holds private keys, hence the mode.
cache=${XDG_CACHE_HOME:-${HOME:?neither XDG_CACHE_HOME nor HOME is set}/.cache}/passthrough-lab

say() {
    printf '[%3d s] %s\n' "$SECONDS" "$*" >&2
}

# Ends with an error: what was asked, what was found, what to do; one line each.
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    if [ $# -gt 0 ]; then
        printf '       %s\n' "$@" >&2
    fi
    exit 1
}

# Says every few seconds that something is still going on, and the last line of its log, until tick_end. Arguments: label, log file or none.
tick() {
    local label=$1 log=${2:-}
    (
        trap 'kill "$nap" 2>/dev/null; exit 0' TERM
        while :; do
            sleep 7 >/dev/null 2>&1 &
            nap=$!
            wait "$nap"
            # Nobody is left to end it where the lab was killed.
            kill -0 $$ 2>/dev/null || exit 0
            said=
            [ -z "$log" ] || said=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | tr -c '[:print:]\n' ' ' | cut -c1-90)
            say "$label … $said"
        done
    ) 8>&- 9>&- &
    ticker=$!
}

tick_end() {
    [ -n "${ticker:-}" ] || return 0
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    ticker=
}

# Runs a long command with its output in a log, and says every few seconds that it is still at work, and at what.
# Arguments: label, log file, command. Fails as the command does, after showing the end of the log.
step() {
    local label=$1 log=$2 child result=0
    shift 2
    say "$label …"
    "$@" >"$log" 2>&1 &
    child=$!
    tick "$label" "$log"
    # A background command ignores Ctrl-C, so it is passed on; the command then cleans up after itself.
    trap 'kill -TERM "$child" "$ticker" 2>/dev/null; wait "$child" 2>/dev/null; exit 130' INT TERM
    wait "$child" || result=$?
    trap - INT TERM
    tick_end
    if [ "$result" -ne 0 ]; then
        tail -n 15 "$log" | sed 's/^/    | /' >&2
        die "$label failed with exit code $result." "The whole log: $log"
    fi
}

# Holds an exclusive lock on a file until this process ends, and says so when it has to wait.
# Arguments: file descriptor, lock file, what another process is doing if it holds the lock.
lock() {
    local descriptor=$1 file=$2 reason=$3
    eval "exec $descriptor>\"\$file\""
    if ! flock --nonblock "$descriptor"; then
        say "waiting: $reason"
        flock "$descriptor"
    fi
}

# A digest of whole files, by name and content, so that a cached result is used only for what it was made from.
digest_of_files() {
    sha256sum "$@" | sha256sum | cut -c1-16
}
