import type { TrialView } from '@mynah/shared/api/ai-settings.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import {
  type LanguageModel,
  type SpeechToText,
  type SpokenAudio,
  StageError,
  type TextToSpeech,
} from '../../providers/stages.ts'

type Measured = { readonly firstMs: number | null; readonly text?: string; readonly sound?: SpokenAudio }
type Words = { readonly text: string; readonly language: Language; readonly voice?: string }

/** A trial is for somebody who waits at a page. */
const limitMs = 20_000
const maxAnswerChars = 2_000
const maxSamples = 30 * 48_000

type StageTrial = (signal: AbortSignal) => Promise<Measured>

const measureWithin = async (clock: Clock, work: StageTrial, signal: AbortSignal): Promise<TrialView> => {
  const startedMs = clock.now()
  const since = () => Math.round((clock.now() - startedMs) * 10) / 10
  const nothing = { first_ms: null, text: null, wav_base64: null }
  try {
    const { firstMs, text, sound } = await work(signal)
    if (firstMs === null) {
      const message = signal.aborted ? `There was no answer in ${limitMs / 1_000} s.` : 'The engine gave nothing.'
      return {
        ...nothing,
        ok: false,
        total_ms: since(),
        error: { code: signal.aborted ? 'timeout' : 'bad_reply', message },
      }
    }
    const wav = sound && Buffer.from(encodeWav(sound.samples, sound.sampleRateHz)).toString('base64')
    const first = Math.round((firstMs - startedMs) * 10) / 10
    return { ok: true, first_ms: first, total_ms: since(), text: text ?? null, wav_base64: wav ?? null, error: null }
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    return { ...nothing, ok: false, total_ms: since(), error: { code: error.code, message: error.message } }
  }
}

/** Runs a stage and tells how long it took; what goes wrong is part of the answer. */
const measure = (clock: Clock, signal: AbortSignal, work: StageTrial): Promise<TrialView> =>
  withTimeLimit({ clock, limitMs }, (within) => measureWithin(clock, work, within), signal)

const collect = async (
  clock: Clock,
  audio: AsyncIterable<SpokenAudio>,
): Promise<{ firstMs: number | null; sound: SpokenAudio }> => {
  const pieces: Int16Array[] = []
  let sampleRateHz = 24_000
  let firstMs: number | null = null
  let length = 0
  for await (const piece of audio) {
    firstMs ??= clock.now()
    sampleRateHz = piece.sampleRateHz
    length += piece.samples.length
    if (length > maxSamples) break
    pieces.push(piece.samples)
  }
  return { firstMs, sound: { samples: concatSamples(pieces), sampleRateHz } }
}

export const tryLanguageModel = (
  clock: Clock,
  model: LanguageModel,
  { text }: Words,
  signal: AbortSignal,
): Promise<TrialView> =>
  measure(clock, signal, async (within) => {
    let answer = ''
    let firstMs: number | null = null
    for await (const event of model.reply({ messages: [{ role: 'user', content: text }], tools: [] }, within)) {
      firstMs ??= clock.now()
      if (event.type === 'text') answer += event.text
      if (answer.length > maxAnswerChars) break
    }
    return { firstMs, text: answer.slice(0, maxAnswerChars) }
  })

export const tryVoice = (clock: Clock, tts: TextToSpeech, words: Words, signal: AbortSignal): Promise<TrialView> =>
  measure(clock, signal, (within) => collect(clock, tts.synthesize(words, within)))

async function* inPieces(samples: Int16Array, pieceLength: number): AsyncGenerator<Int16Array> {
  for (let from = 0; from < samples.length; from += pieceLength) yield samples.subarray(from, from + pieceLength)
}

/** Lets the voice say the text, and the recogniser hear it; only the recogniser's time counts. */
export const tryRecogniser = async (
  clock: Clock,
  { stt, tts }: { readonly stt: SpeechToText; readonly tts: TextToSpeech },
  words: Words,
  signal: AbortSignal,
): Promise<TrialView> => {
  const voice: { sound?: SpokenAudio } = {}
  const spoken = await measure(clock, signal, async (within) => {
    const said = await collect(clock, tts.synthesize(words, within))
    voice.sound = said.sound
    return { firstMs: said.firstMs }
  })
  const { sound } = voice
  if (!spoken.ok || !sound) return spoken
  const samples = resample(sound.samples, { fromHz: sound.sampleRateHz, toHz: 16_000 })
  return measure(clock, signal, async (within) => {
    let firstMs: number | null = null
    let heard = ''
    const request = { language: words.language, sampleRateHz: 16_000 } as const
    for await (const transcript of stt.transcribe(inPieces(samples, 1_600), request, within)) {
      firstMs ??= clock.now()
      heard = transcript.text
    }
    return { firstMs, text: heard, sound }
  })
}
