import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { createMixer } from '@mynah/device/audio/mixer.ts'
import { createEchoFilter, echoBlockSamples } from '@mynah/device/echo/echo-filter.ts'
import { createFourier } from '@mynah/device/echo/fourier.ts'
import { openTurn, stepEndpointing } from '@mynah/device/turn/endpointing.ts'
import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import { levelDbfs, mixInto } from '@mynah/shared/audio/pcm.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'
import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { createOpener, createSealer, type StreamKey } from '@mynah/shared/wire/datagram.ts'
import { decodeFromDevice, encodeMessage } from '@mynah/shared/wire/message.ts'

/** One thing that is done over and over, beside the least that it could cost. */
export type MicroCase = {
  readonly name: string
  readonly work: () => unknown
  readonly baseline: { readonly name: string; readonly work: () => unknown }
}

const stream: StreamKey = { key: new Uint8Array(32).fill(7), streamId: 0x0123_4567_89ab_cdefn, direction: 'uplink' }
const opusFrame = new Uint8Array(60).fill(1)
const redundancy = [opusFrame, opusFrame]
const outgoing = { type: 'audio', mediaTime: 0, payload: opusFrame, redundancy } as const

const wireCases = (): readonly MicroCase[] => {
  const key = createSecretKey(stream.key)
  const nonce = Buffer.alloc(12)
  const header = new Uint8Array(18)
  const plaintext = new Uint8Array(opusFrame.length * 3 + 3)
  const options = { authTagLength: 16 } as const
  const encrypt = () => {
    const gcm = createCipheriv('aes-256-gcm', key, nonce, options)
    gcm.setAAD(header)
    const bytes = gcm.update(plaintext)
    gcm.final()
    return { bytes, tag: gcm.getAuthTag() }
  }
  const target = encrypt()
  const decrypt = () => {
    const gcm = createDecipheriv('aes-256-gcm', key, nonce, options)
    gcm.setAuthTag(target.tag)
    gcm.setAAD(header)
    const bytes = gcm.update(target.bytes)
    gcm.final()
    return bytes
  }
  const sealing = createSealer(stream)
  const sealed = Array.from({ length: 2_000 }, () => sealing.seal(outgoing))
  let opener = createOpener(stream)
  let next = 0
  const open = () => {
    if (next === sealed.length) {
      opener = createOpener(stream)
      next = 0
    }
    const opened = opener.open(sealed[next++] ?? opusFrame)
    if (!opened.ok) throw new Error(opened.error.message)
    return opened.value
  }
  return [
    { name: 'open a datagram', work: open, baseline: { name: 'AES-256-GCM alone', work: decrypt } },
    {
      name: 'seal a datagram',
      work: () => sealing.seal(outgoing),
      baseline: { name: 'AES-256-GCM alone', work: encrypt },
    },
  ]
}

const jitterCase = (): MicroCase => {
  const options = {
    frameMs: 20,
    targetMs: 0,
    maxMs: 2_000,
    sampleRateHz: 16_000,
    mode: 'reorder',
    reorderWaitMs: 60,
  } as const
  const buffer = createJitterBuffer(options)
  const map = new Map<number, Uint8Array>()
  let sequence = 0
  let plain = 0
  return {
    name: 'jitter buffer: one frame in and out',
    work: () => {
      buffer.push({ sequence, mediaTime: sequence * 320, frame: opusFrame, redundancy }, sequence * 20)
      sequence++
      const popped = buffer.pop(sequence * 20)
      if (popped.type !== 'frame') throw new Error(`a frame was expected, ${popped.type} came`)
      return popped
    },
    baseline: {
      name: 'a Map, set, get and delete',
      work: () => {
        map.set(plain, opusFrame)
        const frame = map.get(plain)
        map.delete(plain++)
        return frame
      },
    },
  }
}

const echoCase = (): MicroCase => {
  const filter = createEchoFilter()
  const played = Float64Array.from({ length: echoBlockSamples }, (_, n) => 5_000 * Math.sin(n * n))
  const heard = played.map((value, n) => value * 0.5 + (n % 7))
  const fourier = createFourier(1_024)
  const time = new Float64Array(fourier.size)
  time.set(played)
  const [a, b] = [fourier.newSpectrum(), fourier.newSpectrum()]
  return {
    name: 'echo canceller: 20 ms, while something is played',
    work: () => filter.cancel(played, heard),
    baseline: {
      name: 'its Fourier transforms alone',
      work: () => {
        fourier.transform(time, a)
        fourier.transform(time, b)
        fourier.inverse(a, time)
        for (let pair = 0; pair < 3; pair++) fourier.inTimeDomain(a, b, () => {})
        return time
      },
    },
  }
}

