/**
 * The speaker's sound hardware as the runtime sees it. Real backends (ALSA, files) and the simulator's room implement these;
 * all pass one contract suite.
 */
export const captureSampleRateHz = 16_000
export const captureFrameMs = 20
export const captureFrameSamples = (captureSampleRateHz * captureFrameMs) / 1_000
export const playbackSampleRateHz = 24_000
/** Half of what a packet holds: a reply waits for the next frame to begin, and a barge-in for the present one to end. */
export const playbackFrameMs = 10
export const playbackFrameSamples = (playbackSampleRateHz * playbackFrameMs) / 1_000

export type Microphone = {
  /** 20 ms frames, Int16Array(320), 16 kHz mono, without gaps; ends when `signal` aborts. Throws when the hardware fails. */
  readonly frames: (signal: AbortSignal) => AsyncIterable<Int16Array>
  /** Times at which sound was lost because nobody fetched it in time; absent where that cannot happen. */
  readonly xruns?: () => number
}

export type Loudspeaker = {
  /**
   * Pulls 10 ms frames (Int16Array(240), 24 kHz mono) from `render` at the pace of the hardware until `signal` aborts.
   * `render` is synchronous and never fails; silence is zeros. The returned array may be reused by the caller after the call.
   */
  readonly play: (render: () => Int16Array, signal: AbortSignal) => Promise<void>
  /** Time from `render` to the sound leaving the speaker: what "playback finished" must add. */
  readonly outputDelayMs: number
  /** Times at which the hardware ran dry; absent where that cannot happen. */
  readonly xruns?: () => number
}
