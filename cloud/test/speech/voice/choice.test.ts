import { silentLog } from '@mynah/shared/log/log.ts'
import { expect, test } from 'vitest'
import { chooseSynthesiser } from '../../../src/speech/voice/choice.ts'
import { createScriptedSynthesiser } from '../scripted-engines.ts'
import { collect, never } from '../speech-server-fixture.ts'

test('the named voice speaks, else the first in order', async () => {
  const [first, second] = [createScriptedSynthesiser({ name: 'a' }), createScriptedSynthesiser({ name: 'b' })]
  const choice = chooseSynthesiser([first, second], silentLog)
  await collect(choice.speak({ text: 'hello', language: 'en' }, never()))
  await collect(choice.speak({ text: 'hello', language: 'en', voice: 'b' }, never()))
  await collect(choice.speak({ text: 'hello', language: 'en', voice: 'nobody' }, never()))
  expect([first.requests.length, second.requests.length]).toEqual([2, 1])
})

test('the next voice takes over from one that fails before its first sound', async () => {
  const broken = createScriptedSynthesiser({ failsAt: 0 })
  const sound = createScriptedSynthesiser()
  const pieces = await collect(
    chooseSynthesiser([broken, sound], silentLog).speak({ text: 'a b', language: 'en' }, never()),
  )
  expect(pieces).toHaveLength(2)
})

test('nothing is said twice: a failure after the first sound is final', async () => {
  const broken = createScriptedSynthesiser({ failsAt: 1 })
  const sound = createScriptedSynthesiser()
  const work = collect(chooseSynthesiser([broken, sound], silentLog).speak({ text: 'a b', language: 'en' }, never()))
  await expect(work).rejects.toMatchObject({ code: 'failed' })
  expect(sound.requests).toHaveLength(0)
})

test('without a voice the request is answered by name', async () => {
  const work = collect(chooseSynthesiser([], silentLog).speak({ text: 'a', language: 'zh' }, never()))
  await expect(work).rejects.toMatchObject({ code: 'not_installed' })
})
