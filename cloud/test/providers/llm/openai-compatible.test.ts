import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../../test/eventually.ts'
import {
  completionsUrl,
  createOpenAiCompatible,
  type OpenAiCompatibleDeps,
} from '../../../src/providers/llm/openai-compatible.ts'
import { StageError } from '../../../src/providers/stages.ts'
import { ask, collect, describeLanguageModel, textOf } from './language-model-contract.ts'
import { type Answer, chunk, startScriptedServer, status, stream, streamOf } from './scripted-server.ts'

const never = new AbortController().signal

const withServer = async <T>(
  answers: readonly Answer[],
  use: (
    server: Awaited<ReturnType<typeof startScriptedServer>>,
    model: ReturnType<typeof createOpenAiCompatible>,
  ) => Promise<T>,
  options: Partial<OpenAiCompatibleDeps> = {},
): Promise<T> => {
  const server = await startScriptedServer(...answers)
  try {
    const model = createOpenAiCompatible({
      clock: systemClock,
      log: silentLog,
      url: server.url,
      model: 'test',
      ...options,
    })
    return await use(server, model)
  } finally {
    await server.close()
  }
}

const replyTo = (...answers: readonly Answer[]) =>
  withServer(answers, (_server, model) => collect(model.reply(ask('hello'), never)))

const failureOf = async (
  answers: readonly Answer[],
  options: Partial<OpenAiCompatibleDeps> = {},
): Promise<StageError> =>
  withServer(
    answers,
    async (_server, model) => {
      try {
        await collect(model.reply(ask('hello'), never))
      } catch (error) {
        if (error instanceof StageError) return error
        throw error
      }
      throw new Error('no failure')
    },
    options,
  )

describeLanguageModel('an OpenAI-compatible server', async () => {
  const server = await startScriptedServer(streamOf(chunk('Once'), chunk(' upon'), chunk(' a time.')))
  const model = createOpenAiCompatible({ clock: systemClock, log: silentLog, url: server.url, model: 'test' })
  return { model, close: server.close }
})

describe('the request', () => {
  it.each([
    ['http://host:8000', 'http://host:8000/v1/chat/completions'],
    ['http://host:8000/', 'http://host:8000/v1/chat/completions'],
    ['http://host/v1', 'http://host/v1/chat/completions'],
    ['http://host/api/v3/', 'http://host/api/v3/chat/completions'],
    ['http://host/v1/chat/completions', 'http://host/v1/chat/completions'],
  ])('to %s goes to %s', (url, completions) => {
    expect(completionsUrl(url)).toBe(completions)
  })

  it('carries key, model, messages, tool calls and their results', async () => {
    await withServer(
      [streamOf(chunk('ok'))],
      async ({ received }, model) => {
        const call = { callId: 'c1', name: 'get_time', argumentsJson: '{}' }
        const tools = [{ name: 'get_time', description: 'Time.', parameters: { type: 'object' } }]
        await collect(
          model.reply(
            {
              messages: [
                { role: 'system', content: 'Be brief.' },
                { role: 'user', content: 'time?' },
                { role: 'assistant_tool_calls', calls: [call] },
                { role: 'tool', callId: 'c1', content: '{"hour":3}' },
              ],
              tools,
            },
            never,
          ),
        )
        expect(received).toMatchObject([
          {
            path: '/v1/chat/completions',
            authorization: 'Bearer sesame',
            body: {
              model: 'test',
              stream: true,
              tools: [{ type: 'function', function: { name: 'get_time' } }],
              messages: [
                { role: 'system', content: 'Be brief.' },
                { role: 'user', content: 'time?' },
                {
                  role: 'assistant',
                  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_time', arguments: '{}' } }],
                },
                { role: 'tool', tool_call_id: 'c1', content: '{"hour":3}' },
              ],
            },
          },
        ])
      },
      { apiKey: 'sesame' },
    )
  })
})

describe('the stream', () => {
  it('may use CRLF, comments, other fields and no [DONE]', async () => {
    const events = await replyTo(
      stream(
        ': keep-alive\r\n\r\n',
        `event: message\r\nid: 1\r\ndata: ${chunk('Hel')}\r\n\r\n`,
        `data:${chunk('lo.')}\r\n\r\n`,
      ),
    )
    expect(textOf(events)).toBe('Hello.')
  })

  it('may be cut anywhere, also inside a character', async () => {
    const bytes = new TextEncoder().encode(`data: ${chunk('你好，世界 🐦。')}\r\n\r\ndata: [DONE]\r\n\r\n`)
    const pieces = [...bytes].map((byte) => new Uint8Array([byte]))
    expect(textOf(await replyTo(stream(...pieces)))).toBe('你好，世界 🐦。')
  })

  it('may end without its last empty line', async () => {
    expect(textOf(await replyTo(stream(`data: ${chunk('Hello.')}`)))).toBe('Hello.')
  })

  it('may be a whole reply from a server that does not stream', async () => {
    const whole = status(
      200,
      JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }] }),
    )
    expect(textOf(await replyTo(whole))).toBe('Hello.')
  })

  it('keeps what the model only thinks', async () => {
    const reasoning = JSON.stringify({ choices: [{ delta: { reasoning_content: 'hmm', content: null } }] })
    const events = await replyTo(
      streamOf(reasoning, chunk('<thi'), chunk('nk>let me see <'), chunk('/think'), chunk('>It is < 5.')),
    )
    expect(textOf(events)).toBe('It is < 5.')
  })

  it('passes over chunks without a choice', async () => {
    const usage = JSON.stringify({ choices: [], usage: { total_tokens: 7 } })
    expect(
      textOf(
        await replyTo(streamOf(JSON.stringify({ choices: [{ delta: { role: 'assistant' } }] }), chunk('Hi.'), usage)),
      ),
    ).toBe('Hi.')
  })
})

