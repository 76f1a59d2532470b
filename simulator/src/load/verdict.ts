import type { RecordedTurn } from '../cloud-contract.ts'
import { createHistogram, type Histogram, mergeHistograms } from './histogram.ts'
import type { ApiReport, BrowsersReport, SpeakersReport, Violations } from './load-messages.ts'
import type { LoadOptions } from './load-options.ts'

/** The last line of `--json`, exactly these keys. Times in ms. */
export type LoadRow = {
  readonly devices: number
  readonly streams: number
  readonly lost_status: number
  readonly audio_loss_pct: number
  readonly foreign_audio: number
  readonly config_p99_ms: number
  readonly api_rps: number
  readonly api_p99_ms: number
  readonly fanout_ms: number
  readonly downlink_late_p99_ms: number
  readonly idle_cpu_pct: number
}

export type Measured = {
  readonly options: LoadOptions
  readonly speakers: readonly SpeakersReport[]
  /** Device ids in the order of each report. */
  readonly deviceIds: readonly (readonly string[])[]
  readonly api: ApiReport
  readonly browsers: BrowsersReport
  /** Uptime of each speaker as the API lists it at the end. */
  readonly listed: ReadonlyMap<string, number>
  readonly turns: readonly RecordedTurn[]
  readonly idleCpuPct: number
  /** Faults were injected: what was not acknowledged may be lost, and turns may fail; what was acknowledged may not. */
  readonly toleratesFaults: boolean
}

export type Verdict = {
  readonly row: LoadRow
  /** Each a sentence with how often; empty when everything was right. */
  readonly violations: Violations
  readonly times: {
    readonly wakeToAck: Histogram
    readonly commitToFirstAudio: Histogram
    readonly downlinkLate: Histogram
    readonly readLate: Histogram
    readonly connect: Histogram
    readonly api: Histogram
    readonly config: Histogram
    readonly generatorLag: Histogram
  }
  /** What the cloud says of where its time went, by the names of docs/latency.md. */
  readonly stages: Readonly<Record<string, Histogram>>
  readonly turns: { readonly completed: number; readonly busy: number; readonly failed: number }
  /** Turns that their speaker saw completed and the store does not have so. */
  readonly unrecordedTurns: number
  readonly packets: {
    readonly up: number
    readonly down: number
    readonly recovered: number
    readonly underruns: number
  }
  /** Browsers that came back and had to load the lists anew. */
  readonly reloads: number
  readonly statuses: number
  readonly events: number
  /** Access tokens that ended by the clock that was set. */
  readonly tokensRenewed: number
  readonly configs: number
  /** Of these, applied later than the cloud waits for. */
  readonly configsLate: number
}

const sumOf = <T>(items: readonly T[], pick: (item: T) => number): number =>
  items.reduce((sum, item) => sum + pick(item), 0)
const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits))

const addViolations = (all: readonly Violations[]): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const violations of all)
    for (const [what, times] of Object.entries(violations)) sums[what] = (sums[what] ?? 0) + times
  return sums
}

type Shown = {
  readonly listedMs: number
  readonly lastMs: number
  readonly sent: number
  readonly watched: number | undefined
}

/** How many statuses of one speaker are neither what the list shows at the end nor were shown to the browser that watches it. */
const lostOf = ({ listedMs, lastMs, sent, watched = sent }: Shown, toleratesFaults: boolean): number => {
  // A status whose acknowledgement was cut off may be there all the same.
  const isListed = toleratesFaults ? listedMs >= lastMs : listedMs === lastMs
  return (isListed ? 0 : 1) + Math.max(0, sent - watched)
}

/** Statuses that were acknowledged and got lost, or never were acknowledged. */
const lostStatuses = ({ speakers, deviceIds, browsers, listed, toleratesFaults }: Measured): number =>
  sumOf([...speakers.entries()], ([part, report]) => {
    const ofPart = [...(deviceIds[part] ?? []).entries()].map(([at, deviceId]) => ({
      listedMs: listed.get(deviceId) ?? 0,
      lastMs: report.lastUptimeMs[at] ?? 0,
      sent: report.statusesSinceBegin[at] ?? 0,
      watched: browsers.statusesSeen[deviceId],
    }))
    return (
      (toleratesFaults ? 0 : report.statusesUnacknowledged) + sumOf(ofPart, (each) => lostOf(each, toleratesFaults))
    )
  })

/** From the publishing of a status that everybody watches to the last browser that has it: the slowest of all; and copies that never came. */
const fanoutOf = ({ speakers, browsers }: Measured): { readonly slowestMs: number; readonly missing: number } => {
  const shown = new Map(browsers.watched.map((each) => [each.uptimeMs, each]))
  const isInGap = (atMs: number) => browsers.gaps.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs <= untilMs)
  const sent = speakers.flatMap(({ watchedStatuses }) => watchedStatuses).filter(({ atMs }) => !isInGap(atMs))
  if (browsers.connected === 0) return { slowestMs: 0, missing: 0 }
  const missing = sumOf(sent, ({ uptimeMs }) => Math.max(0, browsers.connected - (shown.get(uptimeMs)?.count ?? 0)))
  const took = sent.map(({ uptimeMs, atMs }) => (shown.get(uptimeMs)?.lastAtMs ?? atMs) - atMs)
  return { slowestMs: Math.max(0, ...took), missing }
}

