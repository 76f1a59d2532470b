import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyGain, concatSamples, gainOfDb, levelDbfs, mixInto } from '@mynah/shared/audio/pcm.ts'
import { findEnglishModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { hasRecordings, kitchenNoise, recording, recordingsIn, soundOf } from '../../test/recordings.ts'
import { speak, type Voice } from '../../test/wake/synthetic-voice.ts'
import { voiceSpanOf } from '../spoken-turn.ts'

/** All sound is Int16Array, 16 kHz mono. */
export const silence = (ms: number) => new Int16Array(ms * 16)

export const voices: readonly Voice[] = [
  'flite:slt',
  'flite:rms',
  'flite:awb',
  'flite:kal16',
  'espeak:en-us',
  'espeak:en-gb',
  'espeak:en-us+f3',
  'espeak:en-us+m3',
]
const rates = [140, 170]
/** Alone at four places within a hop, for how late the decision falls; then as people talk. */
const followers = ['', '', '', '', ', what time is it', ', stop']

/** A wake word that somebody says; `wordEndMs` only where the word stands alone and its end is beyond doubt. */
export type Spoken = { readonly name: string; readonly sound: Int16Array; readonly wordEndMs: number | undefined }

const spokenBy = (text: string, voice: Voice, of: { rate: number; leadMs: number; alone: boolean }): Spoken => {
  const voiced = speak(text, voice, of.rate)
  const sound = concatSamples([silence(of.leadMs), voiced, silence(1_000)])
  const wordEndMs = of.alone ? of.leadMs + voiceSpanOf(voiced).endMs : undefined
  return { name: `${voice} ${of.rate} "${text}"`, sound, wordEndMs }
}

/** Eight voices, two rates, alone four times and before two commands. */
export const spokenWords = (word: string): readonly Spoken[] =>
  voices.flatMap((voice) =>
    rates.flatMap((rate) =>
      followers.map((follower, index) => {
        // A quarter of a hop further each time: the word must be heard wherever it falls between two hops.
        const leadMs = 1_500 + 20 * ((index + rate / 10) % 4)
        return spokenBy(word.replace('_', ' ') + follower, voice, { rate, leadMs, alone: follower === '' })
      }),
    ),
  )

/** One voice at rates of its own, for a word that knows one voice only. */
export const spokenByOne = (text: string, voice: Voice, at: readonly number[]): readonly Spoken[] =>
  at.map((rate, index) => spokenBy(text, voice, { rate, leadMs: 1_500 + 20 * (index % 4), alone: true }))

/** Kitchen noise under it, `snrDb` below the voice, from another place of the recording for each `offset`. */
export const inNoise = (sound: Int16Array, noise: Int16Array, mix: { snrDb: number; offset: number }): Int16Array => {
  if (!Number.isFinite(mix.snrDb)) return sound
  const start = mix.offset % (noise.length - sound.length)
  const under = noise.subarray(start, start + sound.length)
  const span = voiceSpanOf(sound)
  const voiceDbfs = levelDbfs(sound.subarray(span.startMs * 16, span.endMs * 16))
  const mixed = applyGain(under, gainOfDb(voiceDbfs - mix.snrDb - levelDbfs(under)))
  mixInto(mixed, sound)
  return mixed
}

/** Sound in which nobody says a wake word. Read when it is its turn: hours of it do not fit in memory at once. */
export type Negative = { readonly name: string; readonly read: () => Int16Array }

const filesInPassage = 20
const betweenFiles = silence(500)

/** Short recordings one behind the other: a detector that is started anew for each would be deaf to its first half second. */
const passagesOf = (files: readonly string[], read: (file: string) => Int16Array): readonly Negative[] =>
  Array.from({ length: Math.ceil(files.length / filesInPassage) }, (_, passage) => {
    const own = files.slice(passage * filesInPassage, (passage + 1) * filesInPassage)
    return {
      name: `${own[0]} and ${own.length - 1} more`,
      read: () => concatSamples(own.flatMap((file) => [read(file), betweenFiles])),
    }
  })

export const realSpeech = (): readonly Negative[] => {
  if (!hasRecordings) return []
  const folders = ['speech-en-commands', 'speech-en-read', 'speech-en-cards', 'speech-zh']
  const files = folders.flatMap(recordingsIn)
  return [...passagesOf(files, recording), { name: 'kitchen.wav', read: kitchenNoise }]
}

/** WAV files of any folder: somebody's own radio, television, party. */
export const soundsIn = (folder: string): readonly Negative[] =>
  passagesOf(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.wav'))
      .sort(),
    (file) => soundOf(readFileSync(join(folder, file))),
  )

const alike = [
  'hey travis',
  'hey jenny',
  'hey charles',
  'harvest',
  'a lexus',
  'alex said',
  'electric',
  'hey my craft',
  'hey service',
  'jarring',
]
export const alikeWords = (): readonly Negative[] =>
  alike.flatMap((text) =>
    voices.map((voice) => ({
      name: `${voice} "${text}"`,
      read: () => concatSamples([silence(1_000), speak(text, voice), silence(1_000)]),
    })),
  )

const isWakeWord = /jarvis|jervis|alexa|mycroft|rhasspy/i

const documents = fileURLToPath(new URL('../../../docs/', import.meta.url))
/** What people write: the documentation of this repository, without the lines that name a wake word. */
const sentencesOfDocuments = (): readonly string[] =>
  readdirSync(documents, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort()
    .flatMap((file) => readFileSync(join(documents, file), 'utf8').split(/\n\s*\n|\|/))
    .map((text) => text.replace(/[^A-Za-z0-9,.;:' -]+/g, ' ').replace(/^[^A-Za-z]+/, ''))
    .filter((text) => text.length > 30 && text.length < 600 && !isWakeWord.test(text))

const dictionaryWords = (): readonly string[] => {
  const file = findEnglishModel()?.dictionaryFile
  if (file === undefined || !existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((word) => /^[a-z']+$/.test(word) && !isWakeWord.test(word))
}

const wordsInPassage = 40

/**
 * Endless reading by the eight voices: one passage in two of documentation, the other of words picked at random from 130,000 of a
 * dictionary, where nearly every order of sounds that English has comes up. Another seed reads other passages.
 */
export const readAloud = function* (seed: number): Generator<Negative> {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const sentences = sentencesOfDocuments()
  const words = dictionaryWords()
  for (let passage = 0; ; passage++) {
    const ofWords = passage % 2 === 1 && words.length > 0
    const text = ofWords
      ? Array.from({ length: wordsInPassage }, () => pick(words)).join(' ')
      : `${pick(sentences)}. ${pick(sentences)}`
    const voice = pick(voices) ?? 'flite:slt'
    const rate = 130 + Math.floor(random() * 60)
    yield {
      name: `${voice} ${rate} ${ofWords ? 'words' : 'documentation'} ${passage}`,
      read: () => speak(text, voice, rate),
    }
  }
}
