import type { WakeDetection, WakePreset } from './wake-word.ts'

/** When scores become a detection. */
export type TriggerRule = {
  /** A score from here up is a hit. */
  readonly threshold: number
  /** So many hits in a row make a detection: each more costs one hop (80 ms) and takes away single-hop false wakes. */
  readonly hitsNeeded: number
  /** After a detection nothing fires for at least so long ... */
  readonly refractorySamples: number
  /** ... and until every word fell below this: one utterance of the word stays in the networks' view for over a second. */
  readonly rearmBelow: number
}

/** Chosen from the figures of device/bench/wake.ts. */
export const triggerRuleOf = (preset: WakePreset): TriggerRule => rules[preset]

// The networks look back 2.05 s: scores of one utterance can fall and rise again for so long.
const refractorySamples = 32_800
const rules: Record<WakePreset, TriggerRule> = {
  strict: { threshold: 0.6, hitsNeeded: 2, refractorySamples, rearmBelow: 0.3 },
  normal: { threshold: 0.5, hitsNeeded: 1, refractorySamples, rearmBelow: 0.25 },
  sensitive: { threshold: 0.3, hitsNeeded: 1, refractorySamples, rearmBelow: 0.15 },
}

export type WordScore = { readonly word: string; readonly score: number }

export type TriggerState =
  | { readonly phase: 'armed'; readonly hits: ReadonlyMap<string, number> }
  | { readonly phase: 'refractory'; readonly sinceSample: number }

export const armedTrigger: TriggerState = { phase: 'armed', hits: new Map() }

export type Scored = { readonly atSample: number; readonly scores: readonly WordScore[] }

const stepArmed = (
  hitsBefore: ReadonlyMap<string, number>,
  heard: Scored,
  rule: TriggerRule,
): readonly [TriggerState, WakeDetection | undefined] => {
  const hits = new Map<string, number>()
  let best: WordScore | undefined
  for (const candidate of heard.scores) {
    // Written so that a score that is no number is no hit.
    if (!(candidate.score >= rule.threshold)) continue
    const count = (hitsBefore.get(candidate.word) ?? 0) + 1
    hits.set(candidate.word, count)
    if (count >= rule.hitsNeeded && (!best || candidate.score > best.score)) best = candidate
  }
  if (!best) return [{ phase: 'armed', hits }, undefined]
  const detection = { word: best.word, score: Math.min(1, best.score), atSample: heard.atSample }
  return [{ phase: 'refractory', sinceSample: heard.atSample }, detection]
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
  if (state.phase === 'armed') return stepArmed(state.hits, heard, rule)
  const rested = heard.atSample - state.sinceSample >= rule.refractorySamples
  const quiet = heard.scores.every(({ score }) => !(score >= rule.rearmBelow))
  return [rested && quiet ? armedTrigger : state, undefined]
}
