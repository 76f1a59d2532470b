import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshFiles, makeFolder, makeImage } from './card-image.ts'
import { answers, flash, newFolder, wifiPassword } from './flash.ts'

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
beforeEach(() => {
  folder = newFolder()
  makeImage(at('system.img'), { files: freshFiles.trixie })
})
afterEach(() => folder.remove())

/** A PC: it runs from nvme0n1 (encrypted), has a second built-in disk, a USB stick, a card in a built-in reader, and soldered memory. */
const lsblkLines = {
  '/dev/nvme0n1': 'SIZE="512110190592" RM="0" RO="0" TRAN="nvme" TYPE="disk" MODEL="Samsung"',
  '/dev/sda': 'SIZE="4000787030016" RM="0" RO="0" TRAN="sata" TYPE="disk" MODEL="Backup"',
  '/dev/sdb': 'SIZE="31914983424" RM="1" RO="0" TRAN="usb" TYPE="disk" MODEL="Card Reader"',
  '/dev/sdc': 'SIZE="31914983424" RM="1" RO="1" TRAN="usb" TYPE="disk" MODEL="Locked"',
  '/dev/sdd': 'SIZE="0" RM="1" RO="0" TRAN="usb" TYPE="disk" MODEL="Empty slot"',
  '/dev/sde': 'SIZE="64000000000" RM="1" RO="0" TRAN="usb" TYPE="disk" MODEL="Has the root"',
  '/dev/mmcblk0': 'SIZE="15931539456" RM="0" RO="0" TRAN="" TYPE="disk" MODEL=""',
  '/dev/mmcblk1': 'SIZE="62537072640" RM="0" RO="0" TRAN="" TYPE="disk" MODEL=""',
} as const

const linux = (systemDisk = '/dev/nvme0n1'): Record<string, string> => {
  const all = Object.entries(lsblkLines).map(([name, rest]) => `NAME="${name}" ${rest}`)
  return {
    uname: 'echo Linux',
    findmnt: 'case "$3" in /|/home) echo "/dev/mapper/root[/@]";; *) exit 1;; esac',
    lsblk: `case "$*" in
  -nspPo*) printf '%s\\n' 'NAME="/dev/mapper/root" TYPE="crypt"' 'NAME="${systemDisk}p2" TYPE="part"' 'NAME="${systemDisk}" TYPE="disk"' ;;
  *MOUNTPOINT*) [ "\${!#}" = /dev/sde ] && echo / ; true ;;
  *" /dev/sdb1") echo 'NAME="/dev/sdb1" SIZE="1" RM="1" RO="0" TRAN="" TYPE="part" MODEL=""' ;;
  *" /dev/"*) grep "^NAME=\\"\${!#}\\" " <<'LIST'\n${all.join('\n')}\nLIST
  true ;;
  *) cat <<'LIST'\n${all.join('\n')}\nLIST
  ;;
esac`,
  }
}
const withCards = () => {
  for (const [name, kind] of [
    ['mmcblk0', 'MMC'],
    ['mmcblk1', 'SD'],
  ] as const) {
    mkdirSync(at(`sys/block/${name}/device`), { recursive: true })
    writeFileSync(at(`sys/block/${name}/device/type`), `${kind}\n`)
  }
  return { ...wifiPassword, MYNAH_SYSFS: at('sys') }
}
const say = async (args: readonly string[], programs = linux()) => {
  const all = [...args, '--image', at('system.img'), ...answers()]
  const { exitCode, stderr } = await flash({ args: all, env: withCards(), programs, folder: folder.path })
  expect(exitCode).not.toBe(0)
  return stderr
}

