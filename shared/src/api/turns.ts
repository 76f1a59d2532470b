import * as v from 'valibot'
import { deviceIdSchema, endReasons, languageSchema } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { homeIdSchema, instantSchema, line, prose } from './fields.ts'
import { pageQuery } from './page.ts'

const figures = v.record(v.string(), v.number())

export const feedbackSchema = v.object({ verdict: v.picklist(['right', 'wrong']), note: v.nullable(v.string()) })
export type FeedbackView = v.InferOutput<typeof feedbackSchema>

/** One turn of a conversation. `outcome` is null while it runs. `timings` are the hops of docs/latency.md, in milliseconds. */
export const turnSchema = v.object({
  session_id: v.string(),
  conversation_id: v.string(),
  device_id: v.string(),
  /** Whose browser it was, where a browser was the speaker and its person belongs to the home. */
  talked_by: v.nullable(v.string()),
  /** What the speaker was called at the time; null: it had no name. */
  speaker_name: v.nullable(v.string()),
  home_id: v.string(),
  language: v.string(),
  trigger: v.string(),
  started_at: instantSchema,
  ended_at: v.nullable(instantSchema),
  heard: v.string(),
  reply: v.string(),
  answered_by: v.nullable(v.string()),
  tools: v.array(v.string()),
  outcome: v.nullable(v.string()),
  failure: v.nullable(v.object({ stage: v.string(), code: v.string() })),
  timings: figures,
  feedback: v.nullable(feedbackSchema),
  /** What was kept of its sound, in milliseconds; null: nothing. */
  sound: v.nullable(v.object({ heard_ms: v.number(), spoken_ms: v.number() })),
})
export type TurnView = v.InferOutput<typeof turnSchema>

export const turnDetailSchema = v.object({
  ...turnSchema.entries,
  wake_word: v.nullable(v.string()),
  score: v.nullable(v.number()),
  /** The part of the reply that left the loudspeaker. */
  heard_reply: v.string(),
  device_audio: v.nullable(figures),
  uplink_audio: v.nullable(figures),
  /** The other turns of the same conversation, oldest first. */
  conversation: v.array(v.object({ session_id: v.string(), started_at: instantSchema })),
})
export type TurnDetail = v.InferOutput<typeof turnDetailSchema>

const filters = {
  home_id: v.optional(homeIdSchema),
  device_id: v.optional(deviceIdSchema),
  from: v.optional(instantSchema),
  to: v.optional(instantSchema),
  language: v.optional(languageSchema),
  outcome: v.optional(v.picklist(endReasons)),
  /** `skill:time`, `llm` ... */
  answered_by: v.optional(line(64)),
  feedback: v.optional(v.picklist(['right', 'wrong'])),
}

const turnsPage = v.object({
  items: v.array(turnSchema),
  next_cursor: v.nullable(v.string()),
  /** With `q`: false when the time of one request ended before all was searched; `next_cursor` goes on from there, even when `items` is empty. */
  searched_all: v.boolean(),
})

const deleted = v.object({ deleted: v.number() })

const keepDays = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_650)))

/** `keep_days` null: until somebody deletes them. */
export const homeRetentionSchema = v.strictObject({ keep_days: keepDays, keep_sound: v.boolean() })
export type HomeRetentionView = v.InferOutput<typeof homeRetentionSchema>

