# shellcheck shell=bash
# What first boot reads, made from the answers (variables named answer_*). Every text of a person is quoted here and nowhere else.
# Sourced by flash.sh.

# 'text' for a POSIX shell: only the single quote needs care.
shell_quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
# "text" for YAML, TOML and JSON alike: control characters were refused before.
double_quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
# 72;101;108; - a keyfile of NetworkManager takes a network name as bytes, whatever they are.
byte_list() { printf '%s' "$1" | LC_ALL=C od -An -v -tu1 | tr -s ' \n' ';' | sed 's/^;//; s/;*$/;/'; }

setting() { printf '%s=%s\n' "$1" "$(shell_quoted "$2")"; }

# Read by first-boot.sh and firstrun.sh; first boot takes it off the card again, because of the token.
make_settings() {
  setting setting_bundle_sha256 "$answer_bundle_sha256"
  setting setting_cloud "$answer_cloud"
  setting setting_token "$answer_token"
  setting setting_device_id "$answer_device_id"
  setting setting_language "$answer_language"
  setting setting_audio "$answer_audio"
  setting setting_firmware_keys "$answer_firmware_keys"
  [ "$generation" = bookworm ] || return 0
  setting setting_hostname "$answer_hostname"
  setting setting_time_zone "$answer_time_zone"
  setting setting_user "$answer_user"
  setting setting_password_hash "$answer_password_hash"
  setting setting_ssh_key "$answer_ssh_key"
  setting setting_country "$answer_country"
  setting setting_wifi_ssid_bytes "$([ -n "$answer_wifi" ] && byte_list "$answer_wifi")"
  setting setting_wifi_key "$answer_wifi_key"
  setting setting_wifi_hidden "$answer_wifi_hidden"
}

# cloud-init, NoCloud. A new instance id is what makes a card that has booted before take a new seed.
make_meta_data() { printf 'instance-id: %s\ndsmode: local\n' "$answer_instance_id"; }

make_network_config() {
  printf 'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n      dhcp6: true\n      optional: true\n'
  [ -n "$answer_wifi" ] || return 0
  printf '  wifis:\n    wlan0:\n      dhcp4: true\n      dhcp6: true\n      optional: true\n'
  printf '      regulatory-domain: "%s"\n      access-points:\n        %s:\n' "$answer_country" "$(double_quoted "$answer_wifi")"
  [ "$answer_wifi_hidden" = false ] || printf '          hidden: true\n'
  if [ -n "$answer_wifi_key" ]; then
    printf '          password: "%s"\n' "$answer_wifi_key"
  else
    printf '          auth:\n            key-management: none\n'
  fi
}

make_user_data() {
  printf '#cloud-config\nhostname: %s\nmanage_etc_hosts: true\n' "$answer_hostname"
  printf 'timezone: %s\n' "$(double_quoted "$answer_time_zone")"
  printf 'ssh_pwauth: false\nusers:\n  - name: %s\n' "$answer_user"
  printf '    groups: users,adm,dialout,audio,netdev,video,plugdev,games,input,gpio,spi,i2c,render,sudo\n    shell: /bin/bash\n'
  if [ -n "$answer_password_hash" ]; then
    printf '    lock_passwd: false\n    passwd: %s\n' "$(double_quoted "$answer_password_hash")"
  else
    printf '    lock_passwd: true\n'
  fi
  if [ -n "$answer_ssh_key" ]; then
    printf '    ssh_authorized_keys:\n      - %s\n' "$(double_quoted "$answer_ssh_key")"
    # Without a password there is nothing that sudo could ask for.
    [ -n "$answer_password_hash" ] || printf '    sudo: "ALL=(ALL) NOPASSWD:ALL"\n'
  fi
  printf 'runcmd:\n'
  [ -z "$answer_ssh_key" ] || printf '  - [systemctl, enable, --now, ssh]\n'
  printf '  - [rfkill, unblock, wifi]\n  - [/bin/bash, /boot/firmware/mynah/first-boot.sh]\n'
}

