import type { WakeDetection, WakePreset } from './wake-word.ts'

export type ScoreLimits = {
  /** A score from here up is a detection, also one that a word would come to if it were over now. */
  readonly one: number
  /** So is what the newest three come to together: a word in noise scores less, but for longer than a sound that is like it. */
  readonly three: number
}

/** When scores become a detection. */
export type TriggerRule = {
  /** Where a voice stands out: words score high there, so less than that is something else. */
  readonly quiet: ScoreLimits
  /** Where it hardly does. */
  readonly noisy: ScoreLimits
  /** After a detection nothing fires for at least so long ... */
  readonly refractorySamples: number
  /** ... and until every word fell below this: one utterance of the word stays in the networks' view for over a second. */
  readonly rearmBelow: number
}

/** Chosen from the figures of `npm run wake:report`: docs/wake-words.md. */
export const triggerRuleOf = (preset: WakePreset): TriggerRule => rules[preset]

// The networks look back 2.05 s: scores of one utterance can fall and rise again for so long.
const refractorySamples = 32_800
const limitsFrom = (one: number): ScoreLimits => ({ one, three: 2 * one })
const rules: Record<WakePreset, TriggerRule> = {
  strict: { quiet: limitsFrom(0.8), noisy: limitsFrom(0.6), refractorySamples, rearmBelow: 0.3 },
  normal: { quiet: limitsFrom(0.75), noisy: limitsFrom(0.35), refractorySamples, rearmBelow: 0.2 },
  sensitive: { quiet: limitsFrom(0.4), noisy: limitsFrom(0.2), refractorySamples, rearmBelow: 0.1 },
}

/** Prominence (`prominence.ts`) of a voice 10 dB above a kitchen is below the first, of one 20 dB above it beyond the second. */
const noisyDb = 21
const quietDb = 25

/** What a score must come to where a voice stands out by so much. */
export const limitsAt = ({ quiet, noisy }: TriggerRule, prominenceDb: number): ScoreLimits => {
  const share = Math.min(1, Math.max(0, (prominenceDb - noisyDb) / (quietDb - noisyDb)))
  const between = (from: number, to: number) => from + share * (to - from)
  return { one: between(noisy.one, quiet.one), three: between(noisy.three, quiet.three) }
}

/**
 * For what the loudspeaker is given to play: a word that is heard in the room must have been heard there before, whatever room and
 * canceller made of it, which may be likelier than what was played: a word that reached 0.98 in the room was at 0.067 here at that
 * moment, while three hops of ninety replies without a word never came to more than 0.014. Mistakes cost little: a barge-in in the
 * same second.
 */
export const ownVoiceRule: TriggerRule = {
  quiet: limitsFrom(0.03),
  noisy: limitsFrom(0.03),
  refractorySamples: 8_000,
  rearmBelow: 0.02,
}

export type WordScore = {
  readonly word: string
  /** 0 to 1. */
  readonly score: number
  /** The most it would come to within 320 ms if nothing were said any more; absent where that was not asked. */
  readonly scoreIfOver?: number
}

const unlessNoNumber = (score: number): number => (score >= 0 ? Math.min(1, score) : 0)

/** The most that speaks for the word at this moment; a score that is no number says nothing. */
export const likelinessOf = ({ score, scoreIfOver }: WordScore): number =>
  Math.max(unlessNoNumber(score), unlessNoNumber(scoreIfOver ?? 0))

export type TriggerState =
  /** The two scores before the next one, of each word; newest first. */
  | { readonly phase: 'armed'; readonly before: ReadonlyMap<string, readonly [number, number]> }
  | { readonly phase: 'refractory'; readonly sinceSample: number }

export const armedTrigger: TriggerState = { phase: 'armed', before: new Map() }

/** One hop: what each word came to, and by how much voices stand out of the room (`prominence.ts`). */
export type Scored = {
  readonly atSample: number
  readonly prominenceDb: number
  readonly scores: readonly WordScore[]
}

const stepArmed = (
  before: ReadonlyMap<string, readonly [number, number]>,
  heard: Scored,
  rule: TriggerRule,
): readonly [TriggerState, WakeDetection | undefined] => {
  const next = new Map<string, readonly [number, number]>()
  const limits = limitsAt(rule, heard.prominenceDb)
  let best: { readonly word: string; readonly score: number } | undefined
  for (const given of heard.scores) {
    const { word } = given
    const [score, likeliness] = [unlessNoNumber(given.score), likelinessOf(given)]
    const [last, beforeLast] = before.get(word) ?? [0, 0]
    next.set(word, [score, last])
    const isHeard = likeliness >= limits.one || score + last + beforeLast >= limits.three
    if (isHeard && (!best || likeliness > best.score)) best = { word, score: likeliness }
  }
  if (!best) return [{ phase: 'armed', before: next }, undefined]
  return [
    { phase: 'refractory', sinceSample: heard.atSample },
    { ...best, atSample: heard.atSample },
  ]
}

/**
 * One hop of scores, all words of the same moment. At most one detection: of two words that fire together the higher score wins.
 * Pure; `atSample` rises from call to call.
 */
export const stepTrigger = (
  state: TriggerState,
  heard: Scored,
  rule: TriggerRule,
): readonly [TriggerState, WakeDetection | undefined] => {
  if (state.phase === 'armed') return stepArmed(state.before, heard, rule)
  const rested = heard.atSample - state.sinceSample >= rule.refractorySamples
  const quiet = heard.scores.every(({ score }) => !(score >= rule.rearmBelow))
  return [rested && quiet ? armedTrigger : state, undefined]
}
