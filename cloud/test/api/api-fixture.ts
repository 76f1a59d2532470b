import { join } from 'node:path'
import { createApiClient, urlOf } from '@mynah/shared/api/client.ts'
import { contract, type EndpointName, type ReplyOf, type RequestOf } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock, type ManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { Hono } from 'hono'
import { createAiEngines } from '../../src/api/ai/ai-engines.ts'
import { composeApi } from '../../src/api/compose-api.ts'
import { createDirectory } from '../../src/devices/directory.ts'
import { createOneTimeAudio } from '../../src/gateway/one-time-audio.ts'
import { observeBroker } from '../../src/live/observed-broker.ts'
import { observeTurns } from '../../src/live/observed-turns.ts'
import { type LanguageModel, StageError, type StageErrorCode, type TextToSpeech } from '../../src/providers/stages.ts'
import { dutiesOf } from '../../src/supervise/duties.ts'
import { createBrowserSpeakers, withBrowsers } from '../../src/talk/browser-speakers.ts'
import { createMemoryBroker } from '../devices/memory-broker.ts'
import { storeBeside, temporaryStore } from '../temporary-store.ts'

export const password = 'correct horse battery'

/** Speaks, or fails with this code. */
const createVoice = () => {
  const voice = { failsWith: undefined as StageErrorCode | undefined }
  const tts: TextToSpeech = {
    synthesize: async function* ({ text }) {
      if (voice.failsWith !== undefined) throw new StageError('tts', voice.failsWith, 'no voice today')
      yield { samples: new Int16Array(480).fill(text.length), sampleRateHz: 24_000 }
    },
  }
  return { voice, tts }
}
const languageModel: LanguageModel = {
  reply: async function* ({ messages }) {
    const last = messages.at(-1)
    yield { type: 'text', text: `You said ${last && 'content' in last ? last.content : 'nothing'}.` }
  },
}

/** A browser: it keeps its cookie and its access token. */
const createBrowser = (app: Hono) => {
  const kept = { cookie: undefined as string | undefined, token: undefined as string | undefined }
  const fetch = async (url: string, init: RequestInit & { headers?: Record<string, string> }) => {
    const headers = {
      host: 'mynah.test:8700',
      ...init.headers,
      ...(kept.cookie && { cookie: `mynah_refresh=${kept.cookie}` }),
    }
    const response = await app.request(`http://mynah.test:8700${url}`, { ...init, headers })
    const set = /mynah_refresh=([^;]*)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
    if (set !== undefined) kept.cookie = set === '' ? undefined : set
    return response
  }
  const client = createApiClient({
    fetch,
    baseUrl: '',
    accessToken: {
      get: () => kept.token,
      set: (token) => {
        kept.token = token
      },
    },
  })
  /** Calls and expects success. */
  const call = async <N extends EndpointName>(
    name: N,
    request: RequestOf<N>,
    ifMatch?: number,
  ): Promise<ReplyOf<N>> => {
    const answer = await client.call(name, request, ifMatch === undefined ? {} : { ifMatch })
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
    return answer.value
  }
  /** Calls and gives the code of the refusal. */
  const refusal = async <N extends EndpointName>(name: N, request: RequestOf<N>, ifMatch?: number): Promise<string> => {
    const answer = await client.call(name, request, ifMatch === undefined ? {} : { ifMatch })
    if (answer.ok) return 'ok'
    return answer.error.type === 'problem' ? answer.error.problem.code : answer.error.type
  }
  const signIn = async (login: string, totp?: string) => {
    const session = await call('logIn', { body: { login, password, ...(totp !== undefined && { totp }) } })
    kept.token = session.access_token
    return session
  }
  return { kept, fetch, client, call, refusal, signIn }
}

export type Browser = ReturnType<typeof createBrowser>

type Beside = { readonly clock: ManualClock; readonly dataDir: string }

/**
 * The whole API on a real store, a broker without a network, and a clock that moves when told. `beside`: on the store of that one, as
 * another process of the same cloud.
 */
