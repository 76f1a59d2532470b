import { afterEach, describe, expect, it } from 'vitest'
import { answers, askTime } from './conversation.ts'
import { createHouse, type House } from './house.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

describe('a turn', () => {
  it('goes from the wake word to the end of the reply, with every hop measured', async () => {
    house = await createHouse({ onMessage: answers() })
    askTime(house)
    await house.passSlowly(6_000)
    expect(house.of('phase_changed').map((event) => event.phase)).toEqual(['listening', 'thinking', 'speaking', 'idle'])
    const [ended] = house.cloud.of('session_end')
    expect(ended?.reason).toBe('completed')
    expect(ended?.timings).toMatchObject({ wake_to_first_packet: expect.any(Number), stt_final: 12 })
    expect(Object.keys(ended?.timings ?? {})).toEqual(
      expect.arrayContaining([
        'wake_to_first_packet',
        'wake_to_ack',
        'end_of_speech_to_commit',
        'commit_to_first_audio',
        'end_of_speech_to_first_audio',
        'total',
      ]),
    )
    expect(ended?.timings.wake_to_first_packet).toBeLessThan(20)
    expect(house.cloud.of('playback').map(({ state, played_ms }) => `${state} ${played_ms}`)).toEqual([
      'started 0',
      'finished 500',
    ])
    expect(house.of('reply_text').map((event) => event.text)).toEqual(['It is eight.'])
  })
  it('sends the whole wake word: the stream starts 1,500 ms before the decision', async () => {
    house = await createHouse({ onMessage: answers() })
    askTime(house)
    await house.passSlowly(5_000)
    const [wake] = house.cloud.of('wake')
    expect(wake?.pre_roll_ms).toBe(1_500)
    const session = house.cloud.session(wake?.session_id ?? '')
    const audio = session?.heard.filter(({ datagram }) => datagram.type === 'audio') ?? []
    expect(audio.map(({ datagram }) => datagram.sequence)).toEqual(audio.map((_, index) => index))
    const spoken = house.of('speech_end_detected')[0]
    const wakeAt = house.of('wake_detected')[0]
    const liveMs = ((spoken?.endOfSpeechSample ?? 0) - (wakeAt?.atSample ?? 0)) / 16
    expect(liveMs).toBeGreaterThan(1_100)
    expect(audio.length * 20).toBeGreaterThanOrEqual(1_500 + liveMs)
    expect(house.cloud.of('session_end')[0]?.audio.sent).toBe(audio.length)
  })
  it('sends nothing before the wake and nothing after the end of the stream', async () => {
    house = await createHouse({ onMessage: answers() })
    house.silenceFor(500)
    house.speech(1_000)
    await house.passSlowly(2_000)
    expect(house.cloud.of('wake')).toEqual([])
    askTime(house)
    await house.passSlowly(6_000)
    const session = house.cloud.session(house.cloud.of('wake')[0]?.session_id ?? '')
    const heard = session?.heard ?? []
    const endAt = heard.findIndex(({ datagram }) => datagram.type === 'end_of_stream')
    expect(endAt).toBeGreaterThan(0)
    expect(heard.slice(endAt).some(({ datagram }) => datagram.type === 'audio')).toBe(false)
  })
  it('can be typed', async () => {
    house = await createHouse({
      onMessage: ({ kind, message }, cloud) => {
        if (kind === 'wake') {
          expect(message).toMatchObject({ trigger: 'text', text: 'what time is it' })
          cloud.send('session', { session_id: message.session_id, phase: 'ended' })
        }
      },
    })
    house.speaker.sayText('what time is it')
    await house.pass(100)
    expect(house.cloud.of('session_end').map(({ reason }) => reason)).toEqual(['completed'])
  })
  it('that nobody speaks in ends quietly', async () => {
    house = await createHouse()
    house.silenceFor(2_000)
    house.wake()
    await house.pass(9_000)
    expect(house.cloud.of('session_end').map(({ reason }) => reason)).toEqual(['no_speech'])
    expect(house.heard.every((frame) => frame.every((sample) => sample === 0))).toBe(true)
  })
})

describe('a barge-in', () => {
  it('silences the reply within one frame and ends its turn once', async () => {
    house = await createHouse({ onMessage: answers({ frames: 200 }) })
    askTime(house)
    await house.passSlowly(4_500)
    expect(house.speaker.phase()).toBe('speaking')
    house.wake()
    await house.passSlowly(60)
    const wakes = house.of('wake_detected')
    expect(wakes).toHaveLength(2)
    const framesAfter = house.heard.slice(-2)
    expect(framesAfter.at(-1)?.every((sample) => sample === 0)).toBe(true)
    expect(house.cloud.of('session_end').map(({ reason }) => reason)).toEqual(['barge_in'])
    const [first, second] = house.cloud.of('wake')
    expect(second).toMatchObject({ trigger: 'barge_in', previous_session_id: first?.session_id })
    const kinds = house.cloud.received.map(({ kind }) => kind)
    const interrupted = house.cloud.received.findIndex(
      ({ kind, message }) => kind === 'playback' && message.state === 'interrupted',
    )
    expect(interrupted).toBeGreaterThan(0)
    expect(interrupted).toBeLessThan(kinds.indexOf('session_end'))
  })
})

describe('a follow-up', () => {
  it('needs no wake word after a question', async () => {
    house = await createHouse({ onMessage: answers({ expectsReply: true }) })
    askTime(house)
    await house.passSlowly(5_000)
    expect(house.speaker.phase()).toBe('expecting')
    house.silenceFor(600)
    house.speech(600)
    await house.passSlowly(1_400)
    const [first, second] = house.cloud.of('wake')
    expect(second).toMatchObject({ trigger: 'follow_up', previous_session_id: first?.session_id })
    await house.passSlowly(3_000)
    expect(house.cloud.of('session_end').map(({ reason }) => reason)).toEqual(['completed', 'completed'])
  })
  it('that nobody gives ends quietly after the window', async () => {
    house = await createHouse({ onMessage: answers({ expectsReply: true }) })
    askTime(house)
    await house.passSlowly(5_000)
    await house.pass(6_000)
    expect(house.speaker.phase()).toBe('idle')
    expect(house.cloud.of('wake')).toHaveLength(1)
  })
})
