import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, expect, test } from 'vitest'
import { type LlmScript, type ScriptedLlm, startScriptedLlm } from '../src/scripted-llm.ts'

let llm: ScriptedLlm | undefined
afterEach(() => llm?.close())

const ask = async (script: LlmScript, signal?: AbortSignal): Promise<Response> => {
  llm = await startScriptedLlm({ clock: systemClock, script })
  return fetch(`${llm.baseUrl}/chat/completions`, { method: 'POST', body: '{}', signal: signal ?? null })
}

test('it streams its words as an OpenAI-compatible server does', async () => {
  const response = await ask({ type: 'say', words: ['Good', 'morning.'], firstTokenMs: 5, wordMs: 5 })
  const events = (await response.text()).split('\n\n').filter(Boolean)
  const words = events
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice('data: '.length)).choices[0].delta.content ?? '')
  expect(words.join('')).toBe('Good morning.')
  expect(events.at(-1)).toBe('data: [DONE]')
  expect(llm?.requests()).toBe(1)
})

test('it fails with the status it is told', async () => {
  expect((await ask({ type: 'http_error', status: 503 })).status).toBe(503)
})

test('it hangs until the caller gives up', async () => {
  await expect(ask({ type: 'hang' }, AbortSignal.timeout(100))).rejects.toThrow(/aborted|timeout/i)
})

test('it breaks off in the middle of an answer', async () => {
  const response = await ask({ type: 'break_off', words: ['Well'] })
  await expect(response.text()).rejects.toThrow()
})
