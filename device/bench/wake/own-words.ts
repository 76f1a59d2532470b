import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Microphone } from '../../src/audio/ports.ts'
import { createSileroVad } from '../../src/vad/silero.ts'
import type { OwnWord } from '../../src/wake/own-word.ts'
import { recordOwnWord } from '../../src/wake/record-own-word.ts'
import { createSpeechEmbedder } from '../../src/wake/speech-embedding.ts'
import { framesOf } from '../../test/recordings.ts'
import { speak, type Voice } from '../../test/wake/synthetic-voice.ts'
import { type Spoken, silence, spokenByOne } from './sounds.ts'

/** A word that somebody enrols, in the spelling that the voice reads, and who else might say it. */
export type Enrolment = {
  readonly word: string
  readonly text: string
  readonly voice: Voice
  readonly others: readonly Voice[]
}

export const enrolments: readonly Enrolment[] = [
  {
    word: '小智小智',
    text: 'xiao3zhi4xiao3zhi4',
    voice: 'espeak:cmn-latn-pinyin',
    others: ['espeak:cmn-latn-pinyin+f3', 'espeak:cmn-latn-pinyin+m3', 'espeak:cmn-latn-pinyin+f2'],
  },
  { word: 'computer', text: 'computer', voice: 'flite:rms', others: ['flite:slt', 'flite:awb', 'espeak:en-us'] },
  { word: 'hello mynah', text: 'hello mynah', voice: 'flite:slt', others: ['flite:rms', 'flite:awb', 'espeak:en-us'] },
]

const enrolledAt = [140, 150, 160]
const saidAt = [125, 135, 145, 155, 165, 175, 180, 130]

/** By the same way as at a speaker: three recordings, found by voice activity. */
export const enrolAll = async (): Promise<readonly OwnWord[]> => {
  const [voiceActivity, embedder] = await Promise.all([createSileroVad(), createSpeechEmbedder()])
  const words: OwnWord[] = []
  for (const { word, text, voice } of enrolments) {
    const sound = concatSamples([
      silence(400),
      ...enrolledAt.flatMap((rate) => [speak(text, voice, rate), silence(1_200)]),
    ])
    const microphone: Microphone = {
      frames: async function* () {
        yield* framesOf(sound)
      },
    }
    const deps = { microphone, voiceActivity, embedder, say: () => {} }
    const recorded = await recordOwnWord(deps, word, new AbortController().signal)
    if (!recorded.ok) throw new Error(`${word}: ${recorded.error.message}`)
    words.push(recorded.value)
  }
  await Promise.all([voiceActivity.close(), embedder.close()])
  return words
}

export const saidByOwner = ({ text, voice }: Enrolment): readonly Spoken[] => spokenByOne(text, voice, saidAt)

export const saidByOthers = ({ text, others }: Enrolment): readonly Spoken[] =>
  others.flatMap((voice) => spokenByOne(text, voice, [140, 160]))
