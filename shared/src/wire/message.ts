import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import {
  deviceIdSchema,
  type FromDeviceKind,
  type FromDeviceMessage,
  fromDevice,
  maxPayloadBytes,
  type ToDeviceKind,
  type ToDeviceMessage,
  toDevice,
} from './topics.ts'

/** Control messages as bytes: JSON in UTF-8, checked against the map of topics.ts. */
export type MessageKind = FromDeviceKind | ToDeviceKind

export type MessageOf<K extends MessageKind> = K extends FromDeviceKind
  ? FromDeviceMessage<K>
  : K extends ToDeviceKind
    ? ToDeviceMessage<K>
    : never

type WithoutVersion<M> = M extends unknown ? Omit<M, 'v'> & { readonly v?: 1 } : never

export type MessageRejection = {
  readonly code: 'too_long' | 'not_json' | 'bad_message'
  /** Names the field at fault by its path, without its value. */
  readonly message: string
}

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { fatal: true })

/** The payload of a message; `v: 1` is added. Throws RangeError above `maxPayloadBytes`: nobody would accept it. */
export const encodeMessage = <K extends MessageKind>(_kind: K, message: WithoutVersion<MessageOf<K>>): Uint8Array => {
  const payload = textEncoder.encode(JSON.stringify({ ...message, v: 1 }))
  if (payload.length > maxPayloadBytes) {
    throw new RangeError(`a message has at most ${maxPayloadBytes} bytes, got ${payload.length}`)
  }
  return payload
}

/** Never throws. The length is checked before anything is parsed. */
export const decodeFromDevice = <K extends FromDeviceKind>(
  kind: K,
  payload: Uint8Array,
): Result<FromDeviceMessage<K>, MessageRejection> => decode(fromDevice[kind], payload)

/** Never throws. The length is checked before anything is parsed. */
export const decodeToDevice = <K extends ToDeviceKind>(
  kind: K,
  payload: Uint8Array,
): Result<ToDeviceMessage<K>, MessageRejection> => decode(toDevice[kind], payload)

const decode = <S extends v.GenericSchema>(
  schema: S,
  payload: Uint8Array,
): Result<v.InferOutput<S>, MessageRejection> => {
  if (payload.length > maxPayloadBytes) {
    return refuse({ code: 'too_long', message: `at most ${maxPayloadBytes} bytes, got ${payload.length}` })
  }
  const json = parseJson(payload)
  if (!json.ok) return json
  const checked = v.safeParse(schema, json.value, { abortEarly: true })
  if (checked.success) return ok(checked.output)
  return refuse({ code: 'bad_message', message: faultOf(checked.issues[0]) })
}

const parseJson = (payload: Uint8Array): Result<unknown, MessageRejection> => {
  try {
    return ok(JSON.parse(textDecoder.decode(payload)))
  } catch {
    // The parser's own message quotes the text, which may be private.
    return refuse({ code: 'not_json', message: `${payload.length} bytes that are not JSON in UTF-8` })
  }
}

/** `field.path: what was expected`; what was received is left out, for it may be private or huge. */
const faultOf = (issue: v.BaseIssue<unknown>): string => {
  const field = v.getDotPath(issue) ?? 'message'
  // JSON has no undefined: where one is received, the field is not there.
  if (issue.received === 'undefined') return `${field}: missing`
  return `${field}: ${issue.expected ? `${issue.expected} expected` : issue.message}`
}

export type Topic =
  | { readonly direction: 'from_device'; readonly deviceId: string; readonly kind: FromDeviceKind }
  | { readonly direction: 'to_device'; readonly deviceId: string; readonly kind: ToDeviceKind }

const isFromDevice = (kind: string): kind is FromDeviceKind => Object.hasOwn(fromDevice, kind)
const isToDevice = (kind: string): kind is ToDeviceKind => Object.hasOwn(toDevice, kind)

/** The parts of `device/{device_id}/{kind}`; undefined for every other topic. Never throws. */
export const parseTopic = (topic: string): Topic | undefined => {
  const [root, deviceId, ...rest] = topic.split('/', 5)
  const kind = rest.join('/')
  if (root !== 'device' || !v.is(deviceIdSchema, deviceId)) return undefined
  if (isFromDevice(kind)) return { direction: 'from_device', deviceId, kind }
  if (isToDevice(kind)) return { direction: 'to_device', deviceId, kind }
  return undefined
}
