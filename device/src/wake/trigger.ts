import type { WakeDetection, WakePreset } from './wake-word.ts'

/** When scores become a detection. */
export type TriggerRule = {
  /** A score from here up is a detection. */
  readonly threshold: number
  /** So is what the newest three come to together: a word in noise scores less, but for longer than a sound that is like it. */
  readonly threeThreshold: number
  /** After a detection nothing fires for at least so long ... */
  readonly refractorySamples: number
  /** ... and until every word fell below this: one utterance of the word stays in the networks' view for over a second. */
  readonly rearmBelow: number
}

/** Chosen from the figures of `npm run wake:report`: docs/wake-words.md. */
export const triggerRuleOf = (preset: WakePreset): TriggerRule => rules[preset]

// The networks look back 2.05 s: scores of one utterance can fall and rise again for so long.
const refractorySamples = 32_800
const rules: Record<WakePreset, TriggerRule> = {
  strict: { threshold: 0.6, threeThreshold: 1.2, refractorySamples, rearmBelow: 0.3 },
  normal: { threshold: 0.35, threeThreshold: 0.7, refractorySamples, rearmBelow: 0.2 },
  sensitive: { threshold: 0.2, threeThreshold: 0.4, refractorySamples, rearmBelow: 0.1 },
}

/**
 * For what the loudspeaker is given to play: a word that is heard in the room must have been heard there before, whatever room and
 * canceller made of it, which may be likelier than what was played: a word that reached 0.98 in the room was at 0.067 here at that
 * moment, while three hops of ninety replies without a word never came to more than 0.014. Mistakes cost little: a barge-in in the
 * same second.
 */
export const ownVoiceRule: TriggerRule = {
  threshold: 0.03,
  threeThreshold: 0.06,
  refractorySamples: 8_000,
  rearmBelow: 0.02,
}

export type WordScore = { readonly word: string; readonly score: number }

export type TriggerState =
  /** The two scores before the next one, of each word; newest first. */
  | { readonly phase: 'armed'; readonly before: ReadonlyMap<string, readonly [number, number]> }
  | { readonly phase: 'refractory'; readonly sinceSample: number }

export const armedTrigger: TriggerState = { phase: 'armed', before: new Map() }

export type Scored = { readonly atSample: number; readonly scores: readonly WordScore[] }

const stepArmed = (
  before: ReadonlyMap<string, readonly [number, number]>,
  heard: Scored,
  rule: TriggerRule,
): readonly [TriggerState, WakeDetection | undefined] => {
  const next = new Map<string, readonly [number, number]>()
  let best: WordScore | undefined
  for (const { word, score: given } of heard.scores) {
    // A score that is no number says nothing.
    const score = given >= 0 ? Math.min(1, given) : 0
    const [last, beforeLast] = before.get(word) ?? [0, 0]
    next.set(word, [score, last])
    const isHeard = score >= rule.threshold || score + last + beforeLast >= rule.threeThreshold
    if (isHeard && (!best || score > best.score)) best = { word, score }
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
