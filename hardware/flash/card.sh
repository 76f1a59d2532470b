# shellcheck shell=bash
# The FAT partition of a card, through one of two doors: a folder where it is mounted, or mtools on an image file.
# Sourced by flash.sh.

boot_dir=
boot_image=
mounted_by_us=

# open_card DISK: from here on card_put, card_get and card_has work.
open_card() {
  local place
  if is_image_file "$1"; then
    place=$(first_partition "$1") || fail "$1 has no FAT partition where a Raspberry Pi looks for one. It is no image of Raspberry Pi OS."
    command -v mcopy >/dev/null 2>&1 || fail "The program mtools is needed to put files into an image file. Debian: apt install mtools; macOS: brew install mtools."
    boot_image="$1@@${place%% *}"
    export MTOOLS_SKIP_CHECK=1
    return 0
  fi
  case $os_name in Darwin) mount_mac "$1" ;; *) mount_linux "$1" ;; esac
}

mount_mac() {
  diskutil mount "${1}s1" >/dev/null || fail "The first partition of $1 cannot be opened. Take the card out, put it in again, and use --restage."
  boot_dir=$(mac_value 'Mount Point' "${1}s1")
  [ -d "$boot_dir" ] || fail "macOS did not say where it opened ${1}s1. Take the card out, put it in again, and use --restage."
}

linux_partition() {
  case $1 in *[0-9]) printf '%sp1' "$1" ;; *) printf '%s1' "$1" ;; esac
}

mount_linux() {
  local part options
  part=$(linux_partition "$1")
  as_root partprobe "$1" 2>/dev/null || as_root blockdev --rereadpt "$1" 2>/dev/null
  command -v udevadm >/dev/null 2>&1 && as_root udevadm settle 2>/dev/null
  mounted_by_us=$(mktemp -d) || fail "No temporary folder can be made."
  options=uid=$(id -u),gid=$(id -g)
  as_root mount -t vfat -o "$options" "$part" "$mounted_by_us" ||
    fail "The first partition $part cannot be opened. Take the card out, put it in again, and use --restage."
  boot_dir=$mounted_by_us
}

close_card() {
  if [ -n "$mounted_by_us" ]; then
    sync
    as_root umount "$mounted_by_us" && rmdir "$mounted_by_us"
    mounted_by_us=
  elif [ -n "${1:-}" ] && [ "$os_name" = Darwin ] && ! is_image_file "$1"; then
    diskutil eject "$1" >/dev/null
  fi
  boot_dir=
}

card_has() {
  if [ -n "$boot_dir" ]; then [ -e "$boot_dir/$1" ]; else mdir -b -i "$boot_image" "::$1" >/dev/null 2>&1; fi
}

# card_get NAME FILE
card_get() {
  if [ -n "$boot_dir" ]; then cat "$boot_dir/$1" >"$2"; else mcopy -n -o -i "$boot_image" "::$1" "$2" </dev/null; fi
}

card_make_dir() {
  card_has "$1" && return 0
  if [ -n "$boot_dir" ]; then mkdir "$boot_dir/$1"; else mmd -i "$boot_image" "::$1" </dev/null; fi
}

# Compared after each write: a card that lies about what it keeps is found here and not in the kitchen.
card_put() {
  local back
  if [ -n "$boot_dir" ]; then
    cat "$1" >"$boot_dir/$2" || card_full "$2" "$1"
    cmp -s "$1" "$boot_dir/$2" || fail "$2 does not read back as it was written: the card is broken or full. Use another one."
    return 0
  fi
  mcopy -o -i "$boot_image" "$1" "::$2" </dev/null 2>/dev/null || card_full "$2" "$1"
  back=$(mtype -i "$boot_image" "::$2" </dev/null | sha256_of)
  [ "$back" = "$(sha256_of <"$1")" ] || fail "$2 does not read back as it was written: the image file is damaged."
}

card_full() {
  fail "$1 ($(human_size "$(wc -c <"$2")")) does not fit on the card's first partition: it is full. Write the card anew without --restage, or delete what you put there."
}

card_delete() {
  card_has "$1" || return 0
  if [ -n "$boot_dir" ]; then rm -f "$boot_dir/$1"; else mdel -i "$boot_image" "::$1" </dev/null; fi
}

# recognise_card: sets generation to bookworm or trixie, or says what is wrong with this image.
recognise_card() {
  local issue date work
  card_has cmdline.txt && card_has config.txt ||
    fail "This is no Raspberry Pi OS: its first partition has no cmdline.txt and config.txt. Use the Lite image (64-bit) of raspberrypi.com/software/operating-systems."
  card_has kernel8.img || fail "This system has no 64-bit kernel (kernel8.img). Use the 64-bit Lite image: its name has arm64 in it."
  if card_has user-data && card_has meta-data; then
    generation=trixie
    return 0
  fi
  work=$(mktemp) || fail "No temporary file can be made."
  issue=
  card_has issue.txt && card_get issue.txt "$work" && issue=$(cat "$work")
  rm -f "$work"
  date=$(printf '%s\n' "$issue" | sed -n 's/^Raspberry Pi reference \([0-9-]*\).*/\1/p')
  [ -n "$date" ] || fail "This is not Raspberry Pi OS (its issue.txt does not say so). Use the Lite image (64-bit) of raspberrypi.com/software/operating-systems."
  # The first images on Debian 12 are of 2023-10-10.
  case $(printf '%s\n2023-10-10\n' "$date" | sort | head -n 1) in
    2023-10-10) generation=bookworm ;;
    *) fail "This Raspberry Pi OS is of $date, which is too old. Debian 12 (bookworm, from October 2023) or 13 (trixie) is needed." ;;
  esac
}
