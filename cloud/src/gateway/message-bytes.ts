import type { RawData } from 'ws'

/** The payload of a WebSocket message, in whichever form the library hands it over. */
export const messageBytes = (message: RawData): Uint8Array => {
  if (Array.isArray(message)) return Buffer.concat(message)
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message
}
