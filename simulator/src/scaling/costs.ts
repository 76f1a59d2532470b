/**
 * What one thing costs the cloud, in microseconds of CPU (`Us`) or bytes. Each says where it comes from; docs/scaling.md has the
 * commands. What was not measured is marked and must be read as a guess.
 */
export type Cost = { readonly value: number; readonly source: string; readonly isMeasured: boolean }

const measured = (value: number, source: string): Cost => ({ value, source, isMeasured: true })
const assumed = (value: number, source: string): Cost => ({ value, source, isMeasured: false })

export const costs = {
  statusUs: measured(280, 'npm run load, 1,000 speakers: 0.29 cores with a status a second each, 0.01 without'),
  connectUs: measured(2_000, 'npm run load, 10,000 speakers, 400 a second: 1.98 ms each'),
  connectionBytes: measured(
    25_500,
    'npm run load: control process 206 MB with 2,000 speakers, 410 MB with 10,000 and their statuses',
  ),
  browserEventUs: measured(17, 'cloud/bench/live, 10,000 browsers: 170 ms of the live process for an event'),
  browserConnectionBytes: measured(13_000, 'cloud/bench/live: live process 209 MB with 10,000 browsers, 82 MB with 20'),
  apiReadUs: measured(168, 'npm run load, lists, single speakers and last turns: 0.84 cores for 4,994 a second'),
  apiChangeUs: measured(4_100, 'npm run load, 100 settings a second: 0.43 cores, 0.02 without'),
  turnControlUs: measured(
    16_600,
    'npm run load, 30 streams: 18.2 ms per turn less the idle 1.6; messages, dialogue and records included',
  ),
  audioPacketUs: measured(
    297,
    'npm run load, 30 streams: 43.3 ms of the audio worker per turn of 146 packets, codec both ways included',
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
