import { randomBytes } from 'node:crypto'
import { isBrowserId, type TalkMessage, type TalkRequest } from '@mynah/shared/api/talk.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { deviceSecretBytes } from '@mynah/shared/wire/session-keys.ts'
import type { FromDeviceKind, FromDeviceMessage, ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { AudioPlane } from '../bridge/audio-plane.ts'
import type { KnownDevice } from '../bridge/session/ports.ts'
import type { BrokerClient, DeviceMessage } from '../broker/broker-client.ts'
import type { SentMessage } from '../live/observed-broker.ts'
import { browserIdOf, placesPerPerson } from './browser-id.ts'
import { type BrowserSpeaker, createBrowserSpeaker } from './browser-speaker.ts'

export type Joining = {
  readonly personId: string
  readonly homeId: string
  /** IANA name; the cloud's own when the home has none. */
  readonly timeZone: string | undefined
  readonly tell: (message: TalkMessage) => void
  readonly playFrame: (frame: Uint8Array) => void
}

export type JoinedBrowser = {
  readonly deviceId: string
  readonly volume: () => number
  readonly isTalking: () => boolean
  readonly request: (request: TalkRequest) => void
  readonly hear: (frame: Uint8Array) => boolean
  readonly leave: () => void
}

export type BrowserSpeakers = {
  /** Undefined when this person has no place left in this home. */
  readonly join: (joining: Joining) => JoinedBrowser | undefined
  /** A browser as the session machine sees it. */
  readonly find: (deviceId: string) => KnownDevice | undefined
  readonly homeOf: (deviceId: string) => string | undefined
  readonly publish: BrokerClient['publish']
  readonly onMessage: (listener: (message: DeviceMessage) => void) => () => void
  readonly size: () => number
}

export type BrowserSpeakersDeps = {
  readonly clock: Clock
  readonly plane: Pick<AudioPlane, 'attachTunnel'>
  /** IANA name for homes that have none of their own. */
  readonly timeZone: string
}

type Browser = {
  readonly homeId: string
  readonly speaker: BrowserSpeaker
  readonly device: Omit<KnownDevice, 'volume' | 'language'>
}

/** Every browser that is a speaker right now. None is kept on disk: its secret lives as long as its connection. */
export const createBrowserSpeakers = ({ clock, plane, timeZone }: BrowserSpeakersDeps): BrowserSpeakers => {
  const browsers = new Map<string, Browser>()
  const listeners = new Set<(message: DeviceMessage) => void>()

  const freeIdOf = (personId: string, homeId: string): string | undefined => {
    const ids = Array.from({ length: placesPerPerson }, (_, place) => browserIdOf(personId, homeId, place + 1))
    return ids.find((id) => !browsers.has(id))
  }
  const join: BrowserSpeakers['join'] = ({ personId, homeId, tell, playFrame, ...joining }) => {
    const deviceId = freeIdOf(personId, homeId)
    if (deviceId === undefined) return undefined
    const secret = new Uint8Array(randomBytes(deviceSecretBytes))
    const emit = <K extends FromDeviceKind>(kind: K, message: FromDeviceMessage<K>) => {
      // Kind and message belong together by the type of `emit`.
      for (const listener of listeners) listener({ deviceId, kind, message } as DeviceMessage)
    }
    const tunnel = plane.attachTunnel(deviceId, (datagram) => speaker.receiveDatagram(datagram))
    const speaker = createBrowserSpeaker({
      clock,
      deviceId,
      secret,
      emit,
      sendDatagram: tunnel.receive,
      tell,
      playFrame,
    })
    const device = {
      deviceId,
      homeId,
      secret,
      timeZone: joining.timeZone ?? timeZone,
      // An answer to a question is a new turn of the same conversation, when the person wants one.
      followUpMs: 0,
      schedule: [],
      keepsSchedule: false,
    } as const
    browsers.set(deviceId, { homeId, speaker, device })
    return {
      deviceId,
      volume: speaker.volume,
      isTalking: speaker.isTalking,
      request: speaker.request,
      hear: speaker.hear,
      leave: () => {
        if (browsers.get(deviceId)?.speaker !== speaker) return
        // Still known while its last turn ends.
        speaker.close()
        browsers.delete(deviceId)
        tunnel.close()
      },
    }
  }
  return {
    join,
    find: (deviceId) => {
      const browser = browsers.get(deviceId)
      return browser && { ...browser.device, ...browser.speaker.described(), volume: browser.speaker.volume() }
    },
    homeOf: (deviceId) => browsers.get(deviceId)?.homeId,
    publish: (deviceId, kind, message) => {
      // Kind and message belong together by the type of `publish`.
      browsers.get(deviceId)?.speaker.take({ deviceId, kind, message } as SentMessage)
    },
    onMessage: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    size: () => browsers.size,
  }
}

/** The broker with the browsers beside it: messages for a browser stay in the process, and nobody else speaks under such an id. */
export const withBrowsers = (broker: BrokerClient, browsers: BrowserSpeakers): BrokerClient => ({
  ...broker,
  publish: <K extends ToDeviceKind>(deviceId: string, kind: K, message: ToDeviceMessage<K>) => {
    if (isBrowserId(deviceId)) browsers.publish(deviceId, kind, message)
    else broker.publish(deviceId, kind, message)
  },
  onMessage: (listener) => {
    const stops = [
      broker.onMessage((message) => {
        if (!isBrowserId(message.deviceId)) listener(message)
      }),
      browsers.onMessage(listener),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  },
})
