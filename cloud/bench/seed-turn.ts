import type { Instant } from '@mynah/shared/time/instant.ts'
import type { Store } from '../src/store/open-store.ts'

/** A turn as it stands in the record of a cloud: asked for the time, and answered. */
export const seedTurn = (
  turns: Store['turns'],
  turn: {
    readonly sessionId: string
    readonly conversationId: string
    readonly deviceId: string
    readonly homeId: string
    readonly at: Instant
    readonly timings: Readonly<Record<string, number>>
  },
): void => {
  const { at, homeId, timings, ...base } = turn
  turns.open({ ...base, homeId, trigger: 'button', language: 'en', speakerName: 'Kitchen', startedAt: at })
  turns.close({
    ...base,
    endedAt: at,
    outcome: 'completed',
    heardText: 'what time is it',
    replyText: "It's ten past eight.",
    heardReplyText: "It's ten past eight.",
    toolsCalled: [],
    timings,
  })
}
