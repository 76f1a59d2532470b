import * as v from 'valibot'
import { targetSchema } from '../firmware/manifest.ts'
import { versionSchema } from '../firmware/version.ts'
import { count, durationMs, playIdSchema, shortText, spokenText, volume } from './fields.ts'
import { ownWordCommandSchemas } from './own-words.ts'
import { scheduleChangeSchema, scheduleItemSchema } from './schedule-item.ts'

/**
 * Every MQTT message between a speaker and its cloud: one map from topic to schema, both directions.
 * Topic of a kind is `device/{device_id}/{kind}`. Payloads are JSON objects with `v: 1`; unknown fields are ignored.
 * The prose is docs/protocol.md.
 */

export const deviceIdSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]{3,32}$/, 'a device id is 3 to 32 of a-z, 0-9 and -'),
)
/** 128 random bits made by the device, base64url without padding: 22 characters. */
export const sessionIdSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{22}$/, 'a session id is 22 base64url characters'),
)
export const languageSchema = v.picklist(['en', 'zh'])
export type Language = v.InferOutput<typeof languageSchema>

/** AVS DialogUXState. */
export const dialogPhaseSchema = v.picklist(['idle', 'listening', 'thinking', 'speaking', 'expecting'])
export type DialogPhase = v.InferOutput<typeof dialogPhaseSchema>

/** How a turn can end. */
export const endReasons = [
  'completed',
  'barge_in',
  'no_speech',
  'cancelled',
  'refused',
  'timeout',
  'link_lost',
  'failed',
] as const

const message = <const E extends v.ObjectEntries>(entries: E) => v.object({ v: v.literal(1), ...entries })

export const udpAddressSchema = v.object({
  host: shortText,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
})

const audioStatsSchema = v.object({ sent: count, lost: count, recovered: count, late: count, concealed: count })
export type AudioStats = v.InferOutput<typeof audioStatsSchema>

/** Milliseconds of each hop of a turn; a hop that did not happen is absent. Names are those of docs/latency.md. */
const turnTimingsSchema = v.record(
  v.pipe(v.string(), v.maxLength(64)),
  v.pipe(v.number(), v.minValue(-1_000), v.maxValue(86_400_000)),
)
export type TurnTimings = v.InferOutput<typeof turnTimingsSchema>

const failureSchema = v.object({ stage: shortText, code: shortText, message: v.optional(shortText) })

/** What a speaker publishes. `from_device` topics are writable by that device alone. */
export const fromDevice = {
  status: message({
    online: v.boolean(),
    firmware: v.optional(shortText),
    uptime_ms: v.optional(v.pipe(v.number(), v.minValue(0))),
    volume: v.optional(volume),
    muted: v.optional(v.boolean()),
    battery: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
    temperature_c: v.optional(v.number()),
    wifi_rssi_dbm: v.optional(v.number()),
    cpu: v.optional(v.pipe(v.number(), v.minValue(0))),
    memory: v.optional(v.pipe(v.number(), v.minValue(0))),
    phase: v.optional(dialogPhaseSchema),
    config_version: v.optional(count),
    /** Whether commands are understood without the cloud; absent while that is not known yet. */
    local_commands: v.optional(v.boolean()),
    /** What a release for it must be made for. */
    target: v.optional(targetSchema),
  }),
  wake: message({
    session_id: sessionIdSchema,
    wake_word: v.optional(shortText),
    score: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    trigger: v.picklist(['wake_word', 'button', 'follow_up', 'barge_in', 'text']),
    /** With trigger `text`: what was typed instead of said; no audio goes up. */
    text: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))),
    language: v.optional(languageSchema),
    audio: v.object({
      codec: v.literal('opus'),
      sample_rate_hz: v.literal(16_000),
      frame_ms: v.literal(20),
    }),
    pre_roll_ms: durationMs,
    /** The session this one follows (follow-up, barge-in): conversation memory goes on. */
    previous_session_id: v.optional(sessionIdSchema),
  }),
  playback: message({
    play_id: playIdSchema,
    session_id: v.optional(sessionIdSchema),
    state: v.picklist(['started', 'finished', 'interrupted', 'failed']),
    played_ms: durationMs,
    error: v.optional(failureSchema),
  }),
  session_end: message({
    session_id: sessionIdSchema,
    reason: v.picklist(endReasons),
    timings: turnTimingsSchema,
    audio: audioStatsSchema,
  }),
  'config/ack': message({
    version: count,
    applied: v.boolean(),
    error: v.optional(v.object({ code: shortText, field: shortText, message: v.pipe(v.string(), v.maxLength(500)) })),
  }),
  'schedule/state': message({
    items: v.pipe(v.array(scheduleItemSchema), v.maxLength(200)),
    applied_change_id: v.optional(playIdSchema),
  }),
  'command/ack': message({
    command_id: playIdSchema,
    ok: v.boolean(),
    error: v.optional(v.object({ code: shortText, message: v.pipe(v.string(), v.maxLength(500)) })),
    report: v.optional(v.record(v.string(), v.unknown())),
  }),
  event: message({
    type: v.picklist([
      'timer_fired',
      'alarm_fired',
      'reminder_fired',
      'button',
      'mute_changed',
      'volume_changed',
      'update_state',
      'error',
    ]),
    item_id: v.optional(playIdSchema),
    code: v.optional(shortText),
    message: v.optional(v.pipe(v.string(), v.maxLength(500))),
  }),
} as const

