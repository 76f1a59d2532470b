import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import type { ClosedTurn } from '../../../src/bridge/session/ports.ts'
import type { DialogueEvent } from '../../../src/dialogue/dialogue.ts'
import { stageOutcomeOf } from '../../../src/homes/stage-outcome.ts'
import { StageError } from '../../../src/providers/stages.ts'
import { decodeTrack, samplesOf } from '../../../src/sounds/sound-track.ts'
import { createScriptedStt, createScriptedTts, strengthOf, tone } from '../scripted-engines.ts'
import { bedroom, createSessionsBench, kitchen, sayAll } from './sessions-fixture.ts'

type Bench = ReturnType<typeof createSessionsBench>
type Speaker = ReturnType<Bench['speaker']>

const accountOf = (sessionId: string, reason: 'completed' | 'barge_in' = 'completed') =>
  ({
    v: 1,
    session_id: sessionId,
    reason,
    timings: { end_of_speech_to_commit: 210 },
    audio: { sent: 60, lost: 0, recovered: 0, late: 0, concealed: 0 },
  }) as const

const sayCommand = async (bench: Bench, speaker: Speaker) => {
  for (const datagram of speaker.sealAudio(tone(600, 600, 16_000))) {
    speaker.send(datagram)
    await bench.audio.clock.advance(20)
  }
  speaker.send(speaker.sealEnd())
  await bench.audio.clock.advance(20)
}

const finishTurn = async (bench: Bench, speaker: Speaker, playedMs = 1_040) => {
  await bench.audio.clock.advance(3_000)
  bench.send('kitchen', 'playback', {
    v: 1,
    play_id: speaker.sessionId,
    session_id: speaker.sessionId,
    state: 'finished',
    played_ms: playedMs,
  })
  await bench.audio.clock.advance(1)
}

describe('a spoken turn', () => {
  test('that began with a button takes the grammar at its word from the first partial', async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId, { trigger: 'button' })
    await bench.audio.clock.advance(1)
    await sayCommand(bench, speaker)
    expect(bench.messages('transcript')[0]).toMatchObject({ text: '0.5 s', final: false, command: 'may_end' })
  })

  test('is acknowledged, heard, answered aloud and recorded once', async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack')).toMatchObject([
      { accepted: true, udp: { port: 7_000, stream: speaker.stream.streamId }, downlink: { lead_ms: 200 } },
    ])
    await sayCommand(bench, speaker)
    await finishTurn(bench, speaker)
    bench.send('kitchen', 'session_end', accountOf(speaker.sessionId))
    await bench.audio.clock.advance(10_000)
    expect(bench.messages('transcript')).toMatchObject([
      // The words before it are those of a wake word that is not there yet: they end nothing.
      { text: '0.5 s', final: false, command: 'prefix' },
      { text: 'what time is it', final: true },
    ])
    expect(bench.messages('session').map(({ phase }) => phase)).toEqual(['thinking', 'speaking', 'ended'])
    expect(bench.messages('play')).toMatchObject([{ play_id: speaker.sessionId, source: { type: 'stream' } }])
    expect(speaker.audioArrivals()).toHaveLength(52)
    expect(bench.closed).toMatchObject([
      {
        outcome: 'completed',
        heardText: 'what time is it',
        heardReplyText: 'It is nine.',
        answeredBy: 'skill:test',
        timings: { end_of_speech_to_commit: 210, stt_compute: 5 },
        uplinkAudio: { received: 30, lost: 0 },
      },
    ])
    expect(bench.sessions.counters()).toMatchObject({ live: 0, unrecorded: 0 })
    expect(bench.audio.clock.pendingTimers()).toBe(0)
  })

  test('starts its voice with the first sentence while the rest is still being written', async () => {
    async function* slow(): AsyncGenerator<DialogueEvent> {
      yield { type: 'sentence', text: 'One.', language: 'en' }
      await bench.audio.clock.sleep(5_000)
      yield* sayAll(['Two.'])
    }
    const bench: Bench = createSessionsBench({ reply: slow })
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    await sayCommand(bench, speaker)
    expect(speaker.audioArrivals().length).toBeGreaterThanOrEqual(10)
    await bench.audio.clock.advance(8_000)
    expect(bench.messages('session').at(-1)).toMatchObject({ phase: 'speaking', reply_text: 'One. Two.' })
    await bench.stop()
  })

  test('changes the speaker when the reply says so', async () => {
    async function* act(): AsyncGenerator<DialogueEvent> {
      yield { type: 'action', action: { type: 'command', command: { type: 'set_volume', volume: 70 } } }
      yield* sayAll(['Louder.'])
    }
    const bench = createSessionsBench({ reply: act })
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    await sayCommand(bench, speaker)
    expect(bench.messages('command')).toMatchObject([{ command: { type: 'set_volume', volume: 70 } }])
    await bench.stop()
  })

  test('goes on with the conversation after a question, for the same speaker only', async () => {
    const bench = createSessionsBench({ reply: () => sayAll(['For how long?'], true) })
    const first = bench.speaker()
    bench.wake('kitchen', first.sessionId)
    await bench.audio.clock.advance(1)
    await sayCommand(bench, first)
    await finishTurn(bench, first)
    expect(bench.messages('session').at(-1)?.phase).toBe('expecting')
    const second = bench.speaker(1_001)
    bench.wake('kitchen', second.sessionId, { trigger: 'follow_up', previous_session_id: first.sessionId })
    bench.wake('bedroom', bench.newSessionId(), { trigger: 'follow_up', previous_session_id: first.sessionId })
    await bench.audio.clock.advance(1)
    const conversations = bench.opened.map(({ conversationId }) => conversationId)
    expect(conversations[1]).toBe(first.sessionId)
    expect(conversations[2]).not.toBe(first.sessionId)
    await bench.stop()
    expect(bench.closed[0]).toMatchObject({ outcome: 'completed' })
  })
})

