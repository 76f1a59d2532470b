import type { TalkMessage } from '@mynah/shared/api/talk.ts'
import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { createOpener, createSealer, type Datagram } from '@mynah/shared/wire/datagram.ts'
import { deriveSessionKeys } from '@mynah/shared/wire/session-keys.ts'
import type { FromDeviceKind, FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { expect, test } from 'vitest'
import type { DeviceMessage } from '../../src/broker/broker-client.ts'
import { createBrowserSpeaker } from '../../src/talk/browser-speaker.ts'

const deviceId = 'browser-0123456789abcdef-1'
const secret = new Uint8Array(32).fill(9)
const frame = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 0 }).encode(new Int16Array(320))
const spoken = { type: 'start', language: 'zh', up: 'opus', down: 'opus' } as const
const typed = { ...spoken, text: 'hello' } as const

/** A browser speaker between a browser and a cloud that are both lists. */
const createBench = () => {
  const clock = createManualClock()
  const emitted: DeviceMessage[] = []
  const told: TalkMessage[] = []
  const sent: Uint8Array[] = []
  const played: Uint8Array[] = []
  const speaker = createBrowserSpeaker({
    clock,
    deviceId,
    secret,
    // Kind and message belong together by the type of `emit`.
    emit: (kind, message) => void emitted.push({ deviceId, kind, message } as DeviceMessage),
    sendDatagram: (datagram) => void sent.push(datagram),
    tell: (message) => void told.push(message),
    playFrame: (bytes) => void played.push(bytes),
  })
  /** The newest message of a kind. */
  const last = <K extends FromDeviceKind>(kind: K) =>
    emitted.findLast((message) => message.kind === kind)?.message as FromDeviceMessage<K> | undefined
  const sessionId = () => last('wake')?.session_id ?? ''
  const accept = () =>
    speaker.take({ deviceId, kind: 'wake/ack', message: { v: 1, session_id: sessionId(), accepted: true } })
  const play = () =>
    speaker.take({
      deviceId,
      kind: 'play',
      message: { v: 1, play_id: sessionId(), session_id: sessionId(), source: { type: 'stream' }, kind: 'reply' },
    })
  const endSession = () =>
    speaker.take({ deviceId, kind: 'session', message: { v: 1, session_id: sessionId(), phase: 'ended' } })
  /** What the audio plane would open of what was sent since the session began. */
  const opened = (): readonly Datagram[] => {
    const { streamId, uplinkKey } = deriveSessionKeys(secret, sessionId())
    const opener = createOpener({ key: uplinkKey, streamId, direction: 'uplink' })
    return sent.flatMap((bytes) => {
      const datagram = opener.open(bytes)
      return datagram.ok ? [datagram.value] : []
    })
  }
  const sealer = () => {
    const { streamId, downlinkKey } = deriveSessionKeys(secret, sessionId())
    return createSealer({ key: downlinkKey, streamId, direction: 'downlink' })
  }
  return { clock, speaker, emitted, told, played, last, sessionId, accept, play, endSession, opened, sealer }
}

test('what is said before the session is open arrives whole and in order, after a probe', () => {
  const { speaker, accept, opened } = createBench()
  speaker.request(spoken)
  for (let n = 0; n < 3; n++) speaker.hear(frame)
  speaker.request({ type: 'end_of_speech', silence_ms: 0 })
  expect(opened()).toEqual([])
  accept()
  expect(opened().map(({ type, mediaTime }) => [type, mediaTime])).toEqual([
    ['probe', 0],
    ['audio', 0],
    ['audio', 320],
    ['audio', 640],
    ['end_of_stream', 960],
  ])
})

test('sound that comes after the end of speech, or without a turn, goes nowhere', () => {
  const { speaker, accept, opened } = createBench()
  expect(speaker.hear(frame)).toBe(true)
  speaker.request(spoken)
  accept()
  speaker.request({ type: 'end_of_speech', silence_ms: 0 })
  expect(speaker.hear(frame)).toBe(true)
  expect(opened().map(({ type }) => type)).toEqual(['probe', 'end_of_stream'])
})

