import * as v from 'valibot'
import { languageSchema, sessionIdSchema } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { line } from './fields.ts'

/**
 * Talking from a browser: `GET /talk/ws?ticket=...` with a one-time ticket from `POST /api/homes/{home_id}/talk-ticket` (30 s).
 * Text messages are the JSON below, binary ones are sound: one frame of 20 ms each, up 16 kHz, down 24 kHz, mono. The prose is
 * docs/protocol.md.
 */

/** `pcm`: signed 16 bit, little-endian, for a browser that has no Opus of its own. */
export const talkCodecSchema = v.picklist(['opus', 'pcm'])
export type TalkCodec = v.InferOutput<typeof talkCodecSchema>

export const talkUplinkHz = 16_000
export const talkDownlinkHz = 24_000
export const talkFrameMs = 20

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1_000))
const lengthMs = v.pipe(v.number(), v.minValue(0), v.maxValue(3_600_000))

/** What a browser says. Everything but `start` is about the turn that `start` began. */
export const talkRequestSchema = v.variant('type', [
  v.object({
    type: v.literal('start'),
    language: languageSchema,
    /** What was typed; absent: sound follows. */
    text: v.optional(text),
    up: talkCodecSchema,
    down: talkCodecSchema,
    /** The name of the home's persona that is to answer; absent or unknown: the first. */
    persona: v.optional(line(50)),
    /** What the person calls this browser: under Conversations it stands for the speaker. */
    speaker_name: v.optional(line(50)),
    /** The conversation goes on. */
    previous_session_id: v.optional(sessionIdSchema),
  }),
  /** No more sound; `silence_ms`: how long nothing had been said by then. */
  v.object({ type: v.literal('end_of_speech'), silence_ms: lengthMs }),
  v.object({
    type: v.literal('playback'),
    state: v.picklist(['started', 'finished', 'interrupted', 'failed']),
    played_ms: lengthMs,
  }),
  /** The person wants no answer any more. */
  v.object({ type: v.literal('stop') }),
])
export type TalkRequest = v.InferOutput<typeof talkRequestSchema>

/** What the cloud says. */
export const talkMessageSchema = v.variant('type', [
  /** First message. `volume`: 0 to 100. */
  v.object({ type: v.literal('hello'), volume: v.number() }),
  v.object({ type: v.literal('started'), session_id: v.string() }),
  /** `too_often`: wait some seconds. Open for reasons of a newer cloud. */
  v.object({ type: v.literal('refused'), reason: v.string() }),
  v.object({
    type: v.literal('transcript'),
    session_id: v.string(),
    text: v.string(),
    final: v.boolean(),
    /** What the command grammar says of it: a browser that listens by itself waits less for a whole command. */
    command: v.picklist(['none', 'prefix', 'may_end', 'must_end']),
  }),
  v.object({
    type: v.literal('phase'),
    session_id: v.string(),
    phase: v.picklist(['thinking', 'speaking', 'ended']),
    heard: v.nullable(v.string()),
    reply: v.nullable(v.string()),
    error: v.nullable(v.object({ stage: v.string(), code: v.string() })),
  }),
  /** All sound of the reply was sent; `finished` is reported once it was played. */
  v.object({ type: v.literal('end_of_reply'), session_id: v.string() }),
  /** Somebody asked for another loudness. */
  v.object({ type: v.literal('volume'), volume: v.number() }),
])
export type TalkMessage = v.InferOutput<typeof talkMessageSchema>

export const talkCloseCodes = {
  bad_message: 4_000,
  login_ended: 4_001,
  idle: 4_002,
  not_allowed: 4_003,
  too_slow: 4_008,
  too_many: 4_029,
  flood: 4_030,
  stopping: 1_001,
} as const

const browserId = /^browser-[0-9a-f]{16}-[1-9]$/

/** Ids of browsers that talk; no speaker may have one. */
export const isBrowserId = (deviceId: string): boolean => browserId.test(deviceId)

/** The way into `/talk/ws`. */
export const talkEndpoints = {
  createTalkTicket: endpoint('/api/homes/{home_id}/talk-ticket', {
    method: 'POST',
    access: { type: 'of_home', atLeast: 'member', by: 'home_id' },
    scope: 'none',
    status: 201,
    summary: 'A one-time ticket for talking in this home over the WebSocket /talk/ws, good for 30 seconds',
    reply: v.object({ ticket: v.string(), expires_in_s: v.number() }),
  }),
}
