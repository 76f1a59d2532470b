/** Tells speech from other sound. */
export type VoiceActivityDetector = {
  /**
   * Feed every captured 20 ms frame (Int16Array(320), 16 kHz); resolves with the speech probability (0 to 1) of the newest
   * complete analysis window, so it may stay the same from one frame to the next.
   */
  readonly hear: (frame: Int16Array) => Promise<number>
  readonly reset: () => void
  readonly close: () => Promise<void>
}