export const createApiFixture = (role: 'all' | 'gateway' | 'bridge' = 'all', beside?: Beside) => {
  const clock = beside?.clock ?? createManualClock()
  const fixture = beside ? storeBeside(beside.dataDir, clock) : temporaryStore(clock)
  const { store } = fixture
  const { voice, tts } = createVoice()
  const memory = createMemoryBroker()
  const cut: string[] = []
  /** What browsers that talk sent into the audio plane. */
  const tunnelled: { readonly deviceId: string; readonly bytes: Uint8Array }[] = []
  const browsers = createBrowserSpeakers({
    clock,
    timeZone: 'UTC',
    plane: {
      attachTunnel: (deviceId) => ({ receive: (bytes) => void tunnelled.push({ deviceId, bytes }), close: () => {} }),
    },
  })
  const mqtt = {
    ...memory,
    disconnect: (deviceId: string) => void cut.push(deviceId),
    isConnected: () => true,
    deviceUrlAt: () => 'mqtt://10.0.0.1:8783',
    close: async () => {},
  }
  const broker = observeBroker(withBrowsers(mqtt, browsers))
  const turns = observeTurns(store.turns)
  const schedules = new Map<string, readonly ScheduleItem[]>()
  const directory = createDirectory({
    clock,
    log: silentLog,
    store,
    broker,
    addressFor: () => ({ host: '10.0.0.1', port: 8710 }),
    duties: dutiesOf(role),
    timeZone: 'UTC',
  })
  const oneTimeAudio = createOneTimeAudio({ clock, voiceOf: () => tts })
  const disk = { freeBytes: 20_000_000_000 }
  const api = composeApi({
    clock,
    log: silentLog,
    store,
    broker,
    turns,
    role,
    freeBytes: async () => disk.freeBytes,
    browsers,
    oneTimeAudio,
    engines: createAiEngines({
      clock,
      log: silentLog,
      cloud: { languageModel, tts, speech: { address: '127.0.0.1:1', tls: false } },
    }),
    scheduleOf: (deviceId) => schedules.get(deviceId) ?? [],
    parts: async () => [{ name: 'broker', ready: true, detail: 'mqtt' }],
    cloudUrl: () => 'http://mynah.test:8700',
    placeAt: (url) =>
      url.host === '192.168.1.30:8700'
        ? { mqttUrl: 'mqtt://192.168.1.30:8783', udp: { host: '192.168.1.30', port: 8710 } }
        : undefined,
    trustProxy: false,
    backupDir: join(fixture.dataDir, 'backups'),
    firmwareDir: join(fixture.dataDir, 'firmware'),
    firmwareKeys: [],
    version: '1.2.3',
  })
  const stop = new AbortController()
  const running = [directory.run(stop.signal), api.run(stop.signal)]

  const browser = () => createBrowser(api.app)

  /** The first admin, signed in, with the home that speakers join. */
  const setUp = async (login = 'ada') => {
    const admin = browser()
    const token = store.setup.renewToken() ?? ''
    const session = await admin.call('setUp', { body: { token, login, password, home_name: 'Casa' } })
    admin.kept.token = session.access_token
    return { admin, homeId: session.me.homes[0]?.home_id ?? '', session }
  }
  /** Somebody else in a home, by invitation. */
  const invite = async (admin: Browser, homeId: string, role: 'admin' | 'member' | 'viewer', login: string) => {
    const invitation = await admin.call('createInvitation', { params: { home_id: homeId }, body: { role } })
    const guest = browser()
    const session = await guest.call('acceptInvitation', { body: { token: invitation.token, login, password } })
    guest.kept.token = session.access_token
    return guest
  }
  const enrol = (deviceId: string, homeId: string) => {
    store.devices.save({ deviceId, homeId, secret: new Uint8Array(32).fill(7) })
    directory.announce(deviceId)
  }
  const report = (deviceId: string, status: Partial<FromDeviceMessage<'status'>> = {}) =>
    memory.receive({ deviceId, kind: 'status', message: { v: 1, online: true, ...status } })
  /** A speaker that is there and applies every configuration, answers every command. */
  const connect = (deviceId: string) => {
    report(deviceId)
    return broker.onPublish(({ deviceId: to, kind, message }) => {
      if (to !== deviceId) return
      queueMicrotask(() => answer(deviceId, kind, message as never))
    })
  }
  const answer = (
    deviceId: string,
    kind: string,
    message: ToDeviceMessage<'config'> & ToDeviceMessage<'command'> & ToDeviceMessage<'schedule'>,
  ) => {
    if (kind === 'config')
      memory.receive({ deviceId, kind: 'config/ack', message: { v: 1, version: message.version, applied: true } })
    if (kind === 'command')
      memory.receive({ deviceId, kind: 'command/ack', message: { v: 1, command_id: message.command_id, ok: true } })
    if (kind === 'schedule') {
      const { change } = message
      const items = change.action === 'set' ? [change.item] : []
      schedules.set(deviceId, items)
      memory.receive({
        deviceId,
        kind: 'schedule/state',
        message: { v: 1, items, applied_change_id: change.change_id },
      })
    }
  }
  let turnNumber = 0
  /** A turn that is over. */
  const addTurn = (turn: {
    deviceId?: string
    speakerName?: string
    homeId: string
    heard?: string
    reply?: string
    failed?: boolean
    /** Of which engine's fault; the voice's when absent. */
    failure?: { readonly stage: string; readonly code: string }
    totalMs?: number
    timings?: Readonly<Record<string, number>>
  }) => {
    turnNumber += 1
    const sessionId = String(turnNumber).padStart(22, 'S')
    const { deviceId = 'kitchen', homeId, speakerName } = turn
    const called = speakerName === undefined ? {} : { speakerName }
    const opened = { sessionId, conversationId: 'c1', deviceId, homeId, trigger: 'wake_word', language: 'en' } as const
    turns.open({ ...opened, ...called, startedAt: clock.wallTime() })
    const failure = turn.failure ?? (turn.failed ? { stage: 'tts', code: 'unavailable' } : undefined)
    turns.close({
      sessionId,
      conversationId: 'c1',
      deviceId,
      endedAt: clock.wallTime(),
      outcome: failure ? 'failed' : 'completed',
      ...(failure && { error: failure }),
      heardText: turn.heard ?? 'what time is it',
      replyText: turn.reply ?? 'It is noon.',
      heardReplyText: turn.reply ?? 'It is noon.',
      answeredBy: 'skill:time',
      toolsCalled: [],
      timings: { end_of_speech_to_first_audio: turn.totalMs ?? 400, ...turn.timings },
    })
    return sessionId
  }
  /** A request as bytes, past the typed client. */
  const raw = (
    name: EndpointName,
    parts: { params?: Record<string, string>; body?: unknown; headers?: Record<string, string> },
  ) => {
    const endpoint: Endpoint = contract[name]
    const isText = typeof parts.body === 'string'
    return api.app.request(`http://mynah.test:8700${urlOf(endpoint.path, { params: parts.params ?? {} })}`, {
      method: endpoint.method,
      headers: {
        host: 'mynah.test:8700',
        ...(parts.body !== undefined && { 'content-type': 'application/json' }),
        ...parts.headers,
      },
      ...(parts.body !== undefined && { body: isText ? (parts.body as string) : JSON.stringify(parts.body) }),
    })
  }
  const close = async () => {
    stop.abort()
    await Promise.all(running)
    fixture.close()
  }
  return {
    clock,
    store,
    memory,
    broker,
    browsers,
    tunnelled,
    cut,
    api,
    schedules,
    oneTimeAudio,
    voice,
    disk,
    dataDir: fixture.dataDir,
    browser,
    setUp,
    invite,
    enrol,
    report,
    connect,
    addTurn,
    raw,
    close,
  }
}
