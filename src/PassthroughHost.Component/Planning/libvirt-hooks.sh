# shellcheck shell=sh
# For concerns that own a hook of libvirt. Source: libvirt, "Hooks for specific system management"; a daemon looks for hooks when it starts and on SIGHUP.

reload_hooks() {
  for daemon in libvirtd virtqemud; do
    if systemctl --quiet is-active "$daemon.service"; then
      systemctl reload "$daemon.service" || fail "telling $daemon of its hook" "systemctl reload failed" "restart it yourself (guests go on running), then update again"
    fi
  done
}
