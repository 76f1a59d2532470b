import { clampToInt16 } from '@mynah/shared/audio/pcm.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import { createRingBuffer } from '../audio/ring-buffer.ts'
import { createAttenuation } from './attenuation.ts'
import { createEchoDelay, type DelayFound } from './echo-delay.ts'
import { createEchoFilter, echoBlockSamples } from './echo-filter.ts'
import { createPlayedSound } from './played-sound.ts'
import { powerOf } from './power.ts'

/**
 * Takes what the loudspeaker plays out of what the microphone hears. It counts samples and knows no time: a sound card that plays and
 * records by one clock keeps the two in step, and how far apart they are is found by listening. Until that is known, and while nothing
 * is played, what is heard is passed on as it is.
 */
export type EchoCanceller = {
  /** A frame on its way to the loudspeaker: 10 ms, Int16Array(240), 24 kHz. */
  readonly played: (frame: Int16Array) => void
  /** A frame from the microphone: 20 ms, Int16Array(320), 16 kHz. Answers it without the echo, as long and not later. */
  readonly hear: (frame: Int16Array) => Int16Array
  /** The loudspeaker or the microphone was opened anew: how far apart they are must be found again. */
  readonly reopened: () => void
  readonly standing: () => EchoStanding
}

export type EchoStanding =
  | { readonly type: 'searching' }
  /**
   * `delayMs`: from its frame on its way to the loudspeaker until a sound is heard. `attenuationDb`: by how much quieter what was heard in
   * the last second or so has become; not below 0. `onlyEcho`: by about as much as usual, so nobody spoke meanwhile.
   */
  | {
      readonly type: 'cancelling'
      readonly delayMs: number
      readonly attenuationDb: number
      readonly onlyEcho: boolean
    }

const samplesPerMs = captureSampleRateHz / 1_000
/**
 * A busy process counts what is played late, or what is heard: the delay is looked for in pieces that are so old that both are there,
 * and what is heard is older by so much that even a delay of less than nothing is found.
 */
const playedAgeSamples = 60 * samplesPerMs
const heardAgeSamples = 200 * samplesPerMs
/** Loudspeaker and microphone are apart by so much for so long: by clocks that differ, or by frames that were left out. */
const mostApartSamples = 200 * samplesPerMs
const apartFrames = 50
/** No echo of what was played before is heard any more. */
const echoReachSamples = 2_000 * samplesPerMs
/** The loudest reflection is not always the first sound: so much of the filter lies before it. */
const leadSamples = 8 * samplesPerMs
const clearEnough = 8
const sameSamples = samplesPerMs
/**
 * When the echo comes through all at once, either a person speaks or the delay is another. In both cases nothing is to be learned now,
 * and should it be the second, the delay will be found within so many frames.
 */
const doubtfulFrames = 100
/** What was learned for another delay has so many sounding frames to prove that it is of use. */
const provingFrames = 50
/** Mean square of a frame; what is quieter has no echo to be judged by. */
const leastPlayedPower = 100 ** 2

export const createEchoCanceller = (): EchoCanceller => {
  const sound = createPlayedSound()
  const ears = createRingBuffer({ capacitySamples: 2 * heardAgeSamples })
  const filter = createEchoFilter()
  const finder = createEchoDelay()
  const attenuation = createAttenuation()
  const played = new Float64Array(echoBlockSamples)
  const heard = new Float64Array(echoBlockSamples)
  let heardSamples = 0
  /** What was rendered when the first sample was heard, in samples of `sound`. */
  let originSample: number | undefined
  let delaySamples: number | undefined
  let before: DelayFound | undefined
  let toProve = 0
  let worked = false
  let doubtful = 0
  let resting = true
  let apart = 0

  const searchAnew = () => {
    finder.reset()
    before = undefined
  }
  /** Where in `sound` lies what was rendered while this sample was heard. */
  const originOf = (): number => {
    const nowApart = sound.nextSample() - heardSamples
    if (originSample === undefined) originSample = nowApart
    apart = Math.abs(nowApart - originSample) > mostApartSamples ? apart + 1 : 0
    if (apart > apartFrames) {
      // The same place, counted from another one.
      if (delaySamples !== undefined) delaySamples += nowApart - originSample
      originSample = nowApart
      searchAnew()
    }
    return originSample
  }
  const consider = (found: DelayFound) => {
    const earlier = before
    before = found
    if (found.clarity < clearEnough) return
    if (!earlier || Math.abs(earlier.delaySamples - found.delaySamples) > sameSamples) return
    const foundSamples = found.delaySamples + playedAgeSamples - heardAgeSamples
    // Reflections take turns in being the loudest: while the echo gets quieter nothing is wrong.
    if (delaySamples !== undefined && (attenuation.works() || Math.abs(foundSamples - delaySamples) <= sameSamples))
      return
    delaySamples = foundSamples
    toProve = provingFrames
    doubtful = 0
    attenuation.forget()
  }
  const doubt = () => {
    if (attenuation.worksWell()) worked = true
    if (attenuation.works()) doubtful = 0
    else if (doubtful > 0) doubtful--
    else if (worked) {
      worked = false
      doubtful = doubtfulFrames
      finder.forget()
    }
  }
  const prove = () => {
    if (toProve === 0) return
    toProve--
    if (toProve === 0 && !attenuation.works()) filter.reset()
  }
  const find = (now: number, heardSample: number) => {
    const from = heardSample - heardAgeSamples
    const { samples } = ears.read(from, from + echoBlockSamples)
    if (samples.length < echoBlockSamples) return
    const found = finder.hear(sound.read(now - playedAgeSamples, echoBlockSamples), samples)
    if (found) consider(found)
  }
  const cancel = (frame: Int16Array, fromSample: number): Int16Array => {
    played.set(sound.read(fromSample, echoBlockSamples))
    heard.set(frame)
    const cleaned = filter.cancel(played, heard, doubtful === 0)
    const isSounding = powerOf(played) > leastPlayedPower * played.length
    attenuation.take({ heardPower: powerOf(heard), cleanedPower: powerOf(cleaned), isSounding })
    if (isSounding) {
      doubt()
      prove()
    }
    // What is learned wrongly must not be louder than the echo.
    return attenuation.isQuieter() ? Int16Array.from(cleaned, clampToInt16) : frame
  }
  return {
    played: sound.append,
    hear: (frame) => {
      const origin = originOf()
      const now = origin + heardSamples
      heardSamples += frame.length
      ears.write(frame)
      if (now - sound.lastSoundSample() > echoReachSamples) {
        if (!resting) filter.rest()
        resting = true
        return frame
      }
      resting = false
      find(now, heardSamples - frame.length)
      return delaySamples === undefined ? frame : cancel(frame, now - delaySamples + leadSamples)
    },
    reopened: () => {
      originSample = undefined
      delaySamples = undefined
      worked = false
      doubtful = 0
      searchAnew()
      attenuation.forget()
    },
    standing: () => {
      if (delaySamples === undefined) return { type: 'searching' }
      // What is rendered is counted when the frame is over that was heard meanwhile.
      const delayMs = (delaySamples - echoBlockSamples) / samplesPerMs
      return { type: 'cancelling', delayMs, attenuationDb: attenuation.ofWordDb(), onlyEcho: attenuation.onlyEcho() }
    },
  }
}
