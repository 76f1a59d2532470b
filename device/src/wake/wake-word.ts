export type WakeDetection = {
  /** Configured name, such as `hey_jarvis`. */
  readonly word: string
  /** 0 to 1. */
  readonly score: number
  /** Where in the captured stream the decision fell, in samples at 16 kHz since the start of capture. */
  readonly atSample: number
}

/** Hears wake words. Feed every captured frame, also while speaking: a barge-in is a wake word. */
export type WakeWordDetector = {
  /** Resolves with a detection at most once per utterance of the word (refractory period inside). `frame` is Int16Array(320), 16 kHz. */
  readonly hear: (frame: Int16Array) => Promise<WakeDetection | undefined>
  /** Forgets what was heard so far, for example after a mute. */
  readonly reset: () => void
  readonly close: () => Promise<void>
}
