import { createFourier, type Spectrum } from './fourier.ts'

/**
 * Learns how what a loudspeaker plays comes back to a microphone, and takes it away: a partitioned-block frequency-domain Kalman filter
 * (Enzner and Vary, Signal Processing 86, 2006; Kuech, Mabande and Enzner, ICASSP 2014). For each frequency it keeps how unsure it is of
 * the way of the echo, and how loud all else is, and learns the more the first outweighs the second. So it needs nobody to tell it when
 * a person speaks at the same time: it learns little then, and unlearns nothing.
 */
export type EchoFilter = {
  /**
   * What was played and what was heard at the same time, `echoBlockSamples` each, full scale 32,768. Answers what was heard without the
   * echo; the array is used again for the next block.
   */
  readonly cancel: (played: Float64Array, heard: Float64Array, learns?: boolean) => Float64Array
  /** Nothing was played for longer than an echo lasts. What was learned stays. */
  readonly rest: () => void
  /** Forgets what it has learned. */
  readonly reset: () => void
}

export const echoBlockSamples = 320
/** Of the overlap-save method: a block of 320 leaves room for 640 taps in a transform of 1,024. */
const transformSamples = 1_024
const blocksPerPartition = 2
const partitionSamples = blocksPerPartition * echoBlockSamples
/** An echo may last for 240 ms after its first sound. */
const partitionCount = 6

/** How much of the way of the echo stays from one block to the next: a door that opens is learned within seconds. */
const transition = 0.9995
const stays = transition ** 2
/** What else is heard is averaged over some 0.2 s. */
const noiseSmoothing = 0.9
/** A loudspeaker at full volume is about as loud at its microphone as what it plays; each partition is quieter by half, as rooms are. */
const firstDoubt = 2
const doubtDecay = 0.5
/** The error of a block fills this part of its transform. */
const filled = echoBlockSamples / transformSamples
/** Keeps a silent block from dividing by nothing. */
const leastPower = 1e-3

type Partition = {
  readonly weight: Spectrum
  /** Variance of the weight's error. */
  readonly doubt: Float64Array
  readonly gradient: Spectrum
}

