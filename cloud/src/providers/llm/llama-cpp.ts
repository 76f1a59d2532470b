import { parseJson } from '@mynah/shared/parse-json.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { ChatHistoryItem, ChatModelFunctionCall, ChatModelFunctions, LlamaChat } from 'node-llama-cpp'
import {
  type ChatMessage,
  type LanguageModel,
  type LanguageModelEvent,
  type LanguageModelRequest,
  StageError,
  type ToolCall,
} from '../stages.ts'

export type LlamaCppOptions = {
  /** A GGUF file. */
  readonly modelPath: string
  /** Tokens that prompt and reply share; the model's own size when absent. */
  readonly contextSize?: number
  /** Threads that compute; more than there are idle cores slow it down a hundredfold, because they wait for each other. */
  readonly threads?: number
  readonly maxTokens?: number
  readonly temperature?: number
  /** Small models do better without tools. */
  readonly tools?: boolean
}

export type LlamaCpp = LanguageModel & { readonly close: () => Promise<void> }

const defaultMaxTokens = 400
const mostWaiting = 4
const mostPieces = 4_096

const parsedOr = (json: string, otherwise: unknown): unknown => {
  const parsed = parseJson(json)
  return parsed === undefined ? otherwise : parsed
}

const callsOf = (calls: readonly ToolCall[], results: ReadonlyMap<string, string>): ChatModelFunctionCall[] =>
  calls.map((call) => ({
    type: 'functionCall',
    name: call.name,
    params: parsedOr(call.argumentsJson, {}),
    // A tool's text that is no JSON goes to the model as text.
    result: parsedOr(results.get(call.callId) ?? '', results.get(call.callId) ?? ''),
  }))

const historyItem = (message: ChatMessage, results: ReadonlyMap<string, string>): ChatHistoryItem[] => {
  switch (message.role) {
    case 'system':
      return [{ type: 'system', text: message.content }]
    case 'user':
      return [{ type: 'user', text: message.content }]
    case 'assistant':
      return [{ type: 'model', response: [message.content] }]
    case 'assistant_tool_calls':
      return [{ type: 'model', response: callsOf(message.calls, results) }]
    case 'tool':
      return []
  }
}

/** The conversation as the engine wants it: tool results stand inside the calls, and a model's turn stands open at the end. */
const historyOf = (messages: readonly ChatMessage[]): ChatHistoryItem[] => {
  const results = new Map(
    messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message.content] as const] : [])),
  )
  const items = messages.flatMap((message) => historyItem(message, results))
  return items.at(-1)?.type === 'model' ? items : [...items, { type: 'model', response: [] }]
}

const functionsOf = ({ tools }: LanguageModelRequest): ChatModelFunctions | undefined =>
  tools.length === 0
    ? undefined
    : // The engine takes the common part of JSON Schema, which is all that our tools use.
      Object.fromEntries(
        tools.map(({ name, description, parameters }) => [name, { description, params: parameters as never }]),
      )

/** Engine errors name files and native calls; the stage's message does not. */
const engineError = (cause: unknown, what: string): StageError =>
  cause instanceof StageError ? cause : new StageError('llm', 'crashed', what, { cause })

const loadEngine = async ({ modelPath, contextSize, threads }: LlamaCppOptions) => {
  try {
    const { getLlama, LlamaChat: Chat, LlamaLogLevel } = await import('node-llama-cpp')
    const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error })
    const model = await llama.loadModel({ modelPath })
    const context = await model.createContext({
      ...(contextSize === undefined ? {} : { contextSize }),
      ...(threads === undefined ? {} : { threads }),
    })
    return { llama, chat: new Chat({ contextSequence: context.getSequence() }) }
  } catch (cause) {
    throw new StageError('llm', 'unavailable', 'the local language model cannot be loaded', { cause })
  }
}

/** Runs the replies one after the other: the engine has one context. Refuses when too many wait. */
const createTurnstile = () => {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= mostWaiting)
      throw new StageError('llm', 'unavailable', `more than ${mostWaiting} replies wait for the local language model`)
    waiting += 1
    const mine = last.then(work)
    last = mine.catch(() => {})
    try {
      return await mine
    } finally {
      waiting -= 1
    }
  }
}

/**
 * A GGUF model in this process through node-llama-cpp, an optional package. Loads the model first: rejects with a StageError
 * (`unavailable`) when the package or the file is missing. Replies run one at a time, on the engine's own threads.
 */
export const createLlamaCpp = async (options: LlamaCppOptions): Promise<LlamaCpp> => {
  const { llama, chat } = await loadEngine(options)
  const inTurn = createTurnstile()

  const generate = async (
    request: LanguageModelRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<readonly ToolCall[]> => {
    if (signal.aborted) return []
    const functions = options.tools === false ? undefined : functionsOf(request)
    const common = {
      signal,
      stopOnAbortSignal: true,
      maxTokens: options.maxTokens ?? defaultMaxTokens,
      onTextChunk: onText,
      ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    }
    const history = historyOf(request.messages)
    if (!functions) {
      await chat.generateResponse(history, common)
      return []
    }
    const { functionCalls = [] } = await (chat as LlamaChat).generateResponse<ChatModelFunctions>(history, {
      ...common,
      functions,
    })
    return functionCalls.map((call, index) => ({
      callId: `call_${index}`,
      name: call.functionName,
      argumentsJson: JSON.stringify(call.params ?? {}),
    }))
  }

  async function* reply(request: LanguageModelRequest, signal: AbortSignal): AsyncGenerator<LanguageModelEvent> {
    if (signal.aborted) return
    const stop = new AbortController()
    const cancel = () => stop.abort()
    signal.addEventListener('abort', cancel, { once: true })
    const events = createChannel<LanguageModelEvent>({ capacity: mostPieces, overflow: 'refuse' })
    // A reader that stays behind so far has gone.
    const onText = (text: string) => void (text === '' || events.push({ type: 'text', text }) || cancel())
    const run = inTurn(() => generate(request, onText, stop.signal)).then(
      (calls) => {
        if (calls.length > 0) events.push({ type: 'tool_calls', calls })
        events.end()
      },
      (error: unknown) =>
        stop.signal.aborted ? events.end() : events.fail(engineError(error, 'the local language model failed')),
    )
    try {
      for await (const event of events) {
        if (signal.aborted) return
        yield event
      }
    } finally {
      signal.removeEventListener('abort', cancel)
      cancel()
      await run
    }
  }

  return { reply, close: () => llama.dispose() }
}
