import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/**
 * Sealing at rest: AES-256-GCM under a key that lives outside the database.
 *
 *   0        1                5                 17                n-16       n
 *   +--------+----------------+-----------------+-----------------+----------+
 *   | 1      | key id, 32 bit | nonce, 96 bit   | ciphertext      | GCM tag  |
 *   +--------+----------------+-----------------+-----------------+----------+
 *
 * Bytes 0..4 and the place of the value (table, column, row) are associated data: a sealed value copied into another row does not open.
 */
export type Sealer = {
  readonly keyId: string
  /** `place` names where the value is kept, such as `devices.secret/kitchen`. */
  readonly seal: (plain: Uint8Array, place: string) => Uint8Array
  /** Throws `SealError` when the key is another one or the value was changed or moved. */
  readonly open: (sealed: Uint8Array, place: string) => Uint8Array
  readonly sealText: (plain: string, place: string) => Uint8Array
  readonly openText: (sealed: Uint8Array, place: string) => string
}

export type SealErrorCode = 'wrong_key' | 'not_authentic' | 'too_short' | 'bad_version'

export class SealError extends Error {
  readonly code: SealErrorCode
  constructor(code: SealErrorCode, message: string) {
    super(message)
    this.name = 'SealError'
    this.code = code
  }
}

const formatVersion = 1
const keyIdEnd = 5
const nonceEnd = 17
const tagBytes = 16

export const createSealer = (key: Uint8Array): Sealer => {
  if (key.length !== 32) throw new SealError('wrong_key', `A master key has 32 bytes, this one ${key.length}`)
  const keyIdBytes = createHash('sha256').update('mynah/1 master key id').update(key).digest().subarray(0, 4)
  const keyId = keyIdBytes.toString('hex')
  const header = Buffer.concat([Uint8Array.of(formatVersion), keyIdBytes])
  const associated = (place: string) => Buffer.concat([header, Buffer.from(place, 'utf8')])

  const seal = (plain: Uint8Array, place: string): Uint8Array => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(place))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([header, nonce, body, cipher.getAuthTag()])
  }

  const open = (sealed: Uint8Array, place: string): Uint8Array => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    if (bytes.length < nonceEnd + tagBytes) {
      throw new SealError(
        'too_short',
        `A sealed value has at least ${nonceEnd + tagBytes} bytes, ${place} has ${bytes.length}`,
      )
    }
    if (bytes[0] !== formatVersion)
      throw new SealError('bad_version', `${place} is sealed by format ${bytes[0]}, not 1`)
    const sealedBy = bytes.subarray(1, keyIdEnd).toString('hex')
    if (sealedBy !== keyId) {
      throw new SealError('wrong_key', `${place} was sealed by key ${sealedBy}; the key in use is ${keyId}`)
    }
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(keyIdEnd, nonceEnd), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(associated(place)).setAuthTag(bytes.subarray(bytes.length - tagBytes))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceEnd, bytes.length - tagBytes)), decipher.final()])
    } catch {
      throw new SealError('not_authentic', `${place} was changed or moved since it was sealed`)
    }
  }

  return {
    keyId,
    seal,
    open,
    sealText: (plain, place) => seal(Buffer.from(plain, 'utf8'), place),
    openText: (sealed, place) => Buffer.from(open(sealed, place)).toString('utf8'),
  }
}