describe('a wake', () => {
  test('ends the turn under way, whose voice falls silent', async () => {
    const bench = createSessionsBench({ reply: () => sayAll(['One two three four five six seven.', 'And more.']) })
    const first = bench.speaker()
    bench.wake('kitchen', first.sessionId)
    await bench.audio.clock.advance(1)
    await sayCommand(bench, first)
    await bench.audio.clock.advance(200)
    const second = bench.speaker(1_001)
    bench.wake('kitchen', second.sessionId, { trigger: 'barge_in', previous_session_id: first.sessionId })
    const before = first.audioArrivals().length
    bench.send('kitchen', 'playback', { v: 1, play_id: first.sessionId, state: 'interrupted', played_ms: 500 })
    bench.send('kitchen', 'session_end', accountOf(first.sessionId, 'barge_in'))
    await bench.audio.clock.advance(5)
    await bench.audio.clock.advance(1_000)
    expect(first.audioArrivals().length - before).toBeLessThanOrEqual(1)
    expect(bench.closed).toMatchObject([{ outcome: 'barge_in', heardReplyText: 'One two three' }])
    expect(bench.scripted.heard.at(-1)).toEqual({ conversationId: first.sessionId, text: 'One two three' })
    expect(bench.messages('wake/ack').map(({ accepted }) => accepted)).toEqual([true, true])
    await bench.stop()
  })

  test('of two speakers in one home is answered by the first', async () => {
    const bench = createSessionsBench()
    bench.wake('kitchen', bench.newSessionId(), { score: 0.6 })
    await bench.audio.clock.advance(100)
    bench.wake('bedroom', bench.newSessionId(), { score: 0.9 })
    await bench.audio.clock.advance(1_000)
    bench.wake('bedroom', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'bedroom')).toMatchObject([
      { accepted: false, reason: 'another_speaker_won' },
      { accepted: true },
    ])
    await bench.stop()
  })

  test('that QoS 1 delivers twice is one session with one answer, twice', async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    const [first, second] = bench.messages('wake/ack')
    expect(second).toEqual(first)
    expect(bench.opened).toHaveLength(1)
    await bench.stop()
  })

  test("with another speaker's session id is refused and disturbs nothing", async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1_000)
    bench.wake('bedroom', speaker.sessionId)
    bench.send('bedroom', 'session_end', accountOf(speaker.sessionId))
    bench.send('bedroom', 'playback', { v: 1, play_id: speaker.sessionId, state: 'finished', played_ms: 1 })
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'bedroom')).toMatchObject([{ accepted: false, reason: 'invalid' }])
    await sayCommand(bench, speaker)
    expect(bench.messages('session').map(({ phase }) => phase)).toEqual(['thinking', 'speaking'])
    expect(bench.published.filter(({ deviceId, kind }) => deviceId === 'bedroom' && kind !== 'wake/ack')).toEqual([])
    await bench.stop()
  })

  test('with a session id of the past is refused', async () => {
    const bench = createSessionsBench()
    const sessionId = bench.newSessionId()
    bench.wake('kitchen', sessionId)
    await bench.audio.clock.advance(60_000)
    bench.wake('kitchen', sessionId)
    await bench.audio.clock.advance(1)
    expect(bench.closed).toHaveLength(1)
    expect(bench.messages('wake/ack').at(-1)).toMatchObject({ accepted: false, reason: 'invalid' })
  })

  test.each([
    ['busy', { maxSessions: 1, devices: [kitchen, { ...bedroom, homeId: 'other' }] }],
    ['not_claimed', { devices: [kitchen, (({ homeId: _none, ...unclaimed }) => unclaimed)(bedroom)] }],
  ] as const)('is refused as %s', async (reason, options) => {
    const bench = createSessionsBench(options)
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    bench.wake('bedroom', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'bedroom')).toMatchObject([{ accepted: false, reason }])
    expect(bench.opened).toHaveLength(1)
    await bench.stop()
  })

  test('is refused as busy while there is too much to do, and turns under way go on', async () => {
    let isOverloaded = false
    const bench = createSessionsBench({
      devices: [kitchen, { ...bedroom, homeId: 'other' }],
      isOverloaded: () => isOverloaded,
    })
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    isOverloaded = true
    bench.wake('bedroom', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'bedroom')).toMatchObject([{ accepted: false, reason: 'busy' }])
    expect([bench.closed.length, bench.sessions.counters().live]).toEqual([0, 1])
    expect(bench.looked).toEqual(['kitchen'])
    isOverloaded = false
    bench.wake('bedroom', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'bedroom').at(-1)).toMatchObject({ accepted: true })
    await bench.stop()
  })

  test('is refused as busy where the audio worker that would serve it cannot keep up', async () => {
    const bench = createSessionsBench({
      devices: [kitchen, { ...bedroom, homeId: 'other' }],
      isPlaneOverloaded: (deviceId) => deviceId === 'bedroom',
    })
    bench.wake('kitchen', bench.newSessionId())
    bench.wake('bedroom', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack', 'kitchen')).toMatchObject([{ accepted: true }])
    expect(bench.messages('wake/ack', 'bedroom')).toMatchObject([{ accepted: false, reason: 'busy' }])
    await bench.stop()
  })

  test('that comes again and again from one speaker is slowed down, not hoarded', async () => {
    const bench = createSessionsBench()
    for (let wake = 0; wake < 50; wake++) bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.opened).toHaveLength(8)
    await bench.audio.clock.advance(60_000)
    expect(bench.closed).toHaveLength(8)
    expect(bench.sessions.counters()).toMatchObject({ live: 0, unrecorded: 0 })
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack').at(-1)).toMatchObject({ accepted: true })
    await bench.stop()
  })

  test('that finds the audio plane down is refused and leaves no open record', async () => {
    const bench = createSessionsBench({ planeDown: true })
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    expect(bench.messages('wake/ack')).toMatchObject([{ accepted: false, reason: 'busy' }])
    expect(bench.closed).toMatchObject([{ outcome: 'refused', error: { code: 'plane_crashed' } }])
    expect(bench.sessions.counters()).toMatchObject({ live: 0, unrecorded: 0 })
  })
})

