import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterAll, expect, test } from 'vitest'
import { audibleRms } from '../src/audible.ts'
import { speechLevelDbfs } from '../src/noise.ts'
import { joinUtterances, sayText, utteranceOfWav } from '../src/person.ts'

const directory = mkdtempSync(join(tmpdir(), 'mynah-person-test-'))
afterAll(() => rmSync(directory, { recursive: true }))
const never = new AbortController().signal

const toneFile = (name: string, sampleRateHz: number): string => {
  const silenceSamples = sampleRateHz / 10
  const toneSamples = sampleRateHz / 2
  const samples = new Int16Array(silenceSamples * 2 + toneSamples)
  for (let at = 0; at < toneSamples; at++)
    samples[silenceSamples + at] = 3_000 * Math.sin((2 * Math.PI * 440 * at) / sampleRateHz)
  const path = join(directory, name)
  writeFileSync(path, encodeWav(samples, sampleRateHz))
  return path
}

test.each([8_000, 16_000, 22_050, 48_000])(
  'a recording at %i Hz is said at 16 kHz and at speech level',
  async (sampleRateHz) => {
    const utterance = await utteranceOfWav(toneFile(`${sampleRateHz}.wav`, sampleRateHz))
    if (!utterance.ok) throw new Error(utterance.error.message)
    const { samples, speechStartSample, speechEndSample } = utterance.value
    expect(samples.length).toBeGreaterThan(11_100)
    expect(samples.length).toBeLessThan(11_400)
    expect(Math.abs(speechStartSample - 1_600)).toBeLessThan(80)
    expect(Math.abs(speechEndSample - 9_600)).toBeLessThan(80)
    expect(Math.abs(20 * Math.log10(audibleRms(samples)) - speechLevelDbfs)).toBeLessThan(0.5)
  },
)

test.each([
  ['flite:slt', 'en', 'hey jarvis, what time is it'],
  ['espeak:en-gb', 'en', '--a sentence that looks like an option'],
  [undefined, 'zh', '现在几点'],
] as const)('voice %s speaks %s', async (voice, language, text) => {
  const utterance = await sayText({ text, language, voice }, never)
  if (!utterance.ok) throw new Error(utterance.error.message)
  expect(utterance.value.speechEndSample - utterance.value.speechStartSample).toBeGreaterThan(8_000)
  expect(utterance.value.speechEndSample).toBeLessThan(utterance.value.samples.length)
})

test('an unknown voice, a missing file, a file that is no WAV and silence are told apart', async () => {
  const text = join(directory, 'text.wav')
  writeFileSync(text, 'not a wav')
  const silent = join(directory, 'silent.wav')
  writeFileSync(silent, encodeWav(new Int16Array(16_000), 16_000))
  const codes = [
    await sayText({ text: 'hello', language: 'en', voice: '../bin/sh' }, never),
    await utteranceOfWav(join(directory, 'missing.wav')),
    await utteranceOfWav(text),
    await utteranceOfWav(silent),
  ].map((result) => (result.ok ? 'ok' : result.error.code))
  expect(codes).toEqual(['voice_unknown', 'file_unreadable', 'bad_wav', 'silent'])
})

test('two utterances are joined with exactly the pause between the speech of both', async () => {
  const tone = await utteranceOfWav(toneFile('join.wav', 16_000))
  if (!tone.ok) throw new Error(tone.error.message)
  const { speechStartSample, speechEndSample } = tone.value
  const joined = joinUtterances(tone.value, tone.value, 250)
  expect(joined.speechStartSample).toBe(speechStartSample)
  expect(joined.speechEndSample).toBe(speechEndSample + 1 + 4_000 + (speechEndSample - speechStartSample))
  expect(joined.samples.subarray(speechEndSample + 1, speechEndSample + 4_001).every((value) => value === 0)).toBe(true)
})
