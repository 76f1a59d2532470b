import { seededRandom } from '@mynah/shared/streams/random.ts'
import { describe, expect, it } from 'vitest'
import { createFourier } from '../../src/echo/fourier.ts'

const size = 64
const random = seededRandom(1)
const signal = () => Float64Array.from({ length: size }, () => random() * 2 - 1)
const close = (a: Float64Array, b: Float64Array) => {
  for (const [index, value] of a.entries()) expect(value).toBeCloseTo(b[index] ?? Number.NaN, 9)
}
const sumOver = (time: Float64Array, bin: number, part: (angle: number) => number) =>
  time.reduce((sum, value, n) => sum + value * part((-2 * Math.PI * bin * n) / size), 0)

describe('Fourier transforms of real signals', () => {
  it('are those of the definition', () => {
    const fourier = createFourier(size)
    const time = signal()
    const spectrum = fourier.newSpectrum()
    fourier.transform(time, spectrum)
    expect(spectrum.re).toHaveLength(33)
    for (const bin of [0, 1, 17, 32]) {
      expect(spectrum.re[bin]).toBeCloseTo(sumOver(time, bin, Math.cos), 9)
      expect(spectrum.im[bin]).toBeCloseTo(sumOver(time, bin, Math.sin), 9)
    }
  })
  it('come back as the signal', () => {
    const fourier = createFourier(size)
    const [time, back, spectrum] = [signal(), new Float64Array(size), fourier.newSpectrum()]
    fourier.transform(time, spectrum)
    fourier.inverse(spectrum, back)
    close(back, time)
  })
  it('of two signals at once do not mix them', () => {
    const fourier = createFourier(size)
    const [a, b] = [signal(), signal()]
    const [aSpectrum, bSpectrum, back] = [fourier.newSpectrum(), fourier.newSpectrum(), new Float64Array(size)]
    fourier.transform(a, aSpectrum)
    fourier.transform(b, bSpectrum)
    fourier.inTimeDomain(aSpectrum, bSpectrum, (aTime, bTime) => {
      close(aTime, a)
      close(bTime, b)
      aTime.fill(0, size / 2)
      bTime.reverse()
    })
    fourier.inverse(aSpectrum, back)
    close(
      back,
      a.map((value, n) => (n < size / 2 ? value : 0)),
    )
    fourier.inverse(bSpectrum, back)
    close(back, b.toReversed())
  })
})
