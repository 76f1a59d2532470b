import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { decodeFromDevice, parseTopic } from '@mynah/shared/wire/message.ts'
import type { DeviceMessage } from './broker-client.ts'

export type DropReason =
  | 'unknown_topic'
  | 'foreign_topic'
  | 'not_from_device'
  | 'too_long'
  | 'not_json'
  | 'bad_message'
  | 'rate_limited'
  | 'subscription_refused'
  | 'packet_too_long'
  | 'credentials_refused'
  | 'not_connected'
  | 'too_many_connecting'
  | 'unsendable'

export type Drop = { readonly reason: DropReason; readonly detail: string }

type Inbound = {
  /** Whose connection it came by; undefined when an external broker has already checked. */
  readonly publisherId?: string
  readonly topic: string
  readonly payload: Uint8Array
}

/** The one gate through which everything that a speaker publishes must pass: topic, ownership, size, JSON, schema. Pure. */
export const readInbound = ({ publisherId, topic, payload }: Inbound): Result<DeviceMessage, Drop> => {
  const parsed = parseTopic(topic)
  if (!parsed) return refuse({ reason: 'unknown_topic', detail: 'no topic of a speaker' })
  const { deviceId, kind, direction } = parsed
  if (publisherId !== undefined && publisherId !== deviceId) {
    return refuse({ reason: 'foreign_topic', detail: 'a topic of another speaker' })
  }
  if (direction !== 'from_device')
    return refuse({ reason: 'not_from_device', detail: `${kind} is the cloud's to publish` })
  const decoded = decodeFromDevice(kind, payload)
  if (!decoded.ok) return refuse({ reason: decoded.error.code, detail: `${kind}: ${decoded.error.message}` })
  // `kind` chose the schema that made `message`, which the compiler cannot follow through the union.
  return ok({ deviceId, kind, message: decoded.value } as DeviceMessage)
}

/** A speaker may read everything under its own topic and nothing else; wildcards only below it. */
export const maySubscribe = (deviceId: string, filter: string): boolean =>
  filter.startsWith(`device/${deviceId}/`) && filter.length <= 200
