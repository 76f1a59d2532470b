import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { deviceSecretBytes } from './session-keys.ts'
import { deviceIdSchema, udpAddressSchema } from './topics.ts'

/**
 * How a card becomes a speaker of its owner (docs/protocol.md): a one-time token proves each side to the other and both derive
 * the device secret, which never crosses the network.
 *
 * Token: `mynah1.<token id, 16 bytes base64url>.<token secret, 32 bytes base64url>`.
 * Proof: HMAC-SHA256 under the token secret over strings in UTF-8, each after its length as u16 big-endian.
 */
export type EnrolmentToken = {
  /** 22 base64url characters; not secret. */
  readonly tokenId: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** Nonces are 16 random bytes, base64url: 22 characters. */
export type DeviceClaim = { readonly tokenId: string; readonly deviceId: string; readonly deviceNonce: string }
export type CloudClaim = DeviceClaim & { readonly cloudNonce: string }

export type TokenRejection = { readonly code: 'bad_token'; readonly message: string }

const tokenPrefix = 'mynah1'
const idBytes = 16
const tokenSecretBytes = 32
const base64urlOf = (sizeBytes: number, what: string) => {
  const characters = Math.ceil((sizeBytes * 8) / 6)
  return v.pipe(
    v.string(),
    v.regex(new RegExp(`^[A-Za-z0-9_-]{${characters}}$`), `${what} is ${characters} base64url characters`),
  )
}
const tokenIdSchema = base64urlOf(idBytes, 'a token id')
const tokenSecretSchema = base64urlOf(tokenSecretBytes, 'a token secret')
const nonceSchema = base64urlOf(idBytes, 'a nonce')
const proofSchema = base64urlOf(32, 'a proof')

/** Body of `POST /api/enrol`. */
export const enrolRequestSchema = v.object({
  v: v.literal(1),
  token_id: tokenIdSchema,
  device_id: deviceIdSchema,
  device_nonce: nonceSchema,
  proof: proofSchema,
})
export type EnrolRequest = v.InferOutput<typeof enrolRequestSchema>

/** Answer of `POST /api/enrol`. */
export const enrolAnswerSchema = v.object({
  v: v.literal(1),
  cloud_nonce: nonceSchema,
  mqtt: v.object({ url: v.pipe(v.string(), v.maxLength(500)) }),
  udp: udpAddressSchema,
  proof: proofSchema,
})
export type EnrolAnswer = v.InferOutput<typeof enrolAnswerSchema>

export const newEnrolmentToken = (): EnrolmentToken => ({
  tokenId: newNonce(),
  secret: new Uint8Array(randomBytes(tokenSecretBytes)),
})

/** 16 random bytes, base64url. */
export const newNonce = (): string => randomBytes(idBytes).toString('base64url')

/** Throws RangeError when the secret is not 32 bytes. */
export const formatEnrolmentToken = ({ tokenId, secret }: EnrolmentToken): string => {
  if (secret.length !== tokenSecretBytes) {
    throw new RangeError(`a token secret has ${tokenSecretBytes} bytes, got ${secret.length}`)
  }
  return `${tokenPrefix}.${tokenId}.${Buffer.from(secret).toString('base64url')}`
}

/** Surrounding white space is allowed: tokens are pasted. The rejection never quotes the token. */
export const parseEnrolmentToken = (text: string): Result<EnrolmentToken, TokenRejection> => {
  const badToken = (message: string) => refuse<TokenRejection>({ code: 'bad_token', message })
  const parts = text.trim().split('.')
  const [prefix, tokenId, secret] = parts
  if (parts.length !== 3) return badToken(`a token has 3 parts separated by dots, got ${parts.length}`)
  if (prefix !== tokenPrefix) return badToken(`a token starts with "${tokenPrefix}."`)
  if (!v.is(tokenIdSchema, tokenId)) return badToken('the second part of a token is 22 base64url characters')
  if (!v.is(tokenSecretSchema, secret)) return badToken('the third part of a token is 43 base64url characters')
  return ok({ tokenId, secret: new Uint8Array(Buffer.from(secret, 'base64url')) })
}

/** HMAC-SHA256 over strings in UTF-8, each after its length as u16 big-endian; base64url. */
export const proofOf = (key: Uint8Array, parts: readonly string[]): string => {
  const mac = createHmac('sha256', key)
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    mac.update(length).update(bytes)
  }
  return mac.digest('base64url')
}

/** What the device shows: that it holds the token. base64url. */
export const enrolmentProof = (tokenSecret: Uint8Array, claim: DeviceClaim): string =>
  proofOf(tokenSecret, ['mynah/1 enrol', claim.tokenId, claim.deviceId, claim.deviceNonce])

/** What the cloud answers: that it knows the token too, so that a device never enrols with a stranger. base64url. */
export const enrolledProof = (tokenSecret: Uint8Array, claim: CloudClaim): string =>
  proofOf(tokenSecret, ['mynah/1 enrolled', claim.tokenId, claim.deviceId, claim.deviceNonce, claim.cloudNonce])

/** Compares in constant time. */
export const proofsMatch = (expected: string, received: string): boolean => {
  const a = Buffer.from(expected, 'utf8')
  const b = Buffer.from(received, 'utf8')
  return a.length === b.length && timingSafeEqual(a, b)
}

/** 32 bytes: HKDF-SHA256, salt = device nonce || cloud nonce (16 bytes each), info = "mynah/1 device secret" || device id. */
export const deriveDeviceSecret = (
  tokenSecret: Uint8Array,
  { deviceId, deviceNonce, cloudNonce }: Omit<CloudClaim, 'tokenId'>,
): Uint8Array => {
  const salt = Buffer.concat([Buffer.from(deviceNonce, 'base64url'), Buffer.from(cloudNonce, 'base64url')])
  return new Uint8Array(hkdfSync('sha256', tokenSecret, salt, `mynah/1 device secret${deviceId}`, deviceSecretBytes))
}