const missingTurn = 'a completed turn is not in the store'
const otherTurn = 'a completed turn is in the store as something else'

/** Every turn that its speaker saw completed is in the store once, as completed; and none is open. */
const faultsOfTurns = ({ speakers, turns }: Measured): Violations => {
  const outcomes = new Map(turns.map(({ sessionId, outcome }) => [sessionId, outcome]))
  const completed = speakers.flatMap(({ turns: { sessionIds } }) => sessionIds)
  const faults = {
    [missingTurn]: completed.filter((id) => !outcomes.has(id)).length,
    [otherTurn]: completed.filter((id) => outcomes.has(id) && outcomes.get(id) !== 'completed').length,
    'a turn was left open': turns.filter(({ outcome }) => outcome === undefined).length,
    'a turn is in the store twice': turns.length - outcomes.size,
  }
  return Object.fromEntries(Object.entries(faults).filter(([, times]) => times > 0))
}

const stageNames = ['stt_final', 'stt_compute', 'tts_first_audio', 'cloud_added'] as const

const stagesOf = (turns: readonly RecordedTurn[]): Verdict['stages'] =>
  Object.fromEntries(
    stageNames.map((name) => {
      const histogram = createHistogram()
      for (const { timings } of turns) if (timings[name] !== undefined) histogram.add(timings[name])
      return [name, histogram]
    }),
  )

/** Pure: what all parts of a run saw, held against each other. */
export const judge = (measured: Measured): Verdict => {
  const { speakers, api, browsers, turns, options } = measured
  const times = {
    wakeToAck: mergeHistograms(speakers.map((each) => each.wakeToAck)),
    commitToFirstAudio: mergeHistograms(speakers.map((each) => each.commitToFirstAudio)),
    downlinkLate: mergeHistograms(speakers.map((each) => each.downlinkLate)),
    readLate: mergeHistograms(speakers.map((each) => each.readLate)),
    connect: mergeHistograms(speakers.map((each) => each.connectMs)),
    api: mergeHistograms([api.latency]),
    config: mergeHistograms([api.config]),
    generatorLag: mergeHistograms([...speakers.map(({ loopLag }) => loopLag), api.loopLag, browsers.loopLag]),
  }
  const upLost = sumOf(turns, ({ uplinkAudio }) => (uplinkAudio?.lost ?? 0) + (uplinkAudio?.late ?? 0))
  const up = sumOf(speakers, ({ packets }) => packets.sent)
  const downMissing = sumOf(speakers, ({ packets }) => packets.missing)
  const down = sumOf(speakers, ({ packets }) => packets.expected)
  const fanout = fanoutOf(measured)
  const lost = lostStatuses(measured) + fanout.missing
  const foreign = sumOf(speakers, ({ packets }) => packets.foreign)
  const online = sumOf(speakers, (each) => each.online)
  const counted = {
    'a status was lost': lost,
    'a packet of audio was lost': measured.toleratesFaults ? 0 : upLost + downMissing,
    'foreign audio was heard': foreign,
    'a speaker was not connected at the end': Math.max(0, options.devices - online),
    'a browser was not connected': Math.max(0, options.browsers - browsers.connected),
  }
  const faultyTurns = faultsOfTurns(measured)
  const violations = addViolations([
    ...speakers.map((each) => each.violations),
    api.violations,
    browsers.violations,
    faultyTurns,
    Object.fromEntries(Object.entries(counted).filter(([, count]) => count > 0)),
  ])
  return {
    row: {
      devices: online,
      streams: sumOf(speakers, ({ peakStreams }) => peakStreams),
      lost_status: lost,
      audio_loss_pct: up + down === 0 ? 0 : rounded((100 * (upLost + downMissing)) / (up + down), 4),
      foreign_audio: foreign,
      config_p99_ms: times.config.percentile(0.99),
      api_rps: rounded(api.heldMs === 0 ? 0 : (api.answeredInHold * 1_000) / api.heldMs),
      api_p99_ms: times.api.percentile(0.99),
      fanout_ms: rounded(fanout.slowestMs),
      downlink_late_p99_ms: times.downlinkLate.percentile(0.99),
      idle_cpu_pct: rounded(measured.idleCpuPct),
    },
    violations,
    times,
    stages: stagesOf(turns),
    turns: {
      completed: sumOf(speakers, (each) => each.turns.completed),
      busy: sumOf(speakers, (each) => each.turns.busy),
      failed: sumOf(speakers, (each) => each.turns.failed),
    },
    unrecordedTurns: (faultyTurns[missingTurn] ?? 0) + (faultyTurns[otherTurn] ?? 0),
    packets: {
      up,
      down,
      recovered: sumOf(turns, ({ uplinkAudio }) => uplinkAudio?.recovered ?? 0),
      underruns: sumOf(speakers, ({ packets }) => packets.underruns),
    },
    statuses: sumOf(speakers, ({ statusesSent }) => statusesSent),
    reloads: browsers.gaps.length,
    events: browsers.events,
    tokensRenewed: api.tokensRenewed,
    configs: api.configsAnswered,
    configsLate: api.configsLate,
  }
}
