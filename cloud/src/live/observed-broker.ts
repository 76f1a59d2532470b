import type { ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient } from '../broker/broker-client.ts'

/** One message that the cloud sends to one speaker. */
export type SentMessage = {
  readonly [K in ToDeviceKind]: { readonly deviceId: string; readonly kind: K; readonly message: ToDeviceMessage<K> }
}[ToDeviceKind]

export type ObservedBroker<B> = B & {
  /** Every message that the cloud hands to the broker, in order. Returns how to stop listening. */
  readonly onPublish: (listener: (sent: SentMessage) => void) => () => void
}

/** The same broker, whose outgoing messages others may watch: what a speaker is told, its owner sees too. */
export const observeBroker = <B extends Pick<BrokerClient, 'publish'>>(broker: B): ObservedBroker<B> => {
  const listeners = new Set<(sent: SentMessage) => void>()
  return {
    ...broker,
    publish: (deviceId: string, kind: ToDeviceKind, message: ToDeviceMessage<ToDeviceKind>) => {
      broker.publish(deviceId, kind, message)
      // Kind and message belong together by the type of `publish`.
      for (const listener of listeners) listener({ deviceId, kind, message } as SentMessage)
    },
    onPublish: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
