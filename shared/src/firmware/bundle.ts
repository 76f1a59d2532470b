import { ok, type Result, refuse } from '../result.ts'
import { maxManifestBytes, signatureBytes } from './manifest.ts'

/**
 * A bundle: what is uploaded to a cloud, one file.
 *
 * ```
 *  0          8         12            12+n          76+n
 *  +----------+---------+-------------+-------------+------------
 *  | MYNAHFW1 | u32 n   | manifest    | signature   | payload ...
 *  +----------+---------+-------------+-------------+------------
 *   big-endian; n from 1 to 8,192; manifest is JSON in UTF-8; signature is Ed25519, 64 bytes
 * ```
 */
const magic = new TextEncoder().encode('MYNAHFW1')
const lengthOffset = 8
const manifestOffset = 12

/** So many bytes hold everything in front of the payload. */
export const maxBundleHeadBytes = manifestOffset + maxManifestBytes + signatureBytes

export type BundleHead = {
  /** As they were signed. */
  readonly manifestBytes: Uint8Array
  readonly signature: Uint8Array
  readonly payloadOffset: number
}

export type BundleRejection = { readonly code: 'not_a_bundle' | 'truncated'; readonly message: string }

const reject = (code: BundleRejection['code'], message: string) => refuse<BundleRejection>({ code, message })

/** Reads what is in front of the payload. `truncated`: more bytes are needed. Never throws. */
export const readBundleHead = (bytes: Uint8Array): Result<BundleHead, BundleRejection> => {
  const known = Math.min(bytes.length, magic.length)
  for (let at = 0; at < known; at++) {
    if (bytes[at] !== magic[at]) return reject('not_a_bundle', 'the file does not start as a firmware bundle does')
  }
  if (bytes.length < manifestOffset) {
    return reject('truncated', `${manifestOffset} bytes needed for the head, got ${bytes.length}`)
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(lengthOffset)
  if (length < 1 || length > maxManifestBytes) {
    return reject('not_a_bundle', `a manifest has 1 to ${maxManifestBytes} bytes, this one ${length}`)
  }
  const payloadOffset = manifestOffset + length + signatureBytes
  if (bytes.length < payloadOffset) {
    return reject('truncated', `${payloadOffset} bytes needed for manifest and signature, got ${bytes.length}`)
  }
  return ok({
    manifestBytes: bytes.slice(manifestOffset, manifestOffset + length),
    signature: bytes.slice(manifestOffset + length, payloadOffset),
    payloadOffset,
  })
}

/** What stands in front of the payload. Throws RangeError for lengths that a bundle cannot have. */
export const writeBundleHead = (manifestBytes: Uint8Array, signature: Uint8Array): Uint8Array => {
  if (manifestBytes.length < 1 || manifestBytes.length > maxManifestBytes) {
    throw new RangeError(`a manifest has 1 to ${maxManifestBytes} bytes, got ${manifestBytes.length}`)
  }
  if (signature.length !== signatureBytes) {
    throw new RangeError(`a signature has ${signatureBytes} bytes, got ${signature.length}`)
  }
  const head = new Uint8Array(manifestOffset + manifestBytes.length + signatureBytes)
  head.set(magic)
  new DataView(head.buffer).setUint32(lengthOffset, manifestBytes.length)
  head.set(manifestBytes, manifestOffset)
  head.set(signature, manifestOffset + manifestBytes.length)
  return head
}
