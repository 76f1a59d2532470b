import { encodeMessage } from '@mynah/shared/wire/message.ts'
import type { ToDeviceKind, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { DropCount } from './drop-count.ts'

/** A message that is too long for the wire is a bug of ours: it is counted and told, and must not end a turn. */
export const encodeOrDrop = <K extends ToDeviceKind>(
  drop: DropCount,
  deviceId: string,
  kind: K,
  message: ToDeviceMessage<K>,
): Buffer | undefined => {
  try {
    // `K` pairs kind and message for the caller; the encoder only needs that it is one of ours.
    return Buffer.from(encodeMessage<ToDeviceKind>(kind, message as ToDeviceMessage<ToDeviceKind>))
  } catch (error) {
    drop({ reason: 'unsendable', detail: `${kind}: ${error instanceof Error ? error.message : 'unknown'}` }, deviceId)
    return undefined
  }
}
