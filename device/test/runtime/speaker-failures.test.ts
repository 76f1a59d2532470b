import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { SoundDeviceError } from '../../src/audio/backends/sound-device-error.ts'
import { answers, askTime, isSilent } from './conversation.ts'
import { createHouse, type House } from './house.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

const reasons = (at: House) => at.cloud.of('session_end').map(({ reason }) => reason)
const earcons = (at: House) => at.of('earcon').map((event) => event.earcon)

describe('a wake that fails', () => {
  it('beeps when it is not acknowledged within a second', async () => {
    house = await createHouse({ acknowledgesWake: false })
    house.silenceFor(2_000)
    house.wake()
    await house.pass(3_200)
    expect(earcons(house)).toEqual(['error'])
    expect(reasons(house)).toEqual(['timeout'])
    expect(house.heard.some((frame) => !isSilent(frame))).toBe(true)
  })
  it('is silent when another speaker answers', async () => {
    house = await createHouse({
      acknowledgesWake: false,
      onMessage: ({ kind, message }, cloud) => {
        if (kind === 'wake') {
          const { session_id } = message
          cloud.send('wake/ack', { session_id, accepted: false, reason: 'another_speaker_won' })
        }
      },
    })
    house.silenceFor(2_000)
    house.wake()
    await house.pass(3_200)
    expect(reasons(house)).toEqual(['refused'])
    expect(house.heard.every(isSilent)).toBe(true)
  })
  it('says once an hour that there is no network, then beeps, and replays nothing later', async () => {
    house = await createHouse()
    house.cloud.files.set('/device/phrases/en/no_network.wav', encodeWav(new Int16Array(2_400).fill(5_000), 24_000))
    house.cloud.breakBroker()
    await house.pass(100)
    house.cloud.repairBroker()
    await house.passSlowly(2_000)
    await house.settle()
    house.cloud.breakBroker()
    house.wake()
    await house.pass(500)
    expect(house.of('phrase').map((event) => event.phrase)).toEqual(['no_network'])
    house.wake()
    await house.pass(500)
    expect(earcons(house)).toEqual(['error'])
    expect(house.of('wake_ignored').map((event) => event.reason)).toEqual(['no_network', 'no_network'])
    house.cloud.repairBroker()
    await house.pass(40_000)
    expect(house.speaker.phase()).toBe('idle')
    expect(house.cloud.of('wake')).toEqual([])
  })
})

describe('in mid-turn', () => {
  it('a broker that restarts stops nothing: the reply plays to its end', async () => {
    house = await createHouse({ onMessage: answers({ frames: 100 }) })
    askTime(house)
    await house.passSlowly(4_500)
    expect(house.speaker.phase()).toBe('speaking')
    house.cloud.breakBroker()
    await house.pass(300)
    house.cloud.repairBroker()
    await house.passSlowly(4_000)
    expect(house.speaker.phase()).toBe('idle')
    expect(house.cloud.of('playback').at(-1)).toMatchObject({ state: 'finished', played_ms: 2_000 })
    expect(reasons(house)).toEqual(['completed'])
    expect(earcons(house)).toEqual([])
  })
  it('a cloud that vanishes while it speaks is told by an earcon within two seconds', async () => {
    house = await createHouse({ onMessage: answers({ frames: 500 }) })
    askTime(house)
    await house.passSlowly(4_500)
    expect(house.speaker.phase()).toBe('speaking')
    const goneAtMs = house.clock.now()
    house.cloud.vanish()
    await house.passSlowly(2_500)
    expect(house.speaker.phase()).toBe('idle')
    const [beep] = house.of('earcon')
    expect(beep?.earcon).toBe('error')
    expect((beep?.atMs ?? Number.POSITIVE_INFINITY) - goneAtMs).toBeLessThanOrEqual(2_000)
    expect(house.of('turn_ended').map((event) => event.reason)).toEqual(['link_lost'])
  })
  it('a cloud that vanishes while it thinks is told within two seconds too', async () => {
    house = await createHouse()
    askTime(house)
    await house.passSlowly(5_000)
    expect(house.speaker.phase()).toBe('thinking')
    const goneAtMs = house.clock.now()
    house.cloud.vanish()
    await house.passSlowly(2_500)
    expect((house.of('earcon')[0]?.atMs ?? Number.POSITIVE_INFINITY) - goneAtMs).toBeLessThanOrEqual(2_000)
  })
  it('an error of the cloud is spoken, and the turn ends failed', async () => {
    house = await createHouse({
      onMessage: ({ kind, message }, cloud) => {
        if (kind !== 'wake') return
        const error = { stage: 'stt', code: 'crashed' }
        cloud.send('session', { session_id: message.session_id, phase: 'ended', error })
      },
    })
    house.silenceFor(2_000)
    house.wake()
    await house.pass(2_500)
    expect(reasons(house)).toEqual(['failed'])
    // No sentence on disk yet: an earcon stands in, silence never does.
    expect(earcons(house)).toEqual(['error'])
  })
})

