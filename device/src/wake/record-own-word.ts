import { concatSamples, levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { type RecordingQuality, recordingsNeeded } from '@mynah/shared/wire/own-words.ts'
import { captureFrameMs, captureSampleRateHz, type Microphone } from '../audio/ports.ts'
import type { VoiceActivityDetector } from '../vad/voice-activity.ts'
import { judgeRecordings, type OwnWord } from './own-word.ts'
import type { OwnWordEars } from './own-word-ears.ts'
import { embeddingChunkSamples, embeddingSize } from './speech-embedding.ts'

const samplesPerMs = captureSampleRateHz / 1_000
const framesOf = (ms: number) => Math.ceil(ms / captureFrameMs)

/** Sound with one utterance in it, and where that begins and ends. */
export type Utterance = { readonly samples: Int16Array; readonly startMs: number; readonly endMs: number }

// An embedding looks back 775 ms. The first rows of a recording see mostly what came before the word, the rows after its end mostly
// what came behind, and each row behind the end also delays the decision by 80 ms.
const firstRowMs = 400
const lastRowMs = 160
/** Silence to begin with, so that the view of the first row holds no older sound. */
const leadMs = 1_600

/** What an utterance sounds like, as rows of embeddings. Resets the embedder. */
export const templateOf = async (embedder: OwnWordEars['embedder'], heard: Utterance): Promise<Float32Array> => {
  embedder.reset()
  const sound = concatSamples([new Int16Array(leadMs * samplesPerMs), heard.samples])
  const rows: Float32Array[] = []
  for (let end = embeddingChunkSamples; end <= sound.length; end += embeddingChunkSamples) {
    const row = await embedder.embed(sound.subarray(end - embeddingChunkSamples, end))
    const atMs = end / samplesPerMs - leadMs
    if (atMs >= heard.startMs + firstRowMs && atMs <= heard.endMs + lastRowMs) rows.push(row)
  }
  const template = new Float32Array(rows.length * embeddingSize)
  for (const [index, row] of rows.entries()) template.set(row, index * embeddingSize)
  return template
}

const mostTries = 8
const shortestMs = 450
const longestMs = 1_500
const quietestDbfs = -50
/** No voice for so long: the word was said. */
const pauseMs = 500
const beforeMs = 300
const speechBegins = 0.6
const speechGoesOn = 0.35
const longestWaitMs = 20_000

type WordFailure = { readonly code: 'no_voice' | 'not_alike' | 'aborted'; readonly message: string }

type UtteranceFault = Extract<RecordingQuality, 'too_short' | 'too_long' | 'too_quiet'>

/** What it is to be judged by; the level is that of the voice alone. */
export const measuresOf = ({ samples, startMs, endMs }: Utterance) => ({
  lengthMs: endMs - startMs,
  levelDbfs: levelDbfs(samples.subarray(startMs * samplesPerMs, endMs * samplesPerMs)),
})

/** Why an utterance cannot be learned from. */
export const faultOf = (measured: ReturnType<typeof measuresOf>): UtteranceFault | undefined => {
  if (measured.lengthMs < shortestMs) return 'too_short'
  if (measured.lengthMs > longestMs) return 'too_long'
  return measured.levelDbfs < quietestDbfs ? 'too_quiet' : undefined
}

/** For who said it. */
const faultSentences: Readonly<Record<UtteranceFault, string>> = {
  too_short: 'That was too short to tell from other sounds: a word of three or four syllables works best.',
  too_long: `That was too long: ${longestMs / 1_000} seconds at most.`,
  too_quiet: 'That was too quiet: come closer, or speak up.',
}

/** Frames as they come until somebody has said something; undefined when nobody does, or when they end. */
export const nextUtterance = async (
  frames: AsyncIterator<Int16Array>,
  voiceActivity: VoiceActivityDetector,
): Promise<Utterance | undefined> => {
  const kept: Int16Array[] = []
  let startFrame: number | undefined
  let lastVoiced = 0
  for (let waited = 0; waited < framesOf(longestWaitMs); waited++) {
    const next = await frames.next()
    if (next.done) return undefined
    kept.push(next.value.slice())
    const probability = await voiceActivity.hear(next.value)
    if (startFrame === undefined) {
      if (kept.length > framesOf(beforeMs)) kept.shift()
      if (probability < speechBegins) continue
      startFrame = kept.length - 1
    }
    if (probability >= speechGoesOn) lastVoiced = kept.length
    const silentFrames = kept.length - lastVoiced
    if (silentFrames < framesOf(pauseMs)) continue
    return {
      samples: concatSamples(kept),
      startMs: startFrame * captureFrameMs,
      endMs: lastVoiced * captureFrameMs,
    }
  }
  return undefined
}

export type RecordOwnWordDeps = {
  readonly microphone: Microphone
  readonly voiceActivity: VoiceActivityDetector
  readonly embedder: OwnWordEars['embedder']
  /** Tells who sits before the speaker what to do. */
  readonly say: (sentence: string) => void
}

/** Listens to the word three times. Refuses when nobody speaks, or when the three are not one word. */
export const recordOwnWord = async (
  deps: RecordOwnWordDeps,
  word: string,
  signal: AbortSignal,
): Promise<Result<OwnWord, WordFailure>> => {
  const templates: Float32Array[] = []
  const frames = deps.microphone.frames(signal)[Symbol.asyncIterator]()
  try {
    for (let tried = 0; templates.length < recordingsNeeded && tried < mostTries; tried++) {
      deps.say(`Say "${word}" (${templates.length + 1} of ${recordingsNeeded}).`)
      const heard = await nextUtterance(frames, deps.voiceActivity)
      if (signal.aborted) return refuse({ code: 'aborted', message: 'the recording was stopped' })
      if (!heard) return refuse({ code: 'no_voice', message: 'nobody was heard: is it the right microphone?' })
      const fault = faultOf(measuresOf(heard))
      if (fault === undefined) templates.push(await templateOf(deps.embedder, heard))
      else deps.say(faultSentences[fault])
    }
  } finally {
    await frames.return?.()
  }
  if (templates.length < recordingsNeeded) {
    return refuse({ code: 'not_alike', message: `no ${recordingsNeeded} good recordings in ${mostTries} tries` })
  }
  const alike = judgeRecordings(templates)
  return alike.ok ? ok({ word, templates }) : refuse({ code: 'not_alike', message: alike.error.message })
}
