import { koffi } from '@mynah/shared/native/native-library.ts'
import { type CreateDatagramCipher, checkKey } from '@mynah/shared/wire/datagram-cipher.ts'
import { tagBytes } from '@mynah/shared/wire/datagram-header.ts'
import { createMemoryPieces } from './memory-pieces.ts'

/**
 * The OpenSSL that Node itself is linked with, called directly. node:crypto makes a new context for each datagram, which is most of its
 * cost; here a context lives as long as its key and only the nonce changes (docs/adr/0015).
 */
type OpenSsl = {
  readonly newContext: () => unknown
  readonly freeContext: (context: unknown) => void
  readonly aes256Gcm: unknown
  readonly control: (context: unknown, command: number, length: number, bytes: Uint8Array) => number
  readonly encrypt: Direction
  readonly decrypt: Direction
}
/** EVP_EncryptX and EVP_DecryptX. Each answers 1 when it did its work. */
type Direction = {
  readonly init: (
    context: unknown,
    cipher: unknown,
    engine: null,
    key: Uint8Array | null,
    nonce: Uint8Array | null,
  ) => number
  readonly update: (
    context: unknown,
    out: Uint8Array | null,
    outLength: Uint8Array,
    bytes: Uint8Array,
    length: number,
  ) => number
  readonly final: (context: unknown, out: Uint8Array, outLength: Uint8Array) => number
}

/** EVP_CTRL_AEAD_GET_TAG and _SET_TAG of openssl/evp.h. */
const commands = { getTag: 0x10, setTag: 0x11 } as const

const bind = (): OpenSsl => {
  // null: what the running program itself offers. Node shows its OpenSSL to add-ons, whether it is built in or Debian's.
  const node = koffi.load(null)
  const direction = (name: 'Encrypt' | 'Decrypt'): Direction => ({
    init: node.func(
      `int EVP_${name}Init_ex(void *context, void *cipher, void *engine, const uint8_t *key, const uint8_t *nonce)`,
    ),
    update: node.func(
      `int EVP_${name}Update(void *context, uint8_t *out, uint8_t *outLength, const uint8_t *bytes, int length)`,
    ),
    final: node.func(`int EVP_${name}Final_ex(void *context, uint8_t *out, uint8_t *outLength)`),
  })
  return {
    newContext: node.func('void *EVP_CIPHER_CTX_new()'),
    freeContext: node.func('void EVP_CIPHER_CTX_free(void *context)'),
    aes256Gcm: node.func('void *EVP_aes_256_gcm()')(),
    control: node.func('int EVP_CIPHER_CTX_ctrl(void *context, int command, int length, uint8_t *bytes)'),
    encrypt: direction('Encrypt'),
    decrypt: direction('Decrypt'),
  }
}

const createCipherOf = (openSsl: OpenSsl): CreateDatagramCipher => {
  const { encrypt, decrypt, control, aes256Gcm } = openSsl
  // About a kilobyte per key, outside of what the collector counts; it goes when the stream that held the key is collected.
  const contexts = new FinalizationRegistry<unknown>(openSsl.freeContext)
  // Scratch of calls that are over before the next begins.
  const outLength = new Uint8Array(4)
  const tag = new Uint8Array(tagBytes)
  const pieceOf = createMemoryPieces()
  const nothing = new Uint8Array(tagBytes)

  const succeed = (answer: number, what: string) => {
    if (answer !== 1) throw new Error(`OpenSSL could not ${what}`)
  }
  return (key) => {
    checkKey(key)
    const contextFor = (direction: Direction, owner: object): unknown => {
      const context = openSsl.newContext()
      contexts.register(owner, context)
      succeed(direction.init(context, aes256Gcm, null, key, null), 'take a key')
      return context
    }
    // A stream uses one of the two.
    let sealing: unknown
    let opening: unknown
    const cipher: ReturnType<CreateDatagramCipher> = {
      seal: (nonce, header, plaintext, into) => {
        sealing ??= contextFor(encrypt, cipher)
        succeed(encrypt.init(sealing, null, null, null, nonce), 'take a nonce')
        succeed(encrypt.update(sealing, null, outLength, header, header.length), 'authenticate a header')
        // GCM gives a byte for a byte: `into` has room for them and the tag.
        succeed(encrypt.update(sealing, into, outLength, plaintext, plaintext.length), 'encrypt')
        succeed(encrypt.final(sealing, nothing, outLength), 'finish')
        succeed(control(sealing, commands.getTag, tagBytes, tag), 'make a tag')
        into.set(tag, plaintext.length)
      },
      open: (nonce, header, sealed) => {
        opening ??= contextFor(decrypt, cipher)
        const tagOffset = sealed.length - tagBytes
        const plaintext = pieceOf(tagOffset)
        succeed(decrypt.init(opening, null, null, null, nonce), 'take a nonce')
        succeed(control(opening, commands.setTag, tagBytes, sealed.subarray(tagOffset)), 'take a tag')
        succeed(decrypt.update(opening, null, outLength, header, header.length), 'authenticate a header')
        succeed(decrypt.update(opening, plaintext, outLength, sealed, tagOffset), 'decrypt')
        return decrypt.final(opening, nothing, outLength) === 1 ? plaintext : undefined
      },
    }
    return cipher
  }
}

/** undefined where Node does not show its OpenSSL; node:crypto does the same work there. */
export const loadOpenSslCipher = (): CreateDatagramCipher | undefined => {
  try {
    return createCipherOf(bind())
  } catch {
    // koffi throws for a name that it does not find.
    return undefined
  }
}
