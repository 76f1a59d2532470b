# shellcheck shell=bash
# The operating system: fetched once, checked, written, read back. Sourced by flash.sh.

image_url_default=https://downloads.raspberrypi.com/raspios_lite_arm64_latest

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum | cut -d' ' -f1; else shasum -a 256 | cut -d' ' -f1; fi
}

cache_dir() {
  case $os_name in
    Darwin) printf '%s' "${XDG_CACHE_HOME:-$HOME/Library/Caches}/mynah" ;;
    *) printf '%s' "${XDG_CACHE_HOME:-$HOME/.cache}/mynah" ;;
  esac
}

free_bytes() { df -Pk "$1" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }'; }

# Answers what the address finally leads to: "latest" is a redirection to a file with a date in its name.
final_url() { curl -fsSIL --max-time 30 -o /dev/null -w '%{url_effective}' "$1" 2>/dev/null; }

checked_image() { [ -f "$1" ] && [ -f "$1.sha256" ] && [ "$(sha256_of <"$1")" = "$(cut -c1-64 "$1.sha256")" ]; }

# fetch_image URL: sets image_file to a checked file in the cache; goes on where an earlier attempt stopped.
fetch_image() {
  local dir url name sum length
  # Before the long download and not after it.
  check_unpacker latest.img.xz
  dir=$(cache_dir)
  mkdir -p "$dir" || fail "The folder $dir for downloads cannot be made."
  # curl names the address also when nobody answered there.
  url=$(final_url "$1") || url=
  if [ -z "$url" ]; then
    image_file=$(find "$dir" -name '*.img.xz' -type f 2>/dev/null | sort | tail -n 1)
    [ -n "$image_file" ] && checked_image "$image_file" && { say "No answer from the download server; using ${image_file##*/}, which was fetched before."; return 0; }
    fail "Raspberry Pi OS cannot be fetched: no answer from $1. Check the internet connection, or give a file with --image FILE."
  fi
  name=${url##*/}
  image_file=$dir/${name%%\?*}
  if checked_image "$image_file"; then say "Using ${image_file##*/}, which was fetched before."; return 0; fi
  sum=$(curl -fsSL --max-time 30 "$url.sha256" 2>/dev/null | cut -c1-64)
  case $sum in
    '' | *[!0-9a-f]*) fail "The checksum $url.sha256 cannot be fetched, so the download could not be checked. Try again later." ;;
  esac
  length=$(curl -fsSIL --max-time 30 "$url" 2>/dev/null | tr -d '\r' | awk 'tolower($1) == "content-length:" { n = $2 } END { print n + 0 }')
  if [ "$(free_bytes "$dir")" -lt "$length" ]; then
    fail "The download needs $(human_size "$length"), and $dir has $(human_size "$(free_bytes "$dir")") left. Make room, or set XDG_CACHE_HOME to another folder."
  fi
  [ -f "$image_file.part" ] && say "Going on with the download of $name."
  say "Fetching $name ($(human_size "$length"))."
  curl -fL --retry 3 --progress-bar -C - -o "$image_file.part" "$url" ||
    fail "The download stopped. Start again: it goes on where it stopped."
  if [ "$(sha256_of <"$image_file.part")" != "$sum" ]; then
    rm -f "$image_file.part"
    fail "The download is damaged: its checksum is not the published one. It was deleted; start again."
  fi
  printf '%s\n' "$sum" >"$image_file.sha256"
  mv "$image_file.part" "$image_file"
}

# The image's bytes, unpacked.
unpacked() {
  case $1 in
    *.xz) xz -dc "$1" ;;
    *.gz) gzip -dc "$1" ;;
    *.zip) unzip -p "$1" ;;
    *) cat "$1" ;;
  esac
}

check_unpacker() {
  case $1 in
    *.xz) command -v xz >/dev/null 2>&1 || fail "The program xz is needed to unpack the image. Debian: apt install xz-utils; macOS: brew install xz." ;;
    *.zip) command -v unzip >/dev/null 2>&1 || fail "The program unzip is needed to unpack the image. Debian: apt install unzip." ;;
  esac
}

