#!/bin/bash
# Makes a Raspberry Pi a speaker from what flash.sh put on the card, without network and without a restart. The same on both
# generations of Raspberry Pi OS; may be run again. Its log is mynah/setup-log.txt on the card's first partition, which every computer
# can read. MYNAH_ROOT is for the tests.
# shellcheck disable=SC2154 # every setting_... comes from settings.sh
set -u
root=${MYNAH_ROOT:-}
boot=$root/boot/firmware
[ -d "$boot" ] || boot=$root/boot
card=$boot/mynah
log=$card/setup-log.txt
opt=$root/opt/mynah
etc=$root/etc/mynah
problems=0

note() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" | tee -a "$log"; }
# step WORDS COMMAND...: what fails is written down, and the rest goes on as far as it can.
step() {
  local words=$1 said
  shift
  if said=$("$@" 2>&1); then
    note "ok      $words${said:+: $said}"
  else
    problems=$((problems + 1))
    note "FAILED  $words${said:+: $said}"
    return 1
  fi
}

describe_system() {
  note "Mynah set-up, $(date -u +%Y-%m-%d) (the clock may not be set yet)"
  note "board   $(tr -d '\0' <"$root/proc/device-tree/model" 2>/dev/null || echo unknown)"
  note "system  $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release"), $(uname -rm)"
}

check_processor() {
  local kind
  kind=$(dpkg --print-architecture)
  [ "$kind" = arm64 ] || { echo "this system is $kind, arm64 is needed: flash the 64-bit Lite image"; return 1; }
}

# The bundle is unpacked beside what runs and takes its place only when it is whole.
unpack() {
  local sum version slot
  [ -f "$card/mynah.tar.gz" ] || { [ -L "$opt/current" ] && echo "nothing new on the card"; return; }
  sum=$(sha256sum <"$card/mynah.tar.gz" | cut -d' ' -f1)
  [ "$sum" = "$setting_bundle_sha256" ] || { echo "mynah.tar.gz is damaged: flash the card again"; return 1; }
  rm -rf "$opt/incoming"
  mkdir -p "$opt/incoming" "$opt/slots"
  tar -xzf "$card/mynah.tar.gz" -C "$opt/incoming" --no-same-owner || { echo "no room left"; return 1; }
  (cd "$opt/incoming" && sha256sum --quiet -c SHA256SUMS) || return 1
  version=$(sed -n 's/.*"version": *"\([0-9A-Za-z.+-]*\)".*/\1/p' "$opt/incoming/manifest.json" | head -n 1)
  [ -n "$version" ] || { echo "the manifest names no version"; return 1; }
  # The speaker puts its next release into the other slot; what watches over that stands outside of both.
  slot=a
  [ "$(readlink "$opt/current" || true)" = slots/a ] && slot=b
  rm -rf "$opt/slots/$slot" "$opt/trial" "$opt/installed"
  mv "$opt/incoming" "$opt/slots/$slot" || return 1
  ln -sfn "slots/$slot" "$opt/next" && mv -T "$opt/next" "$opt/current" || return 1
  rm -f "$card/mynah.tar.gz"
  echo "version $version"
}

make_user() {
  id -u mynah >/dev/null 2>&1 || useradd --system --home-dir /var/lib/mynah --shell /usr/sbin/nologin mynah || return 1
  usermod -a -G audio mynah || return 1
  # Lights and buttons: groups of Raspberry Pi OS. A system without them has no 40 pins either.
  for group in gpio spi; do usermod -a -G "$group" mynah 2>/dev/null || true; done
}

# Read by systemd as root before the service starts; every value was checked to need no quoting.
write_environment() {
  mkdir -p "$etc"
  (
    umask 077
    {
      printf 'MYNAH_CLOUD=%s\n' "$setting_cloud"
      printf 'MYNAH_DEVICE_ID=%s\n' "$setting_device_id"
      printf 'MYNAH_LANGUAGE=%s\n' "$setting_language"
      printf 'MYNAH_SOUND_CARD=%s\n' "$setting_audio"
      [ -z "${setting_firmware_keys:-}" ] || printf 'MYNAH_FIRMWARE_KEYS=%s\n' "$setting_firmware_keys"
      [ -z "$setting_token" ] || printf 'MYNAH_TOKEN=%s\n' "$setting_token"
    } >"$etc/device.env"
  )
  chmod 600 "$etc/device.env"
}

# Power save costs up to 100 ms for each packet that comes after a pause, and loses some.
stop_power_save() {
  mkdir -p "$root/etc/NetworkManager/conf.d"
  printf '[connection]\nwifi.powersave=2\n' >"$root/etc/NetworkManager/conf.d/90-mynah.conf"
  if systemctl -q is-active NetworkManager; then
    nmcli general reload && iw dev wlan0 set power_save off
  fi
  return 0
}

