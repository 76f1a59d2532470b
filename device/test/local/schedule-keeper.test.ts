import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { ScheduleChange, ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createScheduleKeeper } from '../../src/local/schedule-keeper.ts'
import { untilDiskRests } from '../disk-rest.ts'

let dir = ''
const stops: (() => Promise<void>)[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-schedule-'))
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await rm(dir, { recursive: true, force: true })
})

const startedAt = '2026-01-01T08:00:00.000Z'

const start = async (at = startedAt) => {
  const manual = createManualClock(instant(at))
  let jumpMs = 0
  // A wall clock that can be set, as NTP does.
  const clock = { ...manual, wallTime: () => instant(manual.wallTime().getTime() + jumpMs) }
  const ringing = new Set<string>()
  const firedAtMs: number[] = []
  const states: Omit<FromDeviceMessage<'schedule/state'>, 'v'>[] = []
  const events: Omit<FromDeviceMessage<'event'>, 'v'>[] = []
  const keeper = createScheduleKeeper({
    path: join(dir, 'schedule.json'),
    clock,
    log: silentLog,
    ring: (item) => {
      ringing.add(item.item_id)
      return { stop: () => void ringing.delete(item.item_id) }
    },
    publishState: (state) => states.push(state),
    publishEvent: (event) => events.push(event),
    onFired: () => firedAtMs.push(manual.now()),
  })
  await keeper.load()
  const stop = new AbortController()
  const finished = keeper.run(stop.signal)
  const close = async () => {
    stop.abort()
    await manual.advance(1_000)
    await finished
  }
  stops.push(close)
  return {
    keeper,
    ringing,
    firedAtMs,
    states,
    events,
    close,
    setWallClock: (byMs: number) => {
      jumpMs += byMs
    },
    /** A change that does nothing waits for all that is being written. */
    written: async () => {
      await keeper.receive({ action: 'cancel', change_id: 'nothing', item_id: 'none' })
      await manual.advance(0)
    },
    pass: async (ms: number) => {
      await manual.advance(ms)
      await untilDiskRests(15)
      await manual.advance(0)
    },
  }
}

const timer = (itemId: string, afterMs: number, changeId = `set-${itemId}`): ScheduleChange => ({
  action: 'set',
  change_id: changeId,
  item: { item_id: itemId, kind: 'timer', fires_at: instant(instant(startedAt).getTime() + afterMs).toISOString() },
})

