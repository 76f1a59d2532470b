import { createJitterBuffer } from '../src/audio/jitter-buffer.ts'
import { createOpusDecoder, createOpusEncoder } from '../src/audio/opus.ts'
import { decodeWav, encodeWav } from '../src/audio/wav.ts'
import type { Random } from '../src/streams/random.ts'
import { createOpener, createSealer, peekStreamId, type StreamKey } from '../src/wire/datagram.ts'
import { datagramTypes } from '../src/wire/datagram-header.ts'
import { parseEnrolmentToken } from '../src/wire/enrolment.ts'
import { decodeFromDevice, decodeToDevice, encodeMessage, parseTopic } from '../src/wire/message.ts'
import { type FromDeviceKind, fromDevice, type ToDeviceKind, toDevice } from '../src/wire/topics.ts'

/** One kind of hostile input: `createRound` makes the state that lives through all rounds, each round throws when a promise is broken. */
export type FuzzTarget = { readonly name: string; readonly createRound: (random: Random) => () => void }

const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const pick = <T>(random: Random, from: readonly T[]): T => {
  const picked = from[below(random, from.length)]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}
const randomBytes = (random: Random, maxLength: number): Uint8Array =>
  Uint8Array.from({ length: below(random, maxLength + 1) }, () => below(random, 256))

/** A copy that is flipped, cut, extended or repeated somewhere; now and then as it was. */
const mutate = (random: Random, bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  for (let changes = below(random, 4); changes > 0 && copy.length > 0; changes--) {
    const at = below(random, copy.length)
    copy[at] = random() < 0.5 ? (copy[at] ?? 0) ^ (1 << below(random, 8)) : pick(random, [0, 1, 0x7f, 0x80, 0xff])
  }
  const shape = random()
  if (shape < 0.15) return copy.subarray(0, below(random, copy.length + 1))
  if (shape < 0.25) return Uint8Array.of(...copy, ...randomBytes(random, 20))
  return copy
}
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

const datagrams: FuzzTarget = {
  name: 'datagram',
  createRound: (random) => {
    const stream: StreamKey = { key: new Uint8Array(32).fill(9), streamId: 77n, direction: 'uplink' }
    const sealer = createSealer(stream)
    const opener = createOpener(stream)
    return () => {
      const sealed = sealer.seal({
        type: pick(random, datagramTypes),
        mediaTime: below(random, 2 ** 32),
        payload: Uint8Array.of(1, ...randomBytes(random, 30)),
        redundancy: [randomBytes(random, 20), randomBytes(random, 20)],
      })
      const hostile = random() < 0.1 ? randomBytes(random, 1_300) : mutate(random, sealed)
      peekStreamId(hostile)
      const opened = opener.open(hostile)
      if (opened.ok && !same(hostile, sealed)) throw new Error('a forged datagram was opened')
      const genuine = opener.open(sealed)
      if (opened.ok && genuine.ok) throw new Error('a datagram was opened twice')
      if (!(opened.ok || genuine.ok || genuine.error.code === 'replayed')) throw new Error(genuine.error.code)
    }
  },
}

const messages: FuzzTarget = {
  name: 'message',
  createRound: (random) => {
    // Object.keys widens the keys of the map to string.
    const fromKinds = Object.keys(fromDevice) as FromDeviceKind[]
    const toKinds = Object.keys(toDevice) as ToDeviceKind[]
    const sessionId = 'A'.repeat(22)
    const seeds = [
      encodeMessage('transcript', { session_id: sessionId, text: 'what time is it', final: true }),
      encodeMessage('command', { command_id: 'c', command: { type: 'set_volume', volume: 3 } }),
      encodeMessage('status', { online: true, volume: 40, phase: 'idle' }),
      encodeMessage('config', { version: 3, wake: { words: ['hey jarvis'], preset: 'normal' } }),
      new TextEncoder().encode('{"v":1,"__proto__":{"x":1},"items":[[[[{}]]]],"n":1e999}'),
    ]
    return () => {
      const payload = random() < 0.2 ? randomBytes(random, 60) : mutate(random, pick(random, seeds))
      decodeFromDevice(pick(random, fromKinds), payload)
      decodeToDevice(pick(random, toKinds), payload)
      parseTopic(`device/${String.fromCharCode(...payload.subarray(0, 20))}`)
      parseEnrolmentToken(`mynah1.${String.fromCharCode(...payload)}`)
      if ('x' in {}) throw new Error('a message reached the prototype of all objects')
    }
  },
}

const wavs: FuzzTarget = {
  name: 'wav',
  createRound: (random) => {
    const seed = encodeWav(
      Int16Array.from({ length: 40 }, (_, i) => i * 700),
      16_000,
    )
    return () => {
      const bytes = mutate(random, mutate(random, seed))
      const decoded = decodeWav(bytes)
      if (decoded.ok && decoded.value.samples.length > bytes.length) throw new Error('more samples than bytes')
    }
  },
}

const opus: FuzzTarget = {
  name: 'opus',
  createRound: (random) => {
    const encoder = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 1 })
    const decoder = createOpusDecoder({ sampleRateHz: 16_000 })
    const seeds = Array.from({ length: 20 }, () =>
      encoder.encode(Int16Array.from({ length: 320 }, () => (random() - 0.5) * 20_000)),
    )
    return () => {
      const decoded = decoder.decode(random() < 0.2 ? randomBytes(random, 100) : mutate(random, pick(random, seeds)))
      if (decoded.ok && decoded.value.length !== 320) throw new Error('a packet of another length came through')
      if (random() < 0.1 && decoder.conceal().length !== 320) throw new Error('concealment of another length')
    }
  },
}

const jitterBuffers: FuzzTarget = {
  name: 'jitter-buffer',
  createRound: (random) => {
    const frame = new Uint8Array(4)
    const make = () =>
      createJitterBuffer({
        frameMs: 20,
        targetMs: 60,
        maxMs: 200,
        sampleRateHz: 16_000,
        mode: pick(random, ['playout', 'reorder']),
        reorderWaitMs: 60,
        adaptive: random() < 0.5,
      })
    let buffer = make()
    let nowMs = 0
    let sequence = 0
    return () => {
      nowMs += below(random, 30)
      sequence += random() < 0.02 ? below(random, 2 ** 32) : below(random, 5) - 1
      const redundancy = Array.from({ length: below(random, 4) }, () => frame)
      buffer.push({ sequence: sequence >>> 0, mediaTime: below(random, 2 ** 32), frame, redundancy }, nowMs)
      buffer.pop(nowMs)
      if (buffer.bufferedMs() > 200) throw new Error('more than its bound is buffered')
      if (random() < 0.005) buffer.end(below(random, 2 ** 32), nowMs, { mediaTime: 0, redundancy })
      if (random() < 0.005) buffer.reset()
      if (random() < 0.001) buffer = make()
      const wrong = Object.values(buffer.stats()).find((counter) => !(Number.isInteger(counter) && counter >= 0))
      if (wrong !== undefined) throw new Error(`a counter of ${wrong}`)
    }
  },
}

export const fuzzTargets: readonly FuzzTarget[] = [datagrams, messages, wavs, opus, jitterBuffers]
