import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { type Manifest, manifestSchema, publicKeySchema, signatureBytes } from './manifest.ts'

/** Ed25519 (RFC 8032) over `"mynah/1 firmware"`, a zero byte and the manifest: a signature for something else is none for this. */
const context = Buffer.from('mynah/1 firmware\0')
const keyPrefix = 'mynah-fw1.'
/** The DER head of an Ed25519 public key (RFC 8410); the 32 bytes of the key follow. */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')

export type ManifestRejection = {
  readonly code: 'untrusted' | 'bad_signature' | 'bad_manifest'
  readonly message: string
}

const rawOf = (publicKey: string) => Buffer.from(publicKey.slice(keyPrefix.length), 'base64url')

/** 16 hex digits that name a public key. */
export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(rawOf(publicKey)).digest('hex').slice(0, 16)

const publicTextOf = (key: KeyObject): string =>
  `${keyPrefix}${key.export({ format: 'der', type: 'spki' }).subarray(spkiHead.length).toString('base64url')}`

/** A new pair: the private key as PKCS #8 PEM, to be kept secret, and the public one as text. */
export const newFirmwareKey = (): { readonly privatePem: string; readonly publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: publicTextOf(publicKey),
  }
}

/** Throws for what is no Ed25519 private key in PEM. */
export const publicKeyOf = (privatePem: string): string => {
  const key = createPrivateKey(privatePem)
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new RangeError(`an Ed25519 key is needed, got ${key.asymmetricKeyType ?? 'none'}`)
  }
  return publicTextOf(createPublicKey(key))
}

/** 64 bytes. */
export const signManifest = (manifestBytes: Uint8Array, privatePem: string): Uint8Array =>
  new Uint8Array(sign(null, Buffer.concat([context, manifestBytes]), createPrivateKey(privatePem)))

const isSignedBy = (publicKey: string, manifestBytes: Uint8Array, signature: Uint8Array): boolean => {
  const key = createPublicKey({ key: Buffer.concat([spkiHead, rawOf(publicKey)]), format: 'der', type: 'spki' })
  return verify(null, Buffer.concat([context, manifestBytes]), key, signature)
}

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/**
 * The manifest, when one of the trusted keys has signed it. Before the signature was found good nothing of it is believed but the name
 * of its key, and that only chooses the key. Never throws.
 */
export const verifyManifest = (
  manifestBytes: Uint8Array,
  signature: Uint8Array,
  trustedKeys: readonly string[],
): Result<Manifest, ManifestRejection> => {
  const manifest = v.safeParse(manifestSchema, parse(manifestBytes))
  if (!manifest.success) {
    const [issue] = manifest.issues
    return refuse({ code: 'bad_manifest', message: `${v.getDotPath(issue) ?? 'manifest'}: ${issue.message}` })
  }
  const { key_id: keyId } = manifest.output
  const key = trustedKeys.find((trusted) => v.is(publicKeySchema, trusted) && keyIdOf(trusted) === keyId)
  if (key === undefined) return refuse({ code: 'untrusted', message: `the key ${keyId} is not trusted here` })
  if (signature.length !== signatureBytes || !isSignedBy(key, manifestBytes, signature)) {
    return refuse({ code: 'bad_signature', message: `the signature is not one of the key ${keyId}` })
  }
  return ok(manifest.output)
}
