import { seededRandom } from '@mynah/shared/streams/random.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { percentile, turnMetricsOf } from '../../src/api/system/turn-metrics.ts'
import { createTurnArchive } from '../../src/store/turn-archive.ts'
import { temporaryStore } from '../temporary-store.ts'

const clock = createManualClock()
const { signal } = new AbortController()
let fixture: ReturnType<typeof temporaryStore>
beforeEach(() => {
  fixture = temporaryStore(clock)
})
afterEach(() => fixture.close())

const random = seededRandom(3)
const hourMs = 3_600_000
/** Many begin at the same moment; half of them within the last day. */
const someTurns = Array.from({ length: 1_600 }, (_, index) => ({
  sessionId: `turn-${index}`,
  homeId: index % 10 === 0 ? 'cabin' : index % 10 === 1 ? 'strangers' : 'home',
  agoMs: Math.floor(random() * 2_880) * 60_000,
  latencyMs: Math.floor(random() * 1_000),
  isFailed: random() < 0.1,
}))

test('figures of a day are read in slices, and others have a turn in between', async () => {
  const { store } = fixture
  const nowMs = clock.wallTime().getTime()
  store.atOnce(() => {
    for (const { sessionId, homeId, agoMs, latencyMs, isFailed } of someTurns) {
      const turn = { sessionId, conversationId: 'talk', deviceId: 'kitchen' }
      const startedAt = instant(nowMs - agoMs)
      store.turns.open({ ...turn, homeId, trigger: 'button', language: 'en', startedAt })
      store.turns.close({
        ...turn,
        endedAt: startedAt,
        outcome: isFailed ? 'failed' : 'completed',
        ...(isFailed && { error: { stage: 'stt', code: 'refused' } }),
        heardText: '',
        replyText: '',
        heardReplyText: '',
        toolsCalled: [],
        timings: { end_of_speech_to_first_audio: latencyMs },
      })
    }
  })
  const archive = createTurnArchive({ db: store.db, sealer: store.sealer, sounds: store.sounds, clock })
  /** How many turns were read without a pause. */
  const atOnce: number[] = [0]
  const watched = {
    figures: (...asked: Parameters<typeof archive.figures>) => {
      const found = archive.figures(...asked)
      atOnce.push((atOnce.pop() ?? 0) + found.length)
      return found
    },
  }
  const pausing = {
    ...clock,
    sleep: (delayMs: number) => {
      atOnce.push(0)
      return clock.sleep(delayMs)
    },
  }
  const reading = turnMetricsOf({ archive: watched, clock: pausing }, { homeIds: ['home', 'cabin'], hours: 24 }, signal)
  await clock.advance(0)
  const metrics = await reading

  const wanted = someTurns.filter(({ homeId, agoMs }) => homeId !== 'strangers' && agoMs <= 24 * hourMs)
  const latencies = wanted.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
  const failed = wanted.filter(({ isFailed }) => isFailed).length
  expect(wanted.length).toBeGreaterThan(600)
  expect(metrics).toMatchObject({
    turn_count: wanted.length,
    failed_count: failed,
    failures: [{ stage: 'stt', code: 'refused', count: failed }],
    hops: {
      end_of_speech_to_first_audio: {
        count: wanted.length,
        p50: percentile(latencies, 0.5),
        p95: percentile(latencies, 0.95),
      },
    },
  })
  const agoOf = (at: string) => nowMs - instant(at).getTime()
  for (const [index, { at, turns }] of metrics.series.entries()) {
    const end = index === metrics.series.length - 1 ? -1 : agoOf(metrics.series[index + 1]?.at ?? '')
    expect(turns).toBe(wanted.filter(({ agoMs }) => agoMs <= agoOf(at) && agoMs > end).length)
  }
  expect(atOnce.length).toBeGreaterThan(2)
  expect(Math.max(...atOnce)).toBeLessThan(600)
})