describe('a failure', () => {
  test.each(['stt', 'llm', 'tts', 'no_reply', 'bug'] as const)(
    'of %s is heard or shown, and the next turn works',
    async (what) => {
      async function* failing(): AsyncGenerator<DialogueEvent> {
        if (what === 'llm') throw new StageError('llm', 'unavailable', 'scripted')
        if (what === 'bug') throw new TypeError('scripted')
        if (what === 'no_reply') return
        yield* sayAll(['It is nine.'])
      }
      const bench: Bench = createSessionsBench({
        reply: failing,
        stt: {
          stt: createScriptedStt(what === 'stt' ? { failure: 'unavailable' } : {}),
          tts: createScriptedTts({
            clock: createManualClock(),
            ...(what === 'tts' ? { failOn: () => 'crashed' as const } : {}),
          }),
        },
      })
      const speaker = bench.speaker()
      bench.wake('kitchen', speaker.sessionId)
      await bench.audio.clock.advance(1)
      await sayCommand(bench, speaker)
      await finishTurn(bench, speaker)
      await bench.audio.clock.advance(10_000)
      const source = what === 'tts' ? { type: 'phrase', phrase: 'failed' } : { type: 'stream' }
      expect(bench.messages('play')).toMatchObject([{ source }])
      expect(bench.messages('session').at(-1)).toMatchObject({ phase: 'ended', error: {} })
      expect(bench.closed).toMatchObject([{ outcome: 'failed' }])
      const next = bench.speaker(1_001)
      bench.wake('kitchen', next.sessionId)
      await bench.audio.clock.advance(1)
      expect(bench.messages('wake/ack').at(-1)).toMatchObject({ accepted: true })
      await bench.stop()
    },
  )

  test('of everything at once still closes the record', async () => {
    const bench = createSessionsBench({ stt: { stt: createScriptedStt({ hangs: true }) } })
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(120_000)
    expect(bench.closed).toMatchObject([{ outcome: 'link_lost' }])
    expect(bench.audio.clock.pendingTimers()).toBe(0)
  })

  test('of the whole cloud tells the speaker and closes every record', async () => {
    const bench = createSessionsBench()
    bench.wake('kitchen', bench.newSessionId())
    await bench.audio.clock.advance(1)
    await bench.stop()
    expect(bench.messages('session')).toMatchObject([{ phase: 'ended', error: { code: 'unavailable' } }])
    expect(bench.closed).toMatchObject([{ outcome: 'failed' }])
    expect(bench.audio.clock.pendingTimers()).toBe(0)
  })
})

