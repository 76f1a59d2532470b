import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHomeChoices } from '../../src/homes/home-choices.ts'
import { createSpeechServers } from '../../src/providers/speech-servers.ts'
import type { LanguageModel, TextToSpeech } from '../../src/providers/stages.ts'
import { defaultAiSettings } from '../../src/store/ai-settings-store.ts'
import { collect, never, startTestServer } from '../speech/speech-server-fixture.ts'
import { temporaryStore } from '../temporary-store.ts'

const silentTts: TextToSpeech = { synthesize: async function* () {} }
const model: LanguageModel = { reply: async function* () {} }
const persona = { name: 'Jarvis', wake_words: ['hey_jarvis'], prompt: 'Be brief.', language: null, voice: null }

describe('what a home has chosen', () => {
  let fixture: ReturnType<typeof temporaryStore>
  let homeId: string
  const servers = createSpeechServers({ clock: systemClock })
  beforeEach(() => {
    fixture = temporaryStore(createManualClock())
    homeId = fixture.store.devices.defaultHomeId()
  })
  afterEach(() => {
    servers.close()
    fixture.close()
  })
  const choicesOf = () =>
    createHomeChoices({
      aiSettings: fixture.store.aiSettings,
      retention: fixture.store.retention,
      servers,
      tts: silentTts,
      createModel: () => model,
    })

  test('counts from the next turn on: servers with their secrets, and who answers to the word', () => {
    const choices = choicesOf()
    expect(choices.forTurn({ homeId, deviceId: 'kitchen' })).toEqual({})
    const zh = { ...persona, name: '小智', wake_words: ['小智小智'], language: 'zh' as const, voice: 'girl' }
    const stt = { type: 'riva', address: '10.0.0.9:1', tls: true, token: 't' } as const
    fixture.store.aiSettings.set(homeId, { ...defaultAiSettings, stt, personas: [persona, zh] })
    expect(choices.forTurn({ homeId, deviceId: 'kitchen', wakeWord: '小智小智' })).toEqual({
      speech: { stt: { address: '10.0.0.9:1', tls: true, token: 't' } },
      persona: { name: '小智', prompt: 'Be brief.', language: 'zh', voice: 'girl' },
    })
    expect(choices.forTurn({ homeId, deviceId: 'kitchen', wakeWord: 'alexa' }).persona).toEqual({
      name: 'Jarvis',
      prompt: 'Be brief.',
    })
  })

  test('gives way to the persona that a person chose, as long as the home has it', () => {
    const choices = choicesOf()
    const zh = { ...persona, name: '小智', wake_words: ['小智小智'], language: 'zh' as const, voice: 'girl' }
    fixture.store.aiSettings.set(homeId, { ...defaultAiSettings, personas: [persona, zh] })
    const answers = (chosen: string) => choices.forTurn({ homeId, deviceId: 'browser', persona: chosen }).persona
    expect(answers('小智')).toEqual({ name: '小智', prompt: 'Be brief.', language: 'zh', voice: 'girl' })
    expect(answers('Somebody else')?.name).toBe('Jarvis')
    fixture.store.aiSettings.set(homeId, defaultAiSettings)
    expect(answers('小智')).toBeUndefined()
  })

  test('is a language model of its own only when it is another than the cloud has; made once for each choice', () => {
    const choices = choicesOf()
    expect(choices.modelOf(homeId)).toBeUndefined()
    fixture.store.aiSettings.set(homeId, { ...defaultAiSettings, llm: { type: 'openai', url: 'http://a', model: 'm' } })
    const first = choices.modelOf(homeId)
    expect(first?.languageModel).toBe(model)
    expect(choices.modelOf(homeId)).toBe(first)
    fixture.store.aiSettings.set(homeId, { ...defaultAiSettings, llm: { type: 'openai', url: 'http://b', model: 'm' } })
    expect(choices.modelOf(homeId)?.key).not.toBe(first?.key)
  })

  test('is the voice of announcements, too: decided when they are spoken', async () => {
    const server = await startTestServer()
    const voice = choicesOf().voiceOf(homeId)
    const say = () => collect(voice.synthesize({ text: 'dinner is ready', language: 'en' }, never()))
    expect(await say()).toEqual([])
    const tts = { type: 'riva', address: server.address, tls: false } as const
    fixture.store.aiSettings.set(homeId, { ...defaultAiSettings, tts })
    expect((await say()).length).toBeGreaterThan(0)
    await server.close()
  })
})
