import { expect, test } from 'vitest'
import { microCases } from '../../bench/micro-cases.ts'
import { ratioGraph } from '../../bench/micro-graph.ts'

test('every case of the benchmarks works, over and over, and so does its baseline', () => {
  for (const { work, baseline } of microCases()) {
    for (let again = 0; again < 300; again++) {
      expect(work()).toBeDefined()
      expect(baseline.work()).toBeDefined()
    }
  }
})

test('the graph has a bar for each row, longer for a greater ratio, and nothing that breaks the picture', () => {
  const row = (name: string, ratio: number) => ({ name, us: 1, baseline: 'b', baselineUs: 1, ratio })
  const svg = ratioGraph([row('a < b & c', 2), row('d', 50)])
  const widths = [...svg.matchAll(/height="18"/g)].length
  const bars = [...svg.matchAll(/width="([\d.]+)" height="18"/g)].map(([, each]) => Number(each))
  expect([widths, bars.length]).toEqual([2, 2])
  expect(bars[1]).toBeGreaterThan(bars[0] ?? 0)
  expect(svg).toContain('a &lt; b &amp; c')
})
