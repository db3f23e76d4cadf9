# shellcheck shell=sh
# The end of the part of the probe that is for root: the order of things. libvirt is asked meanwhile.

# settings: what the host itself keeps, with the files in $regular
settings() {
  uid=; while read -r key value _; do [ "$key" = Uid: ] && uid=$value; done </proc/self/status; row uid "$uid"
  bridges
  look
  isolation
  ports
  kernels
  trial
  contents
  receipts
}

# privileged [path…] [-- GUEST [medium…]]
privileged() {
  regular=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do content "$1"; shift; done
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