describe('a typed turn', () => {
  const typed = { trigger: 'text', text: 'what time is it' } as const

  test('is spoken on the stream once the probe has shown the way', async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId, typed)
    await bench.audio.clock.advance(100)
    expect(bench.scripted.asked).toMatchObject([{ text: 'what time is it', outOfGrammar: false }])
    speaker.send(speaker.sealProbe())
    await bench.audio.clock.advance(2_000)
    expect(speaker.audioArrivals()).toHaveLength(52)
    expect(bench.messages('play')).toMatchObject([{ source: { type: 'stream' } }])
    await bench.stop()
  })

  test('is offered by URL when no probe comes in half a second', async () => {
    const bench = createSessionsBench()
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId, typed)
    await bench.audio.clock.advance(499)
    expect(bench.messages('play')).toEqual([])
    await bench.audio.clock.advance(10)
    expect(bench.messages('play')).toMatchObject([{ source: { type: 'url', url: '/audio/token' } }])
    await bench.stop()
  })

  test('fails openly when neither way works', async () => {
    const bench = createSessionsBench({
      offer: () => Promise.reject(new StageError('tts', 'unavailable', 'scripted')),
    })
    bench.wake('kitchen', bench.newSessionId(), typed)
    await bench.audio.clock.advance(5_000)
    expect(bench.messages('play')).toMatchObject([{ source: { type: 'phrase' } }])
    expect(bench.closed).toMatchObject([{ outcome: 'failed' }])
  })

  describe('whose voice is dead', () => {
    const dead = new StageError('tts', 'unavailable', 'scripted')
    /** The last `session` message and the record, of a turn by either way. */
    const outcome = (bench: ReturnType<typeof createSessionsBench>) => {
      const { phase, reply_text, error } = bench.messages('session').at(-1) ?? {}
      const [closed] = bench.closed
      return { phase, reply_text, error, record: closed?.error, health: closed && healthOf(closed) }
    }
    const healthOf = ({ error, timings }: ClosedTurn) => stageOutcomeOf({ failure: error, timings }, 'tts')

    test('ends as on the stream: with its text, the voice named, and a sign for the alert', async () => {
      const deadOnStream = createScriptedTts({ clock: createManualClock(), failOn: () => 'unavailable' })
      const onStream = createSessionsBench({ stt: { tts: deadOnStream } })
      const speaker = onStream.speaker()
      onStream.wake('kitchen', speaker.sessionId, typed)
      await onStream.audio.clock.advance(100)
      speaker.send(speaker.sealProbe())
      await onStream.audio.clock.advance(5_000)
      const byUrl = createSessionsBench({ offerSpoken: () => Promise.reject(dead) })
      byUrl.wake('kitchen', byUrl.newSessionId(), typed)
      await byUrl.audio.clock.advance(5_000)

      const failure = { stage: 'tts', code: 'unavailable' }
      const named = { phase: 'ended', reply_text: 'It is nine.', error: failure, record: failure }
      expect(outcome(onStream)).toEqual({ ...named, health: { ok: false, code: 'unavailable' } })
      expect(outcome(byUrl)).toEqual(outcome(onStream))
      await Promise.all([onStream.stop(), byUrl.stop()])
    })

    test('names the voice too when it dies after its first sound', async () => {
      let fail: (error: StageError) => void = () => {}
      const bench = createSessionsBench({
        offerSpoken: async (_speech, onFailed) => {
          fail = onFailed
          return { url: '/audio/token', firstAudioMs: 40 }
        },
      })
      const sessionId = bench.newSessionId()
      bench.wake('kitchen', sessionId, typed)
      await bench.audio.clock.advance(600)
      fail(dead)
      // The speaker sees its download break off, and says so; that is what the failure did, not what failed.
      const playback = { v: 1, play_id: `${sessionId}-url`, session_id: sessionId, played_ms: 0 } as const
      bench.send('kitchen', 'playback', { ...playback, state: 'failed' })
      await bench.audio.clock.advance(5_000)
      expect(outcome(bench)).toMatchObject({ error: { stage: 'tts' }, health: { ok: false, code: 'unavailable' } })
      await bench.stop()
    })

    test('is told to stop when its turn is over', async () => {
      const signals: AbortSignal[] = []
      const bench = createSessionsBench({
        offerSpoken: async (_speech, _onFailed, signal) => {
          signals.push(signal)
          return { url: '/audio/token', firstAudioMs: 40 }
        },
      })
      bench.wake('kitchen', bench.newSessionId(), typed)
      await bench.audio.clock.advance(600)
      expect(signals.map(({ aborted }) => aborted)).toEqual([false])
      bench.wake('kitchen', bench.newSessionId(), typed)
      expect(signals.map(({ aborted }) => aborted)).toEqual([true])
      await bench.stop()
    })
  })
})