describe('tool calls', () => {
  const delta = (...calls: readonly unknown[]) => JSON.stringify({ choices: [{ delta: { tool_calls: calls } }] })

  it('are put together from their pieces', async () => {
    const events = await replyTo(
      streamOf(
        delta({ index: 0, id: 'a', function: { name: 'set_timer', arguments: '' } }),
        delta({ index: 0, function: { arguments: '{"duration_' } }),
        delta(
          { index: 0, function: { arguments: 'seconds":60}' } },
          { index: 1, id: 'b', function: { name: 'get_time' } },
        ),
        JSON.stringify({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] }),
      ),
    )
    expect(events).toEqual([
      {
        type: 'tool_calls',
        calls: [
          { callId: 'a', name: 'set_timer', argumentsJson: '{"duration_seconds":60}' },
          { callId: 'b', name: 'get_time', argumentsJson: '{}' },
        ],
      },
    ])
  })

  it('may come whole, without index or id, with arguments as an object', async () => {
    const events = await replyTo(streamOf(delta({ function: { name: 'set_volume', arguments: { volume: 30 } } })))
    expect(events).toEqual([
      { type: 'tool_calls', calls: [{ callId: 'call_0', name: 'set_volume', argumentsJson: '{"volume":30}' }] },
    ])
  })

  it('are bounded in number', async () => {
    const error = await failureOf([streamOf(delta({ index: 1_000_000, id: 'x', function: { name: 'x' } }))])
    expect(error.code).toBe('bad_reply')
  })
})

describe('failures', () => {
  it.each([
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [422, 'refused'],
    [429, 'unavailable'],
    [500, 'unavailable'],
  ] as const)('HTTP %d is "%s", and says nothing of the payload', async (code, stageCode) => {
    const error = await failureOf([status(code)])
    expect(error).toMatchObject({ stage: 'llm', code: stageCode })
    expect(error.message).toContain(String(code))
    expect(error.message).not.toContain('SECRET')
  })

  it('a server that is starting is asked once more', async () => {
    await withServer([status(503), streamOf(chunk('Hi.'))], async ({ received }, model) => {
      expect(textOf(await collect(model.reply(ask('hello'), never)))).toBe('Hi.')
      expect(received).toHaveLength(2)
    })
    expect(await failureOf([status(503)])).toMatchObject({ code: 'unavailable' })
  })

  it('a connection that is reset before the first token is tried once more, after it not', async () => {
    const reset: Answer = (response) => void response.destroy()
    const resetInside: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`data: ${chunk('Once upon')}\n\n`, () => setImmediate(() => response.destroy()))
    }
    expect(textOf(await replyTo(reset, streamOf(chunk('Hi.'))))).toBe('Hi.')
    await withServer([resetInside], async ({ received }, model) => {
      const seen: string[] = []
      const run = async () => {
        for await (const event of model.reply(ask('hello'), never)) if (event.type === 'text') seen.push(event.text)
      }
      await expect(run()).rejects.toMatchObject({
        stage: 'llm',
        code: 'unavailable',
        message: 'the language model server broke off its reply',
      })
      expect(seen).toEqual(['Once upon'])
      expect(received).toHaveLength(1)
    })
  })

  it('no server at all is "unavailable"', async () => {
    const { url, close } = await startScriptedServer()
    await close()
    const model = createOpenAiCompatible({ clock: systemClock, log: silentLog, url, model: 'test' })
    await expect(collect(model.reply(ask('hello'), never))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the language model server cannot be reached',
    })
  })

  it.each([
    ['is not JSON', 'data: {oops}\n\n'],
    ['has another shape', 'data: {"choices": "none"}\n\n'],
    ['never ends its line', `data: ${'x'.repeat(300_000)}`],
  ])('a stream that %s is a bad reply', async (_what, text) => {
    expect(await failureOf([stream(text)])).toMatchObject({ code: 'bad_reply' })
  })

  it('an error inside the stream ends it', async () => {
    const error = await failureOf([stream(`data: ${chunk('Hi')}\n\n`, 'data: {"error":{"message":"SECRET"}}\n\n')])
    expect(error.code).toBe('unavailable')
    expect(error.message).not.toContain('SECRET')
  })

  it('a server that gives no answer, or falls silent, times out by the clock', async () => {
    const silence: Answer = () => {}
    const oneComment: Answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hi\n\n')
    for (const silent of [silence, oneComment]) {
      const clock = createManualClock()
      await withServer(
        [silent],
        async ({ received }, model) => {
          const failure = collect(model.reply(ask('hello'), never)).catch((error: unknown) => error)
          while (received.length === 0) await new Promise((resolve) => setImmediate(resolve))
          let isOver = false
          const watched = failure.finally(() => {
            isOver = true
          })
          // The comment, too, comes when the machine has time for it, and its patience begins anew then.
          while (!isOver) {
            await systemClock.sleep(50)
            await clock.advance(60_000)
          }
          expect(await watched).toMatchObject({ stage: 'llm', code: 'timeout' })
          expect(clock.pendingTimers()).toBe(0)
        },
        { clock },
      )
    }
  })

  it('an abort closes the connection', async () => {
    const endless: Answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${chunk('One')}\n\n`)
    await withServer([endless], async (server, model) => {
      const abort = new AbortController()
      const events = []
      for await (const event of model.reply(ask('hello'), abort.signal)) {
        events.push(event)
        abort.abort()
      }
      expect(events).toEqual([{ type: 'text', text: 'One' }])
      await eventually(() => server.closedByPeer() === 1, 'the connection is closed')
    })
  })
})
