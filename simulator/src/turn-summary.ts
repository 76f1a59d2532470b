import type { Conversation } from './conversation.ts'
import { barsOf } from './turn.ts'
import { type HopName, hopNames } from './turn-hops.ts'
import { drawWaterfall } from './waterfall.ts'

/** The hops that `say --json` reports. */
export const summaryHops = [
  'wake_to_first_packet',
  'first_partial',
  'end_of_speech_to_commit',
  'commit_to_first_audio',
  'end_of_speech_to_first_audio',
  'total',
] as const satisfies readonly HopName[]

const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value * 10) / 10)

/** A turn as one JSON object; a hop that did not happen is null. */
export const summaryJson = (
  conversation: Conversation,
  outcome: { readonly phase: string; readonly replyPath: string | undefined },
) => {
  const { turn } = conversation
  return {
    heard: turn.heard,
    reply: turn.reply,
    reply_wav: outcome.replyPath ?? null,
    session_id: turn.sessionId,
    phase: outcome.phase,
    outcome: turn.reason ?? null,
    ...(turn.failure ? { failure: turn.failure } : {}),
    timings_ms: Object.fromEntries(summaryHops.map((hop) => [hop, rounded(turn.hops[hop])])),
    engines_ms: Object.fromEntries(
      hopNames
        .filter((hop) => !summaryHops.some((name) => name === hop) && turn.hops[hop] !== undefined)
        .map((hop) => [hop, rounded(turn.hops[hop])]),
    ),
    audio: {
      sent: turn.audio?.sent ?? 0,
      lost: turn.audio?.lost ?? 0,
      recovered: turn.audio?.recovered ?? 0,
      concealed: turn.audio?.concealed ?? 0,
    },
  }
}

/** A turn for people: what was heard and said, where the sound lies, and the waterfall. */
export const summaryText = (conversation: Conversation, replyPath: string | undefined): string => {
  const { turn } = conversation
  const { audio } = turn
  return [
    `heard   ${turn.heard || '(nothing)'}`,
    `reply   ${turn.reply || '(none)'}`,
    `sound   ${replyPath ?? '(none)'}`,
    `session ${turn.sessionId}, ${turn.reason ?? 'not ended'}${turn.failure ? ` (${turn.failure.stage}: ${turn.failure.code})` : ''}`,
    audio
      ? `frames  ${audio.sent} sent, ${audio.lost} lost, ${audio.recovered} recovered, ${audio.concealed} concealed`
      : '',
    '',
    drawWaterfall(barsOf(turn)),
  ].join('\n')
}
