import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type LanguageModel, type LanguageModelEvent, type LanguageModelRequest, StageError } from '../stages.ts'
import { type CompletionOptions, completionBody, createCompletionReader } from './chat-completion.ts'
import { createEventParser } from './server-sent-events.ts'

export type OpenAiCompatibleDeps = CompletionOptions & {
  readonly clock: Clock
  readonly log: Log
  /** `http://host:8000`, with or without `/v1` or `/v1/chat/completions` behind it. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly apiKey?: string
  /** From the request to the status line. The first token may take longer than that: the dialogue watches over it. */
  readonly connectTimeoutMs?: number
  /** The longest silence on the connection; comments count as life. */
  readonly idleTimeoutMs?: number
}

const defaultConnectTimeoutMs = 15_000
const defaultIdleTimeoutMs = 30_000
const retryAfterMs = 250
const longestEvent = 262_144
const longestPlainReply = 1_048_576

export const completionsUrl = (url: string): string => {
  const base = url.replace(/\/+$/, '')
  if (base.endsWith('/chat/completions')) return base
  return /\/v\d+$/.test(base) ? `${base}/chat/completions` : `${base}/v1/chat/completions`
}

const refusalOf = (status: number): StageError => {
  const error = (code: StageError['code'], what: string) =>
    new StageError('llm', code, `the language model server ${what} (HTTP ${status})`)
  if (status === 401 || status === 403) return error('refused', 'refused the key')
  if (status === 404) return error('refused', 'knows no such model or path')
  if (status === 429) return error('unavailable', 'is asked too often')
  return status >= 500 ? error('unavailable', 'failed') : error('refused', 'refused the request')
}

/** Worth one more try: the server is starting, or the connection was a stale one. */
class ConnectionLost extends Error {}
class Starting extends Error {}

type Call = {
  readonly deps: OpenAiCompatibleDeps
  /** Aborts the connection, for the caller's signal and for time-outs alike. */
  readonly connection: AbortController
}

/** Waits for `pending`, and gives up the connection when that takes too long. */
const inTime = async <T>(
  { deps, connection }: Call,
  limitMs: number,
  what: string,
  pending: Promise<T>,
): Promise<T> => {
  let late = false
  const timer = deps.clock.startTimer(limitMs, () => {
    late = true
    connection.abort()
  })
  try {
    return await pending
  } catch (cause) {
    if (late) throw new StageError('llm', 'timeout', `the language model server ${what} for ${limitMs} ms`, { cause })
    throw new ConnectionLost('connection lost', { cause })
  } finally {
    timer.cancel()
  }
}

const connect = async (call: Call, body: string): Promise<Response> => {
  const { deps, connection } = call
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(deps.apiKey ? { authorization: `Bearer ${deps.apiKey}` } : {}),
  }
  const request = fetch(completionsUrl(deps.url), {
    method: 'POST',
    headers,
    body,
    signal: connection.signal,
    redirect: 'error',
  })
  const response = await inTime(call, deps.connectTimeoutMs ?? defaultConnectTimeoutMs, 'gave no answer', request)
  if (response.ok) return response
  await response.body?.cancel()
  throw response.status === 503 ? new Starting('HTTP 503') : refusalOf(response.status)
}

async function* chunksOf(call: Call, response: Response): AsyncGenerator<string> {
  const { deps } = call
  const reader = response.body?.getReader()
  if (!reader) return
  // Multi-byte characters may be split between chunks.
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await inTime(
        call,
        deps.idleTimeoutMs ?? defaultIdleTimeoutMs,
        'was silent',
        reader.read(),
      )
      if (done) break
      yield decoder.decode(value, { stream: true })
    }
    yield decoder.decode()
  } finally {
    // The body may already be broken; there is nothing left to save of it.
    await reader.cancel().catch(() => {})
  }
}

async function* readPlain(call: Call, response: Response): AsyncGenerator<LanguageModelEvent> {
  let text = ''
  for await (const chunk of chunksOf(call, response)) {
    text += chunk
    if (text.length > longestPlainReply)
      throw new StageError('llm', 'bad_reply', `a reply of more than ${longestPlainReply} characters`)
  }
  const reader = createCompletionReader()
  yield* reader.read(text)
  yield* reader.end()
}

async function* readStream(call: Call, response: Response): AsyncGenerator<LanguageModelEvent> {
  const reader = createCompletionReader()
  const parser = createEventParser(longestEvent)
  for await (const chunk of chunksOf(call, response)) {
    for (const event of parser.push(chunk)) {
      if (event === '[DONE]') {
        yield* reader.end()
        return
      }
      yield* reader.read(event)
    }
  }
  for (const event of parser.flush()) if (event !== '[DONE]') yield* reader.read(event)
  // Not every server says [DONE]; one that just closes after its last chunk has finished too.
  yield* reader.end()
}

/** Errors of the connection as errors of the stage. Messages of fetch name hosts and addresses, so they stay in the cause. */
const stageErrorFrom = (error: unknown, started: boolean): Error => {
  if (error instanceof StageError) return error
  if (error instanceof RangeError) return new StageError('llm', 'bad_reply', error.message)
  if (error instanceof Starting) return refusalOf(503)
  if (!(error instanceof ConnectionLost))
    return new StageError('llm', 'crashed', 'the language model client failed', { cause: error })
  const what = started ? 'broke off its reply' : 'cannot be reached'
  return new StageError('llm', 'unavailable', `the language model server ${what}`, { cause: error })
}

const canRetry = (error: unknown): boolean => error instanceof Starting || error instanceof ConnectionLost

async function* attempt(call: Call, body: string): AsyncGenerator<LanguageModelEvent> {
  const response = await connect(call, body)
  const plain = response.headers.get('content-type')?.includes('application/json')
  yield* plain ? readPlain(call, response) : readStream(call, response)
}

type Progress = { started: boolean }

/** One attempt with a connection of its own, given up when the caller's signal aborts. */
async function* connected(
  deps: OpenAiCompatibleDeps,
  body: string,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelEvent> {
  const connection = new AbortController()
  const cancel = () => connection.abort()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for await (const event of attempt({ deps, connection }, body)) {
      if (signal.aborted) return
      progress.started = true
      yield event
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

async function* replyTo(
  deps: OpenAiCompatibleDeps,
  request: LanguageModelRequest,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelEvent> {
  const body = completionBody(request, deps)
  for (let tries = 1; !signal.aborted; tries += 1) {
    const progress: Progress = { started: false }
    try {
      yield* connected(deps, body, progress, signal)
      return
    } catch (error) {
      if (signal.aborted) return
      if (progress.started || tries > 1 || !canRetry(error)) throw stageErrorFrom(error, progress.started)
      deps.log.warn('language model server is asked once more', {
        reason: error instanceof Starting ? 'HTTP 503' : 'connection lost',
      })
      await deps.clock.sleep(retryAfterMs, signal)
    }
  }
}

/**
 * A language model behind the chat completions API with streaming: vLLM, TGI, llama.cpp, Ollama, DeepSeek, Qwen and others. One more
 * try before the first token when the connection fails or the server answers 503. Fails with a StageError that names no payload.
 */
export const createOpenAiCompatible = (deps: OpenAiCompatibleDeps): LanguageModel => ({
  reply: (request, signal) => replyTo(deps, request, signal),
})
