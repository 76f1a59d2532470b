import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { createScriptedTts, strengthOf, type TtsScript } from '../scripted-engines.ts'
import { createPlaneBench, createTestSpeaker, udp } from './plane-fixture.ts'

const openTalking = async (script: Omit<TtsScript, 'clock'> = {}, conditions = {}, isHurried = () => false) => {
  // The script's own delays run on the bench's clock.
  const relay = { now: () => 0, sleep: (ms: number, signal?: AbortSignal) => bench.clock.sleep(ms, signal) }
  const clock = { ...createManualClock(), ...relay, now: () => bench.clock.now() }
  const tts = createScriptedTts({ clock, ...script })
  const bench: ReturnType<typeof createPlaneBench> = createPlaneBench({ tts }, {}, isHurried)
  const speaker = createTestSpeaker({ clock: bench.clock, listens: false })
  const transport = bench.connect(udp(1_000), conditions)
  speaker.listenOn(transport)
  bench.worker.open(speaker.stream)
  bench.inject(speaker.sealProbe(), udp(1_000))
  await bench.clock.advance(7)
  const speak = (...texts: readonly string[]) =>
    texts.forEach((text, sentenceId) => {
      bench.worker.command({ type: 'speak', sessionId: speaker.sessionId, sentenceId, text, language: 'en' })
    })
  const finish = () => bench.worker.command({ type: 'finish_speaking', sessionId: speaker.sessionId })
  return { bench, speaker, speak, finish, tts, startMs: bench.clock.now() }
}

const frequencies = (text: string) => (text.startsWith('A') ? 500 : 900)

