import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BundleHead, maxBundleHeadBytes, readBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { Manifest } from '@mynah/shared/firmware/manifest.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

export type BundleRefusal = {
  readonly code: 'bad_firmware' | 'firmware_untrusted' | 'conflict'
  /** For the admin: what is wrong and what to do. */
  readonly message: string
}

export type ReceivedBundle = Pick<BundleHead, 'manifestBytes' | 'signature'> & { readonly manifest: Manifest }

export type ReceiveBundle = {
  readonly body: AsyncIterable<Uint8Array>
  readonly trustedKeys: readonly string[]
  /** Where the payload goes once all of it is good; until then nothing is there under this name. */
  readonly path: string
  /** Why this release is not wanted, though it is well signed; undefined when it is. */
  readonly objection: (manifest: Manifest) => string | undefined
}

type Opened = ReceivedBundle & { readonly rest: Uint8Array }

const badFirmware = (message: string) => refuse<BundleRefusal>({ code: 'bad_firmware', message })

/** Manifest and signature are judged before a byte of the payload is written. */
const judge = (head: BundleHead, { trustedKeys, objection }: ReceiveBundle): Result<Manifest, BundleRefusal> => {
  const verified = verifyManifest(head.manifestBytes, head.signature, trustedKeys)
  if (!verified.ok) {
    const { code, message } = verified.error
    if (code === 'bad_manifest') return badFirmware(`The manifest is not one that this cloud knows: ${message}.`)
    const hint = code === 'untrusted' ? ' Add its public key first, if it is yours.' : ''
    return refuse({
      code: 'firmware_untrusted',
      message: `Nobody whom this cloud trusts has signed it: ${message}.${hint}`,
    })
  }
  const objected = objection(verified.value)
  return objected === undefined ? ok(verified.value) : refuse({ code: 'conflict', message: objected })
}

const readHead = async (
  chunks: AsyncIterator<Uint8Array>,
  request: ReceiveBundle,
): Promise<Result<Opened, BundleRefusal>> => {
  let seen = new Uint8Array()
  while (true) {
    const read = readBundleHead(seen)
    if (read.ok) {
      const manifest = judge(read.value, request)
      if (!manifest.ok) return manifest
      return ok({ ...read.value, manifest: manifest.value, rest: seen.subarray(read.value.payloadOffset) })
    }
    if (read.error.code === 'not_a_bundle' || seen.length > maxBundleHeadBytes) {
      return badFirmware(`This is no firmware bundle: ${read.error.message}.`)
    }
    const next = await chunks.next()
    if (next.done) return badFirmware(`This is no whole firmware bundle: ${read.error.message}.`)
    seen = Buffer.concat([seen, next.value])
  }
}

const writePayload = async (
  file: FileHandle,
  { manifest, rest }: Opened,
  chunks: AsyncIterator<Uint8Array>,
): Promise<Result<undefined, BundleRefusal>> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for (let piece: Uint8Array | undefined = rest; piece; piece = (await chunks.next()).value) {
    sizeBytes += piece.length
    if (sizeBytes > manifest.size_bytes) {
      return badFirmware(`The payload is longer than the ${manifest.size_bytes} bytes that were signed.`)
    }
    hash.update(piece)
    await file.writeFile(piece)
  }
  if (sizeBytes < manifest.size_bytes) {
    return badFirmware(
      `The payload has ${sizeBytes} bytes, ${manifest.size_bytes} were signed: the upload was cut off.`,
    )
  }
  if (hash.digest('hex') !== manifest.sha256) return badFirmware('The payload is not the one that was signed.')
  await file.sync()
  return ok(undefined)
}

/** Takes in a bundle as it comes. What it acknowledges is on disk; what it refuses leaves nothing. Rejects when the disk or `body` fails. */
export const receiveBundle = async (request: ReceiveBundle): Promise<Result<ReceivedBundle, BundleRefusal>> => {
  const chunks = request.body[Symbol.asyncIterator]()
  const opened = await readHead(chunks, request)
  if (!opened.ok) return opened
  const part = `${request.path}.part`
  await mkdir(dirname(request.path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(part, 'w', 0o600)
    try {
      const written = await writePayload(file, opened.value, chunks)
      if (!written.ok) return written
    } finally {
      await file.close()
    }
    await rename(part, request.path)
  } finally {
    await rm(part, { force: true })
  }
  const { rest: _written, ...received } = opened.value
  return ok(received)
}