# Whether something answers at an I2C address: a read of one byte is acknowledged or not. No package is needed for it.
answers_at() {
  python3 - "$1" <<'PYTHON'
import fcntl, os, sys
I2C_SLAVE_FORCE = 0x0706
try:
    bus = os.open('/dev/i2c-1', os.O_RDWR)
    fcntl.ioctl(bus, I2C_SLAVE_FORCE, int(sys.argv[1], 16))
    os.read(bus, 1)
except OSError:
    sys.exit(1)
PYTHON
}

use_overlay() {
  dtoverlay "$1" || { echo "$2: the overlay $1 does not load"; return 1; }
  grep -q "^dtoverlay=$1\$" "$boot/config.txt" || sed -i "/^# mynah: end\$/i dtoverlay=$1" "$boot/config.txt"
  use_lights
  # None of these codecs takes the loudspeaker out of what the microphones hear.
  grep -q '^MYNAH_ECHO_CANCELLER=' "$etc/device.env" || printf 'MYNAH_ECHO_CANCELLER=mynah\n' >>"$etc/device.env"
  echo "$2, overlay $1"
}

# Each of these HATs has its button at GPIO 17, and three APA102 on the SPI or nothing there.
use_lights() {
  dtparam spi=on || true
  grep -q '^dtparam=spi=on$' "$boot/config.txt" || sed -i '/^# mynah: end$/i dtparam=spi=on' "$boot/config.txt"
  grep -q '^MYNAH_LIGHTS=' "$etc/device.env" || printf 'MYNAH_LIGHTS=apa102:3\nMYNAH_BUTTON=17\n' >>"$etc/device.env"
}

# The 2-Mic HATs look alike and differ in their codec; each has its own address. Both drivers are part of the kernel.
find_hat() {
  modprobe i2c-dev
  if answers_at 0x1a; then use_overlay wm8960-soundcard "WM8960 at 0x1a"
  elif answers_at 0x18; then use_overlay mynah-2mic-v2 "TLV320AIC3104 at 0x18"
  elif [ "$setting_audio" = 2mic ]; then echo "no codec answers on I2C bus 1 (0x1a, 0x18): is the HAT pushed on fully?"; return 1
  else echo "no HAT"
  fi
}

# A codec starts silent. What is set here is kept by the system, and whoever changes it later is not overruled.
set_levels() {
  local found card kind
  found=$("$opt/current/bin/choose-sound-card" "$setting_audio" /dev/null) || { echo "no sound card yet; plug it in, then: sudo alsamixer"; return 1; }
  card=$(printf '%s' "$found" | sed 's/^choose-sound-card: \(.*\) (.*$/\1/')
  kind=$(printf '%s' "$found" | sed 's/.*(\(.*\))$/\1/')
  "$opt/current/bin/set-levels" "$card" "$kind" && alsactl store "$card"
}

install_services() {
  # A bundle from before the updates has none; the service starts without.
  if [ -f "$opt/current/bin/launch" ]; then
    install -D -m 755 "$opt/current/bin/launch" "$root/usr/local/lib/mynah/launch" || return 1
  fi
  # A link into the slot in use: it is always of the release that runs.
  mkdir -p "$root/usr/local/bin" && ln -sfn "$opt/current/bin/mynah-device" "$root/usr/local/bin/mynah-device"
  chown mynah:mynah "$opt" "$opt/slots" "$opt"/slots/* || return 1
  cp "$opt/current/systemd/mynah-device.service" "$root/etc/systemd/system/mynah-device.service" || return 1
  # A bundle from before the echo canceller has no such service.
  if [ -f "$opt/current/systemd/mynah-echo-canceller.service" ]; then
    cp "$opt/current/systemd/mynah-echo-canceller.service" "$root/etc/systemd/system/mynah-echo-canceller.service" || return 1
  fi
  systemctl daemon-reload
  systemctl enable --quiet mynah-device.service || return 1
  systemctl --no-block restart mynah-device.service
}

forget_secrets() {
  # Overwritten first: deleting a file of a FAT partition leaves its text where it was.
  head -c "$(wc -c <"$card/settings.sh")" /dev/zero >"$card/settings.sh.zero" && cat "$card/settings.sh.zero" >"$card/settings.sh"
  sync
  rm -f "$card/settings.sh" "$card/settings.sh.zero"
}

main() {
  if [ ! -f "$card/settings.sh" ]; then
    note "nothing to do: there is no settings.sh on the card"
    return 0
  fi
  : >"$log"
  # shellcheck source=/dev/null
  . "$card/settings.sh"
  describe_system
  step "processor" check_processor
  step "Wi-Fi power save off" stop_power_save
  step "user mynah" make_user
  step "settings" write_environment
  case $setting_audio in 2mic | auto) step "sound HAT" find_hat ;; esac
  if step "bundle" unpack; then
    step "sound levels" set_levels
    step "service" install_services && step "token removed from the card" forget_secrets
  fi
  note "sound   $(tr '\n' ' ' <"$root/proc/asound/cards" 2>/dev/null)"
  if [ "$problems" = 0 ]; then note "done: the speaker starts and says so"; else note "$problems steps failed; what to do: hardware/README.md, When it stays silent"; fi
  sync
}

main
