import { gainOfDb, levelDbfs, silenceDbfs } from '@mynah/shared/audio/pcm.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'

/** What a microphone gave: before the chirp, and while it was played. */
export type RoomSound = {
  /** Of the whole time before the chirp. */
  readonly levelDbfs: number
  /** The quietest tenth of its frames. */
  readonly noiseFloorDbfs: number
  /** Not one sample that is not zero: a microphone that is switched off in its hardware or its driver. */
  readonly dead: boolean
  /** Share of samples at full scale. */
  readonly clipped: number
  readonly chirp:
    | { readonly type: 'not_played' }
    | { readonly type: 'not_heard' }
    /** `attenuationDb`: how much quieter the chirp came back than it was sent; negative when it came back louder. */
    | { readonly type: 'heard'; readonly attenuationDb: number; readonly delayMs: number }
}

export type ChirpRecording = {
  /** 16 kHz mono; the chirp was rendered at `chirpAtSample` or later. */
  readonly samples: Int16Array
  /** Where the quiet before the chirp ends. */
  readonly chirpAtSample: number
  /** By how much the mixer changed the chirp; 0 when none was played. */
  readonly gain: number
}

const chirpMs = 250
const fromHz = 400
const toHz = 3_400
const peak = 0.25 * 32_767
/** The correlation must stand out this far from that of other moments to be no accident. */
const standsOut = 6
const frameSamples = 320
const samplesPerMs = 16
const clippedFrom = 32_700

/** A tone that climbs from 400 to 3,400 Hz in 250 ms with soft ends, -12 dBFS at its peak. */
export const chirp = (sampleRateHz: number): Int16Array => {
  const length = (chirpMs * sampleRateHz) / 1000
  const slopeHz = (toHz - fromHz) / 2 / (chirpMs / 1000)
  return Int16Array.from({ length }, (_, i) => {
    const at = i / sampleRateHz
    const window = Math.min(1, (i / length) * 10, (1 - i / length) * 10)
    return Math.round(peak * window * Math.sin(2 * Math.PI * (fromHz + slopeHz * at) * at))
  })
}

const dot = (a: Int16Array, b: Int16Array): number => {
  let sum = 0
  for (let i = 0; i < b.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** Every other sample, each the mean of two: enough for the chirp at a quarter of the work, which the audio thread of a Pi waits for. */
const halved = (samples: Int16Array): Int16Array =>
  Int16Array.from({ length: samples.length >> 1 }, (_, i) => ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2)

/** Matched filter: where in `samples` the chirp lies, and how strong. The echo of a far wall is weaker than the direct way. */
const findChirp = ({ samples, chirpAtSample, gain }: ChirpRecording): RoomSound['chirp'] => {
  const sent = halved(chirp(16_000))
  const heard = halved(samples.subarray(chirpAtSample))
  const lags = heard.length - sent.length
  if (gain <= 0 || lags < samplesPerMs) return { type: 'not_played' }
  const energy = dot(sent, sent)
  let best = { gain: 0, lag: 0 }
  let sumOfSquares = 0
  for (let lag = 0; lag < lags; lag++) {
    const found = Math.abs(dot(heard.subarray(lag, lag + sent.length), sent)) / energy
    sumOfSquares += found * found
    if (found > best.gain) best = { gain: found, lag }
  }
  const usual = Math.sqrt(sumOfSquares / lags)
  if (best.gain === 0 || best.gain < usual * standsOut) return { type: 'not_heard' }
  const attenuationDb = 20 * Math.log10(gain / best.gain)
  const delayMs = Math.round((best.lag * 2) / samplesPerMs)
  return { type: 'heard', attenuationDb: Math.round(attenuationDb * 10) / 10, delayMs }
}

const noiseFloorOf = (samples: Int16Array): number => {
  const levels: number[] = []
  for (let at = 0; at + frameSamples <= samples.length; at += frameSamples) {
    levels.push(levelDbfs(samples.subarray(at, at + frameSamples)))
  }
  levels.sort((a, b) => a - b)
  return levels[Math.floor(levels.length / 10)] ?? silenceDbfs
}

/** Pure: level, noise floor and echo of a recording. Attenuation is that of the way from loudspeaker to microphone. */
export const roomSoundOf = (recording: ChirpRecording): RoomSound => {
  const quiet = recording.samples.subarray(0, recording.chirpAtSample)
  const clipped = recording.samples.reduce((count, sample) => count + (Math.abs(sample) >= clippedFrom ? 1 : 0), 0)
  return {
    levelDbfs: levelDbfs(quiet),
    noiseFloorDbfs: noiseFloorOf(quiet),
    dead: recording.samples.every((sample) => sample === 0),
    clipped: recording.samples.length === 0 ? 0 : clipped / recording.samples.length,
    chirp: findChirp(recording),
  }
}

const lessonMs = 3_000
/** Until the last of it has come through the card and the room. */
export const untilLearnedMs = lessonMs + 500
const lessonPeak = 0.12 * 32_767

/** Three seconds of noise, in which an echo canceller learns the room: a chirp is over before it has. */
export const echoLesson = (sampleRateHz: number): Int16Array => {
  const random = seededRandom(1)
  let low = 0
  return Int16Array.from({ length: (lessonMs * sampleRateHz) / 1000 }, () => {
    // Fewer highs: it is heard by a person, too.
    low = 0.7 * low + random() * 2 - 1
    return Math.round((lessonPeak * low) / 2)
  })
}

/** The chirp as it leaves a mixer of this gain, for who plays it without one. */
export const quietGain = gainOfDb(-6)
