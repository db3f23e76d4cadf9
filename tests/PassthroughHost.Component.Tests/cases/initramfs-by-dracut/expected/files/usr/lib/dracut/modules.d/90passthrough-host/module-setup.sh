#!/bin/sh
# A module of dracut: puts the binding to vfio-pci into the initramfs, and a file whose name is the digest of that binding, by which a list of what is in an
# initramfs tells it. dracut sources it for each kernel; that vfio-pci itself is in it is in dracut.conf.d.
# Source: dracut.modules(7), dracut.bootup(7).

# Nobody has to ask for it: a name in add_dracutmodules whose module is gone would end every run of dracut.
check() { [ -e /etc/modprobe.d/passthrough-host.conf ] || return 255; }

depends() { return 0; }

install() {
  # Their names are not dracut's own: it runs all modules in one shell.
  passthrough_rules=/etc/modprobe.d/passthrough-host.conf
  # A host-only initramfs has the files of modprobe.d anyway, any other has not.
  inst_simple "$passthrough_rules"
  # shellcheck disable=SC2154  # moddir and initdir are dracut's
  passthrough_script=$moddir/bind-by-address.sh
  inst_hook pre-udev 00 "$moddir/passthrough-host.sh"
  # What is called modprobe there may be busybox, which dracut on Debian and Ubuntu prefers: it finds vfio-pci.ids= on the kernel command line only if that is
  # written with an underscore, and knows no "install" of modprobe.d. kmod goes by the name that it is called.
  inst_binary "$(command -v kmod)" /passthrough-host/modprobe
  if [ -e "$passthrough_script" ]; then
    # modprobe.d names the script at its place on the host.
    inst_simple "$passthrough_script"
    # Else a driver that modules-load.d names comes beside this hook, and where vfio-pci is built in, modprobe.d does not make it wait.
    passthrough_drop_in=$initdir/etc/systemd/system/systemd-modules-load.service.d
    mkdir -p "$passthrough_drop_in"
    printf '[Unit]\nAfter=dracut-pre-udev.service\n' >"$passthrough_drop_in/passthrough-host.conf"
  fi
  mkdir -p "$initdir/passthrough-host"
  : >"$initdir/passthrough-host/$(cat "$passthrough_rules" "$passthrough_script" 2>/dev/null | sha256sum | cut -c 1-64)"
}
