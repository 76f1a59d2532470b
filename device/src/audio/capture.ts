import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { VoiceActivityDetector } from '../vad/voice-activity.ts'
import type { WakeDetection, WakeWordDetector } from '../wake/wake-word.ts'
import { captureFrameSamples, captureSampleRateHz, type Microphone } from './ports.ts'
import { createRingBuffer } from './ring-buffer.ts'

/** What the ears make of one captured frame. Times are ms of captured sound. */
export type HeardFrame = {
  readonly atMs: number
  readonly frameMs: number
  readonly speechProbability: number
  readonly levelDbfs: number
}

export type CaptureDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly microphone: Microphone
  readonly wakeWord: WakeWordDetector
  readonly voiceActivity: VoiceActivityDetector
  /** Each frame as it comes, before anything thinks about it. Synchronous; the frame may be reused afterwards. */
  readonly onFrame: (frame: Int16Array) => void
  /** `atSample` counts captured samples, whatever the detector has missed of them or heard before. */
  readonly onWake: (detection: WakeDetection) => void
  readonly onHeard: (heard: HeardFrame) => void
  readonly onFailed?: (error: unknown) => void
  /** The first frame since it was opened. */
  readonly onWorks?: () => void
}

export type Capture = {
  /** Captures until `signal` aborts; a microphone that fails is opened again with back-off. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /**
   * Whether the end or beginning of speech matters now. While it does not, only the wake word is listened for; the last 1.5 s are
   * then caught up with, so that `onHeard` knows the room of before.
   */
  readonly setAttentive: (attentive: boolean) => void
  /** While muted nothing is kept and nothing listens. */
  readonly setMuted: (muted: boolean) => void
  /** Whole frames from `startSample` (rounded up to a frame, clamped to what is kept) to now. */
  readonly since: (startSample: number) => { readonly startSample: number; readonly samples: Int16Array }
  readonly nextSample: () => number
  /** `Clock.now` at which this sample was captured. */
  readonly clockTimeOf: (sample: number) => number
  readonly counters: () => { readonly droppedFrames: number; readonly microphoneFailures: number }
}

type Analysable = { readonly frame: Int16Array; readonly endSample: number; readonly epoch: number }

const keptMs = 4_000
/** Behind by more than this, the ears skip what is oldest: the microphone never waits. */
const backlogFrames = 50
/** Voice activity is two fifths of what idle listening would cost: it waits until somebody needs it. */
const caughtUpFrames = 75
const steadyMs = 5_000
/** A fault that lasts for a month is told by the minute, or about every ten, and does not fill the log. */
const reportEveryMs = 60_000
const reportEveryth = 60
const frameMs = (captureFrameSamples * 1000) / captureSampleRateHz
const samplesPerMs = captureSampleRateHz / 1000

