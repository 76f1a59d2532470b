import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { answers, askTime, isSilent } from './conversation.ts'
import { createHouse, type House } from './house.ts'
import { createScriptedUnderstanding } from './scripted-understanding.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

const replies = (of: House) => of.of('reply_text').map((event) => event.text)
const reasons = (of: House) => of.of('turn_ended').map((event) => event.reason)
const away = /can't reach the cloud/

/** One spoken turn to its end. */
const say = async (of: House) => {
  askTime(of)
  await of.passSlowly(6_000)
  await of.settle()
  await of.passSlowly(1_000)
}

describe('without a cloud', () => {
  it('a timer is set, kept on disk and rings', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    mind.willHear('hey jarvis set a timer for five minutes')
    await say(house)
    expect(reasons(house)).toEqual(['completed'])
    expect(replies(house)[0]).toContain('Timer set for five minutes.')
    expect(house.of('phase_changed').map((event) => event.phase)).toEqual(['listening', 'thinking', 'speaking', 'idle'])
    expect(house.heard.some((frame) => !isSilent(frame))).toBe(true)
    await house.pass(300_000)
    expect(house.of('schedule_fired')).toMatchObject([{ kind: 'timer' }])
    expect(house.cloud.received).toEqual([])
  })
  it('hears the whole utterance: from 1.5 s before the wake decision to the end of speech', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    await say(house)
    const [request] = mind.requests
    const samples = request?.said.type === 'sound' ? request.said.samples : new Int16Array()
    const decided = house.of('wake_detected')[0]?.atSample ?? 0
    const ended = house.of('speech_end_detected')[0]?.endOfSpeechSample ?? 0
    expect(samples.length).toBeGreaterThanOrEqual(1_500 * 16 + ended - decided)
    expect(Math.max(...samples)).toBe(30_000)
    const wake = request?.said.type === 'sound' ? request.said.wake : undefined
    expect(wake?.word).toBe('hey_jarvis')
    expect(samples[(wake?.decidedMs ?? 0) * 16 - 1], 'the last sample of the word').toBe(30_000)
  })
  it('says once that the cloud is away, and not again for a network that comes and goes', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ understanding: mind.understanding })
    house.cloud.breakBroker()
    for (const command of ['volume up', 'volume down', 'volume up']) {
      mind.willHear(command)
      await say(house)
    }
    expect(replies(house).map((text) => away.test(text))).toEqual([true, false, false])
    house.cloud.repairBroker()
    await house.passSlowly(40_000)
    house.cloud.breakBroker()
    mind.willHear('volume down')
    await say(house)
    expect(away.test(replies(house)[3] ?? '')).toBe(false)
    expect(reasons(house).every((reason) => reason === 'completed')).toBe(true)
  }, 60_000)
  it('the volume changes and survives', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    mind.willHear('hey jarvis volume up')
    await say(house)
    expect(house.of('volume_changed').at(-1)?.volume).toBe(70)
  })
  it('a question of the speaker is answered without a wake word', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    mind.willHear('hey jarvis set a timer')
    mind.willHear('ten minutes')
    askTime(house)
    await house.passSlowly(4_500)
    expect(house.speaker.phase()).toBe('expecting')
    house.silenceFor(600)
    house.speech(600)
    await house.passSlowly(5_000)
    expect(replies(house).at(-1)).toBe('Timer set for ten minutes.')
    expect(house.of('turn_started').map((event) => [event.trigger, event.by])).toEqual([
      ['wake_word', 'speaker'],
      ['follow_up', 'speaker'],
    ])
  })
  it('what is no command is said not to be understood', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    await say(house)
    await say(house)
    expect(replies(house).map((text) => away.test(text))).toEqual([true, false])
    expect(replies(house)[1]).toBe("Sorry, I didn't understand that.")
    expect(house.speaker.phase()).toBe('idle')
  })
  it('can be typed to', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ alone: true, understanding: mind.understanding })
    house.speaker.sayText('set a timer for one minute')
    await house.passSlowly(2_000)
    expect(replies(house)[0]).toContain('Timer set for one minute.')
  })
  it('answers by sounds where there is no voice, with the sentence from disk first', async () => {
    const mind = createScriptedUnderstanding({ voice: false })
    house = await createHouse({ understanding: mind.understanding })
    house.cloud.files.set('/device/phrases/en/no_network.wav', encodeWav(new Int16Array(2_400).fill(5_000), 24_000))
    house.cloud.breakBroker()
    await house.pass(100)
    house.cloud.repairBroker()
    await house.passSlowly(2_000)
    await house.settle()
    house.cloud.breakBroker()
    mind.willHear('hey jarvis volume up')
    await say(house)
    await say(house)
    expect(house.of('phrase').map((event) => event.phrase)).toEqual(['no_network'])
    expect(house.of('earcon').map((event) => event.earcon)).toEqual(['confirmed', 'error'])
    expect(reasons(house)).toEqual(['completed', 'completed'])
  })
  it('a turn that is cancelled while it is understood does nothing', async () => {
    const mind = createScriptedUnderstanding()
    let finish = () => {}
    const slow = {
      ...mind.understanding,
      answer: async (...asked: Parameters<typeof mind.understanding.answer>) => {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        return mind.understanding.answer(...asked)
      },
    }
    house = await createHouse({ alone: true, understanding: slow })
    mind.willHear('hey jarvis set a timer for one minute')
    askTime(house)
    await house.passSlowly(4_500)
    expect(house.speaker.phase()).toBe('thinking')
    house.speaker.pressButton()
    finish()
    await house.passSlowly(500)
    expect(reasons(house)).toEqual(['cancelled'])
    await house.pass(70_000)
    expect(house.of('schedule_fired')).toEqual([])
  })
})

