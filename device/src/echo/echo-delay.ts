import { createResampler } from '@mynah/shared/audio/resample.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import { createFourier, type Spectrum } from './fourier.ts'
import { powerOf } from './power.ts'

/**
 * Finds how long after it was played a sound is heard, whatever else is heard: generalised cross-correlation with phase transform (Knapp
 * and Carter, IEEE Transactions ASSP 24, 1976), below 2 kHz, over the last seconds in which something was played.
 */
export type EchoDelay = {
  /**
   * What was played and heard since the last call, as many samples of each, 16 kHz. Answers at each look, every 256 ms of sound, from the
   * second second on.
   */
  readonly hear: (played: Int16Array, heard: Int16Array) => DelayFound | undefined
  /** The delay may have changed: what was found does not count any more. */
  readonly forget: () => void
  /** Both begin anew. */
  readonly reset: () => void
}

/** `clarity`: by how often the usual correlation of other delays the best one stands out; chance comes to some 5. */
export type DelayFound = { readonly delaySamples: number; readonly clarity: number }

const rateHz = 4_000
const perSample = captureSampleRateHz / rateHz
const transformSamples = 8_192
const heardSamples = 2_048
const stepSamples = 1_024
/** The longest delay that is looked for: 1 s of buffers. */
const longestSamples = 4_000
const keptSamples = heardSamples + longestSamples
const fewestSamples = rateHz
/** A few seconds are remembered: half of it is one second old. */
const remembered = 0.85
/** Of full scale 32,768: below it nothing was played. */
const leastLevel = 30
const firstBin = Math.ceil((200 * transformSamples) / rateHz)
const lastBin = Math.floor((1_800 * transformSamples) / rateHz)

export const createEchoDelay = (): EchoDelay => {
  const fourier = createFourier(transformSamples)
  const rates = { fromHz: captureSampleRateHz, toHz: rateHz }
  let playedDown = createResampler(rates)
  let heardDown = createResampler(rates)
  const playedKept = new Float64Array(keptSamples)
  const heardKept = new Float64Array(heardSamples)
  const time = new Float64Array(transformSamples)
  const playedSpectrum = fourier.newSpectrum()
  const heardSpectrum = fourier.newSpectrum()
  const cross = fourier.newSpectrum()
  const whitened = fourier.newSpectrum()
  let sinceLook = 0
  let sinceReset = 0

  /** Hann, so that the ends of the piece are no event. */
  const transformHeard = () => {
    time.fill(0)
    for (let n = 0; n < heardSamples; n++)
      time[longestSamples + n] = (heardKept[n] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / heardSamples))
    fourier.transform(time, heardSpectrum)
  }
  const transformPlayed = () => {
    time.fill(0)
    time.set(playedKept)
    fourier.transform(time, playedSpectrum)
  }
  const whiten = () => {
    for (let bin = firstBin; bin <= lastBin; bin++) {
      const re = cross.re[bin] ?? 0
      const im = cross.im[bin] ?? 0
      const gain = 1 / Math.max(Math.hypot(re, im), Number.MIN_VALUE)
      whitened.re[bin] = gain * re
      whitened.im[bin] = gain * im
    }
  }
  const look = (): DelayFound | undefined => {
    if (rootMeanSquare(playedKept) < leastLevel) return undefined
    transformPlayed()
    transformHeard()
    addCrossPower(cross, playedSpectrum, heardSpectrum)
    whiten()
    fourier.inverse(whitened, time)
    return strongest(time.subarray(0, longestSamples))
  }
  const forget = () => {
    for (const kept of [cross.re, cross.im]) kept.fill(0)
  }
  return {
    hear: (played, heard) => {
      const playedSamples = playedDown.push(played)
      append(playedKept, playedSamples)
      append(heardKept, heardDown.push(heard))
      sinceLook += playedSamples.length
      sinceReset += playedSamples.length
      if (sinceLook < stepSamples) return undefined
      sinceLook = 0
      // In less sound than that something stands out by chance.
      return sinceReset < fewestSamples ? undefined : look()
    },
    forget,
    reset: () => {
      forget()
      playedDown = createResampler(rates)
      heardDown = createResampler(rates)
      for (const kept of [playedKept, heardKept]) kept.fill(0)
      sinceLook = 0
      sinceReset = 0
    },
  }
}

/** What was remembered, and the newest piece. */
const addCrossPower = (cross: Spectrum, played: Spectrum, heard: Spectrum) => {
  for (let bin = firstBin; bin <= lastBin; bin++) {
    const playedRe = played.re[bin] ?? 0
    const playedIm = played.im[bin] ?? 0
    const heardRe = heard.re[bin] ?? 0
    const heardIm = heard.im[bin] ?? 0
    cross.re[bin] = remembered * (cross.re[bin] ?? 0) + playedRe * heardRe + playedIm * heardIm
    cross.im[bin] = remembered * (cross.im[bin] ?? 0) + playedRe * heardIm - playedIm * heardRe
  }
}

const append = (kept: Float64Array, samples: Int16Array) => {
  kept.copyWithin(0, samples.length)
  kept.set(samples, kept.length - samples.length)
}

const rootMeanSquare = (samples: Float64Array): number => Math.sqrt(powerOf(samples) / samples.length)

/** The peak, between samples by the parabola through it and its neighbours. */
const strongest = (correlation: Float64Array): DelayFound => {
  let best = 0
  for (let lag = 0; lag < correlation.length; lag++)
    if (Math.abs(correlation[lag] ?? 0) > Math.abs(correlation[best] ?? 0)) best = lag
  const [before, peak, after] = [correlation[best - 1] ?? 0, correlation[best] ?? 0, correlation[best + 1] ?? 0]
  const bend = before - 2 * peak + after
  const between = bend === 0 ? 0 : (before - after) / (2 * bend)
  const clarity = Math.abs(peak) / Math.max(rootMeanSquare(correlation), Number.MIN_VALUE)
  return { delaySamples: Math.round((best + between) * perSample), clarity }
}
