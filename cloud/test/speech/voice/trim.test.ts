import { expect, test } from 'vitest'
import { sliceSpeech } from '../../../src/speech/voice/slices.ts'
import { trimSilence } from '../../../src/speech/voice/trim.ts'
import { readStreamedWav } from '../../../src/speech/voice/wav-stream.ts'

const sampleRateHz = 16_000
const ms = (count: number) => count * 16
const speechBetween = (beforeMs: number, soundMs: number, afterMs: number) => {
  const samples = new Int16Array(ms(beforeMs + soundMs + afterMs))
  samples.fill(3_000, ms(beforeMs), ms(beforeMs + soundMs))
  return { samples, sampleRateHz }
}

test('silence goes, a margin stays on both sides', () => {
  const { samples } = trimSilence(speechBetween(300, 500, 400), { leadMs: 20, tailMs: 60 })
  expect(samples.length).toBe(ms(20 + 500 + 60))
  expect(samples[ms(19)]).toBe(0)
  expect(samples[ms(20)]).toBe(3_000)
  expect(samples[ms(520) - 1]).toBe(3_000)
})

test('a soft beginning within the margin is not clipped', () => {
  const speech = speechBetween(300, 500, 100)
  speech.samples.fill(60, ms(285), ms(300))
  const { samples } = trimSilence(speech, {})
  expect(samples.filter((sample) => sample === 60)).toHaveLength(ms(15))
})

test('speech that starts and ends at once keeps every sample', () => {
  const speech = speechBetween(0, 200, 0)
  const { samples } = trimSilence(speech, { leadMs: 20, tailMs: 60 })
  expect(samples.subarray(0, ms(200))).toEqual(speech.samples)
  expect(samples.length).toBe(ms(260))
})

test('silence alone stays as it is', () => {
  const silent = { samples: new Int16Array(1_000), sampleRateHz }
  expect(trimSilence(silent, {})).toBe(silent)
})

test('slices together are the whole: one to start with, then none is longer than 60 ms', () => {
  const speech = speechBetween(0, 250, 0)
  const slices = [...sliceSpeech(speech, new AbortController().signal)]
  expect(slices.map(({ samples }) => samples.length)).toEqual([ms(120), ms(60), ms(60), ms(10)])
})

const wavHeader = (options: { channels?: number; bits?: number } = {}): Buffer => {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(0xffffffff, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(options.channels ?? 1, 22)
  header.writeUInt32LE(22_050, 24)
  header.writeUInt16LE(options.bits ?? 16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(0x7ffff000, 40)
  return header
}

test('a WAV written to a pipe is read in spite of its placeholder sizes', () => {
  const speech = readStreamedWav(Buffer.concat([wavHeader(), Buffer.from([1, 0, 255, 255, 9])]))
  expect(speech).toEqual({ samples: Int16Array.of(1, -1), sampleRateHz: 22_050 })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a cut header', wavHeader().subarray(0, 30)],
  ['stereo', wavHeader({ channels: 2 })],
  ['8 bit samples', wavHeader({ bits: 8 })],
  ['noise', Buffer.from('this is not a WAV file at all')],
])('%s is no speech', (_name, bytes) => {
  expect(readStreamedWav(bytes)).toBeUndefined()
})
