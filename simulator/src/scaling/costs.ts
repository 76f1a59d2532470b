/**
 * What one thing costs the cloud, in microseconds of CPU (`Us`) or bytes. Each says where it comes from; docs/scaling.md has the
 * commands. What was not measured is marked and must be read as a guess.
 */
export type Cost = { readonly value: number; readonly source: string; readonly isMeasured: boolean }

const measured = (value: number, source: string): Cost => ({ value, source, isMeasured: true })
const assumed = (value: number, source: string): Cost => ({ value, source, isMeasured: false })

export const costs = {
  statusUs: measured(600, 'npm run load, 300 speakers: 0.22 cores with a status a second each, 0.04 without'),
  connectUs: assumed(1_000, 'seen in profiles, not taken apart'),
  connectionBytes: measured(
    80_000,
    'npm run load: control process 207 MB with 300 speakers, 271 MB with 1,100 connections and 100 turns',
  ),
  browserEventUs: assumed(30, 'one event written to one browser'),
  browserConnectionBytes: assumed(20_000, 'a third of what a speaker takes'),
  apiReadUs: measured(80, 'docs/performance.md: the list of 20 speakers'),
  apiChangeUs: assumed(2_000, 'a configuration: store, audit, publish, acknowledge'),
  turnControlUs: measured(
    18_000,
    'npm run load, 30 streams: 22 ms per turn less the idle 4; messages, dialogue and records included',
  ),
  audioPacketUs: measured(
    280,
    'npm run load, 30 streams: 41 ms of the audio worker per turn of 146 packets, codec both ways included',
  ),
  diskSyncMs: measured(4.4, '4 KiB written with O_DSYNC on the machine of the measurements'),
  recogniserShare: measured(
    0.053,
    'docs/latency.md: CPU seconds of the English grammar recogniser per second of audio',
  ),
  voiceShare: assumed(0.03, 'flite: 64 to 140 ms for 4.4 s of speech'),
  brokerMessageUs: assumed(14, 'Mosquitto, measured apart from this code'),
  brokerConnectionBytes: assumed(2_000, 'Mosquitto, measured apart from this code'),
  databaseWriteUs: assumed(110, 'PostgreSQL insert, measured apart from this code'),
} as const satisfies Record<string, Cost>

export type Costs = { readonly [K in keyof typeof costs]: number }

/** The bare numbers, to calculate with. */
export const costValues: Costs = Object.fromEntries(
  Object.entries(costs).map(([name, { value }]) => [name, value]),
) as Costs // the same keys, each with its value

/** How a household uses its speakers. Nobody has measured a fleet of Mynah: these are guesses, made to be changed. */
export type Usage = {
  readonly statusesPerSpeakerPerHour: number
  readonly turnsPerSpeakerPerDay: number
  /** The busiest hour has this much more than the average one. */
  readonly peakFactor: number
  readonly turnSeconds: number
  readonly packetsUpPerTurn: number
  readonly packetsDownPerTurn: number
  readonly audioSecondsPerTurn: number
  readonly voiceSecondsPerTurn: number
  readonly messagesPerTurn: number
  readonly browsersPerSpeaker: number
  readonly apiReadsPerBrowserPerMinute: number
  readonly apiChangesPerSpeakerPerDay: number
}

export const household: Usage = {
  statusesPerSpeakerPerHour: 120,
  turnsPerSpeakerPerDay: 20,
  peakFactor: 4,
  turnSeconds: 6,
  packetsUpPerTurn: 150,
  packetsDownPerTurn: 125,
  audioSecondsPerTurn: 3,
  voiceSecondsPerTurn: 2.5,
  messagesPerTurn: 14,
  browsersPerSpeaker: 0.02,
  apiReadsPerBrowserPerMinute: 4,
  apiChangesPerSpeakerPerDay: 1,
}
