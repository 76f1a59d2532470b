import { expect, test } from 'vitest'
import { createMetrics } from '../../src/metrics/registry.ts'

test('metrics are written in the Prometheus text format', async () => {
  const metrics = createMetrics()
  const drops = metrics.counter('mynah_drops_total', 'Dropped messages')
  drops.add({ reason: 'not_json' })
  drops.add({ reason: 'not_json' }, 2)
  metrics.gauge('mynah_online', 'Speakers online').set(4)
  const turns = metrics.histogram('mynah_turn_ms', 'Length of a turn', [100, 1_000])
  turns.observe(50)
  turns.observe(500)
  turns.observer()(5_000)
  expect(await metrics.render()).toBe(
    [
      '# HELP mynah_drops_total Dropped messages',
      '# TYPE mynah_drops_total counter',
      'mynah_drops_total{reason="not_json"} 3',
      '# HELP mynah_online Speakers online',
      '# TYPE mynah_online gauge',
      'mynah_online 4',
      '# HELP mynah_turn_ms Length of a turn',
      '# TYPE mynah_turn_ms histogram',
      'mynah_turn_ms_bucket{le="100"} 1',
      'mynah_turn_ms_bucket{le="1000"} 2',
      'mynah_turn_ms_bucket{le="+Inf"} 3',
      'mynah_turn_ms_sum 5550',
      'mynah_turn_ms_count 3',
      '',
    ].join('\n'),
  )
})

test('a label value cannot break out of its line', async () => {
  const metrics = createMetrics()
  metrics.counter('a_total', 'A').add({ name: 'x"} 1\nevil 2\\' })
  expect(await metrics.render()).toContain('a_total{name="x\\"} 1\\nevil 2\\\\"} 1')
})

test('label sets are bounded: the rest share one', async () => {
  const metrics = createMetrics()
  const counter = metrics.counter('a_total', 'A')
  for (let index = 0; index < 2_000; index++) counter.add({ device: `device-${index}` })
  const lines = (await metrics.render()).split('\n')
  expect(lines.length).toBeLessThan(510)
  expect(lines.some((line) => line === 'a_total{overflow="true"} 1500')).toBe(true)
})

test('gauges that are read when asked are fresh', async () => {
  const metrics = createMetrics()
  const gauge = metrics.gauge('a', 'A')
  let value = 0
  metrics.beforeRender(() => gauge.set(++value))
  await metrics.render()
  expect(await metrics.render()).toContain('\na 2\n')
})
