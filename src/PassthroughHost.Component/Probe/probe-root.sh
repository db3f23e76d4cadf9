# shellcheck shell=sh
# The end of the part of the probe that is for root: the order of things. libvirt is asked meanwhile.

# vlans: which link each VLAN is on; the kernel tells only root
vlans() {
  [ ! -r /proc/net/vlan/config ] || awk -F ' *\\| *' 'NR > 2 { printf "vlan\t%s\t%s\t%s\n", $1, $2, $3 }' /proc/net/vlan/config
}

# settings: what the host itself keeps, with the files in $regular
settings() {
  uid=; while read -r key value _; do [ "$key" = Uid: ] && uid=$value; done </proc/self/status; row uid "$uid"
  bridges
  look
  isolation
  vlans
  ports
  slots
  kernels
  hypervisor
  loader
  makers
  rules
  by_hand
  tunnels
  trial
  boot_check
  contents
  changers
  scripts
  interrupted
  originals
  receipts
}

# privileged [path…] [-- GUESTS [medium…]]: DIRECTORY/* stands for the files in it; the names of the guests are one word, with spaces between them
privileged() {
  regular=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
      */\*) for path in "${1%\*}"*; do [ ! -e "$path" ] || content "$path"; done ;;
      *) content "$1" ;;
    esac
    shift
  done
  for path in /etc/netplan/*.yaml; do [ -e "$path" ] && content "$path"; done
  if [ $# -gt 1 ]; then
    shift
    guest "$@" | {
      settings
      cat
    }
  else settings
  fi
  row end
}

privileged "$@"
