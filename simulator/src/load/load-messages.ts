import type { FleetDevice, FleetPerson } from './fleet.ts'
import type { Utterance } from './utterances.ts'

/** Between the parent of a load run and its generators, by structured cloning. */
export type ToPart<Plan> =
  | { readonly type: 'prepare'; readonly plan: Plan }
  /** From this moment everything counts. */
  | { readonly type: 'begin'; readonly atMs: number }
  /** The full load is held: latencies count while it is. */
  | { readonly type: 'hold'; readonly on: boolean }
  /** Breaks this share of the connections, 0 to 1, as a network does. */
  | { readonly type: 'cut'; readonly share: number }
  /** No more of anything; what runs may end. */
  | { readonly type: 'stop' }

export type FromPart<Report> =
  | { readonly type: 'prepared' }
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'failed'; readonly message: string }

/** What a generator saw that must not be, with how often. */
export type Violations = Readonly<Record<string, number>>

export type SpeakersPlan = {
  readonly mqtt: { readonly host: string; readonly port: number }
  readonly devices: readonly FleetDevice[]
  /** The first so many talk. */
  readonly streams: number
  readonly connectsPerSecond: number
  readonly statusEveryMs: number
  /** The first one is watched by everybody and changes once a second. */
  readonly isWatched: boolean
  readonly utterances: readonly Utterance[]
  readonly checksContent: boolean
  /** Connections may break and turns may fail: faults are injected on purpose. */
  readonly toleratesFaults: boolean
}

export type SpeakersReport = {
  readonly online: number
  readonly peakStreams: number
  readonly statusesSent: number
  readonly statusesUnacknowledged: number
  /** By place in the plan: the newest acknowledged status, and how many were acknowledged since `begin`. */
  readonly lastUptimeMs: Float64Array
  readonly statusesSinceBegin: Uint32Array
  readonly watchedStatuses: readonly { readonly uptimeMs: number; readonly atMs: number }[]
  readonly configsApplied: number
  readonly reconnects: number
  readonly turns: {
    readonly begun: number
    readonly completed: number
    readonly busy: number
    readonly failed: number
    readonly sessionIds: readonly string[]
  }
  readonly packets: {
    readonly sent: number
    readonly expected: number
    readonly missing: number
    readonly foreign: number
    /** Times the speaker would have run dry in mid-reply. */
    readonly underruns: number
  }
  readonly wakeToAck: Uint32Array
  readonly commitToFirstAudio: Uint32Array
  readonly downlinkLate: Uint32Array
  /** From the system's having a frame of a reply until this process read it. */
  readonly readLate: Uint32Array
  readonly connectMs: Uint32Array
  readonly loopLag: Uint32Array
  readonly violations: Violations
}

export type ApiPlan = {
  readonly url: string
  readonly people: readonly FleetPerson[]
  /** Speakers by home. */
  readonly devicesOf: Readonly<Record<string, readonly string[]>>
  /** Seen by everybody, changed by nobody. */
  readonly watchedHome: string
  readonly requestsPerSecond: number
  readonly configsPerSecond: number
  readonly connections: number
  /** The clock is set on purpose: an access token may be over before its time, and its login renews it. */
  readonly toleratesFaults: boolean
}

export type ApiReport = {
  readonly answered: number
  readonly refused: number
  readonly heldMs: number
  readonly answeredInHold: number
  readonly configsAnswered: number
  /** Answered as pending after the cloud's second, and applied by their speaker later. */
  readonly configsLate: number
  /** Access tokens that were over before their time while faults are tolerated, renewed by their logins. */
  readonly tokensRenewed: number
  readonly latency: Uint32Array
  readonly config: Uint32Array
  readonly loopLag: Uint32Array
  readonly violations: Violations
}

export type BrowsersPlan = {
  readonly url: string
  /** Browser i belongs to person i modulo their number. */
  readonly people: readonly FleetPerson[]
  readonly browsers: number
  readonly connectsPerSecond: number
  readonly watchedHome: string
  readonly watchedDevice: string
  readonly toleratesFaults: boolean
}

export type BrowsersReport = {
  readonly connected: number
  readonly events: number
  readonly reconnects: number
  /** A browser that came back was told to load the lists anew: of these times it was not shown everything. */
  readonly gaps: readonly { readonly fromMs: number; readonly untilMs: number }[]
  /** Of each status of the watched speaker: how many browsers had it, and when the last one did. */
  readonly watched: readonly { readonly uptimeMs: number; readonly count: number; readonly lastAtMs: number }[]
  /** Different statuses since `begin`, of every speaker of a home that somebody watches. */
  readonly statusesSeen: Readonly<Record<string, number>>
  readonly loopLag: Uint32Array
  readonly violations: Violations
}
