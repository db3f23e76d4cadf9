# shellcheck shell=sh
# The ports that running guests have in bridges. Part of the scripts of Network and its confirmation, and of the probe; needs running-guests.sh.
# Source: libvirt, "Domain XML format", Bridge to LAN.

# guest_ports: lines "bridge<tab>port<tab>guest", of every guest that runs, whoever made it
guest_ports() {
  running_guests | while IFS= read -r guest; do
    # One that ends meanwhile takes its file away.
    of=$guest awk '
      function attribute(name) { return match($0, " " name "=.[^\047\"]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
      /<interface / { inside = 1; bridge = port = "" }
      inside && /<source / && bridge == "" { bridge = attribute("bridge") }
      inside && /<target / { port = attribute("dev") }
      /<\/interface>/ { if (bridge != "" && port != "") print bridge "\t" port "\t" ENVIRON["of"]; inside = 0 }' "/run/libvirt/qemu/$guest.xml" 2>/dev/null
  done
}