# Applied by the system's own first pass, before firstrun.sh: should that fail, one can still log in.
make_custom_toml() {
  printf 'config_version = 1\n\n[system]\nhostname = "%s"\n\n[user]\nname = "%s"\n' "$answer_hostname" "$answer_user"
  [ -z "$answer_password_hash" ] || printf 'password = %s\npassword_encrypted = true\n' "$(double_quoted "$answer_password_hash")"
  printf '\n[ssh]\n'
  if [ -n "$answer_ssh_key" ]; then
    printf 'enabled = true\npassword_authentication = false\nauthorized_keys = [%s]\n' "$(double_quoted "$answer_ssh_key")"
  else
    printf 'enabled = false\n'
  fi
  printf '\n[locale]\ntimezone = %s\n' "$(double_quoted "$answer_time_zone")"
}

# make_command_line FILE: the kernel's one line without what an earlier staging put there, and with ours.
make_command_line() {
  local words
  words=$(tr '\n' ' ' <"$1" | sed 's/^/ /; s/ systemd\.run[^ ]*//g; s/ systemd\.unit=[^ ]*//g; s/ ds=nocloud[^ ]*//g; s/ cfg80211\.ieee80211_regdom=[^ ]*//g; s/^ *//; s/ *$//')
  [ -z "$answer_country" ] || words="$words cfg80211.ieee80211_regdom=$answer_country"
  if [ "$generation" = trixie ]; then
    words="$words ds=nocloud;i=$answer_instance_id"
  else
    # No action at the end: firstrun.sh goes on with the boot, which saves a restart.
    words="$words systemd.run=/boot/firmware/firstrun.sh systemd.run_success_action=none systemd.run_failure_action=none systemd.unit=kernel-command-line.target"
  fi
  printf '%s\n' "$words"
}

# make_config FILE: the firmware's settings with our block at the end, which replaces the one of an earlier staging.
make_config() {
  sed '/^# mynah: begin$/,/^# mynah: end$/d' "$1"
  printf '# mynah: begin\n[all]\n'
  case $answer_audio in
    # Which codec sits at which I2C address is found out at first boot.
    2mic | auto) printf 'dtparam=i2c_arm=on\n' ;;
  esac
  printf '# The HDMI and headphone outputs would come before the sound card in use.\ndtparam=audio=off\n# mynah: end\n'
}

# put_made NAME MAKER [ARGUMENT]: makes a file and puts it on the card.
put_made() {
  local name=$1
  shift
  "$@" >"$work_dir/made" || fail "$name cannot be made."
  card_put "$work_dir/made" "$name"
}

# stage_card: everything first boot needs, in an order in which a card pulled out in between boots as it was.
stage_card() {
  card_make_dir mynah || fail "No folder can be made on the card: it is full or broken."
  [ -z "$answer_bundle" ] || card_put "$answer_bundle" mynah/mynah.tar.gz
  put_made mynah/settings.sh make_settings
  card_put "$first_boot_dir/first-boot.sh" mynah/first-boot.sh
  stage_overlays
  card_get config.txt "$work_dir/config.txt" || fail "config.txt cannot be read from the card."
  put_made config.txt make_config "$work_dir/config.txt"
  if [ "$generation" = trixie ]; then
    put_made user-data make_user_data
    put_made network-config make_network_config
    put_made meta-data make_meta_data
  else
    card_put "$first_boot_dir/firstrun.sh" firstrun.sh
    put_made custom.toml make_custom_toml
  fi
  card_get cmdline.txt "$work_dir/cmdline.txt" || fail "cmdline.txt cannot be read from the card."
  put_made cmdline.txt make_command_line "$work_dir/cmdline.txt"
}

# Compiled device-tree overlays come in the bundle; the firmware looks for them in its own folder.
stage_overlays() {
  local overlay
  [ -n "$answer_bundle" ] || return 0
  mkdir -p "$work_dir/bundle"
  tar -xzf "$answer_bundle" -C "$work_dir/bundle" overlays 2>/dev/null || return 0
  card_make_dir overlays || fail "No folder can be made on the card: it is full or broken."
  for overlay in "$work_dir"/bundle/overlays/*.dtbo; do
    [ -f "$overlay" ] && card_put "$overlay" "overlays/${overlay##*/}"
  done
  return 0
}
