import { createHash } from 'node:crypto'
import { writeBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { keyIdOf, newFirmwareKey, publicKeyOf, signManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { Manifest } from '@mynah/shared/firmware/manifest.ts'

export const key = newFirmwareKey()

/** A bundle as `npm run firmware -- sign` makes it. */
export const bundleOf = (
  payload: Uint8Array,
  manifest: Partial<Manifest> = {},
  privatePem: string = key.privatePem,
): Uint8Array<ArrayBuffer> => {
  const whole: Manifest = {
    v: 1,
    product: 'mynah-speaker',
    version: '1.2.0',
    target: 'arm64',
    size_bytes: payload.length,
    sha256: createHash('sha256').update(payload).digest('hex'),
    min_version: '0.1.0',
    key_id: keyIdOf(publicKeyOf(privatePem)),
    made_at: '2026-11-22T00:00:00Z',
    ...manifest,
  }
  const bytes = new TextEncoder().encode(JSON.stringify(whole))
  return new Uint8Array(Buffer.concat([writeBundleHead(bytes, signManifest(bytes, privatePem)), payload]))
}
