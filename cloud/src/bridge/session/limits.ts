/** Every wait of a session has an end: nothing stays open because somebody fell silent. All in milliseconds. */
export type SessionLimits = {
  /** Longest capture, counted from the wake: the speaker's own end-of-turn comes long before. */
  readonly captureMs: number
  /** End of the audio to the recogniser's final. */
  readonly finalMs: number
  /** Between two signs of life of the dialogue. */
  readonly replyMs: number
  /** A sentence handed to the voice to its first sound. */
  readonly voiceMs: number
  /** A typed turn waits so long for the speaker's probe before its reply is offered by URL. */
  readonly addressMs: number
  /** All sound sent (or offered) to the speaker's report that it was played, beside the sound's own length. */
  readonly playbackMs: number
  /** Added to the speaker's own follow-up window. */
  readonly expectingMarginMs: number
  /** End of the session to the speaker's `session_end`. */
  readonly accountMs: number
}

export const defaultSessionLimits: SessionLimits = {
  captureMs: 16_500,
  finalMs: 8_000,
  replyMs: 20_000,
  voiceMs: 8_000,
  addressMs: 500,
  playbackMs: 6_000,
  expectingMarginMs: 2_000,
  accountMs: 3_000,
}
