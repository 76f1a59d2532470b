import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createUnderstanding } from '../../src/understanding/create-understanding.ts'
import type { LocalRequest } from '../../src/understanding/understanding.ts'
import type { FromUnderstanding, ToUnderstanding } from '../../src/understanding/understanding-messages.ts'

const request: LocalRequest = {
  said: { type: 'text', text: 'volume up' },
  nowMs: 0,
  tellAway: false,
  speaker: { deviceId: 'kitchen', language: 'en', timeZone: 'UTC', volume: 50, schedule: [] },
}
const answer = { understood: true, heard: 'volume up', sentences: [], actions: [], expectsReply: false }
const never = new AbortController().signal

/** Processes in memory: each start is recorded with what it was sent, and says what the test lets it say. */
const createStage = ({ unstartable = 0 } = {}) => {
  let refused = 0
  const clock = createManualClock()
  const started: {
    sent: ToUnderstanding[]
    say: (message: FromUnderstanding) => void
    die: (why: string) => void
    killed: boolean
  }[] = []
  const understanding = createUnderstanding({
    clock,
    log: silentLog,
    start: () => {
      if (refused++ < unstartable) throw new Error('spawn ENOMEM')
      let onMessage = (_: FromUnderstanding) => {}
      let onExit = (_: string) => {}
      const one = {
        sent: [] as ToUnderstanding[],
        say: (message: FromUnderstanding) => onMessage(message),
        die: (why: string) => onExit(why),
        killed: false,
      }
      started.push(one)
      return {
        send: (message) => void one.sent.push(message),
        onMessage: (listener) => {
          onMessage = listener
        },
        onExit: (listener) => {
          onExit = listener
        },
        kill: () => {
          one.killed = true
        },
      }
    },
  })
  const stop = new AbortController()
  const running = understanding.run(stop.signal)
  const ready: FromUnderstanding = { type: 'ready', engine: 'pocketsphinx-0.8', voice: 'flite' }
  const close = async () => {
    stop.abort()
    await running
  }
  return { clock, understanding, started, ready, close }
}

describe('understanding without the cloud', () => {
  it('looks once whether it could, and then lets everything go: nothing is loaded while the cloud is there', async () => {
    const { clock, understanding, started, ready, close } = createStage()
    await clock.advance(4_000)
    expect(started).toHaveLength(1)
    expect(understanding.ability()).toEqual({ type: 'unknown' })
    started[0]?.say(ready)
    expect(understanding.ability()).toMatchObject({ type: 'commands', voice: 'flite' })
    expect(started[0]?.killed).toBe(true)
    await clock.advance(3_600_000)
    expect(started).toHaveLength(1)
    await close()
  })
  it('is loaded when the cloud was away for two seconds, and goes a minute after it is back', async () => {
    const { clock, understanding, started, ready, close } = createStage()
    await clock.advance(4_000)
    started[0]?.say(ready)
    understanding.setNeeded(true)
    await clock.advance(1_900)
    expect(started).toHaveLength(1)
    await clock.advance(200)
    started[1]?.say(ready)
    understanding.setNeeded(false)
    await clock.advance(59_000)
    expect(started[1]?.killed).toBe(false)
    await clock.advance(2_000)
    expect(started[1]?.killed).toBe(true)
    await close()
  })
  it('does not load for a network that comes back at once', async () => {
    const { clock, understanding, started, ready, close } = createStage()
    await clock.advance(4_000)
    started[0]?.say(ready)
    for (let i = 0; i < 10; i++) {
      understanding.setNeeded(true)
      await clock.advance(1_000)
      understanding.setNeeded(false)
      await clock.advance(1_000)
    }
    expect(started).toHaveLength(1)
    await close()
  })
  it('answers by the process, which is started for it when it is not there', async () => {
    const { understanding, started, close } = createStage()
    const answered = understanding.answer(request, never)
    expect(started[0]?.sent.map(({ type }) => type)).toEqual(['open', 'answer'])
    started[0]?.say({ type: 'answered', requestId: 0, answer })
    expect(await answered).toEqual({ ok: true, value: answer })
    await close()
  })
  it('says why it cannot, and tries no more', async () => {
    const { clock, understanding, started, close } = createStage()
    await clock.advance(4_000)
    const reason = 'libpocketsphinx is not installed: apt-get install libpocketsphinx3'
    started[0]?.say({ type: 'missing', reason })
    expect(understanding.ability()).toEqual({ type: 'none', reason })
    understanding.setNeeded(true)
    await clock.advance(60_000)
    expect(started).toHaveLength(1)
    expect(await understanding.answer(request, never)).toMatchObject({
      ok: false,
      error: { code: 'missing', message: reason },
    })
    await close()
  })
  it('a process that dies fails its request, is started again, and is given up after three times', async () => {
    const { understanding, started, close } = createStage()
    for (let i = 0; i < 3; i++) {
      const answered = understanding.answer(request, never)
      started[i]?.die('SIGSEGV')
      expect(await answered).toMatchObject({ ok: false, error: { code: 'crashed', message: 'SIGSEGV' } })
    }
    expect(understanding.ability()).toMatchObject({ type: 'none' })
    await understanding.answer(request, never)
    expect(started).toHaveLength(3)
    await close()
  })
  it('a process that dies while it is looked at is no reason to promise anything', async () => {
    const { clock, understanding, started, close } = createStage()
    await clock.advance(4_000)
    started[0]?.die('SIGILL')
    expect(understanding.ability()).toMatchObject({ type: 'none', reason: expect.stringContaining('SIGILL') })
    await close()
  })
  it('a process for which there is no memory just now fails the request, and is tried again for the next', async () => {
    const { understanding, started, close } = createStage({ unstartable: 1 })
    expect(await understanding.answer(request, never)).toMatchObject({ ok: false, error: { code: 'missing' } })
    const next = understanding.answer(request, never)
    started[0]?.say({ type: 'answered', requestId: 0, answer })
    expect(await next).toMatchObject({ ok: true })
    await close()
  })
  it('one that hangs is given up after 15 s', async () => {
    const { clock, understanding, close } = createStage()
    const answered = understanding.answer(request, never)
    await clock.advance(15_000)
    expect(await answered).toMatchObject({ ok: false, error: { code: 'timeout' } })
    await close()
  })
  it('another language is looked for anew', async () => {
    const { clock, understanding, started, ready, close } = createStage()
    await clock.advance(4_000)
    started[0]?.say(ready)
    understanding.setLanguage('zh')
    expect(understanding.ability()).toEqual({ type: 'unknown' })
    expect(started[1]?.sent).toMatchObject([{ type: 'open', language: 'zh' }])
    await close()
  })
})
