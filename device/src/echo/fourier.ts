import FFT from 'fft.js'

/** The half of a real signal's spectrum that says everything: bins 0 to size / 2, split into real and imaginary parts. */
export type Spectrum = { readonly re: Float64Array; readonly im: Float64Array }

/** Discrete Fourier transforms of real signals; `inverse` of `transform` is the signal itself. */
export type Fourier = {
  readonly size: number
  readonly bins: number
  readonly newSpectrum: () => Spectrum
  /** `time` has `size` samples. */
  readonly transform: (time: Float64Array, into: Spectrum) => void
  readonly inverse: (spectrum: Spectrum, into: Float64Array) => void
  /** Both in one complex transform, in place, through the time domain, where `change` may alter the signals. */
  readonly inTimeDomain: (a: Spectrum, b: Spectrum, change: (a: Float64Array, b: Float64Array) => void) => void
}

/** `size` is a power of two. */
export const createFourier = (size: number): Fourier => {
  const fft = new FFT(size)
  const half = size / 2
  const bins = half + 1
  const complex = new Float64Array(2 * size)
  const other = new Float64Array(2 * size)
  const signals = [new Float64Array(size), new Float64Array(size)] as const

  const split = (interleaved: Float64Array, { re, im }: Spectrum) => {
    for (let bin = 0; bin < bins; bin++) {
      re[bin] = interleaved[2 * bin] ?? 0
      im[bin] = interleaved[2 * bin + 1] ?? 0
    }
  }
  /** a + ib: both are real in time, so the spectrum of each can be told from the other's. */
  const packTwo = (a: Spectrum, b: Spectrum) => {
    for (let bin = 0; bin < bins; bin++) {
      const aRe = a.re[bin] ?? 0
      const aIm = a.im[bin] ?? 0
      const bRe = b.re[bin] ?? 0
      const bIm = b.im[bin] ?? 0
      const mirror = (size - bin) % size
      complex[2 * mirror] = aRe + bIm
      complex[2 * mirror + 1] = bRe - aIm
      complex[2 * bin] = aRe - bIm
      complex[2 * bin + 1] = aIm + bRe
    }
  }
  const unpackTwo = (a: Spectrum, b: Spectrum) => {
    for (let bin = 0; bin < bins; bin++) {
      const mirror = (size - bin) % size
      const re = complex[2 * bin] ?? 0
      const im = complex[2 * bin + 1] ?? 0
      const mirrorRe = complex[2 * mirror] ?? 0
      const mirrorIm = complex[2 * mirror + 1] ?? 0
      a.re[bin] = (re + mirrorRe) / 2
      a.im[bin] = (im - mirrorIm) / 2
      b.re[bin] = (im + mirrorIm) / 2
      b.im[bin] = (mirrorRe - re) / 2
    }
  }
  return {
    size,
    bins,
    newSpectrum: () => ({ re: new Float64Array(bins), im: new Float64Array(bins) }),
    transform: (time, into) => {
      fft.realTransform(complex, time)
      split(complex, into)
    },
    inverse: ({ re, im }, into) => {
      for (let bin = 0; bin < bins; bin++) {
        complex[2 * bin] = re[bin] ?? 0
        complex[2 * bin + 1] = im[bin] ?? 0
      }
      fft.completeSpectrum(complex)
      fft.inverseTransform(other, complex)
      for (let n = 0; n < size; n++) into[n] = other[2 * n] ?? 0
    },
    inTimeDomain: (a, b, change) => {
      packTwo(a, b)
      fft.inverseTransform(other, complex)
      for (let n = 0; n < size; n++) {
        signals[0][n] = other[2 * n] ?? 0
        signals[1][n] = other[2 * n + 1] ?? 0
      }
      change(...signals)
      for (let n = 0; n < size; n++) {
        other[2 * n] = signals[0][n] ?? 0
        other[2 * n + 1] = signals[1][n] ?? 0
      }
      fft.transform(complex, other)
      unpackTwo(a, b)
    },
  }
}
