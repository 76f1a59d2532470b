import { readdir, readFile } from 'node:fs/promises'
import { markerCount, markerTone } from '@mynah/shared/audio/marker-tone.ts'
import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { markerAnswer, markerSentence } from '@mynah/shared/dialogue/marker-sentence.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { sayText } from '../person.ts'
import { testDataPath } from '../repository.ts'

/** What one stream says, as Opus packets of 20 ms. */
export type Utterance = { readonly sentence: string; readonly answer: string; readonly packets: readonly Uint8Array[] }

export type UtteranceError = { readonly code: 'no_speech'; readonly message: string }

const sampleRateHz = 16_000
const frameSamples = sampleRateHz / 50
const speechMs = 1_600
const markerMs = 240
const recordingsUsed = 4
/** Different sentences with the real engines: each is synthesised by a program. */
const spokenSentences = 8

const encode = (samples: Int16Array): readonly Uint8Array[] => {
  const encoder = createOpusEncoder({ sampleRateHz, bitrateBps: 24_000, complexity: 5 })
  return Array.from({ length: Math.floor(samples.length / frameSamples) }, (_, index) =>
    encoder.encode(samples.slice(index * frameSamples, (index + 1) * frameSamples)),
  )
}

const recordingsIn = async (folder: string): Promise<readonly Int16Array[]> => {
  const names = await readdir(folder).catch((): string[] => [])
  const wavs = names
    .filter((name) => name.endsWith('.wav'))
    .sort()
    .slice(0, recordingsUsed)
  const sounds = await Promise.all(
    wavs.map(async (name) => {
      const wav = decodeWav(await readFile(`${folder}/${name}`))
      if (!wav.ok) return []
      const { samples, sampleRateHz: fromHz } = wav.value
      return [fromHz === sampleRateHz ? samples : resample(samples, { fromHz, toHz: sampleRateHz })]
    }),
  )
  return sounds.flat()
}

const say = async (text: string, signal: AbortSignal): Promise<Result<Int16Array, UtteranceError>> => {
  const said = await sayText({ text, language: 'en' }, signal)
  if (said.ok) return ok(said.value.samples)
  return refuse({
    code: 'no_speech',
    message: `There is no recorded speech beside this checkout, and no voice: ${said.error.message}`,
  })
}

/** Recorded speech with the marker of a stream at its end, for the scripted engines. */
const marked = async (signal: AbortSignal): Promise<Result<readonly Utterance[], UtteranceError>> => {
  let recordings = await recordingsIn(testDataPath('speech-en-commands'))
  if (recordings.length === 0) {
    const said = await say('hey jarvis, what time is it', signal)
    if (!said.ok) return said
    recordings = [said.value]
  }
  const utterances = Array.from({ length: markerCount }, (_, marker) => {
    const speech = recordings[marker % recordings.length] ?? new Int16Array(0)
    const head = speech.subarray(0, (speechMs * sampleRateHz) / 1_000)
    const samples = concatSamples([head, markerTone({ marker, durationMs: markerMs, sampleRateHz })])
    return { sentence: markerSentence(marker), answer: markerAnswer(marker), packets: encode(samples) }
  })
  return ok(utterances)
}

/** Sentences in a synthetic voice, for the real recogniser. */
const spoken = async (signal: AbortSignal): Promise<Result<readonly Utterance[], UtteranceError>> => {
  const utterances: Utterance[] = []
  for (let marker = 0; marker < spokenSentences; marker++) {
    const said = await say(markerSentence(marker), signal)
    if (!said.ok) return said
    const silence = new Int16Array(sampleRateHz / 4)
    const packets = encode(concatSamples([silence, said.value, silence]))
    utterances.push({ sentence: markerSentence(marker), answer: markerAnswer(marker), packets })
  }
  return ok(utterances)
}

/** What the streams of a run say. Fails with a sentence when this machine has neither recordings nor a voice. */
export const makeUtterances = (engines: 'scripted' | 'real', signal: AbortSignal) =>
  engines === 'scripted' ? marked(signal) : spoken(signal)
