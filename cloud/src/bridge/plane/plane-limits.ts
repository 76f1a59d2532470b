/** Bounds of the audio plane; each keeps one stream from growing or from lasting. */
export type PlaneLimits = {
  /** Nothing from the speaker for so long while listening: the link is lost. */
  readonly idleMs: number
  /** Longest audio up; the session machine stops capture before. */
  readonly maxAudioMs: number
  /** How long a hole in the sequence waits for its packet before it is concealed. */
  readonly reorderWaitMs: number
  /** PCM that may wait for the recogniser. */
  readonly maxUnheardMs: number
  /** Sound made ahead of the voice's turn. */
  readonly readAheadMs: number
  /** The first frames of a talk spurt leave at once, up to this much; the rest keeps that distance. */
  readonly leadMs: number
  /** Silence of the voice, first sound included. */
  readonly voiceStallMs: number
  readonly maxQueuedSentences: number
  readonly downlinkBitrateBps: number
}

export const defaultPlaneLimits: PlaneLimits = {
  idleMs: 3_000,
  maxAudioMs: 18_000,
  reorderWaitMs: 60,
  maxUnheardMs: 6_000,
  readAheadMs: 3_000,
  leadMs: 200,
  voiceStallMs: 8_000,
  maxQueuedSentences: 256,
  downlinkBitrateBps: 32_000,
}