check_image() {
  [ -r "$1" ] || fail "The image file $1 cannot be read."
  check_unpacker "$1"
  case $1 in
    *armhf*) fail "$1 is the 32-bit system. The 64-bit one is needed (its name has arm64 in it)." ;;
    *.iso) fail "$1 is an ISO image for PCs. A Raspberry Pi needs an .img or .img.xz file." ;;
  esac
}

# first_partition DISK_OR_IMAGE: "offset size" in bytes of the FAT partition; nothing when there is none.
# Master boot record: four entries of 16 bytes from byte 446, 0x55 0xaa at 510.
first_partition() {
  local mark type start count
  mark=$(od -An -tx1 -j 510 -N 2 "$1" | tr -d ' \n')
  type=$(od -An -tx1 -j 450 -N 1 "$1" | tr -d ' \n')
  [ "$mark" = 55aa ] || return 1
  case $type in 0b | 0c | 0e) ;; *) return 1 ;; esac
  start=$(od -An -tu4 -j 454 -N 4 "$1" | tr -d ' \n')
  count=$(od -An -tu4 -j 458 -N 4 "$1" | tr -d ' \n')
  printf '%s %s' "$((start * 512))" "$((count * 512))"
}

# write_image IMAGE DISK: writes, then reads everything back and compares.
write_image() {
  local image=$1 disk=$2 work size sum back raw
  raw=$disk
  # The raw device of macOS is many times faster than the buffered one.
  case $os_name in Darwin) raw=$(printf '%s' "$disk" | sed 's#^/dev/disk#/dev/rdisk#') ;; esac
  work=$(mktemp -d) || fail "No temporary folder can be made."
  mkfifo "$work/sum" "$work/size" || fail "No temporary folder can be made."
  sha256_of <"$work/sum" >"$work/sum.txt" &
  local summing=$!
  wc -c <"$work/size" >"$work/size.txt" &
  local counting=$!
  if ! (set -o pipefail && unpacked "$image" | tee "$work/sum" "$work/size" | write_bytes "$raw"); then
    rm -rf "$work"
    fail "Writing stopped. Either the image is damaged, or the card is broken or was taken out; nothing usable is on it."
  fi
  wait "$summing" "$counting"
  sum=$(cat "$work/sum.txt")
  size=$(tr -d ' ' <"$work/size.txt")
  rm -rf "$work"
  say "Reading back $(human_size "$size")."
  flush_disk "$disk"
  back=$(read_bytes "$raw" "$size" | sha256_of)
  [ "$back" = "$sum" ] || fail "What was read back is not what was written: this card (or the reader) is broken. Use another one."
}

# Whole blocks go out, whatever sizes come in by the pipe: the raw devices of macOS take no others.
write_bytes() {
  if is_image_file "$1"; then
    dd of="$1" ibs=65536 obs=1048576 conv=notrunc 2>/dev/null
  else
    as_root dd of="$1" ibs=65536 obs=1048576 2>/dev/null
  fi
}
read_bytes() {
  if is_image_file "$1"; then head -c "$2" "$1"; else as_root dd if="$1" bs=1048576 2>/dev/null | head -c "$2"; fi
}
flush_disk() {
  sync
  is_image_file "$1" && return 0
  case $os_name in Darwin) ;; *) as_root blockdev --flushbufs "$1" ;; esac
}

unpacked_size() {
  case $1 in
    *.xz) xz --robot -l "$1" 2>/dev/null | awk '$1 == "totals" { print $5 }' ;;
    *.gz | *.zip) unpacked "$1" | wc -c | tr -d ' ' ;;
    *) wc -c <"$1" | tr -d ' ' ;;
  esac
}

check_fits() {
  local need have
  need=$(unpacked_size "$1")
  have=$(disk_size "$2")
  [ "${need:-0}" -gt 0 ] || fail "$1 cannot be unpacked: it is damaged or no image. Delete it and start again."
  [ "${have:-0}" -ge "$need" ] || fail "The card holds $(human_size "${have:-0}"), the system alone is $(human_size "$need"). Use a card of 8 GB or more."
}
