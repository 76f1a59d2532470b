import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { playbackSampleRateHz } from '../audio/ports.ts'

const digits = [
  'digit_0',
  'digit_1',
  'digit_2',
  'digit_3',
  'digit_4',
  'digit_5',
  'digit_6',
  'digit_7',
  'digit_8',
  'digit_9',
] as const
export type ClaimPhraseName = 'claim_intro' | 'claim_again' | 'claim_done' | (typeof digits)[number]

export const claimPhraseNames: readonly ClaimPhraseName[] = ['claim_intro', 'claim_again', 'claim_done', ...digits]

/** Slow enough to write along: a pause after each digit, a longer one after three. */
const pauseMs = { digit: 450, group: 1_000, sentence: 700 } as const
const digitsInGroup = 3

type PhraseOf = (name: ClaimPhraseName) => Int16Array | undefined

const silence = (ms: number) => new Int16Array(Math.round((ms * playbackSampleRateHz) / 1_000))

const digitsOf = (code: string, phraseOf: PhraseOf): Int16Array[] | undefined => {
  const parts: Int16Array[] = []
  for (const [at, digit] of [...code].entries()) {
    const name = digits[Number(digit)]
    const sound = name && phraseOf(name)
    if (!sound) return undefined
    const isGroupEnd = (at + 1) % digitsInGroup === 0
    parts.push(sound, silence(isGroupEnd ? pauseMs.group : pauseMs.digit))
  }
  return parts
}

/**
 * The code as sound, mono at 24 kHz, said twice; with `introduction` it says first what the code is for. Undefined while a digit is not
 * there: half a code is worse than none.
 */
export const spokenCode = (code: string, phraseOf: PhraseOf, introduction: boolean): Int16Array | undefined => {
  const spoken = digitsOf(code, phraseOf)
  if (!spoken) return undefined
  const sentence = (name: ClaimPhraseName) => {
    const sound = phraseOf(name)
    return sound ? [sound, silence(pauseMs.sentence)] : []
  }
  const parts = [...(introduction ? sentence('claim_intro') : []), ...spoken, ...sentence('claim_again'), ...spoken]
  return concatSamples(parts)
}

/** Pauses between one saying and the next; after the last one the speaker is quiet until somebody wakes it or presses its button. */
const repeatAfterMs = [20_000, 40_000, 90_000, 180_000] as const

/** How long to wait before it is said again; undefined: not by itself. */
export const repeatDelayMs = (timesSaid: number): number | undefined => repeatAfterMs[timesSaid - 1]
