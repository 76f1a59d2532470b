import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What a fresh image has on its first partition, as far as the flasher looks at it. */
export type Generation = 'bookworm' | 'trixie'

const issue = (date: string) =>
  `Raspberry Pi reference ${date}\nGenerated using pi-gen, https://github.com/RPi-Distro/pi-gen, 0000, stage2\n`
const rootWords =
  'console=serial0,115200 console=tty1 root=PARTUUID=4d8fd085-02 rootfstype=ext4 fsck.repair=yes rootwait'
const config =
  '# http://rptl.io/configtxt\n#dtparam=i2c_arm=on\ndtparam=audio=on\nauto_initramfs=1\n\n[cm5]\notg_mode=1\n\n[all]\n'

export const freshFiles: Record<Generation, Readonly<Record<string, string>>> = {
  bookworm: {
    'cmdline.txt': `${rootWords} quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n`,
    'config.txt': config,
    'issue.txt': issue('2024-11-19'),
    'kernel8.img': 'kernel',
  },
  trixie: {
    'cmdline.txt': `${rootWords} resize\n`,
    'config.txt': config,
    'issue.txt': issue('2025-10-01'),
    'kernel8.img': 'kernel',
    'user-data': '#cloud-config\n',
    'meta-data': 'dsmode: local\ninstance_id: rpios-image\n',
    'network-config': '# nothing\n',
  },
}

const sectorBytes = 512
const mebibyte = 1024 * 1024
const firstSector = 2048

/** One entry of a master boot record: status, CHS start, type, CHS end, first sector, count. */
const partitionEntry = (type: number, first: number, count: number): Buffer => {
  const entry = Buffer.alloc(16)
  entry.writeUInt8(type, 4)
  entry.writeUInt32LE(first, 8)
  entry.writeUInt32LE(count, 12)
  return entry
}

const mtools = (command: string, args: readonly string[]) =>
  execFileSync(command, [...args], {
    env: { ...process.env, MTOOLS_SKIP_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const partitionOf = (image: string) => `${image}@@${firstSector * sectorBytes}`

/** A disk image with a master boot record, a FAT partition that holds `files`, and a small second partition. */
export const makeImage = (
  path: string,
  { files, fatMebibytes = 8 }: { readonly files: Readonly<Record<string, string>>; readonly fatMebibytes?: number },
) => {
  const fatSectors = (fatMebibytes * mebibyte) / sectorBytes
  const record = Buffer.alloc(sectorBytes)
  partitionEntry(0x0c, firstSector, fatSectors).copy(record, 446)
  partitionEntry(0x83, firstSector + fatSectors, firstSector).copy(record, 462)
  record.writeUInt16LE(0xaa55, 510)
  const file = openSync(path, 'w')
  writeSync(file, record, 0, record.length, 0)
  writeSync(file, Buffer.from([0]), 0, 1, (2 * firstSector + fatSectors) * sectorBytes - 1)
  closeSync(file)
  mtools('mformat', ['-i', partitionOf(path), '-T', String(fatSectors), '-h', '64', '-s', '32', '-N', '4d594e41', '::'])
  for (const [name, text] of Object.entries(files)) putFile(path, name, text)
}

export const putFile = (image: string, name: string, text: string | Uint8Array) => {
  const from = `${image}.put`
  writeFileSync(from, text)
  mtools('mcopy', ['-o', '-i', partitionOf(image), from, `::${name}`])
}

/** Everything on the FAT partition, path -> bytes. */
export const readFiles = (image: string): Map<string, Buffer> => {
  const listed = mtools('mdir', ['-/', '-b', '-i', partitionOf(image), '::'])
    .toString()
    .trim()
    .split('\n')
  const names = listed.map((line) => line.replace(/^::\//, '')).filter((name) => name !== '' && !name.endsWith('/'))
  return new Map(names.map((name) => [name, mtools('mtype', ['-i', partitionOf(image), `::${name}`])]))
}

/** The same files in a folder, as where a computer shows the partition. */
export const makeFolder = (path: string, files: Readonly<Record<string, string>>) => {
  mkdirSync(path, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
}

export const fileText = (path: string): string => readFileSync(path, 'utf8')