describe('a microphone that is pulled out in mid-turn', () => {
  const gone = new SoundDeviceError('not_found', 'arecord ended (exit code 1): read error: No such device')
  it.each([
    ['en', 'No microphone is found. Plug it in again'],
    ['zh', '没有找到麦克风。请重新插好'],
  ] as const)(
    'is said at once and told with what to do (%s), and it hears again when it is back',
    async (language, sentence) => {
      house = await createHouse({ onMessage: answers() })
      const phrase = encodeWav(new Int16Array(2_400).fill(5_000), 24_000)
      house.cloud.files.set(`/device/phrases/${language}/no_microphone.wav`, phrase)
      house.cloud.send('config', { version: 1, language })
      await house.settle()
      house.cloud.breakBroker()
      await house.pass(100)
      house.cloud.repairBroker()
      await house.passSlowly(3_000)
      await house.settle()
      askTime(house)
      await house.passSlowly(2_600)
      expect(house.speaker.phase()).toBe('listening')
      house.unplug(gone)
      await house.passSlowly(300)
      expect(house.speaker.phase()).toBe('idle')
      expect(house.of('phrase').map((event) => event.phrase)).toEqual(['no_microphone'])
      expect(house.of('turn_ended')).toMatchObject([{ failure: { stage: 'capture', code: 'no_microphone' } }])
      const errors = house.cloud.of('event').filter(({ type }) => type === 'error')
      expect(errors).toMatchObject([{ code: 'microphone_not_found', message: expect.stringContaining(sentence) }])
      await house.passSlowly(20_000)
      expect(house.cloud.of('event').filter(({ type }) => type === 'error').length, 'told once').toBe(1)
      house.plugIn()
      await house.passSlowly(12_000)
      askTime(house)
      await house.passSlowly(5_000)
      expect(house.of('turn_ended').at(-1)?.reason).toBe('completed')
      expect(house.speaker.counters().microphoneFailures).toBeGreaterThan(1)
    },
  )
})

