import { clampToInt16, concatSamples } from './pcm.ts'

/**
 * Sample-rate conversion by a windowed-sinc low-pass filter in polyphase form (Kaiser window, stop band below -80 dB).
 * Any pair of whole rates. The output is aligned with the input: no delay, and `flush` gives the rest, so that n input samples
 * give ceil(n * toHz / fromHz) output samples in all, however they were cut up.
 */
export type Resampler = {
  readonly push: (samples: Int16Array) => Int16Array
  /** The last samples; the resampler then starts anew. */
  readonly flush: () => Int16Array
}

export type ResampleRates = { readonly fromHz: number; readonly toHz: number }

/** Zero crossings of the sinc on each side: 32 puts the transition band at about a sixth of the pass band. */
const zeroCrossings = 32
const kaiserBeta = 8.6
/** The cut-off lies below the lower Nyquist frequency so that the transition band ends about at it. */
const cutoffOfNyquist = 0.92

const maxPhases = 4_096

type Filter = {
  /** Input samples per output sample as a reduced fraction: `step` / `phases`. */
  readonly step: number
  readonly phases: number
  /** Input samples on each side of an output instant. */
  readonly reach: number
  /** phases x (2 * reach) coefficients; row p is for an instant p / phases after an input sample. */
  readonly taps: Float64Array
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

/** Modified Bessel function of order 0, by its series; terms fall off fast for the arguments of a window. */
const besselI0 = (x: number): number => {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

const kaiser = (position: number): number =>
  Math.abs(position) >= 1 ? 0 : besselI0(kaiserBeta * Math.sqrt(1 - position * position)) / besselI0(kaiserBeta)

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

const designFilter = ({ fromHz, toHz }: ResampleRates): Filter => {
  const divisor = greatestCommonDivisor(fromHz, toHz)
  const phases = toHz / divisor
  if (phases > maxPhases)
    throw new RangeError(`${fromHz} Hz to ${toHz} Hz needs ${phases} phases, at most ${maxPhases}`)
  const cutoff = cutoffOfNyquist * Math.min(1, toHz / fromHz)
  const reach = Math.ceil(zeroCrossings / cutoff)
  const taps = new Float64Array(phases * 2 * reach)
  for (let phase = 0; phase < phases; phase++)
    fillPhase(taps.subarray(phase * 2 * reach), phase / phases, reach, cutoff)
  return { step: fromHz / divisor, phases, reach, taps }
}

/** Each phase is scaled to unit gain at 0 Hz: without it a constant input comes out with a ripple. */
const fillPhase = (row: Float64Array, fraction: number, reach: number, cutoff: number) => {
  let sum = 0
  for (let k = 0; k < 2 * reach; k++) {
    const distance = k - (reach - 1) - fraction
    const tap = cutoff * sinc(cutoff * distance) * kaiser(distance / reach)
    row[k] = tap
    sum += tap
  }
  for (let k = 0; k < 2 * reach; k++) row[k] = (row[k] ?? 0) / sum
}

const filters = new Map<string, Filter>()

const maxKeptFilters = 16

/** A filter costs milliseconds to design and is the same for every stream of its rates. */
const filterFor = (rates: ResampleRates): Filter => {
  const name = `${rates.fromHz}:${rates.toHz}`
  const kept = filters.get(name)
  if (kept) return kept
  const designed = designFilter(rates)
  if (filters.size < maxKeptFilters) filters.set(name, designed)
  return designed
}

const isRate = (hz: number) => Number.isInteger(hz) && hz >= 1 && hz <= 768_000

/** Throws RangeError for a rate that is not a whole number of Hz, or a pair with too fine a ratio (more than 4,096 phases). */
export const createResampler = (rates: ResampleRates): Resampler => {
  if (!isRate(rates.fromHz) || !isRate(rates.toHz)) {
    throw new RangeError(`rates are whole Hz from 1 to 768000, got ${rates.fromHz} and ${rates.toHz}`)
  }
  if (rates.fromHz === rates.toHz) return { push: (samples) => samples.slice(), flush: () => new Int16Array(0) }
  const filter = filterFor(rates)
  const { step, phases, reach } = filter
  const lead = new Int16Array(reach - 1)
  let kept: Int16Array
  let keptFrom: number
  let received: number
  let produced: number
  const restart = () => {
    // Silence before the first sample lets the first output instant look back like any other.
    kept = lead
    keptFrom = -lead.length
    received = 0
    produced = 0
  }
  restart()

  const produceUntil = (outputCount: number): Int16Array => {
    const output = new Int16Array(Math.max(0, outputCount - produced))
    for (let i = 0; i < output.length; i++) {
      const instant = (produced + i) * step
      const first = Math.floor(instant / phases) - (reach - 1) - keptFrom
      output[i] = clampToInt16(convolve(filter, instant % phases, kept, first))
    }
    produced += output.length
    return output
  }
  const append = (samples: Int16Array) => {
    const nextFirst = Math.floor((produced * step) / phases) - (reach - 1)
    const unused = Math.max(0, Math.min(nextFirst - keptFrom, kept.length))
    kept = concatSamples([kept.subarray(unused), samples])
    keptFrom += unused
  }
  const push = (samples: Int16Array): Int16Array => {
    append(samples)
    received += samples.length
    // An output instant is ready when `reach` samples after it are there.
    const readyInstant = (received - reach) * phases
    return produceUntil(readyInstant <= 0 ? 0 : Math.ceil(readyInstant / step))
  }
  const flush = (): Int16Array => {
    append(new Int16Array(reach))
    const rest = produceUntil(Math.ceil((received * phases) / step))
    restart()
    return rest
  }
  return { push, flush }
}

const convolve = ({ taps, reach }: Filter, phase: number, samples: Int16Array, first: number): number => {
  const row = phase * 2 * reach
  let sum = 0
  for (let k = 0; k < 2 * reach; k++) sum += (taps[row + k] ?? 0) * (samples[first + k] ?? 0)
  return sum
}

/** All at once: ceil(n * toHz / fromHz) samples. */
export const resample = (samples: Int16Array, rates: ResampleRates): Int16Array => {
  const resampler = createResampler(rates)
  return concatSamples([resampler.push(samples), resampler.flush()])
}
