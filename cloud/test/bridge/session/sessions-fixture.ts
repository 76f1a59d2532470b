import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { FromDeviceKind, FromDeviceMessage, ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { AudioEvent, AudioPlane, OpenStream } from '../../../src/bridge/audio-plane.ts'
import type {
  ClosedTurn,
  DeviceMessage,
  KnownDevice,
  OneTimeAudio,
  OpenedTurn,
} from '../../../src/bridge/session/ports.ts'
import { createSessions, type SessionsDeps } from '../../../src/bridge/session/sessions.ts'
import type { Dialogue, DialogueEvent, DialogueRequest } from '../../../src/dialogue/dialogue.ts'
import { createPlaneBench, createTestSpeaker, udp } from '../plane/plane-fixture.ts'
import { createScriptedTts } from '../scripted-engines.ts'

export const secret = new Uint8Array(32).fill(7)

export const kitchen: KnownDevice = {
  deviceId: 'kitchen',
  homeId: 'home',
  secret,
  language: 'en',
  timeZone: 'Europe/Zurich',
  volume: 40,
  followUpMs: 6_000,
  schedule: [],
}
export const bedroom: KnownDevice = { ...kitchen, deviceId: 'bedroom' }
/** In another home. */
export const attic: KnownDevice = { ...kitchen, deviceId: 'attic', homeId: 'elsewhere' }

export type Published = {
  readonly [K in ToDeviceKind]: { readonly deviceId: string; readonly kind: K; readonly message: ToDeviceMessage<K> }
}[ToDeviceKind]

/** Replies as scripted by the text; remembers what was asked and what was recorded as heard. */
export const createScriptedDialogue = (
  reply: (request: DialogueRequest, signal: AbortSignal) => AsyncIterable<DialogueEvent>,
) => {
  const asked: DialogueRequest[] = []
  const heard: { readonly conversationId: string; readonly text: string }[] = []
  const dialogue: Dialogue = {
    reply: (request, signal) => {
      asked.push(request)
      return reply(request, signal)
    },
    completenessOf: (text) => (text === '' ? 'none' : 'may_end'),
    recordHeard: ({ conversationId }, text) => heard.push({ conversationId, text }),
    jsgfFor: () => '#JSGF V1.0;',
  }
  return { dialogue, asked, heard }
}

export async function* sayAll(sentences: readonly string[], expectsReply = false): AsyncGenerator<DialogueEvent> {
  for (const text of sentences) yield { type: 'sentence', text, language: 'en' }
  yield { type: 'done', answeredBy: 'skill:test', expectsReply, toolsCalled: [] }
}

/** Sessions over a real audio worker, all on one manual clock, with a broker and a store in memory. */
export const createSessionsBench = (
  options: {
    readonly reply?: Parameters<typeof createScriptedDialogue>[0]
    readonly stt?: Parameters<typeof createPlaneBench>[0] extends infer E ? NonNullable<E> : never
    readonly devices?: readonly KnownDevice[]
    readonly maxSessions?: number
    readonly isOverloaded?: () => boolean
    readonly isPlaneOverloaded?: (deviceId: string) => boolean
    readonly planeDown?: boolean
    readonly offer?: OneTimeAudio['offer']
    readonly offerSpoken?: OneTimeAudio['offerSpoken']
    readonly choose?: NonNullable<SessionsDeps['choose']>
    readonly sounds?: NonNullable<SessionsDeps['sounds']>
  } = {},
) => {
  const ttsClock = createManualClock()
  const audio = createPlaneBench({ tts: createScriptedTts({ clock: ttsClock }), ...options.stt })
  const published: Published[] = []
  const looked: string[] = []
  const streams: OpenStream[] = []
  const opened: OpenedTurn[] = []
  const closed: ClosedTurn[] = []
  const scripted = createScriptedDialogue(options.reply ?? (() => sayAll(['It is nine.'])))
  let onMessage: (message: DeviceMessage) => void = () => {}
  let onEvent: (event: AudioEvent) => void = () => {}
  const push = audio.events.push.bind(audio.events)
  audio.events.push = (...events) => {
    for (const event of events) onEvent(event)
    return push(...events)
  }
  const address = { host: '127.0.0.1', port: 7_000 }
  const plane: AudioPlane = {
    ready: () => Promise.resolve(),
    open: async (stream) => {
      if (options.planeDown) throw new Error('the plane is down')
      streams.push(stream)
      const result = audio.worker.open(stream)
      if (!result.ok) throw new Error(result.error.message)
      return address
    },
    command: audio.worker.command,
    onEvent: (listener) => {
      onEvent = listener
    },
    attachTunnel: () => ({ receive: () => {}, close: () => {} }),
    addressFor: () => address,
    isOverloaded: (deviceId) => options.isPlaneOverloaded?.(deviceId) ?? false,
    counters: () => Promise.resolve(audio.worker.counters()),
    run: () => Promise.resolve(),
  }
  const offer = options.offer ?? (() => Promise.resolve('/audio/token'))
  const deps: SessionsDeps = {
    clock: audio.clock,
    log: silentLog,
    plane,
    dialogue: scripted.dialogue,
    channel: {
      publish: (deviceId, kind, message) => void published.push({ deviceId, kind, message } as unknown as Published),
      onMessage: (listener) => {
        onMessage = listener
        return () => {
          onMessage = () => {}
        }
      },
    },
    devices: {
      find: (deviceId) => {
        looked.push(deviceId)
        return (options.devices ?? [kitchen, bedroom, attic]).find((device) => device.deviceId === deviceId)
      },
    },
    ...(options.choose && { choose: options.choose }),
    ...(options.sounds && { sounds: options.sounds }),
    recorder: {
      open: (turn) => {
        if (opened.some(({ sessionId }) => sessionId === turn.sessionId)) return false
        opened.push(turn)
        return true
      },
      close: (turn) => void closed.push(turn),
    },
    oneTimeAudio: {
      offer,
      offerSpoken:
        options.offerSpoken ??
        (async (speech, _onFailed, signal) => ({ url: await offer(speech, signal), firstAudioMs: 40 })),
    },
    maxSessions: options.maxSessions ?? 10,
    ...(options.isOverloaded && { isOverloaded: options.isOverloaded }),
  }
  const sessions = createSessions(deps)
  const controller = new AbortController()
  const running = sessions.run(controller.signal)
  const send = <K extends FromDeviceKind>(deviceId: string, kind: K, message: FromDeviceMessage<K>) =>
    onMessage({ deviceId, kind, message } as unknown as DeviceMessage)
  const wake = (deviceId: string, sessionId: string, more: Partial<FromDeviceMessage<'wake'>> = {}) =>
    send(deviceId, 'wake', {
      v: 1,
      session_id: sessionId,
      trigger: 'wake_word',
      audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
      pre_roll_ms: 1_500,
      ...more,
    })
  const messages = <K extends ToDeviceKind>(kind: K, deviceId = 'kitchen') =>
    published.flatMap((each) =>
      each.kind === kind && each.deviceId === deviceId ? [each.message as ToDeviceMessage<K>] : [],
    )
  /** A speaker with its session, its way to the plane open. */
  const speaker = (port = 1_000, deviceId = 'kitchen') => {
    const end = createTestSpeaker({ clock: audio.clock, secret, deviceId })
    const transport = audio.connect(udp(port))
    end.listenOn(transport)
    return { ...end, send: transport.send }
  }
  const stop = async () => {
    controller.abort()
    await running
  }
  return {
    audio,
    sessions,
    published,
    /** Speakers whose record was read, in order. */
    looked,
    streams,
    opened,
    closed,
    scripted,
    send,
    wake,
    messages,
    speaker,
    stop,
    newSessionId,
  }
}
