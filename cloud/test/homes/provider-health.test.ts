import { type Clock, systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProviderHealth, lastTurnOf } from '../../src/homes/provider-health.ts'
import { defaultAiSettings } from '../../src/store/ai-settings-store.ts'
import { createTurnArchive } from '../../src/store/turn-archive.ts'
import { startTestServer } from '../speech/speech-server-fixture.ts'
import { temporaryStore } from '../temporary-store.ts'

const figures = (stage: string | null, code: string | null, timings: Record<string, number> = {}) => ({
  sessionId: 'one',
  startedAt: '2026-01-01T00:00:00.000Z',
  outcome: stage ? 'failed' : 'completed',
  stage,
  code,
  timings,
})

describe('the last turn that used a stage', () => {
  test('tells whether it worked, past turns that did not use it', () => {
    const turns = [figures(null, null), figures('stt', 'refused'), figures(null, null, { stt_final: 80 })]
    expect(lastTurnOf(turns, 'stt')).toMatchObject({ ok: false, code: 'refused' })
    expect(lastTurnOf(turns.slice(2), 'stt')).toMatchObject({ ok: true, code: null })
    expect(lastTurnOf(turns, 'llm')).toBeNull()
  })
})

describe('the engines of a home', () => {
  let fixture: ReturnType<typeof temporaryStore>
  let homeId: string
  const clock = createManualClock()
  beforeEach(() => {
    fixture = temporaryStore(clock)
    homeId = fixture.store.devices.defaultHomeId()
  })
  afterEach(() => fixture.close())
  const turn = (sessionId: string, failure?: { stage: string; code: string }) => {
    const { turns } = fixture.store
    const id = { sessionId, conversationId: 'c', deviceId: 'kitchen' }
    const startedAt = clock.wallTime()
    turns.open({ ...id, homeId, trigger: 'wake_word', language: 'en', startedAt })
    turns.close({
      ...id,
      endedAt: startedAt,
      outcome: failure ? 'failed' : 'completed',
      ...(failure && { error: failure }),
      heardText: '',
      replyText: '',
      heardReplyText: '',
      toolsCalled: [],
      timings: failure ? {} : { stt_final: 50, tts_first_audio: 90 },
    })
  }
  const healthOf = (clock: Clock) => {
    const { db, sealer, sounds, aiSettings } = fixture.store
    return createProviderHealth({ clock, aiSettings, archive: createTurnArchive({ db, sealer, sounds, clock }) })
  }

  test('are named only where the home has its own; a server is asked, with its token', async () => {
    const server = await startTestServer({}, { token: 'tiger' })
    const { aiSettings } = fixture.store
    expect(await healthOf(clock)([homeId])).toEqual([])
    const riva = { type: 'riva', address: server.address, tls: false } as const
    aiSettings.set(homeId, { ...defaultAiSettings, stt: { ...riva, token: 'tiger' }, tts: { ...riva, token: 'cat' } })
    expect(await healthOf(systemClock)([homeId, 'other'])).toEqual([
      { home_id: homeId, stage: 'stt', ready: true, answers: true, last_turn: null },
      { home_id: homeId, stage: 'tts', ready: false, answers: false, last_turn: null },
    ])
    await server.close()
  })

  test('stay judged when something else of the home is changed', async () => {
    const { aiSettings } = fixture.store
    const llm = { type: 'openai', url: 'http://10.0.0.9', model: 'm' } as const
    aiSettings.set(homeId, { ...defaultAiSettings, llm })
    await clock.advance(1_000)
    turn('B'.repeat(22), { stage: 'llm', code: 'refused' })
    await clock.advance(1_000)
    const butler = { name: 'Butler', wake_words: [], prompt: 'Be terse.', language: null, voice: null }
    aiSettings.set(homeId, { ...defaultAiSettings, llm: { ...llm }, personas: [butler] })
    expect(await healthOf(clock)([homeId])).toMatchObject([{ stage: 'llm', ready: false, last_turn: { ok: false } }])
    aiSettings.set(homeId, { ...defaultAiSettings, llm: { ...llm, model: 'better' }, personas: [butler] })
    expect(await healthOf(clock)([homeId])).toMatchObject([{ stage: 'llm', ready: true, last_turn: null }])
  })

  test('are judged by the turns since they were chosen', async () => {
    const { aiSettings } = fixture.store
    aiSettings.set(homeId, { ...defaultAiSettings, llm: { type: 'openai', url: 'http://10.0.0.9', model: 'm' } })
    await clock.advance(1_000)
    turn('A'.repeat(22), { stage: 'llm', code: 'refused' })
    const failedAt = clock.wallTime().toISOString()
    expect(await healthOf(clock)([homeId])).toEqual([
      {
        home_id: homeId,
        stage: 'llm',
        ready: false,
        answers: null,
        last_turn: { ok: false, code: 'refused', at: failedAt },
      },
    ])
    await clock.advance(1_000)
    const { settings } = aiSettings.get(homeId)
    aiSettings.set(homeId, { ...settings, llm: { type: 'openai', url: 'http://10.0.0.8', model: 'm' } })
    expect(await healthOf(clock)([homeId])).toMatchObject([{ ready: true, last_turn: null }])
    expect(instant(failedAt).getTime()).toBeLessThan(clock.wallTime().getTime())
  })
})
