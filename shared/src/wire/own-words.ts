import * as v from 'valibot'

/** A wake word that the owner has recorded: what `wake` messages and the configuration call it. */
export const ownWordNameSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(50),
  v.regex(/^\P{Cc}*$/u, 'control characters are not allowed'),
)

/** As many recordings make a word. */
export const recordingsNeeded = 3
/** Which of them: whoever says 1 begins anew. */
export const recordingNumberSchema = v.picklist([1, 2, 3])
export type RecordingNumber = v.InferOutput<typeof recordingNumberSchema>

/** What a person may ask of a speaker about its own words; the speaker answers with `ownWordsReportSchema`. */
export const ownWordCommandSchemas = [
  v.object({ type: v.literal('list_own_words') }),
  /** Listens at its own microphone for one utterance, for some seconds. The sound stays on the speaker. */
  v.object({ type: v.literal('record_own_word'), word: ownWordNameSchema, recording: recordingNumberSchema }),
  v.object({ type: v.literal('set_own_word'), word: ownWordNameSchema, active: v.boolean() }),
  v.object({ type: v.literal('forget_own_word'), word: ownWordNameSchema }),
] as const
export type OwnWordCommand = v.InferOutput<(typeof ownWordCommandSchemas)[number]>

/** `good`: it counts. Every other one says why the same recording is to be made again. */
export const recordingQualitySchema = v.picklist([
  'good',
  'no_voice',
  'too_quiet',
  'too_short',
  'too_long',
  'not_alike',
])
export type RecordingQuality = v.InferOutput<typeof recordingQualitySchema>

/** What became of one recording. */
export const recordingSchema = v.object({
  recording: recordingNumberSchema,
  quality: recordingQualitySchema,
  /** Of the utterance; absent when nobody was heard. */
  level_dbfs: v.optional(v.number()),
  length_ms: v.optional(v.number()),
  /** It was the last one: the word is kept, and listened for. */
  learned: v.boolean(),
})
export type Recording = v.InferOutput<typeof recordingSchema>

/** The `report` of a `command/ack`. */
export const ownWordsReportSchema = v.object({
  words: v.pipe(v.array(v.object({ word: ownWordNameSchema, active: v.boolean() })), v.maxLength(10)),
  recording: v.optional(recordingSchema),
})
export type OwnWordsReport = v.InferOutput<typeof ownWordsReportSchema>
