#!/bin/sh
# Puts a package repository on the disk of the virtual host. A hook of mmdebstrap, while its package sources still work.
#
# Arguments: ROOT (the root file system being made), then the packages; those they depend on come along.
# Exit codes: 0 made; anything else: some package cannot be had.
set -eu
root=$1
shift
repository=$root/srv/lab-repository
mkdir -p "$repository"
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get install -q -y --download-only --no-install-recommends \
    -o Dir::Cache::archives="$repository" "$@"
rm -rf "$repository/partial" "$repository/lock"
chroot "$root" sh -c 'cd /srv/lab-repository && apt-ftparchive packages . >Packages'
