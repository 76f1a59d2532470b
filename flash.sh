#!/usr/bin/env bash
# Writes a card that makes a Raspberry Pi a Mynah speaker at its first start. Linux and macOS; bash 3.2 is enough.
set -u
here=$(cd "$(dirname "$0")" && pwd)
first_boot_dir=$here/hardware/first-boot
# shellcheck source=hardware/flash/answers.sh
. "$here/hardware/flash/answers.sh"
# shellcheck source=hardware/flash/disks.sh
. "$here/hardware/flash/disks.sh"
# shellcheck source=hardware/flash/image.sh
. "$here/hardware/flash/image.sh"
# shellcheck source=hardware/flash/card.sh
. "$here/hardware/flash/card.sh"
# shellcheck source=hardware/flash/seed.sh
. "$here/hardware/flash/seed.sh"
# shellcheck source=hardware/flash/cloud.sh
. "$here/hardware/flash/cloud.sh"

usage() {
  cat <<'USAGE'
Usage: ./flash.sh [what to write on] [answers]
What is not given is asked for.

Where to
  --disk DEVICE|FILE     the card (/dev/sdb, /dev/disk4), or an image file; without it the removable disks are shown
  --seed-only DIR        write only the seed, into the opened first partition of a card that has the system already
  --restage              write only the seed, onto --disk: new answers for a card that has been used before
  --dry-run              check everything, show what would be done, write nothing
  --yes                  ask nothing; what is missing is an error
Network
  --wifi NAME            the Wi-Fi network; --wifi-hidden when it does not show its name; --wifi-open when it has no password
  --wifi-password-file F its password (else asked for, or MYNAH_WIFI_PASSWORD); only its hash goes on the card
  --no-wifi              by cable
  --country CC           whose radio rules apply: CH, CN, DE, GB, US ...
The speaker
  --name NAME            such as kitchen; with --api-token the panel shows it, and --room ROOM
  --time-zone ZONE       such as Europe/Zurich; this computer's when not given
  --language en|zh       what it says at its first start
  --audio KIND           auto, usb (speakerphone), xvf3800 (array) or 2mic (HAT); hardware/README.md
Your cloud
  --cloud URL            such as http://192.168.1.10:8700
  --token TOKEN          a one-time enrolment token (or MYNAH_TOKEN); without one the speaker says a code to type in the panel
  --api-token TOKEN      instead: fetches one from the cloud (or MYNAH_API_TOKEN); --home ID when you have several homes
  --firmware-keys KEYS   public keys of who signs releases for it, or the file firmware.pub (or MYNAH_FIRMWARE_KEYS); with --api-token those
                         that the cloud trusts; without any it takes no updates
  --device-id ID         keeps the identity of a speaker that is set up anew
Looking inside (off unless asked for)
  --ssh-key FILE         your public key; --user NAME (pi)
  --password-file FILE   a password for the screen and keyboard; only its hash goes on the card. --password-hash HASH
System and program
  --image FILE           Raspberry Pi OS Lite, 64-bit (.img, .img.xz); fetched once when not given. --image-url URL
  --bundle FILE          Mynah for the Pi, from: npm run bundle -- --target arm64
USAGE
}

disk='' seed_dir='' restage='' dry_run='' yes='' image='' image_url=$image_url_default bundle=''
wifi_password_file='' wifi_open='' no_wifi='' password_file=''
answer_wifi='' answer_wifi_hidden=false answer_wifi_key='' answer_country='' answer_name='' answer_room='' answer_time_zone='' answer_language=''
answer_audio='' answer_cloud='' answer_token=${MYNAH_TOKEN:-} answer_api_token=${MYNAH_API_TOKEN:-} answer_home='' answer_device_id=''
answer_ssh_key='' answer_user=pi answer_password_hash='' answer_instance_id='' ssh_key_file=''
answer_firmware_keys=${MYNAH_FIRMWARE_KEYS:-}
answer_hostname='' answer_bundle='' answer_bundle_sha256=''

