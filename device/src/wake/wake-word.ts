import type { Result } from '@mynah/shared/result.ts'

export type WakeDetection = {
  /** Configured name, such as `hey_jarvis`. */
  readonly word: string
  /** 0 to 1. */
  readonly score: number
  /** Where the decision fell, in samples at 16 kHz: as the detector counts them, `samplesHeard`; from `Capture` on, of what was captured. */
  readonly atSample: number
}

/** Hears wake words. Feed every captured frame, also while speaking: a barge-in is a wake word. */
export type WakeWordDetector = {
  /**
   * Resolves with a detection at most once per utterance of the word (refractory period inside). `frame` is Int16Array(320), 16 kHz;
   * `over` tells what may be in it beside a person: a person over the speaker's own sound is heard worse than the level says.
   */
  readonly hear: (frame: Int16Array, over?: 'room' | 'own_sound') => Promise<WakeDetection | undefined>
  /** Samples of all frames that it has heard, also before a reset and for an earlier owner of the speaker. */
  readonly samplesHeard: () => number
  /** Forgets what was heard so far, for example after a mute. */
  readonly reset: () => void
  readonly close: () => Promise<void>
}

/** How readily a word is taken as heard: fewer false wakes (`strict`) against fewer misses (`sensitive`). */
export type WakePreset = 'strict' | 'normal' | 'sensitive'

export type WakeSettings = { readonly words: readonly string[]; readonly preset: WakePreset }

/** Why a detector cannot be had or cannot take new words; `message` says what the owner can do about it. */
export type WakeWordFailure = {
  readonly code:
    | 'unknown_word'
    | 'no_words'
    | 'model_unreadable'
    | 'access_key_missing'
    | 'access_key_refused'
    | 'package_missing'
    | 'engine_failed'
  readonly message: string
}

/** A detector whose words and preset can change while it runs; `atSample` goes on counting. */
export type ConfigurableWakeWord = WakeWordDetector & {
  /** All or nothing: when refused, the words of before stay in force. */
  readonly configure: (settings: WakeSettings) => Promise<Result<WakeSettings, WakeWordFailure>>
  readonly settings: () => WakeSettings
}
