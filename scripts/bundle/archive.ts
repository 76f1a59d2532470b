import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** One file of a bundle. `path` has forward slashes and no leading one; at most 100 bytes, or 255 with a folder to split at. */
export type BundleFile = { readonly path: string; readonly bytes: Uint8Array; readonly isExecutable?: boolean }

export type Manifest = {
  readonly format: 1
  readonly version: string
  /** `linux-arm64`, `linux-x64`. */
  readonly target: string
  /** Version of the Node that is inside; absent when there is none. */
  readonly node?: string
  readonly files: readonly { readonly path: string; readonly size_bytes: number; readonly sha256: string }[]
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const manifestOf = (
  about: { readonly version: string; readonly target: string; readonly node?: string },
  files: readonly BundleFile[],
): Manifest => ({
  format: 1,
  ...about,
  files: files.map(({ path, bytes }) => ({ path, size_bytes: bytes.length, sha256: sha256Of(bytes) })),
})

/** As `sha256sum -c` reads it: the speaker checks itself without a program of ours. */
export const checksumsOf = (manifest: Manifest): string =>
  manifest.files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')

const blockBytes = 512
const nameBytes = 100
const prefixBytes = 155

/** POSIX ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"): offsets of the fields that are used. */
const offsets = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  type: 156,
  magic: 257,
  prefix: 345,
}

const splitPath = (path: string): { name: string; prefix: string } => {
  if (Buffer.byteLength(path) <= nameBytes) return { name: path, prefix: '' }
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (Buffer.byteLength(name) <= nameBytes && Buffer.byteLength(prefix) <= prefixBytes) return { name, prefix }
  }
  throw new RangeError(`${path}: the path is too long for an archive`)
}

const header = ({ path, bytes, isExecutable }: BundleFile): Buffer => {
  const block = Buffer.alloc(blockBytes)
  const { name, prefix } = splitPath(path)
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at)
  block.write(name, offsets.name)
  octal(isExecutable ? 0o755 : 0o644, offsets.mode, 7)
  octal(0, offsets.uid, 7)
  octal(0, offsets.gid, 7)
  octal(bytes.length, offsets.size, 11)
  octal(0, offsets.mtime, 11)
  block.write('0', offsets.type)
  block.write('ustar\x0000', offsets.magic)
  block.write(prefix, offsets.prefix)
  // The checksum is taken with its own field full of blanks.
  block.fill(' ', offsets.checksum, offsets.checksum + 8)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, offsets.checksum)
  return block
}

/** A tar.gz that is the same bytes for the same files: no times, no owners, sorted. Throws RangeError for a path that is too long. */
export const archive = (files: readonly BundleFile[]): Uint8Array => {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = sorted.flatMap((file) => [
    header(file),
    file.bytes,
    Buffer.alloc((blockBytes - (file.bytes.length % blockBytes)) % blockBytes),
  ])
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 })
}
