/** All in ms of sound unless the name says otherwise. */
export type EndpointingSettings = {
  /** Speech probability at which speech begins, and the lower one that keeps it going. */
  readonly speechBeginsFrom: number
  readonly speechStaysFrom: number
  /** So much unbroken speech starts a turn; less is a click or a cough. */
  readonly startSpeechMs: number
  /** So much unbroken speech ends a pause. */
  readonly resumeSpeechMs: number
  /** Speech that is under way at the wake decision, or begins so soon after it, is taken for the end of the wake word ... */
  readonly openingSlackMs: number
  /** ... until it has gone on for so long after the decision. */
  readonly wakeTailMs: number
  /** With less said than this the speaker has hardly begun: wait as for an unfinished sentence. */
  readonly littleSpeechMs: number
  /** The same for speech that has run on since the wake decision without a gap. */
  readonly littleAfterWakeMs: number
  /** Silence that ends the turn, by what the grammar says of the words. */
  readonly mustEndSilenceMs: number
  readonly mayEndSilenceMs: number
  readonly openSilenceMs: number
  readonly prefixSilenceMs: number
  /** Bounds of every wait, whatever was learned about the speaker. */
  readonly minSilenceMs: number
  readonly maxSilenceMs: number
  /** After so much speech without a new hint, the last one counts one step less. */
  readonly hintFreshSpeechMs: number
  readonly noSpeechTimeoutMs: number
  readonly hardCapMs: number
}

/** Tuned with device/bench/endpointing.ts on real commands and read sentences in kitchen noise. */
export const defaultEndpointing: EndpointingSettings = {
  speechBeginsFrom: 0.6,
  speechStaysFrom: 0.4,
  startSpeechMs: 100,
  resumeSpeechMs: 100,
  openingSlackMs: 100,
  wakeTailMs: 380,
  littleSpeechMs: 300,
  littleAfterWakeMs: 580,
  mustEndSilenceMs: 140,
  mayEndSilenceMs: 280,
  openSilenceMs: 700,
  prefixSilenceMs: 1_200,
  minSilenceMs: 120,
  maxSilenceMs: 2_000,
  hintFreshSpeechMs: 400,
  noSpeechTimeoutMs: 5_000,
  hardCapMs: 15_000,
}
