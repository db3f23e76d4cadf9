#!/bin/bash
# Installs the packages of the Node programs, once on this machine for each package-lock.json, and prints the directory that has node_modules.
# ./test starts it while it builds; the tests call it where they need it.
# Exit codes: 0 installed; 1 npm failed three times, with what it said.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?neither XDG_CACHE_HOME nor HOME is set}/.cache}/passthrough-tests
target=$cache/node-$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c1-16)
if [ ! -d "$target" ]; then
    mkdir -p "$cache"
    exec 9>"$target.lock"
    flock 9
    if [ ! -d "$target" ]; then
        made=$target.new
        # A registry that is slow once is none that has failed.
        for attempt in 1 2 3; do
            rm -rf "$made"
            mkdir "$made"
            cp "$here/package.json" "$here/package-lock.json" "$made"
            # npm tells https from http by a stack trace, so it must have some.
            if said=$(cd "$made" && env -u NODE_OPTIONS npm ci --ignore-scripts --no-audit --no-fund --prefer-offline 2>&1); then break; fi
            if [ "$attempt" = 3 ]; then
                printf 'npm ci failed three times:\n%s\n' "$said" >&2
                exit 1
            fi
        done
        mv "$made" "$target"
    fi
fi
echo "$target"
