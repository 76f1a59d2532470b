import { silentLog } from '@mynah/shared/log/log.ts'
import { expect, test } from 'vitest'
import { cacheSpeech } from '../../../src/speech/voice/cache.ts'
import { chooseSynthesiser } from '../../../src/speech/voice/choice.ts'
import { createScriptedSynthesiser } from '../scripted-engines.ts'
import { collect, never } from '../speech-server-fixture.ts'

const say = (text: string) => ({ text, language: 'en' }) as const
const bytesPerWord = 3_200

test('a short sentence said again is not made again', async () => {
  const engine = createScriptedSynthesiser()
  const cached = cacheSpeech(engine, { maxBytes: 100_000, maxTextLength: 40 })
  const first = await collect(cached.speak(say('five past three'), never()))
  const second = await collect(cached.speak(say('five past three'), never()))
  expect(second).toEqual(first)
  expect(engine.requests).toHaveLength(1)
})

test('language and voice are part of what was said', async () => {
  const engine = createScriptedSynthesiser()
  const cached = cacheSpeech(engine, { maxBytes: 100_000, maxTextLength: 40 })
  await collect(cached.speak(say('hello'), never()))
  await collect(cached.speak({ text: 'hello', language: 'zh' }, never()))
  await collect(cached.speak({ ...say('hello'), voice: 'other' }, never()))
  expect(engine.requests).toHaveLength(3)
})

test('the least recently said goes when the bytes are full', async () => {
  const engine = createScriptedSynthesiser()
  const cached = cacheSpeech(engine, { maxBytes: 2 * bytesPerWord, maxTextLength: 40 })
  for (const word of ['one', 'two', 'one', 'three', 'one']) await collect(cached.speak(say(word), never()))
  expect(engine.requests.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  expect(cached.cachedBytes()).toBe(2 * bytesPerWord)
  await collect(cached.speak(say('two'), never()))
  expect(engine.requests.at(-1)?.text).toBe('two')
})

test('long texts and aborted ones are not kept', async () => {
  const engine = createScriptedSynthesiser()
  const cached = cacheSpeech(engine, { maxBytes: 100_000, maxTextLength: 10 })
  await collect(cached.speak(say('a text of many words'), never()))
  const abort = new AbortController()
  for await (const _ of cached.speak(say('a b c'), abort.signal)) abort.abort()
  expect(cached.cachedBytes()).toBe(0)
})

test('what a stand-in said is not kept: the next time the voice that was meant may speak again', async () => {
  const stand = createScriptedSynthesiser()
  const voices = [createScriptedSynthesiser({ failsAt: 0 }), stand]
  const cached = cacheSpeech(chooseSynthesiser(voices, silentLog), { maxBytes: 100_000, maxTextLength: 40 })
  await collect(cached.speak(say('five past three'), never()))
  expect(stand.requests).toHaveLength(1)
  expect(cached.cachedBytes()).toBe(0)
})