const mixerCase = (): MicroCase => {
  const samples = new Int16Array(240).fill(1_000)
  const source = { read: () => ({ type: 'samples', samples }) as const }
  const mixer = createMixer({ volume: 70 })
  mixer.play({ kind: 'reply', source })
  mixer.play({ kind: 'media', source })
  const target = new Int16Array(240)
  return {
    name: 'mixer: 10 ms of two sounds',
    work: mixer.render,
    baseline: {
      name: 'adding the same samples',
      work: () => {
        target.fill(0)
        mixInto(target, samples, 0.5)
        mixInto(target, samples, 0.5)
        return target
      },
    },
  }
}

const resamplerCase = (): MicroCase => {
  const samples = Int16Array.from({ length: 480 }, (_, index) => Math.round(6_000 * Math.sin(index / 5)))
  const resampler = createResampler({ fromHz: 24_000, toHz: 16_000 })
  const taps = new Float64Array(105).fill(0.01)
  const out = new Int16Array(320)
  return {
    name: 'resampler: 20 ms from 24 to 16 kHz',
    work: () => resampler.push(samples),
    baseline: {
      name: 'as many multiplications',
      work: () => {
        for (let at = 0; at < out.length; at++) {
          let sum = 0
          for (let tap = 0; tap < taps.length; tap++) sum += (taps[tap] ?? 0) * (samples[(at + tap) % 375] ?? 0)
          out[at] = sum
        }
        return out
      },
    },
  }
}

const endpointingCase = (): MicroCase => {
  let state = openTurn({ atMs: 0 })
  let atMs = 0
  const samples = Int16Array.from({ length: 512 }, (_, index) => Math.round(3_000 * Math.sin(index / 7)))
  return {
    name: 'endpointing: one frame of 32 ms',
    work: () => {
      atMs += 32
      const isSpeech = atMs % 1_500 < 1_000
      const levels = { speechProbability: isSpeech ? 0.9 : 0.1, levelDbfs: isSpeech ? -25 : -60 }
      const [next, decision] = stepEndpointing(state, { type: 'frame', atMs, frameMs: 32, ...levels })
      state = decision.type === 'end_of_turn' ? openTurn({ atMs }) : next
      return decision
    },
    baseline: { name: 'the level of the same frame', work: () => levelDbfs(samples) },
  }
}

const grammarCases = (): readonly MicroCase[] =>
  (['en', 'zh'] as const).map((language) => {
    const grammar = grammarFor(language)
    const text = language === 'en' ? 'set a timer for twenty five minutes' : '二十五分钟后提醒我'
    return {
      name: `template matcher: a command (${language})`,
      work: () => grammar.understand(text),
      baseline: { name: 'cutting it into words', work: () => grammar.wordsOf(text) },
    }
  })

const jsonCases = (): readonly MicroCase[] => {
  const status = {
    online: true,
    firmware: '0.1.0',
    uptime_ms: 123_456,
    volume: 40,
    muted: false,
    temperature_c: 45,
    phase: 'idle',
    config_version: 3,
  } as const
  const bytes = encodeMessage('status', status)
  const text = new TextDecoder()
  const encoder = new TextEncoder()
  return [
    {
      name: 'status message: bytes to checked value',
      work: () => decodeFromDevice('status', bytes),
      baseline: { name: 'JSON.parse', work: () => JSON.parse(text.decode(bytes)) },
    },
    {
      name: 'status message: value to bytes',
      work: () => encodeMessage('status', status),
      baseline: { name: 'JSON.stringify', work: () => encoder.encode(JSON.stringify(status)) },
    },
  ]
}

export const microCases = (): readonly MicroCase[] => [
  ...wireCases(),
  jitterCase(),
  mixerCase(),
  echoCase(),
  resamplerCase(),
  endpointingCase(),
  ...grammarCases(),
  ...jsonCases(),
]