describe('a timer', () => {
  it('is acknowledged in the state, fires on time and rings until it is stopped', async () => {
    const at = await start()
    await at.keeper.receive(timer('tea', 90_500))
    expect(at.states.at(-1)).toMatchObject({ applied_change_id: 'set-tea', items: [{ item_id: 'tea' }] })
    await at.pass(90_400)
    expect(at.ringing.size).toBe(0)
    await at.pass(200)
    expect(at.firedAtMs).toEqual([90_500])
    expect([...at.ringing]).toEqual(['tea'])
    expect(at.events).toMatchObject([{ type: 'timer_fired', item_id: 'tea' }])
    await at.keeper.stopRinging()
    expect(at.ringing.size).toBe(0)
    expect(at.states.at(-1)).toMatchObject({ items: [] })
  })
  it('fires after a restart, from disk', async () => {
    const before = await start()
    await before.keeper.receive(timer('tea', 60_000))
    await before.close()
    const after = await start('2026-01-01T08:00:50.000Z')
    await after.pass(9_900)
    expect(after.ringing.size).toBe(0)
    await after.pass(200)
    expect([...after.ringing]).toEqual(['tea'])
  })
  it('that was due while the speaker was off rings at once, unless it is more than an hour ago', async () => {
    const before = await start()
    await before.keeper.receive(timer('old', 60_000))
    await before.keeper.receive(timer('recent', 5_000_000))
    await before.close()
    const after = await start('2026-01-01T09:30:00.000Z')
    await after.pass(50)
    expect([...after.ringing]).toEqual(['recent'])
    await expect
      .poll(() => after.events.find((event) => event.code === 'schedule_missed'))
      .toMatchObject({ item_id: 'old' })
  })
  it('is stopped by a cancel, also while it rings', async () => {
    const at = await start()
    await at.keeper.receive(timer('tea', 1_000))
    await at.pass(1_100)
    expect(at.ringing.size).toBe(1)
    await at.keeper.receive({ action: 'cancel_all', change_id: 'c', kind: 'timer' })
    expect(at.ringing.size).toBe(0)
    expect(at.keeper.isRinging()).toBe(false)
  })
  it('gives up ringing after five minutes', async () => {
    const at = await start()
    await at.keeper.receive(timer('tea', 1_000))
    await at.pass(1_100)
    await at.pass(300_000)
    expect(at.ringing.size).toBe(0)
    // The state is told once it is on the disk, which is real.
    await expect.poll(() => at.states.at(-1)?.items).toEqual([])
  })
  it('that was delivered twice does not come back after it has rung', async () => {
    const at = await start()
    await at.keeper.receive(timer('tea', 1_000))
    await at.pass(1_100)
    await at.keeper.stopRinging()
    await at.keeper.receive(timer('tea', 1_000))
    await at.pass(1_100)
    expect(at.firedAtMs).toHaveLength(1)
    expect(at.states.at(-1)).toMatchObject({ applied_change_id: 'set-tea', items: [] })
  })
  it('keeps its length when the wall clock is set, in either direction, and tells its new time', async () => {
    for (const jumpMs of [3 * 365 * 86_400_000, -86_400_000]) {
      const at = await start()
      await at.keeper.receive(timer(`tea${jumpMs}`, 60_000))
      await at.pass(30_000)
      at.setWallClock(jumpMs)
      await at.pass(1_000)
      await at.written()
      await at.pass(28_000)
      expect(at.ringing.size).toBe(0)
      const moved = instant(instant(startedAt).getTime() + 60_000 + jumpMs)
      const told = at.states.at(-1)?.items.find((item) => item.item_id === `tea${jumpMs}`)
      expect(Math.abs(instant(told?.fires_at ?? '').getTime() - moved.getTime())).toBeLessThan(10)
      await at.pass(1_100)
      expect([...at.ringing]).toEqual([`tea${jumpMs}`])
      await at.keeper.stopRinging()
      await at.close()
    }
  })
  it('that is delivered again after the wall clock was set keeps its length', async () => {
    const at = await start()
    await at.keeper.receive(timer('tea', 60_000))
    await at.pass(10_000)
    at.setWallClock(3_600_000)
    await at.pass(1_000)
    await at.keeper.receive(timer('tea', 60_000))
    await at.pass(48_000)
    await at.written()
    expect(at.ringing.size).toBe(0)
    await at.pass(1_100)
    expect([...at.ringing]).toEqual(['tea'])
  })
  it('rings in time on a speaker whose wall clock is behind, whether or not that is set meanwhile', async () => {
    for (const isSet of [false, true]) {
      const at = await start()
      at.setWallClock(-3_600_000)
      const set = timer(`tea${isSet}`, 60_000)
      if (set.action === 'set') await at.keeper.receive({ ...set, item: { ...set.item, duration_ms: 60_000 } })
      await at.pass(30_000)
      if (isSet) at.setWallClock(3_600_000)
      await at.pass(29_000)
      await at.written()
      expect(at.ringing.size).toBe(0)
      await at.pass(1_100)
      await at.written()
      await at.pass(1_100)
      expect([...at.ringing]).toEqual([`tea${isSet}`])
      await at.keeper.stopRinging()
      await at.close()
    }
  })
  it('is not acknowledged when the disk refuses it, and rings all the same', async () => {
    const at = await start()
    await rm(dir, { recursive: true })
    await writeFile(dir, 'no folder')
    await at.keeper.receive(timer('tea', 5_000))
    expect(at.events).toMatchObject([{ type: 'error', code: 'schedule_not_stored' }])
    expect(at.states.map((state) => state.applied_change_id)).toEqual([undefined])
    await at.pass(5_100)
    expect([...at.ringing]).toEqual(['tea'])
  })
  it('is refused when there are 200 already', async () => {
    const at = await start()
    for (let i = 0; i < 200; i++) await at.keeper.receive(timer(`t${i}`, 3_600_000 + i))
    await at.keeper.receive(timer('one-more', 1_000))
    expect(at.events.at(-1)).toMatchObject({ type: 'error', code: 'schedule_full' })
    expect(at.states.at(-1)?.items).toHaveLength(200)
  })
})

const alarm = (itemId: string, firesAt: string, repeat?: ScheduleItem['repeat']): ScheduleChange => ({
  action: 'set',
  change_id: `set-${itemId}`,
  item: { item_id: itemId, kind: 'alarm', fires_at: firesAt, ...(repeat ? { repeat } : {}) },
})

