import { instant } from '@mynah/shared/time/instant.ts'
import { expect, it } from 'vitest'
import { repeated } from '../../src/local/recurrence.ts'

const up = { item_id: 'up', kind: 'alarm', fires_at: '2026-01-02T06:00:00.000Z' } as const
const fridayMs = instant(up.fires_at).getTime()

it('an alarm of workdays waits from Friday for Monday, one without a repeat for nothing', () => {
  const repeat = { weekdays: [1, 2, 3, 4, 5], at: '07:00', time_zone: 'Europe/Zurich' }
  expect(repeated({ ...up, repeat }, fridayMs)).toEqual({ ...up, repeat, fires_at: '2026-01-05T06:00:00.000Z' })
  expect(repeated(up, fridayMs)).toBeUndefined()
})