describe('a reply', () => {
  test('leaves with ten frames at once, then one each 20 ms, never late by more than 2 ms', async () => {
    const { bench, speaker, speak, finish, startMs } = await openTalking({ durationMsOf: () => 2_000 })
    speak('hello')
    finish()
    await bench.clock.advance(3_000)
    const times = speaker.audioArrivals().map(({ atMs }) => atMs - startMs)
    expect(times).toHaveLength(102)
    expect(times.slice(0, 10)).toEqual(Array(10).fill(0))
    for (const [index, atMs] of times.slice(10).entries()) {
      const dueMs = (index + 1) * 20
      expect(atMs).toBeGreaterThanOrEqual(dueMs)
      expect(atMs - dueMs).toBeLessThanOrEqual(2)
    }
  })

  test('is written down by how late each frame left', async () => {
    const { bench, speak, finish } = await openTalking({ durationMsOf: () => 2_000 })
    speak('hello')
    finish()
    await bench.clock.advance(3_000)
    const { reply_frames, reply_frames_late_le_1_ms, reply_frames_late_le_2_ms } = bench.worker.counters()
    expect([reply_frames, reply_frames_late_le_2_ms]).toEqual([102, 102])
    // The wheel turns each 2 ms: those that leave in a later turn than they are due are in the wider bound alone.
    expect(reply_frames_late_le_1_ms).toBeGreaterThanOrEqual(10)
  })

  test('counts sequence and media time without a hole and marks only its first frame', async () => {
    const { bench, speaker, speak, finish } = await openTalking()
    speak('One', 'Two')
    finish()
    await bench.clock.advance(5_000)
    for (const [index, { datagram }] of speaker.audioArrivals().entries()) {
      expect(datagram).toMatchObject({ sequence: index, mediaTime: index * 480, marker: index === 0 })
    }
  })

  test('carries the two frames before each frame', async () => {
    const { bench, speaker, speak } = await openTalking()
    speak('hello')
    await bench.clock.advance(2_000)
    const arrived = speaker.audioArrivals().map(({ datagram }) => datagram)
    expect(arrived[5]?.redundancy).toEqual([arrived[4]?.payload, arrived[3]?.payload])
  })

  test('ends with three end-of-stream datagrams and says so once', async () => {
    const { bench, speaker, speak, finish } = await openTalking()
    speak('hello')
    finish()
    await bench.clock.advance(3_000)
    // The second and third are the same bytes: the speaker's replay window takes one.
    expect(speaker.arrivals.filter(({ datagram }) => datagram.type === 'end_of_stream')).toHaveLength(1)
    expect(speaker.rejected).toEqual(['replayed', 'replayed'])
    expect(bench.eventsOf('speaking_finished')).toMatchObject([{ sentMs: 1_040 }])
    expect(bench.clock.pendingTimers()).toBe(0)
  })

  test('speaks sentences in order with a short pause and tells how long each was', async () => {
    const { bench, speaker, speak, finish } = await openTalking({ hzOf: frequencies })
    speak('A first', 'B second')
    finish()
    await bench.clock.advance(5_000)
    expect(bench.eventsOf('sentence_started').map(({ sentenceId }) => sentenceId)).toEqual([0, 1])
    expect(bench.eventsOf('sentence_sent').map(({ durationMs }) => durationMs)).toEqual([1_000, 1_000])
    const sound = speaker.sound()
    const part = (fromMs: number, toMs: number) => sound.subarray(fromMs * 24, toMs * 24)
    expect(strengthOf(500, part(100, 900), 24_000)).toBeGreaterThan(0.2)
    expect(strengthOf(900, part(1_260, 2_060), 24_000)).toBeGreaterThan(0.2)
    expect(Math.max(...part(1_040, 1_140).map(Math.abs))).toBeLessThan(500)
  })

  test('makes the next sentence while the present one is spoken, but not more than it may', async () => {
    const { bench, speak, tts } = await openTalking({ durationMsOf: () => 2_500 })
    speak('One', 'Two', 'Three', 'Four')
    await bench.clock.advance(100)
    expect(tts.asked.map(({ text }) => text)).toEqual(['One', 'Two'])
    await bench.clock.advance(2_500)
    expect(tts.asked.map(({ text }) => text)).toEqual(['One', 'Two', 'Three'])
  })

  test('starts a new talk spurt when the voice was too slow, with its lead again', async () => {
    const { bench, speaker, speak, finish } = await openTalking({ durationMsOf: () => 400 })
    speak('One')
    await bench.clock.advance(2_000)
    bench.worker.command({ type: 'speak', sessionId: speaker.sessionId, sentenceId: 1, text: 'Two', language: 'en' })
    finish()
    await bench.clock.advance(2_000)
    const arrived = speaker.audioArrivals()
    expect(arrived.filter(({ datagram }) => datagram.marker)).toHaveLength(2)
    const second = arrived.findIndex(({ datagram }, index) => index > 0 && datagram.marker)
    const burst = arrived.slice(second, second + 10).map(({ atMs }) => atMs)
    expect(new Set(burst).size).toBe(1)
  })

  test('is complete at 20 % loss thanks to redundancy', async () => {
    const { bench, speaker, speak, finish } = await openTalking({ durationMsOf: () => 10_000 }, { loss: 0.2, seed: 5 })
    speak('A long story')
    finish()
    await bench.clock.advance(12_000)
    const known = new Set<number>()
    for (const { datagram } of speaker.audioArrivals()) {
      known.add(datagram.sequence)
      for (const [index] of (datagram.redundancy ?? []).entries()) known.add(datagram.sequence - 1 - index)
    }
    expect(speaker.audioArrivals().length).toBeLessThan(430)
    expect(known.size / 502).toBeGreaterThan(0.98)
  })

  test('is coded more simply while the worker is in a hurry, and is the same sound', async () => {
    const sayIn = async (isHurried: (elapsedMs: number) => boolean) => {
      const talking: Awaited<ReturnType<typeof openTalking>> = await openTalking({ hzOf: frequencies }, {}, () =>
        isHurried(talking.bench.clock.now() - talking.startMs),
      )
      talking.speak('A first')
      await talking.bench.clock.advance(2_000)
      return talking.speaker
    }
    const [calm, hurried] = [await sayIn(() => false), await sayIn((elapsedMs) => elapsedMs > 300)]
    const payloads = (speaker: typeof calm) => speaker.audioArrivals().map(({ datagram }) => datagram.payload)
    expect(payloads(hurried).slice(0, 20)).toEqual(payloads(calm).slice(0, 20))
    expect(payloads(hurried).slice(30)).not.toEqual(payloads(calm).slice(30))
    for (const speaker of [calm, hurried])
      expect(strengthOf(500, speaker.sound().subarray(400 * 24, 900 * 24), 24_000)).toBeGreaterThan(0.2)
  })

  test('catches up after a stall of the process without losing its place', async () => {
    const { bench, speaker, speak, startMs } = await openTalking({ durationMsOf: () => 2_000, sampleRateHz: 24_000 })
    speak('hello')
    await bench.clock.advance(100)
    const before = speaker.audioArrivals().length
    await bench.clock.advance(1_000)
    expect(speaker.audioArrivals().length - before).toBe(50)
    expect(speaker.audioArrivals().at(-1)?.atMs).toBeLessThanOrEqual(startMs + 1_102)
  })
})