describe('on Linux', () => {
  test('only removable disks are shown, and not the one the computer runs from', async () => {
    const said = await say([])
    expect(said).toMatch(/Removable disks:\n {2}\/dev\/sdb +31\.9 GB {2}Card Reader\n/)
    expect([...said.matchAll(/\/dev\/\w+/g)].map(([name]) => name)).toEqual(['/dev/sdb', '/dev/sdc', '/dev/mmcblk1'])
  })

  test.each([
    ['the system disk', '/dev/nvme0n1', /the disk this computer runs from. It will not be touched/],
    ['a removable disk that carries the root', '/dev/sde', /runs from/],
    ['a built-in disk', '/dev/sda', /built in. Only a removable/],
    ['soldered memory', '/dev/mmcblk0', /built in/],
    ['a partition', '/dev/sdb1', /part of a disk.*whole one/],
    ['a locked card', '/dev/sdc', /write-protected. Slide the little switch/],
    ['a disk that is not there', '/dev/sdz', /no disk \/dev\/sdz.*locked/s],
    ['something else', 'sdb', /no disk or image file sdb/],
  ])('%s is refused', async (_what, disk, sentence) => {
    expect(await say(['--disk', disk])).toMatch(sentence)
  })

  test('a USB stick from which the computer runs is refused as well', async () => {
    expect(await say(['--disk', '/dev/sdb'], linux('/dev/sdb'))).toMatch(/runs from/)
  })

  test('no disk at all gets a sentence that helps', async () => {
    expect(await say([], { ...linux(), lsblk: 'exit 0' })).toMatch(/No removable disk was found.*little switch/s)
  })

  test('without a card a dry run shows all the same what would be done, and a real one says how to go on without', async () => {
    const none = { ...linux(), lsblk: 'exit 0' }
    expect(await say([], none)).toContain('--disk FILE.img writes an image file')
    const args = ['--dry-run', ...answers()]
    const outcome = await flash({ args, env: wifiPassword, programs: none, folder: folder.path })
    expect(outcome.exitCode).toBe(0)
    expect(outcome.stderr).toMatch(
      /No removable disk was found; what[\s\S]*Would fetch https:[\s\S]*- erase all of the card\n[\s\S]*read it back[\s\S]*bundle\.tar\.gz[\s\S]*Nothing was changed\./,
    )
    expect(outcome.stderr).not.toContain(wifiPassword.MYNAH_WIFI_PASSWORD)
  })

  test('a card is unmounted, written, read back, seeded through its mounted partition and released', async () => {
    makeImage(at('card'), { files: {}, fatMebibytes: 12 })
    makeFolder(at('partition'), freshFiles.trixie)
    const log = `echo "$(basename "$0") $*" >> ${at('calls')}`
    const dd = `${log}
args=(); for a in "$@"; do args+=("\${a//\\/dev\\/sdb/${at('card')}}"); done
case "$*" in *of=*) args+=(conv=notrunc);; esac
exec /usr/bin/dd "\${args[@]}"`
    const programs = {
      ...linux(),
      lsblk: `case "$*" in
  "-nrpo NAME,MOUNTPOINT /dev/sdb") echo "/dev/sdb1 /media/me/bootfs"; exit ;;
  "-o "*) echo "sdb 29.7G"; exit ;;
esac
${linux().lsblk}`,
      dd,
      sudo: '"$@"',
      mount: `${log}\ncp -r ${at('partition')}/. "\${!#}"`,
      umount: `${log}\n[ -d "$1" ] || exit 0; cp -r "$1"/. ${at('partition')}; rm -rf "$1"/*`,
      partprobe: log,
      blockdev: log,
      udevadm: log,
    }
    const args = ['--disk', '/dev/sdb', '--image', at('system.img'), ...answers()]
    const outcome = await flash({ args, env: withCards(), programs, folder: folder.path })
    expect(outcome.stderr).toContain('sdb 29.7G')
    expect(outcome).toMatchObject({ exitCode: 0 })
    const calls = readFileSync(at('calls'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/ \S*\/tmp\S*/, ' DIR'))
    expect(calls.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'umount /dev/sdb1', 'dd of=/dev/sdb', 'blockdev --flushbufs', 'dd if=/dev/sdb', 'partprobe /dev/sdb', 'udevadm settle', 'mount -t', 'umount DIR', '',
    ]) // biome-ignore format: the order is the point
    expect(readFileSync(at('card')).indexOf(readFileSync(at('system.img')))).toBe(0)
    expect(readFileSync(at('partition/meta-data'), 'utf8')).toBe('instance-id: mynah-1\ndsmode: local\n')
  })

  test('a card that does not keep what is written is found out', async () => {
    makeImage(at('card'), { files: {}, fatMebibytes: 12 })
    const dd = `case "$*" in *of=*) cat > /dev/null ;; *) exec /usr/bin/dd if=${at('card')} bs=1M ;; esac`
    const programs = {
      ...linux(), dd, sudo: '"$@"', umount: '', blockdev: '',
      lsblk: `case "$*" in "-nrpo NAME,MOUNTPOINT /dev/sdb"|"-o "*) exit ;; esac\n${linux().lsblk}`,
    } // biome-ignore format: short
    expect(await say(['--disk', '/dev/sdb'], programs)).toMatch(/not what was written: this card .* is broken/)
  })
})

