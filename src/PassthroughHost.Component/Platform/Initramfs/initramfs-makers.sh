# shellcheck shell=sh
# What makes this host's initramfs. Part of the probe, and of the scripts of Boot.
# Source: Debian Kernel Handbook, "Kernel hooks"; the hooks of Debian's packages initramfs-tools and dracut.

# hooked NAME: whether a hook of this name runs when a kernel comes; one in /etc stands before the distribution's own
hooked() {
  if [ -e "/etc/kernel/postinst.d/$1" ] || [ -L "/etc/kernel/postinst.d/$1" ]; then
    [ -f "/etc/kernel/postinst.d/$1" ] && [ -x "/etc/kernel/postinst.d/$1" ]
  else
    [ -x "/usr/share/kernel/postinst.d/$1" ]
  fi
}

# initramfs_makers: the programs that make an initramfs when a kernel comes, in one line: the hook of each, if its program is there. A hook outlives the removal
# of its package; that of initramfs-tools starts update-initramfs, which the package dracut has too from 108 on, to start dracut.
initramfs_makers() {
  made_by=
  for pair in initramfs-tools:mkinitramfs dracut:dracut mkinitcpio:mkinitcpio booster:booster tiny-initramfs:mktirfs; do
    maker=${pair%%:*}
    hooked "$maker" || continue
    if [ "$maker" = initramfs-tools ]; then
      update=$(command -v update-initramfs) || continue
      if grep -qs '^[^#]*dracut ' "$update"; then
        maker=dracut
        pair=dracut:dracut
      fi
    fi
    command -v "${pair#*:}" >/dev/null || continue
    case " $made_by " in *" $maker "*) ;; *) made_by="$made_by${made_by:+ }$maker" ;; esac
  done
  printf '%s' "$made_by"
}

# initramfs_lister: the program that tells what is in an initramfs, whoever made it
initramfs_lister() {
  case " $(initramfs_makers) " in
    *' initramfs-tools '*) printf lsinitramfs ;;
    *' dracut '*) printf lsinitrd ;;
    *) printf lsinitramfs ;;
  esac
}
