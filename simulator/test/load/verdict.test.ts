import { describe, expect, test } from 'vitest'
import type { RecordedTurn } from '../../src/cloud-contract.ts'
import { createHistogram } from '../../src/load/histogram.ts'
import type { ApiReport, BrowsersReport, SpeakersReport } from '../../src/load/load-messages.ts'
import { judge, type Measured } from '../../src/load/verdict.ts'

const none = createHistogram().counts
const turn = (sessionId: string, more: Partial<RecordedTurn> = {}): RecordedTurn => ({
  sessionId,
  deviceId: 'a',
  conversationId: 'c',
  trigger: 'button',
  heard: '',
  reply: '',
  heardReply: '',
  outcome: 'completed',
  timings: {},
  uplinkAudio: { received: 100, lost: 0, recovered: 0, late: 0 },
  ...more,
})
const speakers: SpeakersReport = {
  online: 2,
  peakStreams: 1,
  statusesSent: 6,
  statusesUnacknowledged: 0,
  lastUptimeMs: Float64Array.of(50, 60),
  statusesSinceBegin: Uint32Array.of(2, 1),
  watchedStatuses: [{ uptimeMs: 50, atMs: 1_000 }],
  configsApplied: 1,
  reconnects: 0,
  turns: { begun: 1, completed: 1, busy: 0, failed: 0, sessionIds: ['s1'] },
  packets: { sent: 100, expected: 100, missing: 0, foreign: 0, underruns: 0 },
  wakeToAck: none,
  commitToFirstAudio: none,
  downlinkLate: none,
  readLate: none,
  connectMs: none,
  loopLag: none,
  violations: {},
}
const api: ApiReport = {
  answered: 40,
  refused: 0,
  heldMs: 2_000,
  answeredInHold: 20,
  configsAnswered: 1,
  configsLate: 0,
  tokensRenewed: 0,
  latency: none,
  config: none,
  loopLag: none,
  violations: {},
}
const browsers: BrowsersReport = {
  connected: 3,
  events: 9,
  reconnects: 0,
  gaps: [],
  watched: [{ uptimeMs: 50, count: 3, lastAtMs: 1_012 }],
  statusesSeen: { a: 2, b: 1 },
  loopLag: none,
  violations: {},
}
const good: Measured = {
  options: {
    devices: 2,
    streams: 1,
    apiRps: 10,
    browsers: 3,
    seconds: 2,
    statusEverySeconds: 30,
    engines: 'scripted',
    json: true,
  },
  speakers: [speakers],
  deviceIds: [['a', 'b']],
  api,
  browsers,
  listed: new Map([
    ['a', 50],
    ['b', 60],
  ]),
  turns: [turn('s1')],
  idleCpuPct: 40,
  toleratesFaults: false,
}

describe('the verdict on a run', () => {
  test('in which everything was right has no violation and these figures', () => {
    const { row, violations } = judge(good)
    expect(violations).toEqual({})
    expect(row).toMatchObject({ devices: 2, streams: 1, lost_status: 0, audio_loss_pct: 0, api_rps: 10, fanout_ms: 12 })
  })

  test('has exactly the keys that scripts rely on', () => {
    expect(Object.keys(judge(good).row)).toEqual([
      'devices',
      'streams',
      'lost_status',
      'audio_loss_pct',
      'foreign_audio',
      'config_p99_ms',
      'api_rps',
      'api_p99_ms',
      'fanout_ms',
      'downlink_late_p99_ms',
      'idle_cpu_pct',
    ])
  })

  test.each<[string, Partial<Measured>]>([
    ['a status that nobody acknowledged', { speakers: [{ ...speakers, statusesUnacknowledged: 1 }] }],
    [
      'a list that shows an older status',
      {
        listed: new Map([
          ['a', 50],
          ['b', 59],
        ]),
      },
    ],
    ['a speaker that the list has not', { listed: new Map([['a', 50]]) }],
    ['a browser that missed one', { browsers: { ...browsers, statusesSeen: { a: 1, b: 1 } } }],
    [
      'one browser of three without the watched status',
      { browsers: { ...browsers, watched: [{ uptimeMs: 50, count: 2, lastAtMs: 1 }] } },
    ],
  ])('finds a lost status: %s', (_why, wrong) => {
    const { row, violations } = judge({ ...good, ...wrong })
    expect(row.lost_status).toBe(1)
    expect(violations).toHaveProperty('a status was lost', 1)
  })

  test('a browser that was told to load the lists anew need not have been shown what came meanwhile, and no more', () => {
    const missed = { ...browsers, watched: [{ uptimeMs: 50, count: 2, lastAtMs: 1 }] }
    const lostWith = (fromMs: number, untilMs: number) =>
      judge({ ...good, browsers: { ...missed, gaps: [{ fromMs, untilMs }] } }).row.lost_status
    expect([lostWith(900, 1_100), lostWith(100, 900), lostWith(1_001, 2_000)]).toEqual([0, 1, 1])
  })

  test.each<[string, Partial<Measured>]>([
    ['is missing in the store', { turns: [] }],
    ['was left open', { turns: [turn('s1', { outcome: undefined as never })] }],
    ['ended as something else', { turns: [turn('s1', { outcome: 'failed' })] }],
    ['is there twice', { turns: [turn('s1'), turn('s1')] }],
  ])('finds a turn that %s', (_why, wrong) => {
    expect(Object.keys(judge({ ...good, ...wrong }).violations).length).toBeGreaterThan(0)
  })

  test('counts lost sound of both directions, and foreign sound', () => {
    const down = { ...speakers, packets: { ...speakers.packets, missing: 1, foreign: 2 } }
    const up = turn('s1', { uplinkAudio: { received: 99, lost: 1, recovered: 0, late: 0 } })
    const { row, violations } = judge({ ...good, speakers: [down], turns: [up] })
    expect([row.audio_loss_pct, row.foreign_audio]).toEqual([1, 2])
    expect(violations).toMatchObject({ 'a packet of audio was lost': 2, 'foreign audio was heard': 2 })
  })

  test('under injected faults blames nobody for what was never acknowledged, and still finds what was', () => {
    const cut = { ...speakers, statusesUnacknowledged: 3, packets: { ...speakers.packets, missing: 5 } }
    const faulty = { ...good, speakers: [cut], toleratesFaults: true }
    expect(
      judge({
        ...faulty,
        listed: new Map([
          ['a', 51],
          ['b', 60],
        ]),
      }).violations,
    ).toEqual({})
    expect(
      judge({
        ...faulty,
        listed: new Map([
          ['a', 49],
          ['b', 60],
        ]),
      }).row.lost_status,
    ).toBe(1)
    expect(judge({ ...faulty, turns: [] }).violations).toHaveProperty('a completed turn is not in the store')
  })

  test('passes on what the generators saw', () => {
    const wrong = { ...speakers, violations: { 'a wake was acknowledged twice': 3 } }
    expect(judge({ ...good, speakers: [wrong] }).violations).toEqual({ 'a wake was acknowledged twice': 3 })
  })
})