test('an announcement is offered by URL outside of any session', async () => {
  const bench = createSessionsBench()
  const { signal } = new AbortController()
  const announced = await bench.sessions.announce({ deviceId: 'kitchen', text: 'Dinner', language: 'en' }, signal)
  expect(announced.ok).toBe(true)
  expect(bench.messages('play')).toMatchObject([{ kind: 'announcement', source: { type: 'url', url: '/audio/token' } }])
  await bench.stop()
})

describe('the engines of a home', () => {
  test('go with the stream to the audio plane; a plan B is spoken by the same home', async () => {
    const speech = { stt: { address: '10.0.0.9:50051', tls: true, token: 't' } } as const
    const offered: unknown[] = []
    const bench = createSessionsBench({
      choose: ({ homeId }) => (homeId === 'home' ? { speech } : {}),
      offer: async (offer) => {
        offered.push(offer)
        return '/audio/x'
      },
    })
    const own = bench.newSessionId()
    bench.wake('kitchen', own, { trigger: 'text', text: 'hello' })
    await bench.audio.clock.advance(1_000)
    bench.wake('attic', bench.newSessionId(), { trigger: 'text', text: 'hello' })
    await bench.audio.clock.advance(1)
    expect(bench.streams.map((stream) => stream.speech)).toEqual([speech, undefined])
    expect(offered).toMatchObject([{ deviceId: 'kitchen', homeId: 'home', text: 'It is nine.' }])
    await bench.stop()
  })
})

