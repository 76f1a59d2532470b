# shellcheck shell=bash
# Which disks there are and which of them may be erased. Sourced by flash.sh.

os_name=$(uname -s)
sys_dir=${MYNAH_SYSFS:-/sys}

# field NAME LINE: a value of lsblk's KEY="value" pairs.
field() { printf '%s\n' "$2" | sed -n "s/^\(.* \)\{0,1\}$1=\"\([^\"]*\)\".*/\2/p"; }

linux_pairs() { lsblk -dnpPb -o NAME,SIZE,RM,RO,TRAN,TYPE,MODEL ${1+"$1"} 2>/dev/null; }

# The disks that carry what this computer runs on.
linux_system_disks() {
  local source
  for place in / /boot /boot/efi /boot/firmware /usr /var /home; do
    source=$(findmnt -no SOURCE "$place" 2>/dev/null) || continue
    lsblk -nspPo NAME,TYPE "${source%%\[*}" 2>/dev/null | while IFS= read -r line; do
      [ "$(field TYPE "$line")" = disk ] && field NAME "$line"
    done
  done | sort -u
}

linux_has_swap_or_root() {
  lsblk -nrpo MOUNTPOINT "$1" 2>/dev/null | grep -Eq '^(/|/boot|/boot/efi|/boot/firmware|/usr|/var|/home|\[SWAP\])$'
}

linux_is_system_disk() {
  linux_system_disks | grep -qx "$1" || linux_has_swap_or_root "$1"
}

# A card in a built-in reader does not say that it is removable, but sysfs tells a card (SD) from soldered memory (MMC).
linux_is_removable() {
  local line=$1 name
  name=$(field NAME "$line")
  [ "$(field RM "$line")" = 1 ] && return 0
  [ "$(field TRAN "$line")" = usb ] && return 0
  case $name in
    /dev/mmcblk*) [ "$(cat "$sys_dir/block/${name#/dev/}/device/type" 2>/dev/null)" = SD ] ;;
    *) return 1 ;;
  esac
}

linux_list() {
  linux_pairs | while IFS= read -r line; do
    [ "$(field TYPE "$line")" = disk ] || continue
    [ "$(field SIZE "$line")" -gt 0 ] || continue
    linux_is_removable "$line" || continue
    linux_is_system_disk "$(field NAME "$line")" && continue
    printf '%s\t%s\t%s\n' "$(field NAME "$line")" "$(field SIZE "$line")" "$(field MODEL "$line")"
  done
}

# mac_value KEY DISK: a line of `diskutil info`.
mac_value() { diskutil info "$2" 2>/dev/null | sed -n "s|^ *$1: *\(.*[^ ]\) *$|\1|p" | head -n 1; }

mac_whole_disk() { printf '%s' "$1" | sed 's#^/dev/##; s#^\(disk[0-9]*\)s.*#\1#'; }

mac_system_disks() {
  local store
  mac_whole_disk "$(mac_value 'Part of Whole' /)"; printf '\n'
  store=$(mac_value 'APFS Physical Store' /)
  [ -n "$store" ] && mac_whole_disk "$store"
  printf '\n'
}

mac_is_system_disk() { mac_system_disks | grep -qx "${1#/dev/}"; }

mac_is_removable() {
  case $(mac_value 'Virtual' "$1") in Yes*) return 1 ;; esac
  case $(mac_value 'Removable Media' "$1") in Removable*) return 0 ;; esac
  case $(mac_value 'Device Location' "$1") in External*) return 0 ;; *) return 1 ;; esac
}

mac_size() { mac_value 'Disk Size' "$1" | sed -n 's/.*(\([0-9]*\) Bytes).*/\1/p'; }

mac_list() {
  diskutil list physical 2>/dev/null | sed -n 's#^\(/dev/disk[0-9]*\) .*#\1#p' | while IFS= read -r disk; do
    mac_is_removable "$disk" || continue
    mac_is_system_disk "$disk" && continue
    printf '%s\t%s\t%s\n' "$disk" "$(mac_size "$disk")" "$(mac_value 'Device / Media Name' "$disk")"
  done
}

