import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { describe, expect, test } from 'vitest'
import { createScriptedStt, strengthOf, tone } from '../scripted-engines.ts'
import { createPlaneBench, createTestSpeaker, udp } from './plane-fixture.ts'

const sayPaced = async (
  bench: ReturnType<typeof createPlaneBench>,
  speaker: ReturnType<typeof createTestSpeaker>,
  transport: { readonly send: (bytes: Uint8Array) => void },
  samples: Int16Array,
) => {
  for (const datagram of speaker.sealAudio(samples)) {
    transport.send(datagram)
    await bench.clock.advance(20)
  }
  for (let repeat = 0; repeat < 3; repeat++) {
    transport.send(speaker.sealEnd())
    await bench.clock.advance(20)
  }
  await bench.clock.advance(200)
}

describe('what a speaker says', () => {
  test('reaches the recogniser whole and gives partials and one final', async () => {
    const stt = createScriptedStt({ text: 'what time is it' })
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    await sayPaced(bench, speaker, transport, tone(600, 2_000, 16_000))
    const heard = concatSamples(stt.heard[0]?.pieces ?? [])
    expect(heard.length).toBe(32_000)
    expect(strengthOf(600, heard, 16_000)).toBeGreaterThan(0.2)
    expect(bench.eventsOf('partial').map(({ text }) => text)).toEqual(['0.5 s', '1 s', '1.5 s', '2 s'])
    expect(bench.eventsOf('final')).toMatchObject([{ text: 'what time is it', computeMs: 5, outOfGrammar: false }])
    expect(bench.eventsOf('end_of_audio')).toHaveLength(1)
  })

  test('is kept for a moment when it comes before the stream is opened', async () => {
    const stt = createScriptedStt()
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    for (const datagram of speaker.sealAudio(tone(600, 1_500, 16_000))) transport.send(datagram)
    await bench.clock.advance(100)
    bench.worker.open(speaker.stream)
    transport.send(speaker.sealEnd())
    await bench.clock.advance(100)
    expect(stt.heard[0]?.pieces).toHaveLength(75)
    expect(bench.eventsOf('first_packet')).toHaveLength(1)
  })

  test('is kept whole for a hundred speakers that wake at once while the control process is busy', async () => {
    const bench = createPlaneBench()
    const speakers = Array.from({ length: 100 }, () => createTestSpeaker(bench))
    for (const [index, speaker] of speakers.entries()) {
      const transport = bench.connect(udp(1_000 + index))
      for (const datagram of speaker.sealAudio(tone(600, 800, 16_000))) transport.send(datagram)
    }
    await bench.clock.advance(900)
    for (const { stream } of speakers) bench.worker.open(stream)
    await bench.clock.advance(10)
    for (const { sessionId } of speakers) bench.worker.command({ type: 'close_stream', sessionId })
    expect(bench.eventsOf('closed').map(({ received }) => received)).toEqual(speakers.map(() => 40))
  })

  test('is not kept longer than a second', async () => {
    const bench = createPlaneBench()
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    for (const datagram of speaker.sealAudio(tone(600, 100, 16_000))) transport.send(datagram)
    await bench.clock.advance(1_100)
    bench.worker.open(speaker.stream)
    await bench.clock.advance(10)
    expect(bench.eventsOf('first_packet')).toHaveLength(0)
  })

  test.each([
    [5, 0.999],
    [10, 0.995],
    [20, 0.98],
  ])('survives %i %% of random loss', async (percent, share) => {
    const stt = createScriptedStt()
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000), { loss: percent / 100, jitterMs: 10, reorder: 0.02, duplicate: 0.02 })
    bench.worker.open(speaker.stream)
    await sayPaced(bench, speaker, transport, tone(600, 10_000, 16_000))
    bench.worker.command({ type: 'close_stream', sessionId: speaker.sessionId })
    const [stats] = bench.eventsOf('closed')
    const unrecovered = (stats?.lost ?? 500) - (stats?.recovered ?? 0)
    expect(stats?.lost).toBeGreaterThan(5)
    expect(1 - unrecovered / 500).toBeGreaterThanOrEqual(share)
    expect(stt.heard[0]?.pieces.length).toBeGreaterThanOrEqual(498)
    expect(bench.eventsOf('final')).toHaveLength(1)
  })

  test('ends by the cloud when the session machine says so', async () => {
    const bench = createPlaneBench()
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    for (const datagram of speaker.sealAudio(tone(600, 200, 16_000))) transport.send(datagram)
    await bench.clock.advance(20)
    bench.worker.command({ type: 'stop_listening', sessionId: speaker.sessionId })
    await bench.clock.advance(20)
    expect(bench.eventsOf('final')).toHaveLength(1)
  })

  test('ends by itself when a speaker never stops', async () => {
    const bench = createPlaneBench({}, { maxAudioMs: 1_000 })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    for (const datagram of speaker.sealAudio(tone(600, 3_000, 16_000))) transport.send(datagram)
    await bench.clock.advance(20)
    expect(bench.eventsOf('end_of_audio')).toHaveLength(1)
    expect(bench.eventsOf('final')).toHaveLength(1)
  })
})