describe('on a bad network', () => {
  it('the same datagrams go through the tunnel when UDP gets no answer, and the reply is heard', async () => {
    house = await createHouse({ onMessage: answers() })
    house.cloud.cutUdp()
    askTime(house)
    await house.passSlowly(6_000)
    const { session_id = '' } = house.cloud.of('wake')[0] ?? {}
    const heard = house.cloud.session(session_id)?.heard ?? []
    expect(heard.every(({ via }) => via === 'tunnel')).toBe(true)
    const audio = heard.filter(({ datagram }) => datagram.type === 'audio').map(({ datagram }) => datagram.sequence)
    expect(audio).toEqual(audio.map((_, index) => index))
    expect(reasons(house)).toEqual(['completed'])
    // The next turn knows: its first packet goes through the tunnel at once.
    askTime(house)
    await house.passSlowly(6_000)
    expect(reasons(house)).toEqual(['completed', 'completed'])
    const second = house.cloud.session(house.cloud.of('wake')[1]?.session_id ?? '')?.heard ?? []
    const wokenAtMs = house.of('wake_detected')[1]?.atMs ?? 0
    expect((second[0]?.atMs ?? Number.POSITIVE_INFINITY) - wokenAtMs).toBeLessThan(60)
  })
  it('five per cent of loss is recovered from redundancy: nothing is concealed', async () => {
    house = await createHouse({
      onMessage: answers({ frames: 150 }),
      conditions: { loss: 0.05, latencyMs: 5, jitterMs: 10 },
    })
    askTime(house)
    await house.passSlowly(8_500)
    const [end] = house.cloud.of('session_end')
    expect(end?.reason).toBe('completed')
    expect(end?.audio.recovered).toBeGreaterThan(0)
    expect(end?.audio.concealed).toBe(0)
    expect(house.cloud.of('playback').at(-1)).toMatchObject({ state: 'finished', played_ms: 3_000 })
  })
  it('at twenty per cent the turn still completes', async () => {
    house = await createHouse({
      onMessage: answers({ frames: 100 }),
      conditions: { loss: 0.2, latencyMs: 10, jitterMs: 20 },
    })
    askTime(house)
    await house.passSlowly(9_000)
    expect(reasons(house)).toEqual(['completed'])
  })
})

describe('whatever the broker delivers', () => {
  it('garbage, foreign topics and late messages move nothing', async () => {
    house = await createHouse({ onMessage: answers() })
    const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
    const stale = 'A'.repeat(22)
    house.cloud.raw('device/kitchen/play', text('{'))
    house.cloud.raw('device/kitchen/config', text({ v: 1, version: -1 }))
    house.cloud.raw('device/bedroom/command', text({ v: 1 }))
    house.cloud.raw('device/kitchen/session', new Uint8Array(40_000))
    house.cloud.raw('elsewhere', text({}))
    house.cloud.send('session', { session_id: stale, phase: 'speaking' })
    house.cloud.send('play', { play_id: 'p', session_id: stale, source: { type: 'stream' }, kind: 'reply' })
    house.cloud.send('transcript', { session_id: stale, text: 'x', final: true })
    await house.pass(1_000)
    expect(house.speaker.phase()).toBe('idle')
    expect(house.speaker.counters()).toMatchObject({ controlRejected: 5, unknownTopics: 2 })
    expect(house.of('transcript')).toEqual([])
    askTime(house)
    await house.passSlowly(6_000)
    expect(reasons(house)).toEqual(['completed'])
  })
})

describe('a speaker that is stopped', () => {
  it('is moved by nothing any more', async () => {
    house = await createHouse()
    house.speaker.pressButton()
    await house.passSlowly(200)
    expect(house.speaker.phase()).toBe('listening')
    await house.close(true)
    const { length } = house.events
    house.speaker.pressButton()
    house.speaker.sayText('what time is it')
    await house.pass(60_000)
    expect(house.events.length).toBe(length)
  })
  it('has written what was set before it calls itself stopped', async () => {
    house = await createHouse()
    const { storeDir } = house
    for (let volume = 1; volume <= 40; volume++) void house.speaker.setVolume(volume)
    house.cloud.send('config', { version: 1, volume: 70 })
    await house.close(true)
    const stored = JSON.parse(await readFile(join(storeDir, 'volume.json'), 'utf8'))
    expect(stored.volume).toBe(40)
    expect(await readdir(storeDir)).toEqual(['config.json', 'volume.json'])
    house = undefined
    await rm(storeDir, { recursive: true })
  })
})

describe('a name server that does not answer', () => {
  it('keeps nobody from being heard: the sound goes through the tunnel', async () => {
    house = await createHouse({ nameless: true, onMessage: answers() })
    askTime(house)
    await house.passSlowly(8_000)
    expect(reasons(house)).toEqual(['completed'])
    expect(house.heard.some((frame) => !isSilent(frame))).toBe(true)
  })
})
