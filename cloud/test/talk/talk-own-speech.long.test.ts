import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AiSettingsChange } from '@mynah/shared/api/ai-settings.ts'
import { type ApiClient, createApiClient } from '@mynah/shared/api/client.ts'
import type { EndpointName, ReplyOf, RequestOf } from '@mynah/shared/api/contract.ts'
import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CloudChild, cloudProgram, startChild } from '../cloud-child.ts'
import { pcmBytes, realVoice, voiceFrames } from './real-voice.ts'
import { openTalk } from './talk-client.ts'

const secret = 'sesame-of-the-other-server'

type OtherServer = { readonly child: ChildProcess; readonly address: string }

/** A speech service that is none of the cloud's: another process, reached by address and token alone. */
const startOtherServer = async (dataDir: string): Promise<OtherServer> => {
  const options = ['--role', 'speech', '--json', '--host', '127.0.0.1', '--speech-port', '0', '--speech-token', secret]
  const child = spawn(process.execPath, [cloudProgram, 'serve', '--data-dir', dataDir, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { speech_address: address } = v.parse(v.object({ speech_address: v.string() }), JSON.parse(String(line)))
  return { child, address: address.replace(/^.*:/, '127.0.0.1:') }
}

const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGTERM') => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** What everybody on this machine, or with the same user, can read of the cloud and its children. */
const openToView = (pid: number): string => {
  const childrenOf = (parent: number) =>
    readdirSync('/proc').filter((name) => {
      const path = `/proc/${name}/status`
      return /^\d+$/.test(name) && existsSync(path) && readFileSync(path, 'utf8').includes(`\nPPid:\t${parent}\n`)
    })
  return [String(pid), ...childrenOf(pid)]
    .map((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8') + readFileSync(`/proc/${each}/environ`, 'utf8'))
    .join('\n')
}

describe('a home with a speech server of its own', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mynah-own-'))
  const otherDir = mkdtempSync(join(tmpdir(), 'mynah-other-'))
  let cloud: CloudChild
  let other: OtherServer
  let client: ApiClient
  let ownHome = ''
  let plainHome = ''

  const call = async <N extends EndpointName>(name: N, request: RequestOf<N>): Promise<ReplyOf<N>> => {
    const answer = await client.call(name, request)
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
    return answer.value
  }
  beforeAll(async () => {
    ;[cloud, other] = await Promise.all([startChild(dataDir), startOtherServer(otherDir)])
    let token: string | undefined
    client = createApiClient({
      fetch: (url, init) => fetch(`${cloud.ready.http_url}${url}`, init),
      baseUrl: '',
      accessToken: { get: () => token, set: () => {} },
    })
    const setupToken = new URL(cloud.ready.setup_url ?? '').pathname.split('/').at(-1) ?? ''
    const made = await call('setUp', {
      body: { token: setupToken, login: 'ada', password: 'correct horse battery', home_name: 'Casa' },
    })
    token = made.access_token
    ownHome = made.me.homes[0]?.home_id ?? ''
    plainHome = (await call('createHome', { body: { name: 'Elsewhere' } })).home_id
  }, 60_000)
  afterAll(async () => {
    await end(cloud?.child)
    await end(other?.child)
    for (const dir of [dataDir, otherDir]) rmSync(dir, { recursive: true, force: true })
  })

  const choose = (settings: AiSettingsChange) => call('setAiSettings', { params: { home_id: ownHome }, body: settings })
  const riva = (token: string) => ({ type: 'riva', address: other.address, tls: false, token }) as const
  const recorded = async (sessionId: string): Promise<TurnDetail> => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const turn = await client.call('getTurn', { params: { session_id: sessionId } })
      if (turn.ok && turn.value.outcome !== null) return turn.value
      await systemClock.sleep(50)
    }
    throw new Error('the turn was never recorded')
  }
  /** One turn in this home, typed or spoken, to its end. */
  const talkIn = async (homeId: string, how: 'typed' | 'spoken'): Promise<TurnDetail> => {
    const { ticket } = await call('createTalkTicket', { params: { home_id: homeId } })
    const talk = await openTalk(cloud.ready.http_url, ticket)
    const text = how === 'typed' ? { text: 'what is two plus three' } : {}
    talk.send({ type: 'start', language: 'en', up: 'pcm', down: 'opus', ...text })
    if (how === 'spoken') {
      const startedAtMs = systemClock.now()
      for (const [index, frame] of voiceFrames().entries()) {
        await systemClock.sleep(startedAtMs + index * 20 - systemClock.now())
        talk.sendFrame(pcmBytes(frame))
      }
      talk.send({ type: 'end_of_speech', silence_ms: 300 })
    }
    const { session_id: sessionId } = await talk.until('started')
    const next = await talk.until('phase', ({ phase }) => phase === 'speaking' || phase === 'ended')
    if (next.phase === 'speaking') {
      talk.send({ type: 'playback', state: 'started', played_ms: 0 })
      await talk.until('end_of_reply')
      talk.send({ type: 'playback', state: 'finished', played_ms: talk.frames.length * 20 })
    }
    await talk.until('phase', ({ phase }) => phase === 'ended')
    talk.socket.close()
    return recorded(sessionId)
  }
  const healthOf = async (stage: string) =>
    (await call('getHealth', {})).providers.find((provider) => provider.stage === stage)

  test('is spoken to by that server: with the right secret only', async () => {
    await choose({ tts: riva('guess') })
    expect(await talkIn(ownHome, 'typed')).toMatchObject({
      outcome: 'failed',
      failure: { stage: 'tts', code: 'refused' },
    })
    expect(await healthOf('tts')).toMatchObject({ home_id: ownHome, ready: false, last_turn: { code: 'refused' } })
    await choose({ tts: riva(secret) })
    expect(await talkIn(ownHome, 'typed')).toMatchObject({ outcome: 'completed', failure: null })
    expect(await healthOf('tts')).toMatchObject({ ready: true, answers: true, last_turn: { ok: true } })
    expect((await call('getHealth', {})).status).toBe('ready')
  })

  test.skipIf(!realVoice.isMet)(
    realVoice.naming('is understood by that server; when it fails, the cloud says so in words'),
    async () => {
      await choose({ stt: riva('guess'), tts: { type: 'cloud' } })
      const refused = await talkIn(ownHome, 'spoken')
      expect(refused).toMatchObject({ outcome: 'failed', failure: { stage: 'stt', code: 'refused' } })
      expect(refused.reply).toMatch(/could not listen/)
      expect(refused.timings.tts_first_audio).toBeGreaterThan(0)
      await choose({ stt: riva(secret) })
      expect(await talkIn(ownHome, 'spoken')).toMatchObject({
        outcome: 'completed',
        heard: expect.stringMatching(/turn off/),
      })
      expect(await healthOf('stt')).toMatchObject({ ready: true, answers: true, last_turn: { ok: true } })
    },
  )

  test('keeps its secret: nothing of it is in a log, an argument or an environment', () => {
    expect(cloud.output()).not.toContain(secret)
    if (process.platform === 'linux') expect(openToView(cloud.child.pid ?? 0)).not.toContain(secret)
    expect(readFileSync(join(dataDir, 'mynah.sqlite3'), 'latin1')).not.toContain(secret)
    expect(readFileSync(join(dataDir, 'mynah.sqlite3-wal'), 'latin1')).not.toContain(secret)
  })

  test('is alone in its trouble when that server dies, and comes back to the cloud by one setting', async () => {
    await choose({ stt: { type: 'cloud' }, tts: riva(secret) })
    await end(other.child, 'SIGKILL')
    const failed = await talkIn(ownHome, 'typed')
    expect(failed).toMatchObject({ outcome: 'failed', failure: { stage: 'tts', code: 'unavailable' } })
    expect(await healthOf('tts')).toMatchObject({ ready: false, last_turn: { code: 'unavailable' } })
    expect(await talkIn(plainHome, 'typed')).toMatchObject({ outcome: 'completed', failure: null })
    expect((await call('getHealth', {})).providers.map(({ home_id }) => home_id)).toEqual([ownHome])
    await choose({ tts: { type: 'cloud' } })
    expect(await talkIn(ownHome, 'typed')).toMatchObject({ outcome: 'completed', failure: null })
    expect((await call('getHealth', {})).providers).toEqual([])
  }, 30_000)
})