describe('a link', () => {
  test('is lost after three seconds of silence while listening', async () => {
    const bench = createPlaneBench()
    const speaker = createTestSpeaker(bench)
    bench.worker.open(speaker.stream)
    await bench.clock.advance(2_950)
    expect(bench.eventsOf('link_lost')).toHaveLength(0)
    await bench.clock.advance(100)
    expect(bench.eventsOf('link_lost')).toHaveLength(1)
    await bench.clock.advance(10_000)
    expect(bench.events).toHaveLength(1)
  })

  test('answers a probe at once', async () => {
    const bench = createPlaneBench()
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    speaker.listenOn(transport)
    bench.worker.open(speaker.stream)
    transport.send(speaker.sealProbe())
    await bench.clock.advance(0)
    expect(speaker.arrivals.map(({ datagram }) => datagram.type)).toEqual(['probe_reply'])
  })

  test('follows a speaker that roams, but not a repeat of an old datagram from elsewhere', async () => {
    const bench = createPlaneBench()
    const speaker = createTestSpeaker(bench)
    const [home, away, thief] = [bench.connect(udp(1)), bench.connect(udp(2)), bench.connect(udp(3))]
    for (const way of [home, away]) speaker.listenOn(way)
    bench.worker.open(speaker.stream)
    const [first = new Uint8Array(), second = new Uint8Array(), held = new Uint8Array(), newest = new Uint8Array()] =
      speaker.sealAudio(tone(600, 80, 16_000))
    home.send(first)
    away.send(second)
    await bench.clock.advance(1)
    away.send(newest)
    await bench.clock.advance(1)
    thief.send(held)
    thief.send(first)
    await bench.clock.advance(1)
    bench.worker.command({
      type: 'speak',
      sessionId: speaker.sessionId,
      sentenceId: 0,
      text: 'hello',
      language: 'en',
    })
    await bench.clock.advance(100)
    expect(speaker.audioArrivals().length).toBeGreaterThan(9)
    expect(bench.worker.counters()).toMatchObject({ rejected_replayed: 1 })
  })

  test('goes through a tunnel, and only through its own', async () => {
    const stt = createScriptedStt()
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const tunnel = bench.connect({ type: 'tunnel', deviceId: 'kitchen', tunnelId: 1 })
    const foreign = bench.connect({ type: 'tunnel', deviceId: 'bedroom', tunnelId: 2 })
    speaker.listenOn(tunnel)
    bench.worker.open(speaker.stream)
    const audio = speaker.sealAudio(tone(600, 200, 16_000))
    for (const datagram of audio) foreign.send(datagram)
    for (const datagram of audio) tunnel.send(datagram)
    tunnel.send(speaker.sealProbe())
    await bench.clock.advance(50)
    expect(stt.heard[0]?.pieces).toHaveLength(10)
    expect(speaker.arrivals).toHaveLength(1)
    expect(bench.worker.counters()).toMatchObject({ rejected_foreign_tunnel: 10 })
  })
})