describe('an alarm', () => {
  it('belongs to the wall clock: it fires within a second when that is set past it', async () => {
    const at = await start()
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z'))
    await at.pass(500)
    at.setWallClock(3_600_000)
    await at.pass(1_000)
    expect([...at.ringing]).toEqual(['up'])
  })
  it('that repeats waits for its next day when it was stopped, also on the disk', async () => {
    const at = await start()
    const repeat = { weekdays: [0, 1, 2, 3, 4, 5, 6], at: '09:00', time_zone: 'UTC' }
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z', repeat))
    await at.pass(3_600_000)
    expect([...at.ringing]).toEqual(['up'])
    await at.keeper.stopRinging()
    expect(at.states.at(-1)?.items).toMatchObject([{ item_id: 'up', fires_at: '2026-01-02T09:00:00.000Z' }])
    await at.close()
    const after = await start('2026-01-02T08:59:58.000Z')
    await after.pass(2_100)
    expect([...after.ringing]).toEqual(['up'])
  })
  it('that repeats and was missed while the speaker was off rings at its next time', async () => {
    const at = await start()
    const repeat = { weekdays: [1, 2, 3, 4, 5], at: '09:00', time_zone: 'UTC' }
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z', repeat))
    await at.close()
    // A Saturday.
    const after = await start('2026-01-03T12:00:00.000Z')
    await after.pass(100)
    await after.written()
    expect(after.ringing.size).toBe(0)
    expect(after.states.at(-1)?.items).toMatchObject([{ fires_at: '2026-01-05T09:00:00.000Z' }])
  })
  it('that repeats rings on the days that come again when the clock was a day ahead, and once when it was set by minutes', async () => {
    const at = await start()
    const repeat = { weekdays: [0, 1, 2, 3, 4, 5, 6], at: '09:00', time_zone: 'UTC' }
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z', repeat))
    await at.pass(1_000)
    at.setWallClock(86_400_000)
    await at.pass(1_000)
    await at.written()
    expect(at.states.at(-1)?.items).toMatchObject([{ fires_at: '2026-01-02T09:00:00.000Z' }])
    at.setWallClock(-86_400_000)
    await at.pass(1_000)
    await at.written()
    expect(at.states.at(-1)?.items).toMatchObject([{ fires_at: '2026-01-01T09:00:00.000Z' }])
    await at.pass(3_600_000)
    expect([...at.ringing]).toEqual(['up'])
    await at.keeper.stopRinging()
    at.setWallClock(-600_000)
    await at.pass(1_000)
    await at.written()
    expect(at.states.at(-1)?.items).toMatchObject([{ fires_at: '2026-01-02T09:00:00.000Z' }])
  })
  it('waits through a start in 1970 until the time has come from the network, whether it repeats or not', async () => {
    const at = await start()
    const repeat = { weekdays: [0, 1, 2, 3, 4, 5, 6], at: '09:00', time_zone: 'UTC' }
    await at.keeper.receive(alarm('up', '2026-01-02T09:00:00.000Z', repeat))
    await at.keeper.receive(alarm('once', '2026-01-02T09:00:00.000Z'))
    await at.close()
    const after = await start('1970-01-01T08:59:00.000Z')
    await after.pass(120_000)
    expect(after.ringing.size).toBe(0)
    after.setWallClock(instant('2026-01-02T08:59:58.000Z').getTime() - instant('1970-01-01T09:01:00.000Z').getTime())
    await after.pass(1_000)
    expect(after.ringing.size).toBe(0)
    await after.pass(1_100)
    expect([...after.ringing].sort()).toEqual(['once', 'up'])
    expect(after.events.every((event) => event.code === undefined)).toBe(true)
  })
  it('in a zone that nobody knows is refused', async () => {
    const at = await start()
    const repeat = { weekdays: [1], at: '09:00', time_zone: 'Mars/Olympus' }
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z', repeat))
    expect(at.events.at(-1)).toMatchObject({ code: 'schedule_bad_time_zone' })
  })
})

describe('what the disk has damaged', () => {
  const path = () => join(dir, 'schedule.json')
  const twoAlarms = async () => {
    const at = await start()
    await at.keeper.receive(alarm('up', '2026-01-01T09:00:00.000Z'))
    await at.keeper.receive(alarm('later', '2026-01-01T10:00:00.000Z'))
    await at.close()
  }
  it('costs no alarm while one of its two files is whole', async () => {
    await twoAlarms()
    await writeFile(path(), '')
    const after = await start('2026-01-01T08:59:59.000Z')
    expect(after.events).toEqual([])
    await after.pass(1_100)
    expect([...after.ringing]).toEqual(['up'])
    expect(after.keeper.items()).toHaveLength(2)
  })
  it('costs the one alarm that cannot be understood, and the cloud is told', async () => {
    await twoAlarms()
    const stored = JSON.parse(await readFile(path(), 'utf8'))
    stored.items[1].kind = 'sunrise'
    stored.items.push({
      ...stored.items[0],
      item_id: 'mars',
      repeat: { weekdays: [1], at: '07:00', time_zone: 'Mars/X' },
    })
    stored.due = 'garbage'
    await writeFile(path(), JSON.stringify(stored))
    const after = await start('2026-01-01T08:59:59.000Z')
    expect(after.events).toMatchObject([{ type: 'error', code: 'schedule_damaged' }])
    await after.pass(1_100)
    expect([...after.ringing]).toEqual(['up'])
    expect(after.keeper.items().map((item) => item.item_id)).toEqual(['up'])
  })
  it('is told to the cloud when nothing of it is left', async () => {
    await twoAlarms()
    await writeFile(path(), '')
    await writeFile(`${path()}.copy`, '')
    const after = await start()
    expect(after.events).toMatchObject([{ type: 'error', code: 'schedule_damaged' }])
    await after.keeper.receive(alarm('new', '2026-01-01T08:00:01.000Z'))
    await after.pass(1_100)
    expect([...after.ringing]).toEqual(['new'])
  })
})