describe('on macOS, with stand-ins for its programs', () => {
  const info = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields)
      .map(([key, value]) => `   ${`${key}:`.padEnd(26)}${value}`)
      .join('\n')
  const disks = {
    '/': info({ 'Device Identifier': 'disk3s1s1', 'Part of Whole': 'disk3', 'APFS Physical Store': 'disk0s2' }),
    '/dev/disk0': info({ 'Device / Media Name': 'APPLE SSD', 'Device Location': 'Internal', 'Removable Media': 'Fixed', 'Disk Size': '500.3 GB (500277792768 Bytes)', Virtual: 'No' }),
    '/dev/disk3': info({ 'Device Location': 'Internal', 'Removable Media': 'Fixed', 'Disk Size': '494.4 GB (494384795648 Bytes)', Virtual: 'Yes' }),
    '/dev/disk4': info({ 'Device / Media Name': 'Built In SDXC Reader', 'Device Location': 'Internal', 'Removable Media': 'Removable', 'Disk Size': '31.9 GB (31914983424 Bytes)', Virtual: 'No' }),
    '/dev/disk4s1': info({ 'Mount Point': '/nowhere' }),
    '/dev/disk5': info({ 'Device / Media Name': 'T7', 'Device Location': 'External', 'Removable Media': 'Fixed', 'Disk Size': '1.0 TB (1000204886016 Bytes)', Virtual: 'No' }),
  } // biome-ignore format: a table
  const mac = (mountPoint = '/nowhere'): Record<string, string> => {
    for (const [name, text] of Object.entries(disks)) {
      mkdirSync(at('info'), { recursive: true })
      writeFileSync(at(`info/${name.replaceAll('/', '_')}`), `${text.replace('/nowhere', mountPoint)}\n`)
    }
    return {
      uname: 'echo Darwin',
      findmnt: 'exit 127',
      lsblk: 'exit 127',
      sha256sum: 'exit 127',
      sudo: '"$@"',
      diskutil: `echo "$*" >> ${at('calls')}
case "$1" in
  info) cat ${at('info')}/"$(printf '%s' "$2" | tr / _)" 2>/dev/null ;;
  list) [ "$2" = physical ] && printf '/dev/disk%s (x, physical):\\n   #: TYPE\\n' 0 4 5 || echo "list of $2" ;;
esac`,
    }
  }

  test('only removable disks are shown', async () => {
    const said = await say([], mac())
    expect([...said.matchAll(/\/dev\/disk\d+/g)].map(([name]) => name)).toEqual(['/dev/disk4', '/dev/disk5'])
    expect(said).toMatch(/\/dev\/disk4 +31\.9 GB {2}Built In SDXC Reader/)
  })

  test.each([
    ['the container of the system', '/dev/disk3', /runs from/],
    ['the disk below it', '/dev/disk0', /runs from/],
    ['a slice', '/dev/disk4s1', /Name the whole one: \/dev\/disk4$/m],
    ['the raw name', '/dev/rdisk4', /Name the disk as \/dev\/disk4/],
    ['a disk that is not there', '/dev/disk9', /no disk \/dev\/disk9/],
  ])('%s is refused', async (_what, disk, sentence) => {
    expect(await say(['--disk', disk], mac())).toMatch(sentence)
  })

  test('a card is written through the raw device, opened, seeded and ejected', async () => {
    makeImage(at('card'), { files: {}, fatMebibytes: 12 })
    makeFolder(at('bootfs'), freshFiles.bookworm)
    const dd = `args=(); for a in "$@"; do args+=("\${a//\\/dev\\/rdisk4/${at('card')}}"); done
case "$*" in *of=/dev/rdisk4*) args+=(conv=notrunc);; *if=/dev/rdisk4*) ;; *) exit 9;; esac
exec /usr/bin/dd "\${args[@]}"`
    const args = ['--disk', '/dev/disk4', '--image', at('system.img'), ...answers()]
    cpSync('/usr/bin/sha256sum', at('real-sum'))
    const programs = { ...mac(at('bootfs')), dd, sha256sum: `exec ${at('real-sum')}` }
    const outcome = await flash({ args, env: wifiPassword, programs, folder: folder.path })
    expect(outcome).toMatchObject({ exitCode: 0 })
    expect(readFileSync(at('bootfs/custom.toml'), 'utf8')).toContain('hostname = "mynah-kitchen"')
    const calls = readFileSync(at('calls'), 'utf8')
      .split('\n')
      .filter((line) => /^(un|mount|eject)/.test(line))
    expect(calls).toEqual(['unmountDisk /dev/disk4', 'mount /dev/disk4s1', 'eject /dev/disk4'])
  })
})
