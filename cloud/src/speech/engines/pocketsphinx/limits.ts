export type SphinxLimits = {
  /** Utterances that are decoded at once; some 40 MB each. */
  readonly decoders: number
  /** Decoders for the second pass, which all utterances share; without any the first pass is final. */
  readonly secondPassDecoders: number
  /** Phone loops, some 40 MB each, that judge whether it was a command; 0 switches rejection off. */
  readonly phoneLoops: number
  /** Open-vocabulary decoders, some 100 MB each, for the words of what was rejected and for dictation. */
  readonly openDecoders: number
  readonly maxWaiting: number
  readonly maxWaitMs: number
  /** Longest utterance; what comes after it is refused. */
  readonly maxUtteranceMs: number
  /** How long a final may wait for the phone loop after the grammar's own second pass: a late answer is better than a wrong one. */
  readonly rejectionBudgetMs: number
  /** How long a rejected final may wait for its words: without them nothing can be answered, so it is long. */
  readonly openTextBudgetMs: number
}

export const defaultSphinxLimits: SphinxLimits = {
  decoders: 4,
  secondPassDecoders: 2,
  phoneLoops: 3,
  openDecoders: 2,
  maxWaiting: 16,
  maxWaitMs: 1_000,
  maxUtteranceMs: 30_000,
  rejectionBudgetMs: 1_500,
  openTextBudgetMs: 3_000,
}
