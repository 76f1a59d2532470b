import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type {
  AudioStats,
  FromDeviceKind,
  FromDeviceMessage,
  Language,
  ToDeviceKind,
  ToDeviceMessage,
  TurnTimings,
} from '@mynah/shared/wire/topics.ts'
import type { Persona } from '../../dialogue/dialogue.ts'
import type { StageError } from '../../providers/stages.ts'
import type { HomeSpeech } from '../audio-plane.ts'

/** A date, for records and for people. */
export type WallTime = ReturnType<Clock['wallTime']>

/** What the session machine needs of the rest of the cloud: the broker, the store and the gateway implement these. */

/** One decoded message of a speaker; `deviceId` is the one of the topic, which the broker has checked against its credentials. */
export type DeviceMessage = {
  readonly [K in FromDeviceKind]: {
    readonly deviceId: string
    readonly kind: K
    readonly message: FromDeviceMessage<K>
  }
}[FromDeviceKind]

export type ControlChannel = {
  /** Hands a message for one speaker to the broker (QoS 1), in the order of the calls. Never throws and never waits. */
  readonly publish: <K extends ToDeviceKind>(deviceId: string, kind: K, message: ToDeviceMessage<K>) => void
  /** Every valid message of every speaker, in order per speaker. Returns how to stop listening. */
  readonly onMessage: (listener: (message: DeviceMessage) => void) => () => void
}

/** What is known of a speaker at the moment it wakes. */
export type KnownDevice = {
  readonly deviceId: string
  /** The home (or owner) it belongs to; absent until somebody has claimed it. Speakers of one home share a wake word's claim. */
  readonly homeId?: string
  /** 32 bytes: session keys derive from it (docs/protocol.md). */
  readonly secret: Uint8Array
  readonly language: Language
  readonly voice?: string
  readonly name?: string
  readonly room?: string
  /** The name of the persona that whoever speaks here has chosen; absent: the wake word decides. */
  readonly persona?: string
  /** IANA name, such as Europe/Zurich. */
  readonly timeZone: string
  /** 0 to 100, as last reported or configured. */
  readonly volume: number
  /** How long the speaker listens for an answer to a question; 0 switches follow-ups off. */
  readonly followUpMs: number
  /** Timers and alarms as the speaker last reported them. */
  readonly schedule: readonly ScheduleItem[]
  /** False for what cannot ring by itself (a browser); absent: it can. */
  readonly keepsSchedule?: boolean
}

/** The turn for which a home's choices are asked. */
export type TurnAsked = {
  readonly homeId: string
  readonly deviceId: string
  readonly wakeWord?: string
  readonly persona?: string
}

/** What the home of a speaker has chosen for a turn. */
export type TurnChoice = {
  /** Who answers; absent: Mynah. Language and voice are absent where they are the speaker's. */
  readonly persona?: Persona & { readonly language?: Language; readonly voice?: string }
  readonly speech?: HomeSpeech
  /** The sound of the turn is kept. */
  readonly keepsSound?: boolean
}

export type DeviceDirectory = {
  /** Synchronous and below a millisecond: it lies between a wake and its acknowledgement. */
  readonly find: (deviceId: string) => KnownDevice | undefined
}

export type TurnTrigger = FromDeviceMessage<'wake'>['trigger']
export type TurnOutcome = FromDeviceMessage<'session_end'>['reason']
export type TurnFailure = { readonly stage: string; readonly code: string }

export type OpenedTurn = {
  readonly sessionId: string
  readonly conversationId: string
  readonly deviceId: string
  readonly homeId: string
  readonly trigger: TurnTrigger
  readonly language: Language
  /** What the speaker is called at this moment. */
  readonly speakerName?: string
  readonly wakeWord?: string
  readonly score?: number
  readonly startedAt: WallTime
}

/** What the audio plane counted of the way up. */
export type UplinkStats = {
  readonly received: number
  readonly lost: number
  readonly recovered: number
  readonly late: number
  readonly duplicate: number
}

export type ClosedTurn = {
  readonly sessionId: string
  readonly conversationId: string
  readonly deviceId: string
  readonly endedAt: WallTime
  readonly outcome: TurnOutcome
  readonly error?: TurnFailure
  /** What was recognised or typed; empty when nothing was. */
  readonly heardText: string
  /** The whole reply as it was written. */
  readonly replyText: string
  /** The part of the reply that left the loudspeaker; history keeps only this. */
  readonly heardReplyText: string
  /** `skill:time`, `llm`, `no_llm`, `rejected` ...; absent when no reply was finished. */
  readonly answeredBy?: string
  readonly toolsCalled: readonly string[]
  /** Milliseconds of each hop, the cloud's and those that the speaker reported. */
  readonly timings: TurnTimings
  /** As the speaker reported it with `session_end`; absent when it never did. */
  readonly deviceAudio?: AudioStats
  /** Absent when the audio plane died before it could say. */
  readonly uplinkAudio?: UplinkStats
}

/** The history of turns. `close` follows every `open` that returned true exactly once. */
export type TurnRecorder = {
  /**
   * Writes the open turn and returns true; false when a turn with this session id was ever opened before: keys derive from the id,
   * so one that comes again must be refused. Synchronous: it lies between a wake and its acknowledgement.
   */
  readonly open: (turn: OpenedTurn) => boolean
  readonly close: (turn: ClosedTurn) => void
}

export type SoundRecorder = {
  /** Both tracks as sounds/sound-track.ts encodes them. Resolves when they are on disk, or the turn is gone; rejects when the disk refuses. */
  readonly keep: (
    sessionId: string,
    sound: { readonly heard: Uint8Array; readonly spoken: Uint8Array },
  ) => Promise<unknown>
}

type OneTimeSpeech = {
  readonly deviceId: string
  readonly homeId?: string
  readonly text: string
  readonly language: Language
  readonly voice?: string
}

export type OneTimeAudio = {
  /**
   * Plan B: a path or URL under which this text, spoken, can be fetched once by this speaker (WAV, 16-bit mono).
   * May synthesise when fetched. Rejects with `StageError` when no voice works.
   */
  readonly offer: (speech: OneTimeSpeech, signal: AbortSignal) => Promise<string>
  /**
   * The same, spoken at once: resolves when the first sound is there. Rejects with the `StageError` of the voice; one that comes
   * after the first sound is told to `onFailed`. `signal` ends the voice.
   */
  readonly offerSpoken: (
    speech: OneTimeSpeech,
    onFailed: (error: StageError) => void,
    signal: AbortSignal,
  ) => Promise<{ readonly url: string; readonly firstAudioMs: number }>
}