export const createCapture = (deps: CaptureDeps): Capture => {
  const { clock, log } = deps
  const ring = createRingBuffer({ capacitySamples: keptMs * samplesPerMs })
  const silence = new Int16Array(captureFrameSamples)
  let backlog = createChannel<Analysable>({ capacity: backlogFrames, overflow: 'drop_oldest' })
  let muted = false
  // Frames of before a mute must not wake anybody after it.
  let epoch = 0
  let attentive = false
  let unheard: Analysable[] = []
  let droppedFrames = 0
  let microphoneFailures = 0
  let newest = { endSample: 0, atMs: clock.now() }

  const take = (frame: Int16Array) => {
    ring.write(muted ? silence : frame)
    newest = { endSample: ring.nextSample(), atMs: clock.now() }
    if (muted) return
    deps.onFrame(frame)
    const dropsNow = backlog.dropped()
    backlog.push({ frame: frame.slice(), endSample: newest.endSample, epoch })
    droppedFrames += backlog.dropped() - dropsNow
  }
  const analyse = async ({ frame, endSample, epoch: begunIn }: Analysable) => {
    if (begunIn !== epoch) return
    const detection = await deps.wakeWord.hear(frame)
    if (begunIn !== epoch) return
    // It has not heard what was skipped or muted, and may have heard others before: who claims a speaker goes on with its detector.
    const aheadSamples = endSample - deps.wakeWord.samplesHeard()
    if (detection) deps.onWake({ ...detection, atSample: detection.atSample + aheadSamples })
    unheard.push({ frame, endSample, epoch: begunIn })
    if (attentive) await hearVoice()
    else if (unheard.length > caughtUpFrames) unheard.shift()
  }
  const hearVoice = async () => {
    for (let next = unheard.shift(); next; next = unheard.shift()) {
      const { frame, endSample, epoch: begunIn } = next
      const speechProbability = await deps.voiceActivity.hear(frame)
      if (begunIn !== epoch) return
      deps.onHeard({ atMs: endSample / samplesPerMs, frameMs, speechProbability, levelDbfs: levelDbfs(frame) })
    }
  }
  const listen = async () => {
    for await (const heard of backlog) {
      try {
        await analyse(heard)
      } catch (error) {
        // One bad frame must not make the speaker deaf.
        reportDeaf(error)
      }
    }
  }
  /** Frames come 50 times a second. */
  let reportedAtMs = Number.NEGATIVE_INFINITY
  let unreported = 0
  const reportDeaf = (error: unknown) => {
    unreported++
    if (clock.now() - reportedAtMs < reportEveryMs) return
    log.error('the ears failed on a frame', { error, frames: unreported })
    reportedAtMs = clock.now()
    unreported = 0
  }
  const captureOnce = async (onFirst: () => void, signal: AbortSignal): Promise<void> => {
    let isFirst = true
    for await (const frame of deps.microphone.frames(signal)) {
      if (signal.aborted) break
      if (isFirst) onFirst()
      isFirst = false
      take(frame)
    }
  }
  /** One opening of the microphone to its end; answers the number of this attempt among those that failed in a row. */
  const tryCapture = async (attempt: number, signal: AbortSignal): Promise<number> => {
    let worksSinceMs = Number.POSITIVE_INFINITY
    // A loose contact gives a frame or two each time: only one that worked for a while is opened again at once.
    const attemptNow = () => (clock.now() - worksSinceMs > steadyMs ? 0 : attempt)
    try {
      await captureOnce(() => {
        worksSinceMs = clock.now()
        deps.onWorks?.()
      }, signal)
    } catch (error) {
      microphoneFailures++
      if (attemptNow() % reportEveryth === 0) log.error('the microphone failed', { error, microphoneFailures })
      deps.onFailed?.(error)
    }
    return attemptNow()
  }
  const capture = async (signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      attempt = await tryCapture(attempt, signal)
      if (signal.aborted) return
      await clock.sleep(200 + backoffDelayMs({ attempt, baseMs: 500, maxMs: 10_000, random: deps.random }), signal)
    }
  }
  return {
    run: async (signal) => {
      backlog = createChannel<Analysable>({ capacity: backlogFrames, overflow: 'drop_oldest' })
      const listening = listen()
      try {
        await capture(signal)
      } finally {
        backlog.end()
        await listening
      }
    },
    setAttentive: (on) => {
      // What the detector remembers is from before the gap.
      if (on && !attentive) deps.voiceActivity.reset()
      attentive = on
    },
    setMuted: (on) => {
      if (on === muted) return
      muted = on
      epoch++
      unheard = []
      ring.forget()
      deps.wakeWord.reset()
      deps.voiceActivity.reset()
    },
    since: (startSample) => {
      const first = Math.max(startSample, ring.oldestSample(), 0)
      return ring.read(Math.ceil(first / captureFrameSamples) * captureFrameSamples, ring.nextSample())
    },
    nextSample: ring.nextSample,
    clockTimeOf: (sample) => newest.atMs - (newest.endSample - sample) / samplesPerMs,
    counters: () => ({ droppedFrames, microphoneFailures }),
  }
}
