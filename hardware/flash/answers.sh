# shellcheck shell=bash
# What a person may answer: each check ends with a sentence that says what would be right. Sourced by flash.sh.

# ISO 3166-1: the codes under which the radio regulations of a country are known.
country_codes="
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR
CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"

fail() {
  printf '%s\n' "flash.sh: $*" >&2
  exit 1
}
usage_error() {
  printf '%s\n' "flash.sh: $*" "Try ./flash.sh --help." >&2
  exit 64
}
say() { printf '%s\n' "$*" >&2; }

# Bytes, not characters: the limits of the radio are in bytes.
byte_count() { printf '%s' "$1" | LC_ALL=C wc -c | tr -d ' '; }

has_control_character() {
  local found
  found=$(printf '%s' "$1" | LC_ALL=C tr -d '\040-\176\200-\377' | wc -c)
  [ "$found" -gt 0 ]
}

# check_line WHAT VALUE MAX: one line of text that may stand in every file of the card.
check_line() {
  has_control_character "$2" && fail "$1 must be one line without tabs or other control characters."
  [ "$(byte_count "$2")" -le "$3" ] || fail "$1 is $(byte_count "$2") bytes long; at most $3 are allowed."
  printf '%s' "$2" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1 || fail "$1 is not valid UTF-8. Set your terminal to UTF-8 and type it again."
}

check_wifi_name() {
  [ -n "$1" ] || fail "The name of the Wi-Fi network is empty. Give --wifi NAME, or --no-wifi for a cable."
  check_line "The name of the Wi-Fi network" "$1" 32
}

check_wifi_password() {
  local length
  has_control_character "$1" && fail "The Wi-Fi password must be one line without tabs or other control characters."
  length=$(byte_count "$1")
  if [ "$length" -eq 64 ]; then
    case $1 in
      *[!0-9A-Fa-f]*) fail "A Wi-Fi password of 64 characters must be a key of 64 hexadecimal digits. A password has 8 to 63." ;;
    esac
  elif [ "$length" -lt 8 ] || [ "$length" -gt 63 ]; then
    fail "The Wi-Fi password is $length characters long; WPA wants 8 to 63 (or a key of 64 hexadecimal digits). A network without a password: --wifi-open."
  fi
}

check_name() { check_line "The name" "$1" 100; }

check_language() {
  case $1 in en | zh) ;; *) fail "The language is en or zh, not \"$1\"." ;; esac
}

check_audio() {
  case $1 in auto | usb | xvf3800 | 2mic) ;; *) fail "There is no sound hardware \"$1\": auto, usb, xvf3800 or 2mic." ;; esac
}

check_country() {
  case $1 in
    '') fail "The country is missing: --country CH. Without it the radio stays off." ;;
    UK) fail "The United Kingdom's code is GB, not UK." ;;
    [A-Z][A-Z]) ;;
    *) fail "\"$1\" is not a country code. Two capital letters are needed, such as CH, CN, DE, GB or US: the radio may only be used by your country's rules." ;;
  esac
  case $(printf '%s' "$country_codes" | tr '\n' ' ') in
    *" $1 "*) ;;
    *) fail "There is no country with the code $1 (ISO 3166). Switzerland is CH, China CN, Germany DE, the United Kingdom GB, the United States US." ;;
  esac
}

zone_info_dir=${MYNAH_ZONEINFO:-/usr/share/zoneinfo}

similar_time_zone() {
  local wanted
  wanted=$(printf '%s' "${1##*/}" | tr 'A-Z ' 'a-z_')
  [ -d "$zone_info_dir" ] && [ -n "$wanted" ] || return 0
  (cd "$zone_info_dir" && find -L Africa America Asia Atlantic Australia Europe Indian Pacific -type f 2>/dev/null) |
    awk -v wanted="$wanted" '{ last = tolower($0); sub(/.*\//, "", last) } index(last, wanted) == 1 { print; exit }'
}

check_time_zone() {
  local near
  near=$(similar_time_zone "$1")
  case $1 in
    '' | /* | *..* | *[!A-Za-z0-9_+/-]* | posix/* | right/* | posixrules)
      fail "\"$1\" is not a time zone. Names look like Europe/Zurich or Asia/Shanghai.${near:+ Did you mean $near?}" ;;
  esac
  [ -d "$zone_info_dir" ] || return 0
  [ -f "$zone_info_dir/$1" ] || fail "There is no time zone \"$1\". Names look like Europe/Zurich or Asia/Shanghai.${near:+ Did you mean $near?}"
}

this_time_zone() {
  local target
  target=$(readlink /etc/localtime 2>/dev/null) || return 0
  case $target in */zoneinfo/*) printf '%s' "${target##*/zoneinfo/}" ;; esac
}