while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --restage) restage=1 ;;
    --dry-run) dry_run=1 ;;
    --yes) yes=1 ;;
    --wifi-hidden) answer_wifi_hidden=true ;;
    --wifi-open) wifi_open=1 ;;
    --no-wifi) no_wifi=1 ;;
    --*)
      [ $# -ge 2 ] || usage_error "$1 needs a value, or is unknown."
      case $1 in
        --disk) disk=$2 ;;
        --seed-only) seed_dir=$2 ;;
        --wifi) answer_wifi=$2 ;;
        --wifi-password-file) wifi_password_file=$2 ;;
        --country) answer_country=$2 ;;
        --name) answer_name=$2 ;;
        --room) answer_room=$2 ;;
        --time-zone) answer_time_zone=$2 ;;
        --language) answer_language=$2 ;;
        --audio) answer_audio=$2 ;;
        --cloud) answer_cloud=$2 ;;
        --token) answer_token=$2 ;;
        --api-token) answer_api_token=$2 ;;
        --home) answer_home=$2 ;;
        --firmware-keys) answer_firmware_keys=$2 ;;
        --device-id) answer_device_id=$2 ;;
        --ssh-key) ssh_key_file=$2 ;;
        --user) answer_user=$2 ;;
        --password-file) password_file=$2 ;;
        --password-hash) answer_password_hash=$2 ;;
        --image) image=$2 ;;
        --image-url) image_url=$2 ;;
        --bundle) bundle=$2 ;;
        --instance-id) answer_instance_id=$2 ;;
        *) usage_error "There is no option $1." ;;
      esac
      shift
      ;;
    *) usage_error "\"$1\" was not understood." ;;
  esac
  shift
done

