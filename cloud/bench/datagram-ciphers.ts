import { createDecipheriv, createSecretKey } from 'node:crypto'
import { createOpener, createSealer, type StreamKey } from '@mynah/shared/wire/datagram.ts'
import { type CreateDatagramCipher, createNodeCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import { loadOpenSslCipher } from '../src/bridge/plane/openssl-cipher.ts'

/**
 * `npx tsx cloud/bench/datagram-ciphers.ts`: CPU time to seal and to open one audio datagram (60-byte frame, two redundant ones) with each
 * cipher, interleaved in one run, beside plain AES-256-GCM by node:crypto on as many bytes. Goal: <= 9 us per opened datagram.
 */
const stream: StreamKey = { key: new Uint8Array(32).fill(7), streamId: 0x0123_4567_89ab_cdefn, direction: 'uplink' }
const frame = new Uint8Array(60).fill(1)
const outgoing = { type: 'audio', mediaTime: 0, payload: frame, redundancy: [frame, frame] } as const
/** Few enough to stay in the cache of the CPU, as a datagram is that has just been received. */
const count = 2_000
const rounds = 41

const sealWith = (createCipher: CreateDatagramCipher) => {
  const sealer = createSealer(stream, createCipher)
  return Array.from({ length: count }, () => sealer.seal(outgoing))
}
const sealed = sealWith(createNodeCipher)
const openWith = (createCipher: CreateDatagramCipher) => {
  const opener = createOpener(stream, createCipher)
  for (const datagram of sealed) if (!opener.open(datagram).ok) throw new Error('a datagram did not open')
}
const plain = () => {
  const key = createSecretKey(stream.key)
  const nonce = new Uint8Array(12)
  for (const datagram of sealed) {
    const gcm = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    gcm.setAAD(datagram.subarray(0, 18))
    gcm.setAuthTag(datagram.subarray(datagram.length - 16))
    gcm.update(datagram.subarray(18, datagram.length - 16))
  }
}

const openSsl = loadOpenSslCipher()
if (!openSsl) console.log('This Node does not show its OpenSSL: only node:crypto is measured.')
const work: Record<string, () => unknown> = {
  'plain decryption by node:crypto': plain,
  'open, node:crypto': () => openWith(createNodeCipher),
  'seal, node:crypto': () => sealWith(createNodeCipher),
  ...(openSsl && { 'open, OpenSSL': () => openWith(openSsl), 'seal, OpenSSL': () => sealWith(openSsl) }),
}
const micros = new Map<string, number[]>()
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(work)) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    micros.set(name, [...(micros.get(name) ?? []), (user + system) / count])
  }
}
console.log(`CPU microseconds per datagram, ${rounds} rounds of ${count.toLocaleString('en')}: least, median, most`)
for (const [name, all] of micros) {
  const sorted = all.sort((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[Math.floor(rounds / 2)], sorted.at(-1)]
  console.log(`${name.padEnd(34)} ${[least, median, most].map((one) => one?.toFixed(1).padStart(6)).join('')}`)
}
