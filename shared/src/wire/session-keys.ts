import { hkdfSync, randomBytes } from 'node:crypto'

/** What both sides derive for one session; nothing of it crosses the network but the stream id. */
export type SessionKeys = {
  /** 64 bits: names the stream in each datagram. */
  readonly streamId: bigint
  /** AES-256-GCM, 32 bytes, device to cloud. */
  readonly uplinkKey: Uint8Array
  /** AES-256-GCM, 32 bytes, cloud to device. */
  readonly downlinkKey: Uint8Array
}

export const deviceSecretBytes = 32

const hkdf = (secret: Uint8Array, salt: string, info: string, sizeBytes: number): Buffer => {
  if (secret.length !== deviceSecretBytes) {
    throw new RangeError(`a device secret has ${deviceSecretBytes} bytes, got ${secret.length}`)
  }
  return Buffer.from(hkdfSync('sha256', secret, salt, info, sizeBytes))
}

/**
 * HKDF-SHA256 (RFC 5869) with the device secret as key material and the session id's ASCII characters as salt.
 * Throws RangeError when the secret is not 32 bytes.
 */
export const deriveSessionKeys = (deviceSecret: Uint8Array, sessionId: string): SessionKeys => ({
  streamId: hkdf(deviceSecret, sessionId, 'mynah/1 stream id', 8).readBigUInt64BE(),
  uplinkKey: new Uint8Array(hkdf(deviceSecret, sessionId, 'mynah/1 uplink', 32)),
  downlinkKey: new Uint8Array(hkdf(deviceSecret, sessionId, 'mynah/1 downlink', 32)),
})

/** The speaker's MQTT password (its user name is the device id), base64url. Throws RangeError when the secret is not 32 bytes. */
export const mqttPasswordOf = (deviceSecret: Uint8Array): string =>
  hkdf(deviceSecret, '', 'mynah/1 mqtt password', 32).toString('base64url')

/** Under which a speaker and its cloud show each other that they hold the same device secret (wire/standing.ts); 32 bytes. */
export const standingKeyOf = (deviceSecret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdf(deviceSecret, '', 'mynah/1 standing', 32))

/** Under which a speaker and its cloud find each other again at another address (wire/moved-cloud.ts); 32 bytes. */
export const movedKeyOf = (deviceSecret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdf(deviceSecret, '', 'mynah/1 moved', 32))

/** 128 random bits, base64url without padding: 22 characters. */
export const newSessionId = (): string => randomBytes(16).toString('base64url')

/** 16 lower-case hex digits, as in `wake/ack`. */
export const streamIdHex = (streamId: bigint): string => streamId.toString(16).padStart(16, '0')