describe('a sentence that anybody may be told', () => {
  /** Three sessions of one worker, one after the other. */
  const tellAgain = async (script: Omit<TtsScript, 'clock'> = {}, isHurried = () => false) => {
    const { bench, tts } = await openTalking(script, {}, isHurried)
    let port = 2_000
    const tell = async (texts: readonly string[], more: { readonly isCommon?: true; readonly cutMs?: number } = {}) => {
      const { cutMs = 5_000, ...rest } = more
      const speaker = createTestSpeaker({ clock: bench.clock, listens: false })
      const way = udp(++port)
      speaker.listenOn(bench.connect(way))
      bench.worker.open(speaker.stream)
      bench.inject(speaker.sealProbe(), way)
      await bench.clock.advance(7)
      const { sessionId } = speaker
      for (const [sentenceId, text] of texts.entries())
        bench.worker.command({ type: 'speak', sessionId, sentenceId, text, language: 'en', ...rest })
      bench.worker.command({ type: 'finish_speaking', sessionId })
      await bench.clock.advance(cutMs)
      bench.worker.command({ type: 'stop_speaking', sessionId })
      await bench.clock.advance(1_000)
      const told = bench.events.filter((event) => event.sessionId === sessionId && event.type.startsWith('sentence'))
      return { speaker, told, packets: speaker.audioArrivals().map(({ datagram }) => Buffer.from(datagram.payload)) }
    }
    return { bench, tts, tell }
  }
  const isCommon = true

  test('is made and coded once, and is the same sound for who is told it next', async () => {
    const { bench, tts, tell } = await tellAgain({ delayPerPieceMs: 50, hzOf: frequencies })
    const first = await tell(['A first'], { isCommon })
    const again = await tell(['A first'], { isCommon })
    expect(tts.asked).toHaveLength(1)
    // All but the silence behind it.
    expect(again.packets.slice(0, 50)).toEqual(first.packets.slice(0, 50))
    expect(again.packets).toHaveLength(first.packets.length)
    expect(Math.max(...again.speaker.sound())).toBeGreaterThan(5_000)
    expect(again.told).toMatchObject([
      { type: 'sentence_made', durationMs: 1_000 },
      { type: 'sentence_started', ttsFirstAudioMs: 0 },
      { type: 'sentence_sent', durationMs: 1_000 },
    ])
    expect(bench.worker.counters().common_sound_bytes).toBeGreaterThan(1_000)
  })

  test('is heard as well between others, which are made for each', async () => {
    const { tts, tell } = await tellAgain({ hzOf: frequencies })
    await tell(['A first'], { isCommon })
    const { speaker } = await tell(['B second', 'A first', 'B third'])
    expect(tts.asked.map(({ text }) => text)).toEqual(['A first', 'B second', 'A first', 'B third'])
    const mixed = await tell(['A first', 'A first'], { isCommon })
    expect(tts.asked).toHaveLength(4)
    for (const [sound, fromMs] of [
      [speaker.sound(), 1_260],
      [mixed.speaker.sound(), 100],
      [mixed.speaker.sound(), 1_260],
    ] as const)
      expect(strengthOf(500, sound.subarray(fromMs * 24, (fromMs + 800) * 24), 24_000)).toBeGreaterThan(0.2)
    expect(
      Math.max(
        ...mixed.speaker
          .sound()
          .subarray(1_060 * 24, 1_140 * 24)
          .map(Math.abs),
      ),
    ).toBeLessThan(500)
  })

  test('is not kept when it is of somebody alone, was cut off, or was coded in a hurry', async () => {
    let isHurried = false
    const { bench, tts, tell } = await tellAgain({ durationMsOf: () => 3_000 }, () => isHurried)
    await tell(['Dinner with Ada'])
    await tell(['Okay'], { isCommon, cutMs: 500 })
    isHurried = true
    await tell(['Okay'], { isCommon })
    expect(bench.worker.counters().common_sound_bytes).toBe(0)
    isHurried = false
    await tell(['Okay'], { isCommon })
    expect(tts.asked).toHaveLength(4)
    await tell(['Okay'], { isCommon })
    expect(tts.asked).toHaveLength(4)
  })
})