describe('personas', () => {
  const jarvis = { name: 'Jarvis', prompt: 'You are a butler.', voice: 'low' } as const
  const xiaozhi = { name: '小智', prompt: '', language: 'zh', voice: 'girl' } as const
  const choose = ({ wakeWord }: { readonly wakeWord?: string }) => ({
    persona: wakeWord === '小智小智' ? xiaozhi : jarvis,
  })
  const spoken = async (bench: Bench, wake: Parameters<Bench['wake']>[2]) => {
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId, wake)
    await bench.audio.clock.advance(500)
    await sayCommand(bench, speaker)
    await finishTurn(bench, speaker)
    bench.send('kitchen', 'session_end', accountOf(speaker.sessionId))
    await bench.audio.clock.advance(5_000)
    return speaker.sessionId
  }

  test('answer to their wake word, in their language and with their voice; an answer to them goes on', async () => {
    const bench = createSessionsBench({ choose })
    const first = await spoken(bench, { wake_word: '小智小智' })
    await spoken(bench, { trigger: 'follow_up', previous_session_id: first })
    await spoken(bench, { trigger: 'button' })
    const { asked } = bench.scripted
    expect(asked.map(({ persona, language }) => [persona?.name, language])).toEqual([
      ['小智', 'zh'],
      ['小智', 'zh'],
      ['Jarvis', 'en'],
    ])
    expect(asked[2]?.persona).toEqual({ name: 'Jarvis', prompt: 'You are a butler.' })
    expect(bench.streams.map(({ language }) => language)).toEqual(['zh', 'zh', 'en'])
    expect(asked[1]?.conversationId).toBe(asked[0]?.conversationId)
    expect(bench.opened.map(({ wakeWord, language }) => [wakeWord, language])).toEqual([
      ['小智小智', 'zh'],
      [undefined, 'zh'],
      [undefined, 'en'],
    ])
    await bench.stop()
  })

  test('may be chosen by who speaks; the turn keeps what the speaker was called', async () => {
    const bench = createSessionsBench({
      choose: ({ persona }) => ({ persona: persona === '小智' ? xiaozhi : jarvis }),
      devices: [{ ...kitchen, name: "Ada's laptop", persona: '小智' }],
    })
    await spoken(bench, { trigger: 'button', language: 'zh' })
    expect(bench.scripted.asked.map(({ persona }) => persona?.name)).toEqual(['小智'])
    expect(bench.opened.map(({ speakerName }) => speakerName)).toEqual(["Ada's laptop"])
    await bench.stop()
  })

  test('do not hear of each other what they were told', async () => {
    const bench = createSessionsBench({ choose })
    const first = await spoken(bench, { wake_word: '小智小智' })
    const second = await spoken(bench, { wake_word: 'hey_jarvis', previous_session_id: first })
    await spoken(bench, { wake_word: 'alexa', previous_session_id: second })
    const [one, two, three] = bench.scripted.asked.map(({ conversationId }) => conversationId)
    expect(two).not.toBe(one)
    expect(three).toBe(two)
    await bench.stop()
  })

  test('speak with a voice only in the language for which it was chosen', async () => {
    const offered: unknown[] = []
    const bench = createSessionsBench({
      choose,
      devices: [{ ...kitchen, voice: 'slt' }],
      reply: ({ language }) =>
        (async function* (): AsyncGenerator<DialogueEvent> {
          yield { type: 'sentence', text: language === 'zh' ? '你好。' : 'Hello.', language }
          yield { type: 'done', answeredBy: 'llm', expectsReply: false, toolsCalled: [] }
        })(),
      offer: async (offer) => {
        offered.push(offer)
        return '/audio/x'
      },
    })
    for (const wake of [{ wake_word: '小智小智' }, {}, { language: 'zh' }] as const) {
      bench.wake('kitchen', bench.newSessionId(), { trigger: 'text', text: 'hello', ...wake })
      await bench.audio.clock.advance(1_000)
    }
    // The voice of the first persona is for the speaker's own language, English.
    expect(offered).toEqual([
      { deviceId: 'kitchen', homeId: 'home', text: '你好。', language: 'zh', voice: 'girl' },
      { deviceId: 'kitchen', homeId: 'home', text: 'Hello.', language: 'en', voice: 'low' },
      { deviceId: 'kitchen', homeId: 'home', text: '你好。', language: 'zh' },
    ])
    await bench.stop()
  })
})