test('a frame that is none of the declared codec is noticed', () => {
  const { speaker, accept } = createBench()
  speaker.request({ ...spoken, up: 'pcm' })
  accept()
  expect(speaker.hear(new Uint8Array(640))).toBe(true)
  expect(speaker.hear(new Uint8Array(638))).toBe(false)
  expect(speaker.hear(new Uint8Array(0))).toBe(false)
})

test('the way of a turn is measured from what the browser reports', async () => {
  const { clock, speaker, accept, play, endSession, last } = createBench()
  speaker.request(spoken)
  await clock.advance(10)
  accept()
  await clock.advance(2_000)
  speaker.request({ type: 'end_of_speech', silence_ms: 700 })
  await clock.advance(400)
  play()
  speaker.request({ type: 'playback', state: 'started', played_ms: 0 })
  await clock.advance(1_000)
  speaker.request({ type: 'playback', state: 'finished', played_ms: 1_000 })
  endSession()
  expect(last('session_end')).toMatchObject({
    reason: 'completed',
    timings: {
      wake_to_ack: 10,
      end_of_speech_to_commit: 700,
      commit_to_first_audio: 400,
      end_of_speech_to_first_audio: 1_100,
      total: 3_410,
    },
  })
})

test('a typed turn has no end of speech', async () => {
  const { clock, speaker, accept, play, endSession, last } = createBench()
  speaker.request(typed)
  accept()
  await clock.advance(300)
  play()
  speaker.request({ type: 'playback', state: 'started', played_ms: 0 })
  endSession()
  expect(last('wake')).toMatchObject({ trigger: 'text', text: 'hello', language: 'zh' })
  expect(last('session_end')?.timings).toEqual({ wake_to_ack: 0, commit_to_first_audio: 300, total: 300 })
})

test('playback that is reported before the cloud named it is reported under its name', () => {
  const { speaker, accept, play, last, sessionId } = createBench()
  speaker.request(typed)
  accept()
  speaker.request({ type: 'playback', state: 'started', played_ms: 0 })
  expect(last('playback')).toBeUndefined()
  play()
  expect(last('playback')).toMatchObject({ play_id: sessionId(), state: 'started' })
})

test('a new turn ends the one before it as interrupted', () => {
  const { speaker, accept, emitted, sessionId } = createBench()
  speaker.request(typed)
  accept()
  const first = sessionId()
  speaker.request({ ...typed, previous_session_id: first })
  expect(emitted.map(({ kind }) => kind)).toEqual(['wake', 'session_end', 'wake'])
  expect(emitted[1]?.message).toMatchObject({ session_id: first, reason: 'barge_in' })
  expect(emitted[2]?.message).toMatchObject({ previous_session_id: first })
})

test('stopping cancels the turn and tells the browser that it is over', () => {
  const { speaker, accept, last, told, sessionId } = createBench()
  speaker.request(spoken)
  accept()
  const stopped = sessionId()
  speaker.request({ type: 'stop' })
  speaker.request({ type: 'stop' })
  expect(last('session_end')).toMatchObject({ session_id: stopped, reason: 'cancelled' })
  expect(told.filter(({ type }) => type === 'phase')).toMatchObject([{ session_id: stopped, phase: 'ended' }])
  expect(speaker.isTalking()).toBe(false)
})

test('the reply is opened for the browser, its end is told once, and a stranger is not heard', () => {
  const { speaker, accept, played, told, sealer } = createBench()
  speaker.request(typed)
  accept()
  const seal = sealer()
  speaker.receiveDatagram(seal.seal({ type: 'audio', mediaTime: 0, payload: Uint8Array.of(1, 2, 3) }))
  speaker.receiveDatagram(new Uint8Array(60))
  const end = { type: 'end_of_stream', mediaTime: 480, payload: new Uint8Array(0) } as const
  for (let n = 0; n < 3; n++) speaker.receiveDatagram(seal.seal(end))
  expect(played.map((bytes) => [...bytes])).toEqual([[1, 2, 3]])
  expect(told.filter(({ type }) => type === 'end_of_reply').length).toBe(1)
})

test('louder and quieter is kept for the next turn and told to the browser', () => {
  const { speaker, told } = createBench()
  const command = { type: 'set_volume', volume: 30 } as const
  speaker.take({ deviceId, kind: 'command', message: { v: 1, command_id: 'c', command } })
  expect(speaker.volume()).toBe(30)
  expect(told).toEqual([{ type: 'volume', volume: 30 }])
})