describe('stopping', () => {
  test('lets at most the frame under way leave', async () => {
    const { bench, speaker, speak } = await openTalking({ durationMsOf: () => 5_000 })
    speak('hello', 'more')
    await bench.clock.advance(500)
    const before = speaker.audioArrivals().length
    bench.worker.command({ type: 'stop_speaking', sessionId: speaker.sessionId })
    await bench.clock.advance(3_000)
    expect(speaker.audioArrivals().length - before).toBeLessThanOrEqual(1)
    expect(speaker.arrivals.at(-1)?.datagram.type).toBe('end_of_stream')
    expect(bench.eventsOf('speaking_finished')).toHaveLength(0)
    expect(bench.clock.pendingTimers()).toBe(0)
  })

  test('stops the voice too', async () => {
    const { bench, speaker, speak, tts } = await openTalking({ durationMsOf: () => 1_000, delayPerPieceMs: 50 })
    speak('One', 'Two', 'Three')
    await bench.clock.advance(60)
    bench.worker.command({ type: 'close_stream', sessionId: speaker.sessionId })
    await bench.clock.advance(5_000)
    expect(tts.asked).toHaveLength(1)
    expect(bench.clock.pendingTimers()).toBe(0)
  })
})

describe('a voice', () => {
  test('that fails ends what is spoken and tells once', async () => {
    const { bench, speak } = await openTalking({ failOn: (text) => (text === 'Two' ? 'crashed' : undefined) })
    speak('One', 'Two', 'Three')
    await bench.clock.advance(3_000)
    expect(bench.eventsOf('failed')).toMatchObject([{ stage: 'tts', code: 'crashed' }])
  })

  test('that says nothing for eight seconds times out', async () => {
    const { bench, speak } = await openTalking({ hangsOn: () => true })
    speak('One')
    await bench.clock.advance(7_900)
    expect(bench.eventsOf('failed')).toHaveLength(0)
    await bench.clock.advance(200)
    expect(bench.eventsOf('failed')).toMatchObject([{ stage: 'tts', code: 'timeout' }])
    expect(bench.clock.pendingTimers()).toBe(0)
  })

  test('that has no sound for a text does not hold up the next sentence', async () => {
    const { bench, speak, finish } = await openTalking({ durationMsOf: (text) => (text === '...' ? 0 : 500) })
    speak('...', 'Two')
    finish()
    await bench.clock.advance(3_000)
    expect(bench.eventsOf('sentence_sent').map(({ durationMs }) => durationMs)).toEqual([20, 500])
    expect(bench.eventsOf('speaking_finished')).toHaveLength(1)
  })
})

test('two speakers at once hear their own reply and nothing of the other', async () => {
  const clock = createManualClock()
  const bench = createPlaneBench({ tts: createScriptedTts({ clock, hzOf: frequencies, durationMsOf: () => 1_500 }) })
  const speakers = ['A kitchen', 'B bedroom'].map((text, index) => {
    const deviceId = text.slice(2)
    const speaker = createTestSpeaker({ clock: bench.clock, deviceId, secret: new Uint8Array(32).fill(index + 1) })
    const transport = bench.connect(udp(1_000 + index))
    speaker.listenOn(transport)
    bench.worker.open({ ...speaker.stream, listens: false })
    transport.send(speaker.sealProbe())
    return { text, speaker }
  })
  await bench.clock.advance(5)
  for (const { text, speaker } of speakers) {
    const { sessionId } = speaker
    bench.worker.command({ type: 'speak', sessionId, sentenceId: 0, text, language: 'en' })
    bench.worker.command({ type: 'finish_speaking', sessionId })
  }
  await bench.clock.advance(3_000)
  for (const { text, speaker } of speakers) {
    const sound = speaker.sound()
    expect(strengthOf(frequencies(text), sound, 24_000)).toBeGreaterThan(0.15)
    expect(strengthOf(text.startsWith('A') ? 900 : 500, sound, 24_000)).toBeLessThan(0.005)
    expect(speaker.rejected.filter((code) => code !== 'replayed')).toEqual([])
  }
})

test('a reply without a way to the speaker is dropped and counted', async () => {
  const bench = createPlaneBench()
  const speaker = createTestSpeaker({ clock: bench.clock, listens: false })
  bench.worker.open(speaker.stream)
  const { sessionId } = speaker
  bench.worker.command({ type: 'speak', sessionId, sentenceId: 0, text: 'hello', language: 'en' })
  await bench.clock.advance(2_000)
  expect(bench.unroutable).toEqual([])
  expect(bench.worker.counters().datagrams_unsent).toBe(50)
})
