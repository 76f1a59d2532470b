import { createJsonLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createDropCount } from '../../src/broker/drop-count.ts'
import { createMetrics } from '../../src/metrics/registry.ts'

test('a flood of bad messages is one line a minute and an exact count', async () => {
  const clock = createManualClock()
  const lines: string[] = []
  const counter = createMetrics().counter('drops', 'drops')
  const drop = createDropCount({ clock, counter, log: createJsonLog({ clock, writeLine: (line) => lines.push(line) }) })
  for (let count = 0; count < 10_000; count++) drop({ reason: 'not_json', detail: 'status: no JSON' }, 'kitchen')
  drop({ reason: 'foreign_topic', detail: 'a topic of another speaker' }, 'kitchen')
  expect(lines).toEqual([])
  await clock.advance(60_000)
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    dropped: { not_json: { count: 10_000, lastDevice: 'kitchen' }, foreign_topic: { count: 1 } },
  })
  expect(counter.value({ reason: 'not_json' })).toBe(10_000)
  await clock.advance(600_000)
  expect(lines).toHaveLength(1)
  expect(clock.pendingTimers()).toBe(0)
})
