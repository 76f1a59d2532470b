import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createOneTimeAudio } from '../../src/gateway/one-time-audio.ts'
import { speakAhead } from '../../src/gateway/speak-ahead.ts'
import { type SpokenAudio, StageError } from '../../src/providers/stages.ts'

const { signal } = new AbortController()
const piece = (value: number): SpokenAudio => ({ samples: new Int16Array(160).fill(value), sampleRateHz: 16_000 })
const untilAborted = (stopped: AbortSignal) =>
  new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }))

type ManualClock = ReturnType<typeof createManualClock>
type Synthesize = (stopped: AbortSignal, clock: ManualClock) => AsyncIterable<SpokenAudio>
const start = (synthesize: Synthesize, stopped: AbortSignal = signal) => {
  const clock = createManualClock()
  const failures: string[] = []
  const voice = (ending: AbortSignal) => synthesize(ending, clock)
  const speaking = speakAhead({ clock, synthesize: voice, onFailed: ({ code }) => failures.push(code) }, stopped)
  // Looked at later than it fails.
  speaking.catch(() => {})
  return { clock, failures, speaking }
}
const valuesOf = async (sound: AsyncIterable<SpokenAudio>) => {
  const values: (number | undefined)[] = []
  for await (const { samples } of sound) values.push(samples[0])
  return values
}

test('the first sound is there before anybody asks, and all of it when somebody does', async () => {
  const { clock, speaking } = start(async function* (_stopped, passing) {
    await passing.sleep(120, signal)
    yield piece(1)
    yield piece(2)
  })
  await clock.advance(120)
  const spoken = await speaking
  expect(spoken.firstAudioMs).toBe(120)
  expect(await valuesOf(spoken.sound)).toEqual([1, 2])
  expect(clock.pendingTimers()).toBe(0)
})

test('a voice that is gone is known at once, by its own error', async () => {
  const { clock, speaking } = start(async function* () {
    yield* []
    throw new StageError('tts', 'unavailable', 'scripted')
  })
  await expect(speaking).rejects.toMatchObject({ stage: 'tts', code: 'unavailable' })
  expect(clock.pendingTimers()).toBe(0)
})

test('a voice that says nothing at all has failed', async () => {
  const { speaking } = start(async function* () {
    yield* []
  })
  await expect(speaking).rejects.toMatchObject({ stage: 'tts', code: 'bad_reply' })
})

test('a voice that hangs fails as a timeout, also one that hears no abort', async () => {
  const { clock, speaking } = start(async function* () {
    await new Promise(() => {})
    yield piece(1)
  })
  await clock.advance(7_999)
  expect(clock.pendingTimers()).toBe(1)
  await clock.advance(1)
  await expect(speaking).rejects.toMatchObject({ stage: 'tts', code: 'timeout' })
})

test('a voice that dies after its first sound is told of before its listener sees the sound break off', async () => {
  const { failures, speaking } = start(async function* () {
    yield piece(1)
    throw new StageError('tts', 'crashed', 'scripted')
  })
  const { sound } = await speaking
  expect(failures).toEqual([])
  await expect(valuesOf(sound)).rejects.toMatchObject({ code: 'crashed' })
  expect(failures).toEqual(['crashed'])
})

test('a turn that is over ends the voice, and that is no failure', async () => {
  const turn = new AbortController()
  const { clock, failures, speaking } = start(async function* (stopped) {
    yield piece(1)
    await untilAborted(stopped)
  }, turn.signal)
  const reading = valuesOf((await speaking).sound)
  await clock.advance(0)
  turn.abort()
  expect(await reading).toEqual([1])
  expect(failures).toEqual([])
  expect(clock.pendingTimers()).toBe(0)
})

test('a bridge offers its sound under its own address: speakers know the gateway as their cloud', async () => {
  const synthesize = async function* () {
    yield piece(1)
  }
  const origin = () => 'http://10.0.0.7:8700'
  const audio = createOneTimeAudio({ clock: createManualClock(), voiceOf: () => ({ synthesize }), origin })
  const speech = { deviceId: 'kitchen', text: 'hello', language: 'en' } as const
  const { url } = await audio.offerSpoken(speech, () => {}, signal)
  const token = /^http:\/\/10\.0\.0\.7:8700\/audio\/([A-Za-z0-9_-]{43})$/.exec(url)?.[1] ?? ''
  expect(audio.redeem(token).type).toBe('sound')
})

test('sound that nobody fetches within a minute ends its voice', async () => {
  const clock = createManualClock()
  let leases = 0
  const voiceOf = () => ({
    synthesize: async function* () {
      leases += 1
      try {
        yield piece(1)
        yield piece(2)
      } finally {
        leases -= 1
      }
    },
  })
  const speech = { deviceId: 'kitchen', text: 'hello', language: 'en' } as const
  const { url } = await createOneTimeAudio({ clock, voiceOf }).offerSpoken(speech, () => {}, signal)
  expect(url).toMatch(/^\/audio\/[A-Za-z0-9_-]{43}$/)
  await clock.advance(59_999)
  expect(leases).toBe(1)
  await clock.advance(1)
  expect(leases).toBe(0)
})