/** What the cloud publishes to one speaker; readable by that speaker alone. */
export const toDevice = {
  'wake/ack': message({
    session_id: sessionIdSchema,
    accepted: v.boolean(),
    reason: v.optional(v.picklist(['busy', 'another_speaker_won', 'not_claimed', 'invalid'])),
    udp: v.optional(
      v.object({
        ...udpAddressSchema.entries,
        /** 16 hex digits: the stream id that both sides derived. */
        stream: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
      }),
    ),
    downlink: v.optional(
      v.object({ sample_rate_hz: v.picklist([16_000, 24_000]), frame_ms: v.literal(20), lead_ms: durationMs }),
    ),
  }),
  /** Where this speaker's sound goes: known ahead, so that the first packet leaves with `wake` and waits for no answer. */
  bridge: message({ udp: udpAddressSchema }),
  transcript: message({
    session_id: sessionIdSchema,
    text: spokenText,
    final: v.boolean(),
    /**
     * What the local command grammar says of `text`: it cannot end here (`prefix`), could end here (`may_end`),
     * must end here because nothing can follow (`must_end`), or is no command (`none`). Endpointing waits less for a complete one.
     */
    command: v.optional(v.picklist(['none', 'prefix', 'may_end', 'must_end'])),
  }),
  session: message({
    session_id: sessionIdSchema,
    phase: v.picklist(['thinking', 'speaking', 'expecting', 'ended']),
    stop_capture: v.optional(v.boolean()),
    heard_text: v.optional(spokenText),
    reply_text: v.optional(spokenText),
    error: v.optional(failureSchema),
    /** Time spent inside engines, for the waterfall: stt_final, dialogue, llm_first_token, tts_first_audio ... */
    timings: v.optional(turnTimingsSchema),
  }),
  play: message({
    play_id: playIdSchema,
    session_id: v.optional(sessionIdSchema),
    source: v.variant('type', [
      /** Sound of this session's UDP stream. */
      v.object({ type: v.literal('stream') }),
      /** Path or URL of one-time audio: WAV, 16-bit mono. */
      v.object({ type: v.literal('url'), url: v.pipe(v.string(), v.maxLength(2_000)) }),
      /** A sentence that the speaker keeps on disk, for when nothing else works. */
      v.object({ type: v.literal('phrase'), phrase: shortText }),
    ]),
    kind: v.picklist(['reply', 'announcement', 'media', 'alarm']),
    expects_reply: v.optional(v.boolean()),
  }),
  config: message({
    version: count,
    name: v.optional(shortText),
    room: v.optional(shortText),
    language: v.optional(languageSchema),
    voice: v.optional(shortText),
    volume: v.optional(volume),
    /** Of media and of alarms, where they are not to follow `volume`; no alarm is quieter than `alarm_min_volume` (50). */
    media_volume: v.optional(volume),
    alarm_volume: v.optional(volume),
    alarm_min_volume: v.optional(volume),
    muted: v.optional(v.boolean()),
    wake: v.optional(
      v.object({
        words: v.pipe(v.array(shortText), v.minLength(1), v.maxLength(5)),
        preset: v.picklist(['strict', 'normal', 'sensitive']),
      }),
    ),
    follow_up_ms: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(30_000))),
    quiet_hours: v.optional(
      v.nullable(
        v.object({ from: v.pipe(v.string(), v.regex(/^\d\d:\d\d$/)), to: v.pipe(v.string(), v.regex(/^\d\d:\d\d$/)) }),
      ),
    ),
    time_zone: v.optional(shortText),
  }),
  schedule: message({ change: scheduleChangeSchema }),
  command: message({
    command_id: playIdSchema,
    command: v.variant('type', [
      v.object({ type: v.literal('reboot') }),
      v.object({ type: v.literal('identify') }),
      v.object({ type: v.literal('unclaim') }),
      v.object({ type: v.literal('doctor') }),
      v.object({ type: v.literal('set_volume'), volume }),
      v.object({ type: v.literal('log_level'), level: v.picklist(['debug', 'info', 'warn', 'error']) }),
      ...ownWordCommandSchemas,
    ]),
  }),
  /** The release that this speaker should run; null: none is offered (any more). The manifest says the rest, once it is verified. */
  update: message({
    offer: v.nullable(
      v.object({
        release_id: playIdSchema,
        version: versionSchema,
        /** Path at the cloud: the payload, with the speaker's own credentials, in ranges. */
        url: v.pipe(v.string(), v.maxLength(200)),
        /** The signed bytes of the manifest and their signature, base64url (shared/src/firmware/). */
        manifest: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{2,11000}$/)),
        signature: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/, 'a signature is 86 base64url characters')),
      }),
    ),
  }),
} as const

export type FromDeviceKind = keyof typeof fromDevice
export type ToDeviceKind = keyof typeof toDevice
export type SpeakerEventType = FromDeviceMessage<'event'>['type']
export type FromDeviceMessage<K extends FromDeviceKind> = v.InferOutput<(typeof fromDevice)[K]>
export type ToDeviceMessage<K extends ToDeviceKind> = v.InferOutput<(typeof toDevice)[K]>

/** Topics that the broker keeps for late subscribers. */
export const retainedKinds: ReadonlySet<FromDeviceKind | ToDeviceKind> = new Set([
  'status',
  'config',
  'bridge',
  'update',
  'schedule/state',
])

/** The largest control message that either side accepts. */
export const maxPayloadBytes = 32 * 1024

export const topicOf = (deviceId: string, kind: FromDeviceKind | ToDeviceKind): string => `device/${deviceId}/${kind}`
