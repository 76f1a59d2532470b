#!/bin/bash
# First start of Raspberry Pi OS on Debian 12 (bookworm), called once by the kernel command line. The system's own first pass has
# grown the partition, applied custom.toml and restarted; this goes on with the boot, so that there is no second restart.
# Debian 13 (trixie) has cloud-init for what stands here. MYNAH_ROOT is for the tests.
# shellcheck disable=SC2154 # every setting_... comes from settings.sh
set -u
root=${MYNAH_ROOT:-}
boot=$root/boot/firmware
[ -d "$boot" ] || boot=$root/boot

# Before anything can fail: a script that is called at every start would keep the speaker from ever starting.
sed -i 's/ systemd\.run[^ ]*//g; s/ systemd\.unit=kernel-command-line\.target//' "$boot/cmdline.txt"
# shellcheck disable=SC2317 # called by the trap
continue_boot() {
  systemctl --no-block start multi-user.target
}
trap continue_boot EXIT
# shellcheck source=/dev/null
. "$boot/mynah/settings.sh"

helper=$root/usr/lib/raspberrypi-sys-mods/imager_custom

# custom.toml still there: the system's first pass did not take place, on a card that was used before.
if [ -f "$boot/custom.toml" ]; then
  if [ -x "$helper" ]; then
    "$helper" set_hostname "$setting_hostname"
    "$helper" set_timezone "$setting_time_zone"
    [ -z "$setting_ssh_key" ] || "$helper" enable_ssh -k "$setting_ssh_key"
  fi
  [ ! -x "$root/usr/lib/userconf-pi/userconf" ] || "$root/usr/lib/userconf-pi/userconf" "$setting_user" "${setting_password_hash:-!}"
  rm -f "$boot/custom.toml"
fi

# The radio is switched off until a country is known.
if [ -n "$setting_country" ]; then
  [ ! -x "$helper" ] || "$helper" set_wlan_country "$setting_country"
  rfkill unblock wifi
  for switch in "$root"/var/lib/systemd/rfkill/*:wlan; do
    [ -e "$switch" ] && echo 0 >"$switch"
  done
fi

if [ -n "$setting_wifi_ssid_bytes" ]; then
  connections=$root/etc/NetworkManager/system-connections
  mkdir -p "$connections"
  (
    umask 077
    {
      # Without a uuid NetworkManager derives one from the name of the file.
      printf '[connection]\nid=mynah\ntype=wifi\n\n[wifi]\nmode=infrastructure\nssid=%s\nhidden=%s\n\n' "$setting_wifi_ssid_bytes" "$setting_wifi_hidden"
      [ -z "$setting_wifi_key" ] || printf '[wifi-security]\nkey-mgmt=wpa-psk\npsk=%s\n\n' "$setting_wifi_key"
      printf '[ipv4]\nmethod=auto\n\n[ipv6]\naddr-gen-mode=default\nmethod=auto\n'
    } >"$connections/mynah.nmconnection"
  )
  chmod 600 "$connections/mynah.nmconnection"
fi

rm -f "$boot/firstrun.sh"
/bin/bash "$boot/mynah/first-boot.sh"
exit 0