describe('a cloud that is lost in mid-turn', () => {
  it('and does not acknowledge the wake in time is not needed: the speaker goes on with the same words', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ acknowledgesWake: false, understanding: mind.understanding })
    mind.willHear('hey jarvis set a timer for one minute')
    await say(house)
    expect(house.of('turn_taken_over')).toHaveLength(1)
    expect(reasons(house)).toEqual(['completed'])
    expect(replies(house)[0]).toContain('Timer set for one minute.')
    // The cloud is told, so that it does not answer too; once.
    expect(house.cloud.of('session_end').map(({ reason }) => reason)).toEqual(['timeout'])
    expect(house.cloud.of('schedule/state').at(-1)?.items).toHaveLength(1)
  })
  it('and vanishes while the person speaks loses no word', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ understanding: mind.understanding })
    mind.willHear('hey jarvis set a timer for one minute')
    house.silenceFor(2_000)
    house.wake()
    house.silenceFor(300)
    house.speech(3_500)
    await house.passSlowly(2_600)
    house.cloud.vanish()
    await house.passSlowly(7_000)
    expect(reasons(house)).toEqual(['completed'])
    const [request] = mind.requests
    expect(request?.said.type === 'sound' && request.said.samples.length).toBeGreaterThan(5_000 * 16)
  })
  it('after it has already set the timer is not helped: nothing is done twice', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({
      understanding: mind.understanding,
      onMessage: ({ kind, message }, cloud) => {
        if (kind !== 'wake') return
        cloud.onEndOfStream(message.session_id, async () => {
          const item = { item_id: 'a', kind: 'timer', fires_at: '2026-01-01T09:00:00.000Z' } as const
          cloud.send('schedule', { change: { action: 'set', change_id: 'c', item } })
          cloud.vanish()
        })
      },
    })
    mind.willHear('hey jarvis set a timer for one hour')
    await say(house)
    expect(reasons(house)).toEqual(['link_lost'])
    expect(mind.requests).toEqual([])
  })
})

describe('back online', () => {
  it('the cloud learns of the timer that was set meanwhile, and answers again', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ understanding: mind.understanding, onMessage: answers() })
    house.cloud.breakBroker()
    mind.willHear('hey jarvis set a timer for one hour')
    await say(house)
    house.cloud.repairBroker()
    await house.passSlowly(40_000)
    const states = house.cloud.of('schedule/state')
    expect(states.at(-1)?.items).toMatchObject([{ kind: 'timer', duration_ms: 3_600_000 }])
    expect(house.cloud.of('wake')).toEqual([])
    expect(mind.needed.at(-1)).toBe(false)
    await say(house)
    expect(house.cloud.of('wake')).toHaveLength(1)
    expect(house.of('turn_started').map((event) => event.by)).toEqual(['speaker', 'cloud'])
  }, 60_000)
  it('its status says that it understands commands by itself', async () => {
    const mind = createScriptedUnderstanding()
    house = await createHouse({ understanding: mind.understanding })
    await house.pass(500)
    expect(house.cloud.of('status').at(-1)?.local_commands).toBe(true)
  })
})