export const createEchoFilter = (): EchoFilter => {
  const fourier = createFourier(transformSamples)
  const { bins, newSpectrum } = fourier
  const newPartition = (): Partition => ({
    weight: newSpectrum(),
    doubt: new Float64Array(bins),
    gradient: newSpectrum(),
  })
  const partitions = Array.from({ length: partitionCount }, newPartition)
  const noise = new Float64Array(bins)
  /** Spectra of what was played, newest first: one for each block that some partition looks at. */
  const past = Array.from({ length: (partitionCount - 1) * blocksPerPartition + 1 }, newSpectrum)
  const window = new Float64Array(transformSamples)
  const echo = newSpectrum()
  const error = newSpectrum()
  const time = new Float64Array(transformSamples)
  const cleaned = new Float64Array(echoBlockSamples)
  /** Power of what would be heard of the doubts. */
  const doubted = new Float64Array(bins)

  const playedFor = (partition: number): Spectrum => past[partition * blocksPerPartition] ?? echo
  const take = (played: Float64Array) => {
    window.copyWithin(0, echoBlockSamples)
    window.set(played, transformSamples - echoBlockSamples)
    const newest = past.pop()
    if (!newest) return
    fourier.transform(window, newest)
    past.unshift(newest)
  }
  const predict = () => {
    echo.re.fill(0)
    echo.im.fill(0)
    doubted.fill(0)
    for (const [index, { weight, doubt }] of partitions.entries()) {
      const played = playedFor(index)
      addProduct(echo, played, weight)
      addWeighted(doubted, played, doubt)
    }
    fourier.inverse(echo, time)
  }
  const subtract = (heard: Float64Array) => {
    const from = transformSamples - echoBlockSamples
    for (let n = 0; n < echoBlockSamples; n++) cleaned[n] = (heard[n] ?? 0) - (time[from + n] ?? 0)
    time.fill(0)
    time.set(cleaned, from)
    fourier.transform(time, error)
    for (let bin = 0; bin < bins; bin++) {
      const power = (error.re[bin] ?? 0) ** 2 + (error.im[bin] ?? 0) ** 2
      noise[bin] = noiseSmoothing * (noise[bin] ?? 0) + (1 - noiseSmoothing) * power
    }
  }
  /** The Kalman gain, the weight's gradient, and the doubt that is left; the room itself may have changed until the next block. */
  const step = (played: Spectrum, { weight, doubt, gradient }: Partition) => {
    for (let bin = 0; bin < bins; bin++) {
      const re = played.re[bin] ?? 0
      const im = played.im[bin] ?? 0
      const before = doubt[bin] ?? 0
      const gain = before / ((doubted[bin] ?? 0) + (noise[bin] ?? 0) / filled + leastPower)
      const errorRe = error.re[bin] ?? 0
      const errorIm = error.im[bin] ?? 0
      gradient.re[bin] = gain * (re * errorRe + im * errorIm)
      gradient.im[bin] = gain * (re * errorIm - im * errorRe)
      const learned = Math.min(1, filled * gain * (re * re + im * im))
      const size = (weight.re[bin] ?? 0) ** 2 + (weight.im[bin] ?? 0) ** 2
      doubt[bin] = stays * (1 - learned) * before + (1 - stays) * size
    }
  }
  /** A partition has `partitionSamples` taps: what the gradient says of others is an artefact of the transform. */
  const constrain = (a: Spectrum, b: Spectrum) =>
    fourier.inTimeDomain(a, b, (...signals) => {
      for (const signal of signals) signal.fill(0, partitionSamples)
    })
  const learn = () => {
    for (const [index, partition] of partitions.entries()) step(playedFor(index), partition)
    for (let index = 0; index < partitionCount; index += 2) {
      const pair = partitions.slice(index, index + 2)
      const [first, second = first] = pair
      if (first && second) constrain(first.gradient, second.gradient)
      for (const { weight, gradient } of pair) add(weight, gradient)
    }
  }
  const rest = () => {
    window.fill(0)
    for (const { re, im } of past) {
      re.fill(0)
      im.fill(0)
    }
  }
  const reset = () => {
    rest()
    noise.fill(0)
    for (const [index, { weight, doubt }] of partitions.entries()) {
      weight.re.fill(0)
      weight.im.fill(0)
      doubt.fill(firstDoubt * doubtDecay ** index)
    }
  }
  reset()
  return {
    cancel: (played, heard, learns = true) => {
      take(played)
      predict()
      subtract(heard)
      if (learns) learn()
      return cleaned
    },
    rest,
    reset,
  }
}

const add = (sum: Spectrum, addend: Spectrum) => {
  for (let bin = 0; bin < sum.re.length; bin++) {
    sum.re[bin] = (sum.re[bin] ?? 0) + (addend.re[bin] ?? 0)
    sum.im[bin] = (sum.im[bin] ?? 0) + (addend.im[bin] ?? 0)
  }
}

const addProduct = (sum: Spectrum, a: Spectrum, b: Spectrum) => {
  for (let bin = 0; bin < sum.re.length; bin++) {
    const aRe = a.re[bin] ?? 0
    const aIm = a.im[bin] ?? 0
    const bRe = b.re[bin] ?? 0
    const bIm = b.im[bin] ?? 0
    sum.re[bin] = (sum.re[bin] ?? 0) + aRe * bRe - aIm * bIm
    sum.im[bin] = (sum.im[bin] ?? 0) + aRe * bIm + aIm * bRe
  }
}

/** Adds the power of a spectrum, each bin by its weight. */
const addWeighted = (sum: Float64Array, { re, im }: Spectrum, weight: Float64Array) => {
  for (let bin = 0; bin < sum.length; bin++)
    sum[bin] = (sum[bin] ?? 0) + ((re[bin] ?? 0) ** 2 + (im[bin] ?? 0) ** 2) * (weight[bin] ?? 0)
}
