import { clampToInt16 } from '@mynah/shared/audio/pcm.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { browserClock } from '../time/browser-clock.ts'

/** What the cloud takes: a minute. */
export const longestS = 60
const rateHz = 24_000
const levelEveryMs = 80
/** Of full scale: a microphone that gives less than this is switched off. */
const silentPeak = 0.004

export type RecordingProblem = 'insecure' | 'denied' | 'no_microphone' | 'failed'

export type Recorded = { readonly wav: Uint8Array<ArrayBuffer>; readonly seconds: number; readonly isSilent: boolean }

export type Recording = {
  /** Ends it and gives what was recorded. Rejects when the browser cannot read what it recorded itself. */
  readonly stop: () => Promise<Recorded>
  readonly cancel: () => void
}

type Started =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly why: RecordingProblem }

/** Over plain HTTP from another computer a browser has no microphone to give. */
export const canRecord = (): boolean =>
  window.isSecureContext && 'mediaDevices' in navigator && 'MediaRecorder' in window

const problemOf = (error: unknown): RecordingProblem => {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'no_microphone' : 'failed'
}

/** Mono, 16 bits, 24 kHz: decoding for a context of that rate brings any recording to it. */
const toWav = async (blob: Blob): Promise<Recorded> => {
  const context = new OfflineAudioContext(1, 1, rateHz)
  const decoded = await context.decodeAudioData(await blob.arrayBuffer())
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, index) => decoded.getChannelData(index))
  const length = Math.min(decoded.length, longestS * rateHz)
  const samples = new Int16Array(length)
  let peak = 0
  for (let at = 0; at < length; at++) {
    const mean = channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length
    peak = Math.max(peak, Math.abs(mean))
    samples[at] = clampToInt16(mean * 32_767)
  }
  const wav = new Uint8Array(encodeWav(samples, rateHz))
  return { wav, seconds: length / rateHz, isSilent: peak < silentPeak }
}

/** Tells the level, 0 to 1 of full scale, until `signal` aborts. */
const watchLevel = async (stream: MediaStream, onLevel: (level: number) => void, signal: AbortSignal) => {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  while (!signal.aborted) {
    analyser.getFloatTimeDomainData(samples)
    onLevel(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0))
    await browserClock.sleep(levelEveryMs, signal)
  }
  await context.close()
}

/** Asks for the microphone and records. Never rejects. */
export const startRecording = async (onLevel: (level: number) => void): Promise<Started> => {
  if (!canRecord()) return { ok: false, why: 'insecure' }
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch (error) {
    return { ok: false, why: problemOf(error) }
  }
  const over = new AbortController()
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const stopped = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve()
  })
  // A stream that stays open keeps the red dot of the browser on.
  const release = () => {
    over.abort()
    for (const track of stream.getTracks()) track.stop()
  }
  recorder.start()
  watchLevel(stream, onLevel, over.signal).catch(() => onLevel(0))
  return {
    ok: true,
    recording: {
      stop: async () => {
        if (recorder.state !== 'inactive') recorder.stop()
        await stopped
        release()
        return toWav(new Blob(parts, { type: recorder.mimeType }))
      },
      cancel: () => {
        recorder.ondataavailable = null
        if (recorder.state !== 'inactive') recorder.stop()
        release()
      },
    },
  }
}
