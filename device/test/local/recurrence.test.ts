import { instant } from '@mynah/shared/time/instant.ts'
import type { ScheduleItem } from '@mynah/shared/wire/topics.ts'
import { describe, expect, it } from 'vitest'
import { nextFiring } from '../../src/local/recurrence.ts'

const everyDay = [0, 1, 2, 3, 4, 5, 6]
const itemAt = (at: string, weekdays: number[] = everyDay, timeZone = 'Europe/Zurich'): ScheduleItem => ({
  item_id: 'up',
  kind: 'alarm',
  fires_at: '2026-01-01T06:00:00.000Z',
  repeat: { weekdays, at, time_zone: timeZone },
})
const next = (item: ScheduleItem, after: string): string | undefined => {
  const atMs = nextFiring(item, instant(after).getTime())
  return atMs === undefined ? undefined : instant(atMs).toISOString()
}

describe('a repeating alarm', () => {
  it('stays at seven when the clocks go forward and back', () => {
    expect(next(itemAt('07:00'), '2026-03-28T06:00:00Z')).toBe('2026-03-29T05:00:00.000Z')
    expect(next(itemAt('07:00'), '2026-10-24T05:00:00Z')).toBe('2026-10-25T06:00:00.000Z')
  })
  it('in the hour that is skipped rings after the gap, on the day before and after at its own time', () => {
    expect(next(itemAt('02:30'), '2026-03-28T02:00:00Z')).toBe('2026-03-29T01:30:00.000Z')
    expect(next(itemAt('02:30'), '2026-03-29T01:30:00Z')).toBe('2026-03-30T00:30:00.000Z')
  })
  it('in the hour that comes twice rings once', () => {
    expect(next(itemAt('02:30'), '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z')
    expect(next(itemAt('02:30'), '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z')
  })
  it('on weekdays skips the weekend, and on one day waits a week', () => {
    expect(next(itemAt('07:00', [1, 2, 3, 4, 5]), '2026-01-02T06:00:00Z')).toBe('2026-01-05T06:00:00.000Z')
    expect(next(itemAt('07:00', [5]), '2026-01-02T06:00:00Z')).toBe('2026-01-09T06:00:00.000Z')
  })
  it('is strictly later, so that an alarm never comes again at once', () => {
    expect(next(itemAt('07:00'), '2026-01-02T06:00:00.000Z')).toBe('2026-01-03T06:00:00.000Z')
    expect(next(itemAt('07:00'), '2026-01-02T05:59:59.999Z')).toBe('2026-01-02T06:00:00.000Z')
  })
  it('follows the date of its zone, not that of the speaker', () => {
    expect(next(itemAt('00:15', everyDay, 'Asia/Shanghai'), '2026-01-01T12:00:00Z')).toBe('2026-01-01T16:15:00.000Z')
  })
  it('is none when nothing repeats', () => {
    expect(nextFiring({ item_id: 'a', kind: 'alarm', fires_at: '2026-01-01T06:00:00.000Z' }, 0)).toBeUndefined()
  })
})
