import type { DialogueAction } from '@mynah/shared/dialogue/speaker-context.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  type ChatMessage,
  type LanguageModel,
  type LanguageModelEvent,
  StageError,
  type ToolCall,
} from '../providers/stages.ts'
import type { ModelTools } from './model-tools.ts'
import { createSentenceCutter, type SentenceCutter } from './sentence-cutter.ts'

/** After this long without a word from the model one sentence says that it is being worked on. */
export const bridgeAfterMs = 2_500
/** After this long without a word from the model the turn fails. */
export const firstTokenTimeoutMs = 12_000
/** The longest silence inside a reply that has begun. */
export const betweenTokensTimeoutMs = 15_000

const mostRounds = 4
const mostSpokenCharacters = 3_000

export type ModelReplyEvent =
  | { readonly type: 'sentence'; readonly text: string }
  /** Nothing has come yet: the caller says that it takes a moment. Not part of the reply. */
  | { readonly type: 'slow' }
  | { readonly type: 'action'; readonly action: DialogueAction }
  | { readonly type: 'end'; readonly toolsCalled: readonly string[]; readonly firstTokenMs?: number }

export type ModelReplyRequest = {
  readonly clock: Clock
  readonly model: LanguageModel
  readonly messages: readonly ChatMessage[]
  readonly tools: ModelTools
}

type Late = { readonly late: true }

/** The next event, or `late` when it takes longer; the event is not lost and can be waited for again. */
const withinMs = async <T>(
  clock: Clock,
  pending: Promise<T>,
  limitMs: number,
  signal: AbortSignal,
): Promise<T | Late> => {
  const stopWaiting = new AbortController()
  const stop = () => stopWaiting.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) return { late: true }
    const late = clock.sleep(limitMs, stopWaiting.signal).then((): Late => ({ late: true }))
    return await Promise.race([pending, late])
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

const isLate = (value: object): value is Late => 'late' in value

/** A stream of the model's events, with a `slow` in it when the first is late. Throws a StageError when it takes too long. */
async function* timed(
  request: ModelReplyRequest,
  messages: readonly ChatMessage[],
  bridge: boolean,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelEvent | { readonly type: 'slow' }> {
  const { clock, model, tools } = request
  const call = new AbortController()
  const cancel = () => call.abort()
  signal.addEventListener('abort', cancel, { once: true })
  const events = model.reply({ messages, tools: tools.descriptions }, call.signal)[Symbol.asyncIterator]()
  let limitMs = firstTokenTimeoutMs
  try {
    for (let first = true; !signal.aborted; first = false) {
      const pending = events.next()
      // The race may leave it behind; its failure then is nobody's.
      pending.catch(() => {})
      let next = await withinMs(clock, pending, first && bridge ? bridgeAfterMs : limitMs, signal)
      if (isLate(next) && first && bridge && !signal.aborted) {
        yield { type: 'slow' }
        next = await withinMs(clock, pending, firstTokenTimeoutMs - bridgeAfterMs, signal)
      }
      if (signal.aborted) return
      if (isLate(next)) throw new StageError('llm', 'timeout', `the language model was silent for ${limitMs} ms`)
      if (next.done) return
      yield next.value
      limitMs = betweenTokensTimeoutMs
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
    // A model that hangs does not hold the turn: its generator is told to end, not waited for.
    void Promise.resolve(events.return?.()).catch(() => {})
  }
}

type Round = { readonly calls: ToolCall[]; firstAtMs?: number; spoken: number }

async function* oneRound(
  request: ModelReplyRequest,
  messages: readonly ChatMessage[],
  round: Round,
  cutter: SentenceCutter,
  signal: AbortSignal,
): AsyncGenerator<ModelReplyEvent> {
  const say = function* (sentences: readonly string[]): Generator<ModelReplyEvent> {
    for (const text of sentences) {
      round.spoken += text.length
      yield { type: 'sentence', text }
    }
  }
  for await (const event of timed(request, messages, round.firstAtMs === undefined, signal)) {
    if (event.type === 'slow') {
      yield event
      continue
    }
    round.firstAtMs ??= request.clock.now()
    if (event.type === 'tool_calls') round.calls.push(...event.calls)
    else yield* say(cutter.push(event.text))
    if (round.spoken > mostSpokenCharacters) return
  }
  if (!signal.aborted) yield* say(cutter.flush())
}

/** Runs the model, its tools, and the model again until it has answered. Ends quietly when aborted; fails with a StageError. */
export async function* replyByModel(request: ModelReplyRequest, signal: AbortSignal): AsyncGenerator<ModelReplyEvent> {
  const { clock, tools } = request
  const startedAtMs = clock.now()
  const messages = [...request.messages]
  const toolsCalled: string[] = []
  const round: Round = { calls: [], spoken: 0 }
  for (let count = 0; count < mostRounds; count += 1) {
    round.calls.length = 0
    yield* oneRound(request, [...messages], round, createSentenceCutter(), signal)
    if (signal.aborted) return
    if (round.calls.length === 0) break
    const calls = round.calls.slice(0, 8)
    messages.push({ role: 'assistant_tool_calls', calls })
    for (const call of calls) {
      const { content, actions } = tools.run(call)
      toolsCalled.push(call.name)
      for (const action of actions) yield { type: 'action', action }
      messages.push({ role: 'tool', callId: call.callId, content })
    }
  }
  if (round.spoken === 0 && toolsCalled.length === 0)
    throw new StageError('llm', 'bad_reply', 'the language model ended without a word')
  const firstTokenMs = round.firstAtMs === undefined ? {} : { firstTokenMs: round.firstAtMs - startedAtMs }
  yield { type: 'end', toolsCalled, ...firstTokenMs }
}
