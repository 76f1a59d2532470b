import * as v from 'valibot'
import {
  type ChatMessage,
  type LanguageModelEvent,
  type LanguageModelRequest,
  StageError,
  type ToolCall,
} from '../stages.ts'
import { createThinkingFilter } from './thinking.ts'

/** The chat completions format that most model servers speak, as bodies to send and chunks to read. */

const callDelta = v.object({
  index: v.nullish(v.number()),
  id: v.nullish(v.string()),
  function: v.nullish(
    v.object({ name: v.nullish(v.string()), arguments: v.nullish(v.union([v.string(), v.looseObject({})])) }),
  ),
})

const messageSchema = v.object({ content: v.nullish(v.string()), tool_calls: v.nullish(v.array(callDelta)) })

const chunkSchema = v.object({
  error: v.nullish(v.unknown()),
  choices: v.nullish(
    v.array(
      v.object({
        delta: v.nullish(messageSchema),
        /** Servers that do not stream answer with the whole message. */
        message: v.nullish(messageSchema),
      }),
    ),
  ),
})

const mostCalls = 16
const mostArgumentCharacters = 32_768

const wireMessage = (message: ChatMessage): Readonly<Record<string, unknown>> => {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.callId, content: message.content }
  if (message.role !== 'assistant_tool_calls') return { role: message.role, content: message.content }
  return {
    role: 'assistant',
    content: '',
    tool_calls: message.calls.map((call) => ({
      id: call.callId,
      type: 'function',
      function: { name: call.name, arguments: call.argumentsJson },
    })),
  }
}

export type CompletionOptions = { readonly model: string; readonly temperature?: number; readonly maxTokens?: number }

export const completionBody = ({ messages, tools }: LanguageModelRequest, options: CompletionOptions): string =>
  JSON.stringify({
    model: options.model,
    stream: true,
    messages: messages.map(wireMessage),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options.maxTokens === undefined ? {} : { max_tokens: options.maxTokens }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
  })

type CallParts = { id: string; name: string; argumentsJson: string }

const badReply = (what: string): StageError =>
  new StageError('llm', 'bad_reply', `the language model server sent ${what}`)

/** Puts streamed pieces together: text at once, tool calls when they are whole. Throws a StageError on what is no completion. */
export const createCompletionReader = () => {
  const thinking = createThinkingFilter()
  const calls: CallParts[] = []

  const partsFor = (index: number | null | undefined, id: string | null | undefined): CallParts => {
    // Some servers leave the index out: a new id then begins a new call, no id goes on with the last.
    const place = index ?? (id && calls.every((call) => call.id !== id) ? calls.length : Math.max(0, calls.length - 1))
    if (place < 0 || place >= mostCalls) throw badReply(`more than ${mostCalls} tool calls`)
    calls[place] ??= { id: '', name: '', argumentsJson: '' }
    return calls[place]
  }

  const addCall = (delta: v.InferOutput<typeof callDelta>): void => {
    const parts = partsFor(delta.index, delta.id)
    const given = delta.function?.arguments
    parts.id ||= delta.id ?? ''
    parts.name ||= delta.function?.name ?? ''
    // Some servers send the arguments as an object instead of as text.
    parts.argumentsJson += typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
    if (parts.argumentsJson.length > mostArgumentCharacters) throw badReply('endless tool arguments')
  }

  const textEvents = (text: string): LanguageModelEvent[] => (text === '' ? [] : [{ type: 'text', text }])

  const parse = (json: string) => {
    try {
      return v.parse(chunkSchema, JSON.parse(json))
    } catch (cause) {
      // The cause may quote the payload, so only its kind goes on.
      throw badReply(cause instanceof SyntaxError ? 'something that is not JSON' : 'a chunk of another shape')
    }
  }

  return {
    read: (json: string): readonly LanguageModelEvent[] => {
      const chunk = parse(json)
      if (chunk.error !== undefined && chunk.error !== null)
        throw new StageError('llm', 'unavailable', 'the language model server reported an error in its stream')
      const choice = chunk.choices?.[0]
      const message = choice?.delta ?? choice?.message
      for (const delta of message?.tool_calls ?? []) addCall(delta)
      return textEvents(thinking.push(message?.content ?? ''))
    },
    end: (): readonly LanguageModelEvent[] => {
      const whole = calls.flatMap((call, index): ToolCall[] =>
        call?.name
          ? [{ callId: call.id || `call_${index}`, name: call.name, argumentsJson: call.argumentsJson || '{}' }]
          : [],
      )
      const text = textEvents(thinking.flush())
      return whole.length > 0 ? [...text, { type: 'tool_calls', calls: whole }] : text
    },
  }
}