describe('the sound of a turn', () => {
  const keepOneTurn = async (keepsSound: boolean) => {
    const kept: { sessionId: string; heard: Uint8Array; spoken: Uint8Array }[] = []
    const bench = createSessionsBench({
      choose: () => ({ keepsSound }),
      sounds: {
        keep: async (sessionId, sound) => {
          kept.push({ sessionId, ...sound })
        },
      },
    })
    const speaker = bench.speaker()
    bench.wake('kitchen', speaker.sessionId)
    await bench.audio.clock.advance(1)
    await sayCommand(bench, speaker)
    await finishTurn(bench, speaker)
    bench.send('kitchen', 'session_end', accountOf(speaker.sessionId))
    await bench.audio.clock.advance(10_000)
    await bench.stop()
    return { kept, speaker }
  }
  const soundIn = (encoded: Uint8Array | undefined) => {
    const track = decodeTrack(encoded ?? new Uint8Array(0))
    if (!track.ok) throw new Error(track.error.message)
    return samplesOf(track.value)
  }

  test('is handed over once it is over: what was heard, and what was sent of the answer', async () => {
    const { kept, speaker } = await keepOneTurn(true)
    expect(kept).toHaveLength(1)
    expect(kept[0]?.sessionId).toBe(speaker.sessionId)
    const heard = soundIn(kept[0]?.heard)
    expect(heard).toHaveLength(600 * 16)
    expect(strengthOf(600, heard, 16_000)).toBeGreaterThan(0.15)
    const spoken = soundIn(kept[0]?.spoken)
    expect(spoken).toHaveLength(speaker.audioArrivals().length * 480)
    expect(strengthOf(440, spoken, 24_000)).toBeGreaterThan(0.15)
  })

  test('is handed over to nobody where nobody wants it kept', async () => {
    expect((await keepOneTurn(false)).kept).toEqual([])
  })
})
