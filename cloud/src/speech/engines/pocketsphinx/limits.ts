export type SphinxLimits = {
  /** Utterances that are decoded at once. */
  readonly decoders: number
  /** Decoders for the second pass, which all utterances share; 0 runs it at the end of each on its own decoder. */
  readonly secondPassDecoders: number
  /** Open-vocabulary decoders, some 100 MB each; 0 switches rejection by comparison off. */
  readonly openDecoders: number
  readonly maxWaiting: number
  readonly maxWaitMs: number
  /** Longest utterance; what comes after it is refused. */
  readonly maxUtteranceMs: number
  /** How long a grammar's final may wait for the open recognition that could reject it. */
  readonly rejectionBudgetMs: number
}

export const defaultSphinxLimits: SphinxLimits = {
  decoders: 4,
  secondPassDecoders: 2,
  openDecoders: 2,
  maxWaiting: 16,
  maxWaitMs: 1_000,
  maxUtteranceMs: 30_000,
  rejectionBudgetMs: 100,
}
