import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Dialogue, DialogueEvent, DialogueRequest } from '../../dialogue/dialogue.ts'
import { StageError } from '../../providers/stages.ts'
import type { SessionEvent } from './state.ts'

const toSessionEvent = (sessionId: string, event: DialogueEvent): SessionEvent => {
  switch (event.type) {
    case 'sentence':
      return { ...event, sessionId }
    case 'action':
      return { type: 'action', sessionId, action: event.action }
    case 'done': {
      const { answeredBy, expectsReply, toolsCalled, llmFirstTokenMs } = event
      const llm = llmFirstTokenMs === undefined ? {} : { llmFirstTokenMs }
      return { type: 'reply_done', sessionId, answeredBy, expectsReply, toolsCalled, ...llm }
    }
    default:
      return assertNever(event)
  }
}

type ReplyRun = {
  readonly dialogue: Dialogue
  readonly sessionId: string
  readonly request: DialogueRequest
  readonly dispatch: (event: SessionEvent) => void
  /** A failure that is no `StageError`: a bug, which the log must show. */
  readonly onBug: (error: unknown) => void
}

/** Runs one reply and tells the session each piece, its end or its failure; after an abort nothing more. Never rejects. */
export const runReply = async (run: ReplyRun, signal: AbortSignal): Promise<void> => {
  const { sessionId, dispatch } = run
  try {
    for await (const event of run.dialogue.reply(run.request, signal)) {
      if (signal.aborted) return
      dispatch(toSessionEvent(sessionId, event))
      if (event.type === 'done') return
    }
    if (!signal.aborted) dispatch({ type: 'reply_failed', sessionId, stage: 'dialogue', code: 'bad_reply' })
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof StageError)) run.onBug(error)
    const { stage, code } = error instanceof StageError ? error : ({ stage: 'dialogue', code: 'crashed' } as const)
    dispatch({ type: 'reply_failed', sessionId, stage, code })
  }
}
