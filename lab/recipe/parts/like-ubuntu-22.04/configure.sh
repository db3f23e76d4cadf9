#!/bin/sh
# Has NetworkManager set up the NICs by a netplan file, as Ubuntu's desktop has it. Two it leaves alone: the one by which the lab is reached, and the one
# that would get an address of the same network, over which answers would then go.
#
# Arguments: ROOT (the root file system, not running). Exit codes: 0 done; anything else: not done.
set -eu
root=$1

cat >"$root/etc/netplan/01-network-manager-all.yaml" <<'NETPLAN'
# Let NetworkManager manage all devices on this system
network:
  version: 2
  renderer: NetworkManager
NETPLAN
chmod 600 "$root/etc/netplan/01-network-manager-all.yaml"
cat >"$root/etc/NetworkManager/conf.d/10-lab.conf" <<'CONFIGURATION'
[main]
no-auto-default=52:54:00:1a:b0:05

[keyfile]
unmanaged-devices=mac:52:54:00:1a:b0:07
CONFIGURATION
# It would wait a minute for an address that nobody on the uplink's wire gives.
chroot "$root" systemctl --quiet mask NetworkManager-wait-online.service
chroot "$root" systemctl --quiet enable NetworkManager
