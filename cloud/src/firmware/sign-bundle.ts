import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { writeBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { keyIdOf, publicKeyOf, signManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import { type Manifest, manifestSchema } from '@mynah/shared/firmware/manifest.ts'
import * as v from 'valibot'

export type SignRequest = {
  readonly privatePem: string
  readonly payloadPath: string
  readonly bundlePath: string
  readonly version: string
  readonly target: string
  readonly minVersion: string
  readonly notes?: string
  readonly madeAt: string
}

/** Size and SHA-256 of a file, without holding it in memory. */
const measure = async (path: string): Promise<{ readonly sizeBytes: number; readonly sha256: string }> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const piece of createReadStream(path)) {
    hash.update(piece)
    sizeBytes += piece.length
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Writes a signed bundle; nothing is there under its name before it is whole. Throws for what no release can be, and for disks. */
export const signBundle = async (request: SignRequest): Promise<Manifest> => {
  const { privatePem, payloadPath, bundlePath, version, target, minVersion, notes, madeAt } = request
  const { sizeBytes, sha256 } = await measure(payloadPath)
  const manifest = v.parse(manifestSchema, {
    v: 1,
    product: 'mynah-speaker',
    version,
    target,
    size_bytes: sizeBytes,
    sha256,
    min_version: minVersion,
    key_id: keyIdOf(publicKeyOf(privatePem)),
    made_at: madeAt,
    ...(notes !== undefined && { notes }),
  })
  const manifestBytes = new TextEncoder().encode(JSON.stringify(manifest))
  const head = writeBundleHead(manifestBytes, signManifest(manifestBytes, privatePem))
  const part = `${bundlePath}.part`
  try {
    await pipeline(async function* () {
      yield head
      yield* createReadStream(payloadPath)
    }, createWriteStream(part))
    await rename(part, bundlePath)
  } finally {
    await rm(part, { force: true })
  }
  return manifest
}
