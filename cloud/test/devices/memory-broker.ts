import type { ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient, DeviceMessage, Presence } from '../../src/broker/broker-client.ts'

type Sent = {
  readonly [K in ToDeviceKind]: { readonly deviceId: string; readonly kind: K; readonly message: ToDeviceMessage<K> }
}[ToDeviceKind]

/** A broker without a network: what the cloud sends is a list, what speakers send is a call. */
export const createMemoryBroker = () => {
  const sent: Sent[] = []
  const listeners = new Set<(message: DeviceMessage) => void>()
  const presences = new Set<(presence: Presence) => void>()
  const publish: BrokerClient['publish'] = (deviceId, kind, message) => {
    // Kind and message belong together by the type of `publish`.
    sent.push({ deviceId, kind, message } as Sent)
  }
  return {
    sent,
    publish,
    onMessage: (listener: (message: DeviceMessage) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onPresence: (listener: (presence: Presence) => void) => {
      presences.add(listener)
      return () => void presences.delete(listener)
    },
    receive: (message: DeviceMessage) => {
      for (const listener of listeners) listener(message)
    },
    setPresence: (presence: Presence) => {
      for (const listener of presences) listener(presence)
    },
  }
}
