import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createScheduleKeeper } from '../../src/local/schedule-keeper.ts'

/** `MYNAH_ALARM_RUNS` plays more of them: `npm run test:alarms`. */
const runs = Number(process.env.MYNAH_ALARM_RUNS ?? 1)
const items = 100
const lengthMs = 3_600_000
const startMs = instant('2026-03-29T00:00:00.000Z').getTime()
const stepMs = 500
const restartMs = 3_000

/**
 * An hour in which the program is restarted again and again and the wall clock is set, also while it is off. A timer is due by the
 * clock that nobody sets, an alarm when the wall clock first shows its time. Answers how late each was, in ms; what never fired is
 * Infinity, what fired twice is -Infinity.
 */
const playHour = async (seed: number): Promise<readonly number[]> => {
  const random = seededRandom(seed)
  const dir = await mkdtemp(join(tmpdir(), 'mynah-alarms-'))
  const world = createManualClock(instant(startMs))
  let setByMs = 0
  const wallMs = () => startMs + world.now() + setByMs
  const clock = { ...world, wallTime: () => instant(wallMs()) }
  const boot = { bootId: 'one', uptimeMs: world.now }
  const firedAtMs = new Map<string, number[]>()
  const rangAtMs: number[] = []
  let wallSetAtMs = Number.NEGATIVE_INFINITY
  /** The disk is real and takes its time; virtual time must wait for it when something is written: a set clock, a ring that gives up. */
  const isWriting = () => {
    const isNow = (atMs: number) => world.now() >= atMs && world.now() - atMs <= 3 * stepMs
    return isNow(wallSetAtMs) || rangAtMs.some((atMs) => isNow(atMs + 300_000) || isNow(atMs + 600_000))
  }
  const start = async () => {
    const keeper = createScheduleKeeper({
      path: join(dir, 'schedule.json'),
      clock,
      boot,
      log: silentLog,
      ring: () => {
        rangAtMs.push(world.now())
        return { stop: () => {} }
      },
      publishState: () => {},
      publishEvent: () => {},
      onFired: ({ item_id: itemId }) => {
        // What still rings at a restart rings on; it did not fire again.
        const before = firedAtMs.get(itemId) ?? []
        if (!before.some((atMs) => startedAtMs > atMs)) firedAtMs.set(itemId, [...before, world.now()])
      },
    })
    const startedAtMs = world.now()
    await keeper.load()
    const stop = new AbortController()
    const finished = keeper.run(stop.signal)
    return {
      keeper,
      stop: async () => {
        stop.abort()
        await world.advance(0)
        await finished
      },
    }
  }
  const dueAtMs = new Map<string, number>()
  const alarms = new Map<string, number>()
  try {
    let running = await start()
    for (let i = 0; i < items; i++) {
      const afterMs = 10_000 + Math.floor(random() * (lengthMs - 60_000))
      const isTimer = i % 2 === 0
      const itemId = `i${i}`
      const firesAtMs = startMs + afterMs
      if (isTimer) dueAtMs.set(itemId, afterMs)
      else alarms.set(itemId, firesAtMs)
      const item = {
        item_id: itemId,
        kind: isTimer ? 'timer' : 'alarm',
        fires_at: instant(firesAtMs).toISOString(),
      } as const
      await running.keeper.receive({ action: 'set', change_id: `c${i}`, item })
    }
    const noticeAlarms = () => {
      for (const [itemId, firesAtMs] of alarms) {
        if (!dueAtMs.has(itemId) && wallMs() >= firesAtMs) dueAtMs.set(itemId, world.now())
      }
    }
    const setWallClock = () => {
      // At most so far that no alarm counts as missed.
      setByMs = Math.floor((random() - 0.3) * 600_000)
      wallSetAtMs = world.now()
      noticeAlarms()
    }
    const written = async () => {
      if (isWriting()) await running.keeper.receive({ action: 'cancel', change_id: 'seen', item_id: 'none' })
    }
    const off: { fromMs: number; toMs: number }[] = []
    while (world.now() < lengthMs) {
      await world.advance(stepMs)
      noticeAlarms()
      await written()
      if (random() < 0.004) setWallClock()
      if (random() < 0.004) {
        await running.keeper.receive({ action: 'cancel', change_id: 'seen', item_id: 'none' })
        await running.stop()
        const fromMs = world.now()
        await world.advance(restartMs)
        if (random() < 0.5) setWallClock()
        noticeAlarms()
        off.push({ fromMs, toMs: world.now() })
        running = await start()
        await running.keeper.receive({ action: 'cancel', change_id: 'seen', item_id: 'none' })
      }
    }
    for (let i = 0; i < 20; i++) {
      await world.advance(stepMs)
      await written()
    }
    noticeAlarms()
    await running.stop()
    return [...dueAtMs].map(([itemId, dueMs]) => {
      const fired = firedAtMs.get(itemId) ?? []
      if (fired.length > 1) return Number.NEGATIVE_INFINITY
      // Nobody rings while the program is not running: it is due when it comes back.
      const pause = off.find(({ fromMs, toMs }) => dueMs > fromMs && dueMs <= toMs)
      return (fired[0] ?? Number.POSITIVE_INFINITY) - (pause?.toMs ?? dueMs)
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

describe('timers and alarms', () => {
  it.each(Array.from({ length: runs }, (_, run) => run + 1))(
    'fire within a second through restarts and a wall clock that is set, 100 of 100 (run %i)',
    async (seed) => {
      const lateMs = await playHour(seed)
      expect(lateMs.length).toBeGreaterThanOrEqual(items / 2)
      expect(lateMs.filter((ms) => Math.abs(ms) > 1_000)).toEqual([])
    },
    60_000,
  )
})
