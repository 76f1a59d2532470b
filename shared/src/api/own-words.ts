import * as v from 'valibot'
import { ownWordsReportSchema, recordingNumberSchema } from '../wire/own-words.ts'
import { endpoint } from './endpoint.ts'

/** What the speaker answered; `no_answer`: nothing in time. */
const ownWordsReplySchema = v.variant('state', [
  v.object({ state: v.literal('done'), ...ownWordsReportSchema.entries }),
  v.object({ state: v.literal('refused'), error: v.object({ code: v.string(), message: v.string() }) }),
  v.object({ state: v.literal('no_answer') }),
])
export type OwnWordsReply = v.InferOutput<typeof ownWordsReplySchema>

const member = { type: 'of_home', atLeast: 'member', by: 'device_id' } as const

/** Wake words that an owner records at a speaker. They live on the speaker alone: it is asked each time. */
export const ownWordEndpoints = {
  listOwnWords: endpoint('/api/devices/{device_id}/own-words', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'viewer', by: 'device_id' },
    scope: 'devices:read',
    status: 200,
    summary: 'The wake words that were recorded at a speaker',
    reply: ownWordsReplySchema,
  }),
  /** The speaker gives a sound, listens for some seconds and tells how good that was; no sound leaves it. The third good one makes the word. */
  recordOwnWord: endpoint('/api/devices/{device_id}/own-words/{own_word}/recordings', {
    method: 'POST',
    onceByKey: true,
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Record a wake word at the microphone of a speaker, one of three times',
    body: v.strictObject({ recording: recordingNumberSchema }),
    reply: ownWordsReplySchema,
  }),
  setOwnWord: endpoint('/api/devices/{device_id}/own-words/{own_word}', {
    method: 'PUT',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Listen for a recorded wake word, or let it rest',
    body: v.strictObject({ active: v.boolean() }),
    reply: ownWordsReplySchema,
  }),
  forgetOwnWord: endpoint('/api/devices/{device_id}/own-words/{own_word}', {
    method: 'DELETE',
    access: member,
    scope: 'devices:write',
    status: 200,
    summary: 'Delete a recorded wake word from a speaker',
    reply: ownWordsReplySchema,
  }),
}
