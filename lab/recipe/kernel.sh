#!/bin/bash
# Compiles the kernel of a kind of host as a Debian package, from Debian's source and configuration, in a root file system of its own with the release's compiler:
# nothing is installed on this machine. To be run as root, in a mount namespace of its own.
#
# Arguments: WANTED (a folder: packages, what is to be installed for it; modules, the drivers that are compiled beside what is built in; config, what its
#            configuration says otherwise than Debian's), BUILD (a folder that gets kernel.deb), then options of mmdebstrap: how apt reaches the package sources.
# Input: the package sources, in one-line format.
# Exit codes: 0 made; anything else: not made.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

wanted=$1 build=$2
shift 2
root=$build/root
packages=$(sed 's/#.*//' "$wanted/packages" | xargs)

mkdir -p "$build"
bootstrap "$packages" "$root" "$@"
cp "$wanted/config" "$root/usr/src/wanted"
# As lsmod prints it, for localmodconfig.
sed 's/#.*//' "$wanted/modules" | xargs -n 1 | sed '1i Module Size Used by' | sed '2,$s/$/ 1 0/' >"$root/usr/src/modules"
cat >"$root/usr/src/compile" <<'COMPILE'
set -eu
cd /usr/src
tar -xf linux-source-*.tar.xz
cd linux-source-*/
xzcat /usr/src/linux-config-*/config.amd64_none_amd64.xz >.config
yes '' | make LSMOD=/usr/src/modules localmodconfig >/usr/src/localmodconfig.log 2>&1
grep -v '^#' /usr/src/wanted >>.config
make olddefconfig
wrong=$(grep '^CONFIG_' /usr/src/wanted | while IFS='=' read -r name value; do
    is=$(sed -n "s/^$name=//p" .config)
    [ "${is:-n}" = "$value" ] || echo "not as in config: $name is ${is:-n}, and was to be $value"
done)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
make -j "$(nproc)" KDEB_PKGVERSION=1 KDEB_CHANGELOG_DIST=lab KDEB_COMPRESS=none DPKG_FLAGS=-d KBUILD_PKG_ROOTCMD=env INSTALL_MOD_STRIP=1 bindeb-pkg
COMPILE
mount -t proc none "$root/proc"
chroot "$root" sh /usr/src/compile
umount "$root/proc"
mv "$root"/usr/src/linux-image-*.deb "$build/kernel.deb"
rm -rf "$root"
