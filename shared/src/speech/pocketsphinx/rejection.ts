import type { Language } from '../../wire/topics.ts'
import type { Segment } from './binding.ts'
import type { SphinxModel } from './model-files.ts'

/**
 * Decides whether an utterance was a sentence of the grammar at all. A grammar search answers some sentence to any sound; a phone
 * loop hears the same sound without a grammar. When a sentence of the grammar was spoken it fits the sound nearly as well as the
 * loop does, in every word, and leaves no speech over.
 */
export type Evidence = {
  /** Both decoded from the same samples, so that their frames are the same. */
  readonly grammar: readonly Segment[]
  readonly loop: readonly Segment[]
}

export type Verdict = {
  readonly outOfGrammar: boolean
  /** 1 when the utterance is surely of the grammar, 0 when surely not. */
  readonly confidence: number
}

/** What the evidence comes to, in numbers that do not depend on the length of the utterance. */
export type Features = {
  /** How much better the loop fits the sound of the words: difference of the log scores for each frame. */
  readonly lead: number
  /** The same of the word that fits worst. */
  readonly worstWordLead: number
  /** Share of all frames in which the grammar heard silence and the loop speech. */
  readonly unexplained: number
}

type LogisticModel = {
  readonly bias: number
  readonly lead: number
  readonly worstWordLead: number
  readonly unexplained: number
  /** Log odds above which an utterance is rejected: a command that is refused annoys more than a question that is misheard. */
  readonly threshold: number
}

/**
 * One for each acoustic model; how the numbers were found and what they reach is in docs/adr/0004-rejecting-what-is-not-a-command.md.
 * The Mandarin model is for telephones, and its loop knows no order of phones: it tells much less.
 */
const models: Readonly<Record<Language, LogisticModel>> = {
  en: { bias: -9.3, lead: 0.127, worstWordLead: 0.1375, unexplained: 14.4, threshold: 1.1 },
  zh: { bias: -4.45, lead: 0.178, worstWordLead: 0.053, unexplained: 10.1, threshold: 1.6 },
}

/** The English figures were found with a loop that knows the order of phones, and hold for no other. */
export const canJudge = (language: Language, { phoneModelFile }: SphinxModel): boolean =>
  language !== 'en' || phoneModelFile !== undefined

/** Frames added to every word, so that a short one does not decide by its few. */
const shortWordFrames = 8

const framesOf = ({ startFrame, endFrame }: Segment): number => endFrame - startFrame + 1
/** Fillers of the grammar (`<sil>`, `[NOISE]`, `++breath++`) and of the loop (`SIL`, `+SPN+`), and transitions without sound. */
const isSpeech = ({ word }: Segment): boolean => !/^(?:[<[+(]|SIL$)/.test(word)

const heardByFrame = (loop: readonly Segment[]) => {
  const score: number[] = []
  const speech: boolean[] = []
  for (const segment of loop) {
    const perFrame = segment.acousticScore / framesOf(segment)
    for (let frame = segment.startFrame; frame <= segment.endFrame; frame++) {
      score[frame] = perFrame
      speech[frame] = isSpeech(segment)
    }
  }
  return { score, speech }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export const featuresOf = ({ grammar, loop }: Evidence): Features => {
  const heard = heardByFrame(loop)
  const spoken = grammar.filter(isSpeech).map((segment) => {
    const { startFrame, endFrame, acousticScore } = segment
    const lead = sum(heard.score.slice(startFrame, endFrame + 1)) - acousticScore
    return { lead, frames: framesOf(segment) }
  })
  const overlooked = grammar
    .filter((segment) => !isSpeech(segment))
    .map(({ startFrame, endFrame }) => heard.speech.slice(startFrame, endFrame + 1).filter(Boolean).length)
  return {
    lead: sum(spoken.map(({ lead }) => lead)) / Math.max(1, sum(spoken.map(({ frames }) => frames))),
    worstWordLead: Math.max(0, ...spoken.map(({ lead, frames }) => lead / (frames + shortWordFrames))),
    unexplained: sum(overlooked) / Math.max(1, sum(grammar.map(framesOf))),
  }
}

export const judge = (language: Language, { lead, worstWordLead, unexplained }: Features): Verdict => {
  const model = models[language]
  const logOdds = model.bias + model.lead * lead + model.worstWordLead * worstWordLead + model.unexplained * unexplained
  return { outOfGrammar: logOdds > model.threshold, confidence: 1 / (1 + Math.exp(logOdds)) }
}
