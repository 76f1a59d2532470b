import { createOpener, createSealer, type StreamKey } from '@mynah/shared/wire/datagram.ts'
import { createNodeCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import { describe, expect, it } from 'vitest'
import { datagramContract } from '../../../../shared/test/wire/datagram-contract.ts'
import { loadOpenSslCipher } from '../../../src/bridge/plane/openssl-cipher.ts'

const createOpenSslCipher = loadOpenSslCipher()

describe.runIf(createOpenSslCipher)('where Node shows its OpenSSL', () => {
  const cipher = createOpenSslCipher ?? createNodeCipher
  datagramContract('with OpenSSL itself', cipher)

  const stream: StreamKey = { key: new Uint8Array(32).fill(5), streamId: 9n, direction: 'uplink' }

  it('what one of the ciphers seals the other opens', () => {
    for (const [sealing, opening] of [
      [cipher, createNodeCipher],
      [createNodeCipher, cipher],
    ] as const) {
      const sealer = createSealer(stream, sealing)
      const opener = createOpener(stream, opening)
      for (const size of [1, 15, 16, 17, 60, 700]) {
        const payload = Uint8Array.from({ length: size }, (_, index) => (index * 7) & 0xff)
        expect(opener.open(sealer.seal({ type: 'audio', mediaTime: 0, payload }))).toMatchObject({ value: { payload } })
      }
    }
  })

  it('keys of streams that take turns do not mix', () => {
    const pairs = Array.from({ length: 50 }, (_, index) => {
      const own = { ...stream, key: new Uint8Array(32).fill(index), streamId: BigInt(index) }
      return { sealer: createSealer(own, createNodeCipher), opener: createOpener(own, cipher) }
    })
    for (let round = 0; round < 20; round++) {
      for (const { sealer, opener } of pairs) {
        expect(opener.open(sealer.seal({ type: 'audio', mediaTime: 0, payload: Uint8Array.of(round) })).ok).toBe(true)
      }
    }
  })

  it('a forged datagram leaves a stream as able to open as it was', () => {
    const sealer = createSealer(stream, cipher)
    const opener = createOpener(stream, cipher)
    const sealed = sealer.seal({ type: 'audio', mediaTime: 0, payload: Uint8Array.of(1, 2, 3) })
    const forged = sealed.slice()
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1
    for (let times = 0; times < 100; times++) expect(opener.open(forged).ok).toBe(false)
    expect(opener.open(sealed)).toMatchObject({ value: { payload: Uint8Array.of(1, 2, 3) } })
  })
})

it('takes no key of another length', () => {
  expect(() => createOpenSslCipher?.(new Uint8Array(31)) ?? createNodeCipher(new Uint8Array(31))).toThrow(
    'an AES-256 key has 32 bytes, got 31',
  )
})