work_dir=$(mktemp -d) || fail "No temporary folder can be made."
clean_up() {
  close_card "${disk:-}"
  rm -rf "$work_dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

may_ask() { [ -z "$yes" ] && [ -t 0 ]; }

# ask VARIABLE QUESTION DEFAULT: only when nothing was given.
ask() {
  local given
  eval "given=\$$1"
  [ -n "$given" ] && return 0
  if may_ask; then
    printf '%s%s: ' "$2" "${3:+ [$3]}" >&2
    IFS= read -r given || exit 1
  fi
  given=${given:-$3}
  eval "$1=\$given"
}

# ask_right VARIABLE QUESTION DEFAULT CHECK: what somebody types is asked for again until the check takes it, which says why it does
# not; what was given by a flag is an error.
ask_right() {
  local given
  eval "given=\$$1"
  if [ -n "$given" ] || ! may_ask; then
    ask "$1" "$2" "$3"
    eval "given=\$$1"
    "$4" "$given"
    return
  fi
  while :; do
    ask "$1" "$2" "$3"
    eval "given=\$$1"
    if ("$4" "$given"); then return 0; fi
    eval "$1="
  done
}

# The secret never stands on the screen and never becomes an argument of a program.
ask_secret() {
  local given
  # The echo goes off before the question appears: whoever types at once is not seen either.
  stty -echo
  trap 'stty echo' EXIT
  printf '%s: ' "$1" >&2
  IFS= read -r given || exit 1
  stty echo
  printf '\n' >&2
  printf '%s' "$given"
}

first_line() { [ -r "$1" ] || fail "The file $1 cannot be read."; head -n 1 "$1" | tr -d '\r'; }

collect_wifi() {
  local password
  if [ -n "$no_wifi" ]; then
    [ -z "$answer_wifi" ] || usage_error "--wifi and --no-wifi exclude each other."
    return 0
  fi
  ask_right answer_wifi "Wi-Fi network (--no-wifi for a cable)" "" check_wifi_name
  ask_right answer_country "Country (two letters: the radio's rules)" "" check_country
  [ -z "$wifi_open" ] || return 0
  if [ -n "$wifi_password_file" ]; then password=$(first_line "$wifi_password_file") || exit 1
  elif [ -n "${MYNAH_WIFI_PASSWORD+set}" ]; then password=$MYNAH_WIFI_PASSWORD
  elif may_ask; then
    while :; do
      password=$(ask_secret "Password of $answer_wifi") || exit 1
      if (check_wifi_password "$password"); then break; fi
    done
  else fail "The Wi-Fi password is missing: --wifi-password-file FILE, or --wifi-open for a network without one."
  fi
  check_wifi_password "$password"
  if [ "$(byte_count "$password")" -eq 64 ]; then
    answer_wifi_key=$(printf '%s' "$password" | tr 'A-F' 'a-f')
  else
    answer_wifi_key=$(printf '%s' "$password" | perl "$here/hardware/flash/secrets.pl" psk "$answer_wifi") || fail "The Wi-Fi password cannot be hashed."
  fi
}

collect_login() {
  local password
  check_user "$answer_user"
  [ -z "$ssh_key_file" ] || answer_ssh_key=$(read_ssh_key "$ssh_key_file") || exit 1
  [ -z "$answer_password_hash" ] || check_password_hash "$answer_password_hash"
  [ -n "$password_file" ] || return 0
  password=$(first_line "$password_file") || exit 1
  [ "$(byte_count "$password")" -ge 8 ] || fail "The password in $password_file is shorter than 8 characters."
  answer_password_hash=$(printf '%s' "$password" | perl "$here/hardware/flash/secrets.pl" crypt "$(random_hex 8)") || fail "The password cannot be hashed."
}

collect_speaker() {
  ask_right answer_name "Name of the speaker" "mynah" check_name
  # Only the cloud knows rooms, and only a token that is made here carries one there.
  if [ -n "$answer_api_token" ]; then
    ask answer_room "Room" ""
    check_line "The room" "$answer_room" 100
  elif [ -n "$answer_room" ]; then
    usage_error "--room needs --api-token: without it, name and room are given in the panel."
  fi
  answer_hostname=$(host_name_of "$answer_name")
  ask_right answer_time_zone "Time zone" "$(this_time_zone)" check_time_zone
  ask_right answer_language "Language (en or zh)" "en" check_language
  ask_right answer_audio "Sound hardware (auto, usb, xvf3800, 2mic)" "auto" check_audio
  [ -n "$answer_device_id" ] || answer_device_id=mynah-$(random_hex 6)
  check_device_id "$answer_device_id"
  [ -n "$answer_instance_id" ] || answer_instance_id=mynah-$(date +%s)-$(random_hex 2)
  check_device_id "$answer_instance_id"
}

collect_cloud() {
  ask_right answer_cloud "Address of your cloud (http://...:8700)" "" check_cloud_url
  if [ -n "$answer_token" ]; then
    [ -z "$answer_api_token" ] || usage_error "One of --token and --api-token is enough."
    check_token "$answer_token"
  fi
}

collect_firmware_keys() {
  [ -n "$answer_firmware_keys" ] || return 0
  answer_firmware_keys=$(firmware_keys_of "$answer_firmware_keys") || exit 1
  check_firmware_keys "$answer_firmware_keys"
}

# A token is used up or lies about for a day: it is fetched when all else is known to be right.
collect_token() {
  [ -n "$answer_api_token" ] || return 0
  if [ -n "$dry_run" ]; then say "Would fetch an enrolment token from $answer_cloud."; else
    check_api_token
    [ -n "$answer_firmware_keys" ] || fetch_firmware_keys
    fetch_token
  fi
}

newest_bundle() {
  find "$here/dist" -maxdepth 1 -name 'mynah-*-linux-arm64.tar.gz' 2>/dev/null | sort | tail -n 1
}

collect_bundle() {
  local contents
  answer_bundle=${bundle:-$(newest_bundle)}
  [ -n "$answer_bundle" ] || fail "There is no bundle with Mynah for the Pi. Make one with: npm run bundle -- --target arm64"
  [ -r "$answer_bundle" ] || fail "The bundle $answer_bundle cannot be read."
  contents=$(tar -tzf "$answer_bundle" 2>/dev/null) || fail "$answer_bundle is no whole bundle. Make it again with: npm run bundle -- --target arm64"
  printf '%s\n' "$contents" | grep -Eq '^(\./)?manifest\.json$' || fail "$answer_bundle is no bundle of Mynah: it has no manifest.json."
  tar -xzOf "$answer_bundle" manifest.json 2>/dev/null | tr -d ' \n' | grep -q '"target":"linux-arm64"' ||
    fail "$answer_bundle is for another processor. A Raspberry Pi needs: npm run bundle -- --target arm64"
  answer_bundle_sha256=$(sha256_of <"$answer_bundle")
}

choose_disk() {
  local answer
  [ -n "$disk" ] && { check_disk "$disk"; return 0; }
  if ! show_disks >"$work_dir/disks"; then
    [ -n "$dry_run" ] || fail "No removable disk was found. $no_disk_help
Without a card at hand: --dry-run shows what would be done, --disk FILE.img writes an image file (hardware/README.md)."
    say "No removable disk was found; what would be done with one is shown all the same."
    return 0
  fi
  say "Removable disks:"
  cat "$work_dir/disks" >&2
  may_ask || fail "Say which one with --disk."
  printf 'Which one? ' >&2
  IFS= read -r answer || exit 1
  disk=$answer
  check_disk "$disk"
}

confirm() {
  local answer
  say ""
  say "$1"
  show_contents "$disk"
  [ -z "$yes" ] || return 0
  [ -t 0 ] || fail "Nobody can be asked here. Add --yes when you are sure."
  printf 'Type yes to go on: ' >&2
  IFS= read -r answer || exit 1
  [ "$answer" = yes ] || fail "Nothing was changed."
}

summary() {
  say "Speaker \"$answer_name\" ($answer_device_id, in the network as $answer_hostname), $answer_time_zone, language $answer_language, sound $answer_audio."
  if [ -n "$answer_wifi" ]; then say "Wi-Fi \"$answer_wifi\", country $answer_country."; else say "Network by cable."; fi
  if [ -n "$answer_token$answer_api_token" ]; then say "Joins $answer_cloud by itself."; else say "Joins $answer_cloud: it will say a code of six digits to type in the panel (Speakers, Add)."; fi
  if [ -n "$answer_firmware_keys" ]; then say "Takes releases that are signed by ${answer_firmware_keys//,/ or }."
  elif [ -z "$answer_api_token" ]; then say "Takes no releases: it was given no key (--firmware-keys)."; fi
}

# What the dry run would put on the card, and what becomes of it: nobody has to read the scripts for that.
show_plan() {
  local target=${disk:-the card}
  say ""
  if [ -n "$1" ]; then
    say "Would do:"
    say "  - erase all of $target${disk:+:}"
    [ -z "$disk" ] || show_contents "$disk"
    say "  - write $1 to it, read it back and compare"
  else
    say "Would do, and leave everything else on $target as it is:"
  fi
  say "  - put Mynah on its first partition: ${answer_bundle##*/} ($(human_size "$(wc -c <"$answer_bundle")"))"
  say "  - put the answers above there: mynah/settings.sh, and what the system reads at its first start: user-data, network-config and meta-data"
  say "    (Raspberry Pi OS on Debian 13), or custom.toml and firstrun.sh (on Debian 12)"
  say "  - change two lists of settings there: config.txt (sound hardware) and cmdline.txt (first start)"
  [ -z "$answer_wifi_key" ] || say "  The Wi-Fi password itself is not among it, only the key made of it."
  say "Then, in the Pi: its first start unpacks Mynah, starts it, and takes the one-time token off the card; it says that it is ready, or its code."
  say "Nothing was changed."
}

stage_and_say() {
  recognise_card
  say "The card has Raspberry Pi OS of the generation $generation."
  if [ -n "$dry_run" ]; then say "Would write the seed for $generation."; show_plan ""; return 0; fi
  collect_token
  stage_card
}

main() {
  require_secrets_program
  if [ -n "$seed_dir" ]; then
    [ -d "$seed_dir" ] || fail "There is no folder $seed_dir. It is where your computer shows the card's first partition (bootfs)."
    [ -z "$disk" ] || usage_error "--seed-only and --disk exclude each other."
  else
    choose_disk
  fi
  collect_wifi
  collect_speaker
  collect_cloud
  collect_firmware_keys
  collect_login
  collect_bundle
  summary
  if [ -n "$seed_dir" ]; then
    boot_dir=$seed_dir
    stage_and_say
    [ -n "$dry_run" ] || say "Done. Eject the card, put it into the Pi and switch it on."
    return 0
  fi
  if [ -z "$restage" ]; then
    if [ -n "$image" ]; then image_file=$image; check_image "$image"
    elif [ -n "$dry_run" ]; then
      say "Would fetch $image_url (or use what was fetched before), and compare it with the published checksum."
      show_plan "Raspberry Pi OS Lite"
      return 0
    else fetch_image "$image_url"; fi
    [ -z "$disk" ] || check_fits "$image_file" "$disk"
    if [ -n "$dry_run" ]; then show_plan "${image_file##*/}"; return 0; fi
    confirm "Everything on $disk will be erased:"
    unmount_disk "$disk"
    say "Writing ${image_file##*/} to $disk."
    write_image "$image_file" "$disk"
  elif [ -z "$dry_run" ]; then
    confirm "The set-up of the card $disk will be replaced; what it holds otherwise stays:"
    unmount_disk "$disk"
  fi
  [ -n "$disk" ] || { show_plan ""; return 0; }
  open_card "$disk"
  stage_and_say
  [ -n "$dry_run" ] || say "Done. Put the card into the Pi and switch it on: in two or three minutes it says that it is ready."
}

main
