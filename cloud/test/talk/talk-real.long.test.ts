import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiClient } from '@mynah/shared/api/client.ts'
import type { TalkCodec } from '@mynah/shared/api/talk.ts'
import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { createOpusDecoder, createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { concatSamples, levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CloudChild, startChild } from '../cloud-child.ts'
import { pcmBytes, realVoice, voiceFrames } from './real-voice.ts'
import { openTalk } from './talk-client.ts'

const packerOf = (codec: TalkCodec): ((frame: Int16Array) => Uint8Array) => {
  if (codec === 'pcm') return pcmBytes
  const encoder = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 5 })
  return encoder.encode
}
const soundOf = (codec: TalkCodec, frames: readonly Uint8Array[]): Int16Array => {
  if (codec === 'pcm') return concatSamples(frames.map((bytes) => new Int16Array(bytes.slice().buffer)))
  const decoder = createOpusDecoder({ sampleRateHz: 24_000 })
  return concatSamples(
    frames.map((packet) => {
      const decoded = decoder.decode(packet)
      if (!decoded.ok) throw new Error(decoded.error.message)
      return decoded.value
    }),
  )
}

describe('a browser that talks with the real cloud', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mynah-talk-'))
  let cloud: CloudChild
  let token: string | undefined
  let homeId = ''
  const client = () =>
    createApiClient({
      fetch: (url, init) => fetch(`${cloud.ready.http_url}${url}`, init),
      baseUrl: '',
      accessToken: { get: () => token, set: () => {} },
    })

  beforeAll(async () => {
    cloud = await startChild(dataDir, ['--audio-workers', '2'])
    const setupToken = new URL(cloud.ready.setup_url ?? '').pathname.split('/').at(-1) ?? ''
    const made = await client().call('setUp', {
      body: { token: setupToken, login: 'ada', password: 'correct horse battery', home_name: 'Casa' },
    })
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    token = made.value.access_token
    homeId = made.value.me.homes[0]?.home_id ?? ''
  })
  afterAll(async () => {
    if (cloud && cloud.child.exitCode === null) {
      cloud.child.kill('SIGTERM')
      await Promise.race([cloud.exited, once(cloud.child, 'exit')])
    }
    rmSync(dataDir, { recursive: true, force: true })
  })

  const joinTalk = async () => {
    const ticket = await client().call('createTalkTicket', { params: { home_id: homeId } })
    if (!ticket.ok) throw new Error(JSON.stringify(ticket.error))
    return openTalk(cloud.ready.http_url, ticket.value.ticket)
  }
  /** The turn once its record is closed. */
  const recorded = async (sessionId: string): Promise<TurnDetail> => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const turn = await client().call('getTurn', { params: { session_id: sessionId } })
      if (turn.ok && turn.value.outcome !== null) return turn.value
      await systemClock.sleep(50)
    }
    throw new Error('the turn was never recorded')
  }
  /** Plays as a browser does: says when it began and when it was through. */
  const hearReply = async (talk: Awaited<ReturnType<typeof openTalk>>) => {
    await talk.until('phase', ({ phase }) => phase === 'speaking')
    talk.send({ type: 'playback', state: 'started', played_ms: 0 })
    await talk.until('end_of_reply')
    talk.send({ type: 'playback', state: 'finished', played_ms: talk.frames.length * 20 })
    return talk.until('phase', ({ phase }) => phase === 'ended')
  }

  test.each(['opus', 'pcm'] as const)('types, hears the answer as %s and finds the turn', async (down) => {
    const talk = await joinTalk()
    talk.send({ type: 'start', language: 'en', text: 'what is two plus three', up: 'pcm', down })
    const { session_id: sessionId } = await talk.until('started')
    const ended = await hearReply(talk)
    expect(ended).toMatchObject({
      heard: 'what is two plus three',
      reply: expect.stringContaining('five'),
      error: null,
    })
    const reply = soundOf(down, talk.frames)
    expect(reply.length / 24_000).toBeGreaterThan(0.4)
    expect(levelDbfs(reply)).toBeGreaterThan(-40)
    const turn = await recorded(sessionId)
    expect(turn).toMatchObject({
      home_id: homeId,
      trigger: 'text',
      outcome: 'completed',
      heard: 'what is two plus three',
    })
    expect(turn.timings).toMatchObject({ dialogue: expect.any(Number), tts_first_audio: expect.any(Number) })
    expect(turn.timings.commit_to_first_audio).toBeGreaterThan(0)
    expect(talk.faults).toEqual([])
    talk.socket.close()
  })

  test.skipIf(!realVoice.isMet).each(['opus', 'pcm'] as const)(
    realVoice.naming(
      'speaks with a real voice as %s: words come while it speaks, an audible answer, and the waterfall',
    ),
    async (up) => {
      const talk = await joinTalk()
      talk.send({ type: 'start', language: 'en', up, down: 'opus' })
      const pack = packerOf(up)
      const startedAtMs = systemClock.now()
      for (const [index, frame] of voiceFrames().entries()) {
        await systemClock.sleep(startedAtMs + index * 20 - systemClock.now())
        talk.sendFrame(pack(frame))
      }
      const partials = talk.messages.filter((message) => message.type === 'transcript' && !message.final)
      expect(partials.length).toBeGreaterThan(0)
      talk.send({ type: 'end_of_speech', silence_ms: 300 })
      const { session_id: sessionId } = await talk.until('started')
      const final = await talk.until('transcript', (message) => message.final)
      expect(final.text).toMatch(/turn off/)
      await hearReply(talk)
      const reply = soundOf('opus', talk.frames)
      expect(reply.length / 24_000).toBeGreaterThan(0.5)
      expect(levelDbfs(reply)).toBeGreaterThan(-40)
      const turn = await recorded(sessionId)
      expect(turn).toMatchObject({ trigger: 'button', outcome: 'completed', heard: final.text })
      expect(turn.timings.end_of_speech_to_commit).toBe(300)
      expect(turn.timings.end_of_speech_to_first_audio).toBeGreaterThan(300)
      expect(turn.uplink_audio).toMatchObject({ received: voiceFrames().length, lost: 0 })
      const listed = await client().call('listTurns', { query: { home_id: homeId } })
      expect(listed.ok && listed.value.items.map(({ session_id }) => session_id)).toContain(sessionId)
      talk.socket.close()
    },
  )

  test('interrupts the answer: the record holds what was heard of it, and the next turn goes on with the conversation', async () => {
    const talk = await joinTalk()
    talk.send({ type: 'start', language: 'en', text: 'what can you do', up: 'pcm', down: 'opus' })
    const { session_id: first } = await talk.until('started')
    await talk.until('phase', ({ phase }) => phase === 'speaking')
    talk.send({ type: 'playback', state: 'started', played_ms: 0 })
    talk.send({ type: 'playback', state: 'interrupted', played_ms: 700 })
    await talk.until('phase', ({ phase, session_id }) => phase === 'ended' && session_id === first)
    const metrics = await (await fetch(`${cloud.ready.http_url}/metrics`)).text()
    expect(metrics).toMatch(/^mynah_browsers_connected [1-3]$/m)
    talk.send({ type: 'start', language: 'en', text: 'stop', up: 'pcm', down: 'opus', previous_session_id: first })
    const { session_id: second } = await talk.until('started', ({ session_id }) => session_id !== first)
    const cut = await recorded(first)
    expect(cut.outcome).toBe('barge_in')
    expect(cut.heard_reply.length).toBeLessThan(cut.reply.length / 2)
    talk.socket.close()
    expect((await recorded(second)).conversation_id).toBe(cut.conversation_id)
  })

  test.skipIf(!realVoice.isMet)(
    realVoice.naming('is kept as sound when the home wants it: heard and answered, and gone with the turn'),
    async () => {
      const params = { home_id: homeId }
      const body = { keep_days: 7, keep_sound: true }
      expect((await client().call('setHomeRetention', { params, body })).ok).toBe(true)
      const talk = await joinTalk()
      talk.send({ type: 'start', language: 'en', up: 'pcm', down: 'opus' })
      for (const frame of voiceFrames()) talk.sendFrame(pcmBytes(frame))
      talk.send({ type: 'end_of_speech', silence_ms: 300 })
      const { session_id: sessionId } = await talk.until('started')
      await hearReply(talk)
      talk.socket.close()
      // Its sound is sealed and written when the stream is closed, which nobody waits for to end a turn.
      await expect
        .poll(async () => (await recorded(sessionId)).sound)
        .toEqual({ heard_ms: voiceFrames().length * 20, spoken_ms: talk.frames.length * 20 })
      const one = { params: { session_id: sessionId } }
      const [heard, spoken] = [await client().call('getHeardSound', one), await client().call('getSpokenSound', one)]
      for (const wav of [heard, spoken]) {
        const decoded = wav.ok ? decodeWav(wav.value) : undefined
        expect(decoded?.ok && levelDbfs(decoded.value.samples)).toBeGreaterThan(-40)
      }
      expect(readdirSync(join(dataDir, 'sounds'))).toHaveLength(1)
      expect((await client().call('deleteTurn', one)).ok).toBe(true)
      expect(readdirSync(join(dataDir, 'sounds'))).toEqual([])
      await client().call('setHomeRetention', { params, body: { keep_days: null, keep_sound: false } })
    },
  )

  test('ends the turn when the connection goes, and says so in the record', async () => {
    const talk = await joinTalk()
    talk.send({ type: 'start', language: 'en', text: 'tell me a joke', up: 'pcm', down: 'pcm' })
    const { session_id: sessionId } = await talk.until('started')
    talk.socket.terminate()
    expect(await recorded(sessionId)).toMatchObject({ outcome: 'link_lost', heard: 'tell me a joke' })
  })
})