check_cloud_url() {
  case $1 in
    '') fail "The address of your cloud is missing: --cloud http://192.168.1.10:8700" ;;
    http://?* | https://?*) ;;
    *) fail "\"$1\" is not the address of a cloud. It looks like http://192.168.1.10:8700: what the panel shows in the browser's address bar." ;;
  esac
  case $1 in
    *localhost* | *127.0.0.1* | *'[::1]'*) fail "$1 is this computer seen from itself; the speaker cannot reach it there. Use this computer's address in your network." ;;
    *[!A-Za-z0-9:/._~%@\[\]-]*) fail "The address of the cloud has characters that do not belong into an address: $1" ;;
  esac
}

check_token() {
  printf '%s' "$1" | LC_ALL=C grep -Eq '^mynah1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$' ||
    fail "That is not a whole enrolment token. It starts with \"mynah1.\" and has 73 characters; this has $(byte_count "$1"). Copy it again from the panel (Speakers, Add)."
}

# check_firmware_keys KEYS: comma-separated public keys of who signs releases.
check_firmware_keys() {
  printf '%s' "$1" | LC_ALL=C grep -Eq '^mynah-fw1\.[A-Za-z0-9_-]{43}(,mynah-fw1\.[A-Za-z0-9_-]{43})*$' ||
    fail "That is no key for releases. A public key is \"mynah-fw1.\" and 43 characters, as in the file firmware.pub of: npm run firmware -- keys"
}

# firmware_keys_of KEYS|FILE: the keys, or those of a file, one a line.
firmware_keys_of() {
  if [ -f "$1" ]; then
    grep -q 'PRIVATE KEY' "$1" && fail "$1 is the private key, which must never leave this computer. Give the public one: firmware.pub"
    grep -v '^[[:space:]]*$' "$1" | tr -d ' \r\t' | tr '\n' ',' | sed 's/,$//'
  else
    printf '%s' "$1"
  fi
}

check_user() {
  printf '%s' "$1" | LC_ALL=C grep -Eq '^[a-z][a-z0-9_-]{0,30}$' ||
    fail "The login name must be 1 to 31 small letters, digits, _ or -, and begin with a letter."
  case $1 in root | mynah) fail "The login name $1 is taken on the speaker. Choose another, such as pi." ;; esac
}

check_password_hash() {
  printf '%s' "$1" | LC_ALL=C grep -Eq '^\$(5|6|y|2b)\$[./0-9A-Za-z$=,]{20,120}$' ||
    fail "That is no password hash. Make one with: mkpasswd -m sha-512"
}

check_device_id() {
  printf '%s' "$1" | LC_ALL=C grep -Eq '^[a-z0-9-]{3,32}$' || fail "A device id has 3 to 32 small letters, digits and dashes."
}

# read_ssh_key FILE: prints the first public key of the file.
read_ssh_key() {
  local key
  [ -r "$1" ] || fail "The SSH key file $1 cannot be read."
  grep -q 'PRIVATE KEY' "$1" && fail "$1 is the private key, which must never leave this computer. Give the public one: $1.pub"
  key=$(grep -E '^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) ' "$1" | head -n 1)
  [ -n "$key" ] || fail "$1 holds no public SSH key. One begins with ssh-ed25519 or ssh-rsa; make one with: ssh-keygen -t ed25519"
  check_line "The SSH key" "$key" 8000
  printf '%s' "$key"
}

# host_name_of NAME: what the speaker is called in the network; only ASCII survives.
host_name_of() {
  local slug
  slug=$(printf '%s' "$1" | LC_ALL=C tr 'A-Z' 'a-z' | LC_ALL=C sed 's/[^a-z0-9][^a-z0-9]*/-/g; s/^-*//; s/-*$//' | cut -c1-40 | sed 's/-*$//')
  case $slug in
    '') printf 'mynah' ;;
    mynah*) printf '%s' "$slug" ;;
    *) printf 'mynah-%s' "$slug" ;;
  esac
}

random_hex() { od -An -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

require_secrets_program() {
  perl -MDigest::SHA -e 1 2>/dev/null || fail "Perl with Digest::SHA is needed to hash passwords. On Debian: apt install perl."
}
