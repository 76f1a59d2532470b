/**
 * Something that carries whole datagrams and may lose, repeat, delay or reorder them: UDP, the WebSocket tunnel, the memory link.
 * `send` never waits and never throws; after `close` it does nothing.
 */
export type DatagramTransport = {
  readonly send: (bytes: Uint8Array) => void
  /** One listener; a later call replaces it. The bytes belong to the listener only during the call: copy to keep them. */
  readonly onDatagram: (listener: (bytes: Uint8Array) => void) => void
  /** Calls `listener` once when the other end has gone; absent where nobody could know, as with UDP. */
  readonly onClose?: (listener: () => void) => void
  /** Idempotent. After it resolves the listener is not called again. */
  readonly close: () => Promise<void>
}