# list_disks: removable disks only, one a line: device, bytes, model, separated by tabs.
list_disks() {
  case $os_name in Darwin) mac_list ;; *) linux_list ;; esac
}

human_size() {
  awk -v bytes="$1" 'BEGIN { if (bytes >= 1e9) printf "%.1f GB", bytes / 1e9; else printf "%.1f MB", bytes / 1e6 }'
}

no_disk_help="Put the card into the reader, wait a moment and start again. A reader that needs a driver, or a card that is
locked by its little switch, does not show up. To look for yourself: lsblk (Linux) or diskutil list (macOS)."

show_disks() {
  local found
  found=$(list_disks)
  [ -n "$found" ] || return 1
  printf '%s\n' "$found" | while IFS="$(printf '\t')" read -r disk size model; do
    printf '  %-16s %10s  %s\n' "$disk" "$(human_size "$size")" "$model"
  done
}

is_image_file() { [ -f "$1" ]; }

disk_size() {
  if is_image_file "$1"; then wc -c <"$1" | tr -d ' '; return; fi
  case $os_name in
    Darwin) mac_size "$1" ;;
    *) field SIZE "$(linux_pairs "$1")" ;;
  esac
}

# The checks of one disk, before anything of it is touched.
check_disk() {
  local disk=$1 line
  is_image_file "$disk" && return 0
  case $disk in
    /dev/*) ;;
    *) fail "There is no disk or image file $disk. A disk has a name such as /dev/sdb, /dev/mmcblk0 or /dev/disk4." ;;
  esac
  if [ "$os_name" = Darwin ]; then
    case ${disk#/dev/} in
      disk[0-9]*s[0-9]*) fail "$disk is a part of a disk. Name the whole one: /dev/$(mac_whole_disk "$disk")" ;;
      rdisk*) fail "Name the disk as /dev/${disk#/dev/r}." ;;
    esac
    [ -n "$(mac_size "$disk")" ] || fail "There is no disk $disk. $no_disk_help"
    mac_is_system_disk "$disk" && fail "$disk is the disk this computer runs from. It will not be touched."
    mac_is_removable "$disk" || fail "$disk is built in. Only a removable card or USB disk is written to."
    return 0
  fi
  line=$(linux_pairs "$disk" | head -n 1)
  [ -n "$line" ] || fail "There is no disk $disk. $no_disk_help"
  [ "$(field TYPE "$line")" = disk ] || fail "$disk is a part of a disk ($(field TYPE "$line")). Name the whole one, such as /dev/sdb or /dev/mmcblk0."
  linux_is_system_disk "$disk" && fail "$disk is the disk this computer runs from. It will not be touched."
  linux_is_removable "$line" || fail "$disk is built in. Only a removable card or USB disk is written to."
  [ "$(field RO "$line")" = 0 ] || fail "$disk is write-protected. Slide the little switch on the side of the card up."
}

# What is on it and will be gone.
show_contents() {
  if is_image_file "$1"; then say "  the file $1, $(human_size "$(disk_size "$1")")"; return; fi
  case $os_name in
    Darwin) diskutil list "$1" >&2 ;;
    *) lsblk -o NAME,SIZE,FSTYPE,LABEL,MOUNTPOINT "$1" >&2 ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

unmount_disk() {
  is_image_file "$1" && return 0
  case $os_name in
    Darwin) diskutil unmountDisk "$1" >/dev/null || fail "$1 is in use: close the windows that show it and start again." ;;
    *)
      lsblk -nrpo NAME,MOUNTPOINT "$1" | while read -r part place; do
        [ -n "$place" ] || continue
        as_root umount "$part" || fail "$part is in use at $place: close what uses it and start again."
      done || exit 1
      ;;
  esac
}
