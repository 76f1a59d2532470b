import { createServer, type ServerResponse } from 'node:http'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** How the next requests are answered. */
export type LlmScript =
  /** Streams `words` one by one, `wordMs` apart, the first after `firstTokenMs`. */
  | { readonly type: 'say'; readonly words: readonly string[]; readonly firstTokenMs: number; readonly wordMs: number }
  | { readonly type: 'http_error'; readonly status: number }
  /** Accepts the request and never answers. */
  | { readonly type: 'hang' }
  /** Starts an answer and breaks the connection in the middle of it. */
  | { readonly type: 'break_off'; readonly words: readonly string[] }

export type ScriptedLlm = {
  /** To configure as an OpenAI-compatible endpoint. */
  readonly baseUrl: string
  readonly setScript: (script: LlmScript) => void
  readonly requests: () => number
  readonly close: () => Promise<void>
}

const chunkOf = (content: string, finish: string | null) =>
  `data: ${JSON.stringify({
    id: 'scripted',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, delta: content ? { role: 'assistant', content } : {}, finish_reason: finish }],
  })}\n\n`

const streamWords = async (
  deps: { readonly clock: Clock; readonly response: ServerResponse; readonly signal: AbortSignal },
  script: { readonly words: readonly string[]; readonly firstTokenMs: number; readonly wordMs: number },
) => {
  await deps.clock.sleep(script.firstTokenMs, deps.signal)
  for (const [index, word] of script.words.entries()) {
    if (deps.signal.aborted) return
    if (index > 0) await deps.clock.sleep(script.wordMs, deps.signal)
    deps.response.write(chunkOf(index > 0 ? ` ${word}` : word, null))
  }
}

/** A language-model server of the OpenAI kind (`POST {baseUrl}/chat/completions`, streaming) that follows a script. */
export const startScriptedLlm = async (deps: {
  readonly clock: Clock
  readonly script: LlmScript
}): Promise<ScriptedLlm> => {
  let script = deps.script
  let requests = 0
  const closing = new AbortController()

  const answer = async (response: ServerResponse, signal: AbortSignal) => {
    if (script.type === 'hang') return
    if (script.type === 'http_error') {
      response.writeHead(script.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: 'scripted failure', type: 'server_error' } }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (script.type === 'break_off') {
      await streamWords({ clock: deps.clock, response, signal }, { words: script.words, firstTokenMs: 20, wordMs: 20 })
      // What was written must reach the reader before the connection breaks.
      await deps.clock.sleep(20, signal)
      response.destroy()
      return
    }
    await streamWords({ clock: deps.clock, response, signal }, script)
    response.end(`${chunkOf('', 'stop')}data: [DONE]\n\n`)
  }

  const server = createServer((request, response) => {
    const leaving = new AbortController()
    response.on('close', () => leaving.abort())
    closing.signal.addEventListener('abort', () => leaving.abort(), { once: true })
    request.resume()
    request.on('end', () => {
      if (request.method !== 'POST' || !request.url?.endsWith('/chat/completions')) {
        response.writeHead(404).end()
        return
      }
      requests++
      answer(response, leaving.signal).catch((error: unknown) =>
        response.destroy(error instanceof Error ? error : undefined),
      )
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The scripted language model has no TCP address')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    setScript: (next) => {
      script = next
    },
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        closing.abort()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