describe('a recogniser', () => {
  test.each(['unavailable', 'timeout'] as const)('that fails as %s fails the stream once', async (failure) => {
    const bench = createPlaneBench({ stt: createScriptedStt({ failure }) })
    const speaker = createTestSpeaker(bench)
    bench.worker.open(speaker.stream)
    await bench.clock.advance(10_000)
    expect(bench.events).toMatchObject([{ type: 'failed', stage: 'stt', code: failure }])
  })

  test('that falls behind without end does not make memory grow', async () => {
    const bench = createPlaneBench({ stt: createScriptedStt({ hangs: true }) }, { maxUnheardMs: 1_000 })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    for (const datagram of speaker.sealAudio(tone(600, 1_200, 16_000))) transport.send(datagram)
    await bench.clock.advance(100)
    expect(bench.eventsOf('failed')).toMatchObject([{ stage: 'stt', code: 'timeout' }])
  })

  test('that ends without a final fails', async () => {
    const bench = createPlaneBench({ stt: createScriptedStt({ withoutFinal: true }) })
    const speaker = createTestSpeaker(bench)
    bench.worker.open(speaker.stream)
    bench.worker.command({ type: 'stop_listening', sessionId: speaker.sessionId })
    await bench.clock.advance(10)
    expect(bench.eventsOf('failed')).toMatchObject([{ stage: 'stt', code: 'bad_reply' }])
  })
})

describe('a flood', () => {
  test('of garbage is counted, grows nothing, and the stream beside it goes on', async () => {
    const stt = createScriptedStt()
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    const random = seededRandom(3)
    const audio = speaker.sealAudio(tone(600, 1_000, 16_000))
    for (const [index, datagram] of audio.entries()) {
      transport.send(datagram)
      for (let i = 0; i < 400; i++) {
        const garbage = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256))
        if (i % 2 === 0) garbage[0] = 0x10
        if (i % 4 === 0) garbage.set(datagram.subarray(0, Math.min(18, garbage.length)))
        bench.inject(garbage, udp(2_000 + (index % 7)))
      }
      await bench.clock.advance(20)
    }
    expect(stt.heard[0]?.pieces).toHaveLength(50)
    const counters = bench.worker.counters()
    expect(counters.rejected_malformed).toBeGreaterThan(5_000)
    expect((counters.rejected_not_authentic ?? 0) + (counters.rejected_replayed ?? 0)).toBeGreaterThan(3_000)
  })

  test('of one session replayed in full is heard once', async () => {
    const stt = createScriptedStt()
    const bench = createPlaneBench({ stt })
    const speaker = createTestSpeaker(bench)
    const transport = bench.connect(udp(1_000))
    bench.worker.open(speaker.stream)
    const audio = speaker.sealAudio(tone(600, 1_000, 16_000))
    for (let repeat = 0; repeat < 3; repeat++) for (const datagram of audio) transport.send(datagram)
    await bench.clock.advance(50)
    expect(stt.heard[0]?.pieces).toHaveLength(50)
    expect(bench.worker.counters()).toMatchObject({ rejected_replayed: 100 })
  })
})

test('a stream that was closed is not opened again', async () => {
  const bench = createPlaneBench()
  const speaker = createTestSpeaker(bench)
  expect(bench.worker.open(speaker.stream).ok).toBe(true)
  expect(bench.worker.open(speaker.stream).ok).toBe(false)
  bench.worker.command({ type: 'close_stream', sessionId: speaker.sessionId })
  expect(bench.worker.open(speaker.stream).ok).toBe(false)
  expect(bench.worker.open({ ...speaker.stream, streamId: 'x' }).ok).toBe(false)
  await bench.clock.advance(10_000)
  expect(bench.events.map(({ type }) => type)).toEqual(['closed'])
  expect(bench.clock.pendingTimers()).toBe(0)
})
