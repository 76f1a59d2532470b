import { likelinessOf, limitsAt, type Scored, type TriggerRule } from './trigger.ts'
import type { WakeDetection } from './wake-word.ts'

/** A sound that was nearly a wake word: a word that was missed, or a false wake that was just avoided. */
export type NearMiss = { readonly word: string; readonly score: number; readonly atSample: number }

export type NearMissState =
  | { readonly phase: 'quiet' }
  /** Something is like a word; `best` is the likest moment of it. */
  | { readonly phase: 'near'; readonly best: NearMiss; readonly quietHops: number }
  /** It was the word after all, and it stays in view for a while. */
  | { readonly phase: 'heard'; readonly quietHops: number }

export const noNearMiss: NearMissState = { phase: 'quiet' }

/** From this share of the threshold up. */
const nearShare = 0.4
/** 400 ms: the score of one utterance can fall and rise again. */
const hopsUntilOver = 5

const likest = ({ atSample, scores }: Scored): NearMiss | undefined => {
  let best: NearMiss | undefined
  for (const given of scores) {
    const score = likelinessOf(given)
    if (!best || score > best.score) best = { word: given.word, score, atSample }
  }
  return best
}

/** One hop, with what the trigger made of it. Answers a near miss when it is over and was no wake. Pure. */
export const stepNearMiss = (
  state: NearMissState,
  heard: Scored,
  of: { readonly detection: WakeDetection | undefined; readonly rule: TriggerRule },
): readonly [NearMissState, NearMiss | undefined] => {
  if (of.detection) return [{ phase: 'heard', quietHops: 0 }, undefined]
  const now = likest(heard)
  const isNear = now !== undefined && now.score >= limitsAt(of.rule, heard.prominenceDb).one * nearShare
  if (state.phase === 'quiet') return [isNear ? { phase: 'near', best: now, quietHops: 0 } : state, undefined]
  const quietHops = isNear ? 0 : state.quietHops + 1
  if (quietHops >= hopsUntilOver) return [noNearMiss, state.phase === 'near' ? state.best : undefined]
  if (state.phase === 'heard') return [{ phase: 'heard', quietHops }, undefined]
  return [{ phase: 'near', best: isNear && now.score > state.best.score ? now : state.best, quietHops }, undefined]
}
