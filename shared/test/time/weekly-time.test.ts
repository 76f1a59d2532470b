import { describe, expect, it } from 'vitest'
import { instant } from '../../src/time/instant.ts'
import { nextWeeklyTime, type WeeklyTime } from '../../src/time/weekly-time.ts'

const everyDay = [0, 1, 2, 3, 4, 5, 6]
const weekly = (at: string, weekdays: number[] = everyDay, timeZone = 'Europe/Zurich'): WeeklyTime => ({
  weekdays,
  at,
  time_zone: timeZone,
})
const next = (time: WeeklyTime, after: string): string | undefined => {
  const atMs = nextWeeklyTime(time, instant(after).getTime())
  return atMs === undefined ? undefined : instant(atMs).toISOString()
}

describe('a time of the week', () => {
  it('stays at seven when the clocks go forward and back', () => {
    expect(next(weekly('07:00'), '2026-03-28T06:00:00Z')).toBe('2026-03-29T05:00:00.000Z')
    expect(next(weekly('07:00'), '2026-10-24T05:00:00Z')).toBe('2026-10-25T06:00:00.000Z')
  })
  it('in the hour that is skipped is after the gap, on the day before and after at its own time', () => {
    expect(next(weekly('02:30'), '2026-03-28T02:00:00Z')).toBe('2026-03-29T01:30:00.000Z')
    expect(next(weekly('02:30'), '2026-03-29T01:30:00Z')).toBe('2026-03-30T00:30:00.000Z')
  })
  it('in the hour that comes twice is once', () => {
    expect(next(weekly('02:30'), '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z')
    expect(next(weekly('02:30'), '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z')
  })
  it('on weekdays skips the weekend, and on one day waits a week', () => {
    expect(next(weekly('07:00', [1, 2, 3, 4, 5]), '2026-01-02T06:00:00Z')).toBe('2026-01-05T06:00:00.000Z')
    expect(next(weekly('07:00', [5]), '2026-01-02T06:00:00Z')).toBe('2026-01-09T06:00:00.000Z')
  })
  it('is strictly later, so that an alarm never comes again at once', () => {
    expect(next(weekly('07:00'), '2026-01-02T06:00:00.000Z')).toBe('2026-01-03T06:00:00.000Z')
    expect(next(weekly('07:00'), '2026-01-02T05:59:59.999Z')).toBe('2026-01-02T06:00:00.000Z')
  })
  it('follows the date of its zone, not that of the machine', () => {
    expect(next(weekly('00:15', everyDay, 'Asia/Shanghai'), '2026-01-01T12:00:00Z')).toBe('2026-01-01T16:15:00.000Z')
  })
  it('is none without a weekday', () => {
    expect(next(weekly('07:00', []), '2026-01-01T12:00:00Z')).toBeUndefined()
  })
})