/** Conversations: what was heard and answered, and how fast. */
export const turnEndpoints = {
  listTurns: endpoint('/api/turns', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'turns:read',
    status: 200,
    summary: 'Turns, newest first; q searches what was said and answered, in every language',
    query: v.strictObject({ ...pageQuery, ...filters, q: v.optional(line(200)) }),
    reply: turnsPage,
  }),
  exportTurns: endpoint('/api/turns/export', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'viewer' },
    scope: 'turns:read',
    status: 200,
    summary: 'All turns that match, as one JSON file',
    query: v.strictObject(filters),
    reply: 'file',
  }),
  /** A voice is more than its words: who may only look gets none. */
  exportTurnsWithSound: endpoint('/api/turns/export/with-sound', {
    method: 'GET',
    access: { type: 'any_home', atLeast: 'member' },
    scope: 'turns:read',
    status: 200,
    summary: 'All turns that match, as one JSON file, with what was kept of their sound as WAV in base64',
    query: v.strictObject(filters),
    reply: 'file',
  }),
  getHeardSound: endpoint('/api/turns/{session_id}/sound/heard', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'member', by: 'session_id' },
    scope: 'turns:read',
    status: 200,
    summary: 'What the microphone heard of a turn, where it was kept: WAV',
    reply: 'file',
  }),
  getSpokenSound: endpoint('/api/turns/{session_id}/sound/spoken', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'member', by: 'session_id' },
    scope: 'turns:read',
    status: 200,
    summary: 'What was sent of the reply of a turn, where it was kept: WAV',
    reply: 'file',
  }),
  deleteTurnSound: endpoint('/api/turns/{session_id}/sound', {
    method: 'DELETE',
    access: { type: 'of_home', atLeast: 'member', by: 'session_id' },
    scope: 'turns:write',
    status: 204,
    summary: 'Really delete the sound of one turn; its words stay',
    reply: 'none',
  }),
  getTurn: endpoint('/api/turns/{session_id}', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'viewer', by: 'session_id' },
    scope: 'turns:read',
    status: 200,
    summary: 'One turn with all its figures',
    reply: turnDetailSchema,
  }),
  deleteTurn: endpoint('/api/turns/{session_id}', {
    method: 'DELETE',
    access: { type: 'of_home', atLeast: 'member', by: 'session_id' },
    scope: 'turns:write',
    status: 204,
    summary: 'Really delete one turn',
    reply: 'none',
  }),
  setTurnFeedback: endpoint('/api/turns/{session_id}/feedback', {
    method: 'PUT',
    access: { type: 'of_home', atLeast: 'member', by: 'session_id' },
    scope: 'turns:write',
    status: 200,
    summary: 'Say whether the answer was right; verdict none takes it back',
    body: v.strictObject({ verdict: v.picklist(['right', 'wrong', 'none']), note: v.optional(prose(500)) }),
    reply: turnDetailSchema,
  }),
  deleteDeviceTurns: endpoint('/api/devices/{device_id}/turns', {
    method: 'DELETE',
    access: { type: 'of_home', atLeast: 'admin', by: 'device_id' },
    scope: 'turns:write',
    status: 200,
    summary: 'Really delete every turn of a speaker',
    reply: deleted,
  }),
  deleteHomeTurns: endpoint('/api/homes/{home_id}/turns', {
    method: 'DELETE',
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'turns:write',
    status: 200,
    summary: 'Really delete every turn of a home',
    reply: deleted,
  }),
  setRetention: endpoint('/api/devices/{device_id}/retention', {
    method: 'PUT',
    access: { type: 'of_home', atLeast: 'admin', by: 'device_id' },
    scope: 'turns:write',
    status: 200,
    summary: 'How many days conversations of a speaker are kept, and whether their sound is; null: as its home says',
    body: v.strictObject({ keep_days: keepDays, keep_sound: v.optional(v.nullable(v.boolean())) }),
    reply: v.object({ keep_days: v.nullable(v.number()), keep_sound: v.nullable(v.boolean()) }),
  }),
  getHomeRetention: endpoint('/api/homes/{home_id}/retention', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'viewer', by: 'home_id' },
    scope: 'homes:read',
    status: 200,
    summary: 'What a home keeps of its conversations',
    reply: homeRetentionSchema,
  }),
  setHomeRetention: endpoint('/api/homes/{home_id}/retention', {
    method: 'PUT',
    access: { type: 'of_home', atLeast: 'admin', by: 'home_id' },
    scope: 'turns:write',
    status: 200,
    summary: 'What a home keeps: of browsers that talked, and of every speaker that has no setting of its own',
    body: homeRetentionSchema,
    reply: homeRetentionSchema,
  }),
}
