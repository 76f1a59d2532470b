import type { FromDeviceKind, FromDeviceMessage, ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'

/** One valid message of one speaker; the broker has made sure that it is really from that speaker. */
export type DeviceMessage = {
  readonly [K in FromDeviceKind]: {
    readonly deviceId: string
    readonly kind: K
    readonly message: FromDeviceMessage<K>
  }
}[FromDeviceKind]

export type Presence = { readonly deviceId: string; readonly connected: boolean }

/**
 * The cloud's side of the control channel. Both implementations (embedded, external by URL) pass the same contract suite:
 * only valid messages of the speaker named in the topic arrive, everything else is dropped and counted.
 */
export type BrokerClient = {
  /** Hands a message for one speaker to the broker (QoS 1, retained where topics.ts says so), in the order of the calls. Never throws. */
  readonly publish: <K extends ToDeviceKind>(deviceId: string, kind: K, message: ToDeviceMessage<K>) => void
  /**
   * Listeners run before the broker acknowledges the message: what a listener wrote to disk by then is on disk when the speaker
   * is told that its message arrived. Returns how to stop listening.
   */
  readonly onMessage: (listener: (message: DeviceMessage) => void) => () => void
  /** Connections of speakers, where the broker shows them (embedded); otherwise presence is known by `status` and last will alone. */
  readonly onPresence: (listener: (presence: Presence) => void) => () => void
  /** Ends the connection of a speaker whose credentials ended, where the broker allows it. */
  readonly disconnect: (deviceId: string) => void
  readonly isConnected: () => boolean
  /** The URL that speakers are told which reach this machine under `host`: a broker of another machine stays where it is. */
  readonly deviceUrlAt: (host: string) => string
  readonly close: () => Promise<void>
}
