import { expect, test } from 'vitest'
import { createHistogram, mergeHistograms } from '../../src/load/histogram.ts'

test('percentiles are those of the sorted values, to a tenth of a millisecond', () => {
  const histogram = createHistogram()
  for (let ms = 1_000; ms >= 1; ms--) histogram.add(ms / 10)
  expect([0.5, 0.95, 0.99, 1].map(histogram.percentile)).toEqual([50, 95, 99, 100])
})

test('what is beyond its ends counts at its ends, and nothing counts as nothing', () => {
  const histogram = createHistogram()
  expect(histogram.percentile(0.99)).toBe(0)
  histogram.add(-5)
  histogram.add(1e9)
  expect([histogram.percentile(0.5), histogram.percentile(1)]).toEqual([0, 10_000])
})

test('two processes count as one', () => {
  const [one, other] = [createHistogram(), createHistogram()]
  one.add(1)
  other.add(3)
  other.add(5)
  const both = mergeHistograms([one.counts, other.counts])
  expect([both.count(), both.percentile(0.5), both.percentile(1)]).toEqual([3, 3, 5])
})
