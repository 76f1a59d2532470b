import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { tagBytes } from './datagram-header.ts'

/**
 * AES-256-GCM under one key, for datagrams. Two things do it: node:crypto here, which runs everywhere, and on the cloud OpenSSL without
 * the way through node:crypto, which costs more than the cipher itself (docs/adr/0015). Both keep the same contract suite.
 */
export type DatagramCipher = {
  /** Writes the ciphertext and then the tag of 16 bytes into `into`, which is that much longer than `plaintext`. */
  readonly seal: (nonce: Uint8Array, header: Uint8Array, plaintext: Uint8Array, into: Uint8Array) => void
  /** `sealed` is ciphertext and tag. Memory that nobody else has; undefined when it does not authenticate. */
  readonly open: (nonce: Uint8Array, header: Uint8Array, sealed: Uint8Array) => Uint8Array | undefined
}

/** Throws RangeError when the key is not 32 bytes. */
export type CreateDatagramCipher = (key: Uint8Array) => DatagramCipher

const keyBytes = 32
const algorithm = 'aes-256-gcm'
const options = { authTagLength: tagBytes } as const

export const checkKey = (key: Uint8Array): void => {
  if (key.length !== keyBytes) throw new RangeError(`an AES-256 key has ${keyBytes} bytes, got ${key.length}`)
}

export const createNodeCipher: CreateDatagramCipher = (keyMaterial) => {
  checkKey(keyMaterial)
  const key = createSecretKey(keyMaterial)
  return {
    seal: (nonce, header, plaintext, into) => {
      const gcm = createCipheriv(algorithm, key, nonce, options)
      gcm.setAAD(header)
      into.set(gcm.update(plaintext))
      gcm.final()
      into.set(gcm.getAuthTag(), plaintext.length)
    },
    open: (nonce, header, sealed) => {
      const tagOffset = sealed.length - tagBytes
      const gcm = createDecipheriv(algorithm, key, nonce, options)
      gcm.setAuthTag(sealed.subarray(tagOffset))
      gcm.setAAD(header)
      const plaintext = gcm.update(sealed.subarray(0, tagOffset))
      try {
        gcm.final()
      } catch {
        // The only way node:crypto has to say that the tag is wrong.
        return undefined
      }
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
    },
  }
}
